"""A method's result for what the selectors say: from the run on disk, or computed in the background."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from evallib.core.finding import Outcome
from evallib.runs import Run
from ui.services import jobs, run_store
from ui.state import Selection, session_id

if TYPE_CHECKING:
    from evallib.core.method import Method
    from evallib.core.params import Params
    from evallib.core.result import Result
    from evallib.runs import MethodRecord
    from ui.jobs import Job


@dataclass(frozen=True, eq=False)
class Answer:
    """What is known now: a record with its result, or the job that computes it, or neither where nobody asked.

    key: equal for equal results, whoever asks.
    """

    record: MethodRecord | None = None
    result: Result | None = None
    job: Job | None = None
    key: tuple[object, ...] = ()


def open_cached(run_id: str) -> Run:
    """The run as it stands on disk; read again only after it has changed.

    One that is being computed is always read: its process may have ended without a word, which changes no file.
    """
    found = _open(run_id, run_store().changed(run_id))
    return run_store().get(run_id) if found.active else found


@st.cache_resource(max_entries=64, show_spinner=False)
def _open(run_id: str, changed: float) -> Run:  # noqa: ARG001 - part of the cache's key
    return run_store().get(run_id)


@st.cache_resource(max_entries=32, show_spinner=False)
def _read(key: tuple[object, ...], _run: Run, _method: str, _variation: str | None) -> Result:  # noqa: ARG001
    return _run.result(_method, _variation)


def answer(run: Run, method: Method, params: Params, selection: Selection, *, start: bool) -> Answer:
    """A method's result with these parameters on these rows; a missing one is computed when `start` says so."""
    variation = run.variation_key(method.key, params, selection.positive, selection.where)
    record = run.record(method.key, variation)
    by_hand = record is not None and method.long and variation is None and record.outcome is Outcome.SKIPPED
    if record is not None and not by_hand:
        key = run.id, run_store().changed(run.id), method.key, variation
        return Answer(record, _read(key, run, method.key, variation) if record.computed else None, key=key)
    asked = {
        "run": run.id,
        "method": method.key,
        "params": params.model_dump(mode="json"),
        "positive": selection.positive,
        "where": selection.where,
    }
    job = jobs().active("recompute", **asked)
    if job is None and start and run.state == "done":
        job = jobs().submit("recompute", asked, "long" if method.long else "quick", session_id())
    return Answer(job=job)
