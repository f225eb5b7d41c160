"""The second step: what each column is for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from evallib.core.evaluation_set import TASKS
from evallib.data import DataSource
from ui.draft import change_source

if TYPE_CHECKING:
    from evallib.workspace import Dataset

    from evallib.plan import EvaluationPlan

SINGLE = ("weight", "time", "id", "group")
SEVERAL = ("sensitive", "exclude")


def assign_columns(dataset: Dataset, plan: EvaluationPlan) -> EvaluationPlan:
    """The plan with the roles that the user set; what was guessed stands until they do."""
    columns = list(dataset.columns)
    source = plan.data
    first, second, third = st.columns(3)
    target = first.selectbox("Target", columns, index=columns.index(source.target), help=_help("target"))
    guessed = source if target == source.target else dataset.guess_for(target)
    task = second.segmented_control(
        "Task", TASKS, default=guessed.task, required=True, key=f"task.{dataset.id}.{target}", help=_help("task")
    )
    positive = None
    if task == "binary":
        classes = dataset.classes(target)
        index = classes.index(guessed.positive) if guessed.positive in classes else len(classes) - 1
        positive = third.selectbox("Positive class", classes, index=index, help=_help("positive"))
    others = [column for column in columns if column != target]
    changes: dict[str, object] = {"target": target, "task": task, "positive": positive}
    for cell, name in zip(st.columns(len(SINGLE)), SINGLE, strict=True):
        with cell:
            changes[name] = _one(name, others, getattr(guessed, name))
    for cell, name in zip(st.columns(len(SEVERAL)), SEVERAL, strict=True):
        with cell:
            changes[name] = _some(name, others, getattr(guessed, name))
    return change_source(dataset, plan, **changes)


def _one(name: str, columns: list[str], value: str | None) -> str | None:
    index = columns.index(value) if value in columns else None
    return st.selectbox(_title(name), columns, index=index, placeholder="none", help=_help(name))


def _some(name: str, columns: list[str], value: tuple[str, ...]) -> tuple[str, ...]:
    kept = [column for column in value if column in columns]
    return tuple(st.multiselect(_title(name), columns, default=kept, placeholder="none", help=_help(name)))


def _title(name: str) -> str:
    return DataSource.model_fields[name].title or name


def _help(name: str) -> str | None:
    return DataSource.model_fields[name].description
