"""Starting an evaluation, and watching it from whatever page one is on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from evallib.core.errors import BadInput
from evallib.plan import write_plan
from evallib.runs import new_run_id
from evallib.runs.run import INTERRUPTED
from ui import state
from ui.job_watch import REFRESH_SECONDS
from ui.services import jobs, run_store, workspace
from ui.text import escape

if TYPE_CHECKING:
    from evallib.plan import EvaluationPlan
    from ui.jobs import Job


PLAN_FILE = "evaluation.yaml"


def start_evaluation(plan: EvaluationPlan) -> str:
    """Evaluate the plan in the background; the id of the run, which can be opened at once and fills up as it goes."""
    run_id = new_run_id()
    folder = run_store().create(run_id)
    # A copy of its own: what is changed on the page from now on belongs to the next evaluation.
    write_plan(plan, folder / PLAN_FILE)
    _submit("evaluate", run_id, plan=str(folder / PLAN_FILE))
    return run_id


def start_demo(key: str) -> str:
    """Prepare a demo's data and models, and evaluate it; the id of the run."""
    run_id = new_run_id()
    run_store().create(run_id)
    _submit("evaluate_demo", run_id, key=key, folder=str(workspace().home / "demos" / key))
    return run_id


def _submit(job: str, run_id: str, **arguments: str) -> None:
    """Have the run computed; it vanishes where that is refused, for there are too many jobs."""
    folder = str(run_store().folder_of(run_id))
    try:
        jobs().submit(job, arguments | {"run": folder}, session=state.session_id())
    except BadInput:
        run_store().delete(run_id)
        raise


def evaluation_job(run_id: str) -> Job | None:
    """The job that computes this run now."""
    folder = str(run_store().folder / run_id)
    return jobs().active("evaluate", run=folder) or jobs().active("evaluate_demo", run=folder)


def fail_abandoned(run_id: str) -> None:
    """Say of a run that waits, although nothing will compute it any more, that it has failed, and why."""
    if evaluation_job(run_id) is None and run_store().get(run_id).state == "waiting":
        failure = jobs().failure(run=str(run_store().folder / run_id))
        run_store().end(run_id, "failed", failure or INTERRUPTED)


@st.fragment(run_every=REFRESH_SECONDS)
def show_progress(run_id: str, changed: float) -> None:
    """The step and the progress of a run; the page is drawn again whenever something new is on disk."""
    job = evaluation_job(run_id)
    if job is None or run_store().changed(run_id) != changed:
        st.rerun()
    with st.container(horizontal=True, vertical_alignment="center"):
        st.progress(job.share, escape(job.text))
        st.button("Cancel", on_click=_cancel, args=(run_id, job.id), key=f"cancel.{job.id}")


@st.fragment(run_every=REFRESH_SECONDS)
def await_end(run_id: str, changed: float) -> None:
    """Draw the page again once a run has changed that is none of this server's jobs, or has been until just now."""
    if run_store().changed(run_id) != changed or not _is_active(run_id):
        st.rerun()


def _is_active(run_id: str) -> bool:
    try:
        return run_store().get(run_id).active
    except BadInput:
        return False


def _cancel(run_id: str, job_id: str) -> None:
    jobs().cancel(job_id)
    if run_store().changed(run_id):
        run_store().end(run_id, "cancelled", "The evaluation was cancelled; what had been computed is kept.")
    else:
        run_store().delete(run_id)
