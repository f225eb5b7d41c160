"""The evaluation that a user is putting together: a plan on disk beside its data, so that a refresh loses nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from evallib.core.errors import BadInput
from evallib.plan import EvaluationPlan, read_plan, write_plan
from ui import state
from ui.services import workspace

if TYPE_CHECKING:
    from pathlib import Path

    from evallib.workspace import Dataset

    from evallib.data import System


def open_dataset() -> Dataset | None:
    """The data set that the address or this session names."""
    asked = st.query_params.get(state.DATA) or state.recall(state.DATA)
    if not asked:
        return None
    try:
        found = workspace().dataset(str(asked))
    except BadInput:
        state.remember(state.DATA, None)
        return None
    choose_dataset(found.id)
    return found


def choose_dataset(data_id: str | None) -> None:
    """Work on this data set from now on; None starts over."""
    state.remember(state.DATA, data_id)
    if data_id is None:
        st.query_params.pop(state.DATA, None)
    elif st.query_params.get(state.DATA) != data_id:
        st.query_params[state.DATA] = data_id


def read_draft(dataset: Dataset) -> EvaluationPlan:
    """The plan as far as it goes; what was guessed from the data where nobody has said anything yet."""
    path = draft_path(dataset)
    if path.exists():
        return read_plan(path)
    return EvaluationPlan(name=dataset.name, data=dataset.guess)


def save_draft(dataset: Dataset, plan: EvaluationPlan) -> None:
    """Keep the plan."""
    write_plan(plan, draft_path(dataset))


def change_source(dataset: Dataset, plan: EvaluationPlan, **changes: Any) -> EvaluationPlan:
    """The plan with other roles of columns, kept."""
    changed = plan.model_copy(update={"data": plan.data.model_copy(update=changes)})
    if changed != plan:
        save_draft(dataset, changed)
    return changed


def put_system(dataset: Dataset, system: System) -> None:
    """Add a system to the draft, in the place of one with the same name."""
    plan = read_draft(dataset)
    names = [one.name for one in plan.systems]
    systems = [system if one.name == system.name else one for one in plan.systems]
    if system.name not in names:
        systems.append(system)
    save_draft(dataset, plan.model_copy(update={"systems": tuple(systems)}))


def drop_system(dataset: Dataset, name: str) -> None:
    """Take a system out of the draft."""
    plan = read_draft(dataset)
    kept = tuple(one for one in plan.systems if one.name != name)
    save_draft(dataset, plan.model_copy(update={"systems": kept}))


def draft_path(dataset: Dataset) -> Path:
    """Where the plan is kept."""
    return dataset.folder / "draft.yaml"
