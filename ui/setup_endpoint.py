"""Adding a system behind an API: the form, and a first question about three rows before it counts as a system."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import streamlit as st
from pydantic import ValidationError

from evallib.core.evaluation_set import Role
from evallib.data import Endpoint, System
from evallib.endpoints import allowed_hosts
from evallib.plan import sentence
from ui import state
from ui.draft import put_system
from ui.job_watch import watch
from ui.services import jobs
from ui.text import escape

if TYPE_CHECKING:
    from evallib.plan import EvaluationPlan
    from ui.dataset import Dataset

TRYING = "trying_endpoint"
FIELDS = Endpoint.model_fields


def add_endpoint(dataset: Dataset, plan: EvaluationPlan) -> None:
    """The form; what it describes is added once it has answered."""
    hosts = allowed_hosts()
    if not hosts:
        st.info(
            "A system that answers over HTTP can be judged too, such as a vendor's API. The operator of this server "
            "allows its host with EVALLIB_ENDPOINT_HOSTS.",
            icon=":material/cloud_off:",
        )
        return
    st.caption(
        "The features of every row are sent to it, never the target. Hosts that this server may ask: "
        + escape(", ".join(hosts))
        + "."
    )
    asked = _form(plan)
    if asked is not None:
        arguments = {"system": asked.model_dump(mode="json"), "data": dataset.id, "target": plan.data.target}
        state.remember(TRYING, jobs().submit("try_endpoint", arguments, "quick", state.session_id()).id)
    job_id = state.recall(TRYING)
    found = watch(job_id) if job_id else None
    if found is not None:
        state.remember(TRYING, None)
        _put(dataset, found)


def _put(dataset: Dataset, found: dict[str, Any]) -> None:
    for warning in found["warnings"]:
        st.toast(escape(warning), icon=":material/warning:", duration="long")
    st.toast(escape(f"It answered the first rows: {', '.join(found['answers'])}."), icon=":material/cloud_done:")
    put_system(dataset, System.model_validate(found["system"]))
    st.rerun()


def _form(plan: EvaluationPlan) -> System | None:
    """The system that was asked for just now, where its settings make sense."""
    with st.form("add_endpoint", border=False):
        name_cell, role_cell, url_cell = st.columns([2, 2, 4])
        name = name_cell.text_input("Name", placeholder="such as vendor", key="endpoint.name")
        role = role_cell.selectbox("Role", list(Role), list(Role).index(Role.EXISTING), format_func=str)
        url = url_cell.text_input("URL", placeholder="https://api.example.com/score", help=FIELDS["url"].description)
        talk = _talk(plan)
        bounds = _bounds()
        pressed = st.form_submit_button("Ask it about three rows, and add it")
    if not pressed:
        return None
    try:
        talk["request"] = json.loads(talk["request"])
    except json.JSONDecodeError as error:
        st.error(f"The request is no JSON: line {error.lineno}, column {error.colno}.")
        return None
    return _checked({"name": name.strip(), "role": role, "endpoint": {"url": url} | talk | bounds}, plan)


def _talk(plan: EvaluationPlan) -> dict[str, Any]:
    """What is sent and what comes back."""
    kinds = ["values"] if plan.data.task == "regression" else ["probabilities", "labels"]
    sent, headers, answered = st.columns([3, 3, 2])
    request = json.dumps(FIELDS["request"].default)
    return {
        "request": sent.text_area("Request (JSON)", request, height=110, help=FIELDS["request"].description),
        "headers": _headers(
            headers.text_area(
                "Headers", placeholder="Authorization: Bearer ${VENDOR}", height=110, help=FIELDS["headers"].description
            )
        ),
        "gives": answered.selectbox(FIELDS["gives"].title or "", kinds, help=FIELDS["gives"].description),
        "response": answered.text_input(
            "Response path", FIELDS["response"].default, help=FIELDS["response"].description
        ),
    }


def _bounds() -> dict[str, float]:
    """How much it is asked at once, how often, and what that costs."""
    batch, per_second, retries, cost = st.columns(4)
    return {
        "batch": batch.number_input("Rows per call", 1, 10_000, FIELDS["batch"].default),
        "per_second": per_second.number_input(
            "Calls per second", 0.1, 10_000.0, FIELDS["per_second"].default, help="At most."
        ),
        "retries": retries.number_input("Retries", 0, 10, FIELDS["retries"].default),
        "cost_per_call": cost.number_input("Cost per call", 0.0, value=0.0, format="%.3f"),
    }


def _headers(text: str) -> dict[str, str]:
    pairs = (line.partition(":") for line in text.splitlines() if line.strip())
    return {name.strip(): value.strip() for name, _, value in pairs}


def _checked(content: dict[str, Any], plan: EvaluationPlan) -> System | None:
    if not content["name"] or content["name"] in {system.name for system in plan.systems}:
        st.error("Give the endpoint a name that no other system has.")
        return None
    try:
        return System.model_validate(content)
    except ValidationError as error:
        st.error(escape(sentence(error, System)))
        return None
