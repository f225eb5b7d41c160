"""The third step: whose answers are judged: model files, columns that hold somebody's answers, and endpoints."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit as st

from evallib.core.evaluation_set import Role
from evallib.data import System, plain
from evallib.models import EXTENSIONS
from evallib.workspace import display_name
from ui import state
from ui.departures import departures
from ui.draft import drop_system, put_system
from ui.job_watch import watch
from ui.services import jobs
from ui.setup_classes import choose_classes
from ui.setup_endpoint import add_endpoint
from ui.text import escape, visible
from ui.upload import upload

if TYPE_CHECKING:
    from evallib.plan import EvaluationPlan
    from ui.dataset import Dataset
    from ui.jobs import Job

ROLES = {
    Role.CANDIDATE: "might replace what is in use",
    Role.INCUMBENT: "the model in use today",
    Role.HUMAN: "a person's decision",
    Role.EXISTING: "an existing solution, such as a vendor's",
    Role.BASELINE: "something simple to beat",
}


def bring_systems(dataset: Dataset, plan: EvaluationPlan) -> None:
    """The systems so far, and three ways to add one."""
    with st.container():
        for system in plan.systems:
            _show(dataset, plan, system)
    from_file, from_column, from_endpoint = st.tabs(["Add a model file", "Add a column of answers", "Add an endpoint"])
    with from_file:
        _add_model(dataset, plan)
    with from_column:
        _add_column(dataset, plan)
    with from_endpoint:
        add_endpoint(dataset, plan)


def _show(dataset: Dataset, plan: EvaluationPlan, system: System) -> None:
    card = st.container(border=True)
    line = card.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute")
    with line:
        st.markdown(f"**{escape(system.name)}**  \n:small[:gray[{escape(_where(system))}]]", width="content")
    with line.container(horizontal=True, vertical_alignment="center", width="content"):
        roles = list(Role)
        role = st.selectbox(
            "Role",
            roles,
            index=roles.index(system.role),
            key=f"role.{dataset.id}.{system.name}",
            label_visibility="collapsed",
            width=200,
            format_func=lambda one: f"{one}",
            help="; ".join(f"{one}: {meaning}" for one, meaning in ROLES.items()),
        )
        if role != system.role:
            put_system(dataset, system.model_copy(update={"role": role}))
            st.rerun()
        st.button(
            "Remove",
            icon=":material/close:",
            type="tertiary",
            key=f"remove.{dataset.id}.{system.name}",
            on_click=drop_system,
            args=(dataset, system.name),
        )
    with card:
        choose_classes(dataset, plan, system)


def _where(system: System) -> str:
    if system.endpoint is not None:
        return system.endpoint.url
    return display_name(system.model) if system.model else "column " + ", ".join(system.columns)


def _add_model(dataset: Dataset, plan: EvaluationPlan) -> None:
    st.caption(
        "A scikit-learn estimator or pipeline as skops, joblib or pickle, a model of XGBoost, LightGBM, CatBoost or "
        "Keras in its own file, a TorchScript module, an MLflow folder as a zip file, or any model as ONNX. A pickle "
        "is a program: it runs in a process of its own, without your labels, within limits of time and memory."
    )
    formats = "skops, ONNX, XGBoost, LightGBM, CatBoost, MLflow, joblib or pickle"
    arrived = upload(
        "Drop model files here, or click to choose some", formats, f"model_file.{dataset.id}", several=True
    )
    if arrived is not None:
        for job in _inspecting(dataset):
            if not job.active and job.state != "done":
                jobs().take(job.id)
        arguments = {"file": str(arrived.path), "name": arrived.name, "data": dataset.id, "target": plan.data.target}
        jobs().submit("inspect_model", arguments, session=state.session_id())
    inspecting = _inspecting(dataset)
    for place, job in enumerate(inspecting):
        found: dict[str, Any] | None = watch(job.id)
        # In the order in which they came, which decides their roles.
        first = not any(earlier.active for earlier in inspecting[:place])
        if found is not None and first and jobs().take(job.id):
            state.own(str(found["id"]))
            departures.bring(state.session_id(), Path(found["path"]).parent)
            _put_model(dataset, plan, found)


def _inspecting(dataset: Dataset) -> list[Job]:
    """The jobs of the model files that came for these data and are no systems yet; failed ones until the next comes."""
    return jobs().matching("inspect_model", data=dataset.id)


def models_are_opening(dataset: Dataset) -> bool:
    """Whether a model file is still being looked at."""
    return any(job.active for job in _inspecting(dataset))


def _put_model(dataset: Dataset, plan: EvaluationPlan, found: dict[str, Any]) -> None:
    system = System(name=_free_name(plan, found["name"]), role=_next_role(plan), model=Path(found["path"]))
    put_system(dataset, system)
    # Only now, for whatever is shown may end this run where the next one is due.
    for warning in found["warnings"]:
        st.toast(escape(warning), icon=":material/warning:", duration="long")
    st.rerun()


def _add_column(dataset: Dataset, plan: EvaluationPlan) -> None:
    columns = [column for column in dataset.columns if column != plan.data.target]
    kinds = ["values"] if plan.data.task == "regression" else ["labels", "probabilities"]
    with st.form("add_column", border=False):
        cells = st.columns([2, 3, 2, 2])
        kind = cells[0].segmented_control("It holds", kinds, default=kinds[0], required=True)
        chosen = cells[1].multiselect(
            "Column",
            columns,
            format_func=visible,
            help="One column; for the probabilities of more than two classes one column per class.",
        )
        name = cells[2].text_input("Name", placeholder="such as human")
        role = cells[3].selectbox("Role", list(Role), index=list(Role).index(Role.EXISTING), format_func=str)
        asked = st.form_submit_button("Add")
    if not asked:
        return
    if not chosen or (kind != "probabilities" and len(chosen) > 1):
        st.error("Choose the column that holds the answers: exactly one for labels or values.")
        return
    source = {"probability": tuple(chosen)} if kind == "probabilities" else {"label": chosen[0]}
    put_system(dataset, System(name=_free_name(plan, name.strip() or chosen[0]), role=role, **source))
    st.rerun()


def _free_name(plan: EvaluationPlan, wanted: str) -> str:
    taken = {system.name for system in plan.systems}
    base = plain(wanted) or "system"
    for ending in EXTENSIONS:
        base = base.removesuffix(ending)
    names = [base, *(f"{base} {number}" for number in range(2, len(taken) + 3))]
    return next(name for name in names if name not in taken)


def _next_role(plan: EvaluationPlan) -> Role:
    """The first model is a candidate, the second the incumbent, whatever columns hold answers too."""
    taken = {system.role for system in plan.systems}
    return Role.INCUMBENT if Role.CANDIDATE in taken and Role.INCUMBENT not in taken else Role.CANDIDATE
