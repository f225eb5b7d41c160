"""The evaluation that a user is putting together: a plan on disk beside its data, so that a refresh loses nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from evallib.core.errors import BadInput
from evallib.plan import EvaluationPlan, read_plan, write_plan
from ui import state
from ui.dataset import dataset
from ui.text import escape

if TYPE_CHECKING:
    from evallib.data import System
    from ui.dataset import Dataset


def open_dataset() -> Dataset | None:
    """The data set that the address or this session names."""
    asked = st.query_params.get(state.DATA) or state.recall(state.DATA)
    if not asked:
        return None
    try:
        found = dataset(str(asked))
    except BadInput:
        choose_dataset(None)
        st.warning(f"There is no data set {escape(str(asked), 60)} on this server any more; upload it again.")
        return None
    state.own(found.id)
    choose_dataset(found.id)
    return found


def dataset_of(plan: EvaluationPlan) -> Dataset:
    """The stored data set that a plan is about."""
    return dataset(plan.data.path.parent.name)


def choose_dataset(data_id: str | None) -> None:
    """Work on this data set from now on; None starts over."""
    state.remember(state.DATA, data_id)
    if data_id is None:
        st.query_params.pop(state.DATA, None)
    elif st.query_params.get(state.DATA) != data_id:
        st.query_params[state.DATA] = data_id


def read_draft(data: Dataset) -> EvaluationPlan:
    """The plan as far as it goes; what was guessed from the data where nobody has said anything yet."""
    if data.draft.exists():
        return read_plan(data.draft)
    source = data.guess()
    return EvaluationPlan(name=data.name, data=source, systems=tuple(data.guess_systems(source.target)))


def save_draft(data: Dataset, plan: EvaluationPlan) -> None:
    """Keep the plan."""
    write_plan(plan, data.draft)


def change_source(data: Dataset, plan: EvaluationPlan, **changes: Any) -> EvaluationPlan:
    """The plan with other roles of columns, kept."""
    changed = plan.model_copy(update={"data": plan.data.model_copy(update=changes)})
    if changed != plan:
        save_draft(data, changed)
    return changed


def put_system(data: Dataset, system: System) -> None:
    """Add a system to the draft, in the place of one with the same name."""
    plan = read_draft(data)
    names = [one.name for one in plan.systems]
    systems = [system if one.name == system.name else one for one in plan.systems]
    if system.name not in names:
        systems.append(system)
    save_draft(data, plan.model_copy(update={"systems": tuple(systems)}))


def drop_system(data: Dataset, name: str) -> None:
    """Take a system out of the draft."""
    plan = read_draft(data)
    kept = tuple(one for one in plan.systems if one.name != name)
    save_draft(data, plan.model_copy(update={"systems": kept}))
