"""The second step: what each column is for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from evallib.core.evaluation_set import TASKS
from evallib.data import DataSource
from ui.draft import change_source
from ui.text import visible

if TYPE_CHECKING:
    from evallib.plan import EvaluationPlan
    from ui.dataset import Dataset

SINGLE = ("weight", "time", "id", "group")
SEVERAL = ("sensitive", "exclude")
NARROW = 260
"""Pixels that the three tasks need beside each other."""


def assign_columns(dataset: Dataset, plan: EvaluationPlan) -> EvaluationPlan:
    """The plan with the roles that the user set; what was guessed stands until they do."""
    source = plan.data
    cells = st.grid(min_column_width=NARROW, gap="small")
    first, second, third = cells.container(), cells.container(), cells.container()
    with first:
        target = _one(dataset, "target", dataset.columns, source.target) or source.target
    guessed = source if target == source.target else dataset.guess(target)
    scope = f"{dataset.id}.{target}"
    task = second.segmented_control(
        "Task", TASKS, default=guessed.task, required=True, key=f"task.{scope}", help=_help("task")
    )
    changes: dict[str, object] = {"target": target, "task": task, "positive": None}
    if task == "binary":
        with third:
            changes["positive"] = _positive(dataset, target, guessed.positive)
    others = [column for column in dataset.columns if column != target]
    for cell, name in zip(st.columns(len(SINGLE)), SINGLE, strict=True):
        with cell:
            changes[name] = _one(dataset, name, others, getattr(guessed, name))
    for cell, name in zip(st.columns(len(SEVERAL)), SEVERAL, strict=True):
        with cell:
            changes[name] = _some(dataset, name, others, getattr(guessed, name))
    return change_source(dataset, plan, **changes)


def _positive(dataset: Dataset, target: str, guessed: str | None) -> str | None:
    classes = dataset.classes(target)
    index = classes.index(guessed) if guessed in classes else len(classes) - 1
    key = f"positive.{dataset.id}.{target}"
    return (
        st.selectbox("Positive class", classes, index=index, key=key, help=_help("positive"), format_func=visible)
        if classes
        else None
    )


def _one(dataset: Dataset, name: str, columns: list[str], value: str | None) -> str | None:
    index = columns.index(value) if value in columns else None
    key = f"{name}.{dataset.id}"
    chosen: str | None = st.selectbox(
        _title(name), columns, index=index, key=key, placeholder="none", help=_help(name), format_func=visible
    )
    return chosen


def _some(dataset: Dataset, name: str, columns: list[str], value: tuple[str, ...]) -> tuple[str, ...]:
    kept = [column for column in value if column in columns]
    key = f"{name}.{dataset.id}"
    return tuple(
        st.multiselect(
            _title(name), columns, default=kept, key=key, placeholder="none", help=_help(name), format_func=visible
        )
    )


def _title(name: str) -> str:
    return DataSource.model_fields[name].title or name


def _help(name: str) -> str | None:
    return DataSource.model_fields[name].description
