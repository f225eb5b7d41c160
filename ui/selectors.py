"""The global selectors that every page follows: the run, its models, the positive class, and a filter on the rows."""

from __future__ import annotations

import contextlib
import functools
from collections import Counter
from typing import TYPE_CHECKING

import streamlit as st

from evallib.core.errors import BadInput
from evallib.core.rules import parse_rule
from evallib.data import plain
from evallib.runs.store import created
from ui import state
from ui.results import open_cached
from ui.rule_field import ground_of, rule_field
from ui.save_slice import offer_saving
from ui.services import run_store
from ui.start import await_end, evaluation_job, fail_abandoned, show_progress
from ui.text import escape, label, visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from evallib.runs import Run


def show_selectors() -> float:
    """Draw the selectors, and note for the page what they say; when their run had last changed before it was read."""
    run, changed = _run()
    if run is None:
        state.set_current(None, state.Selection())
    else:
        state.set_current(run, state.Selection(_models(run), _positive(run), _where(run)))
    return changed


def _models(run: Run) -> tuple[str, ...]:
    if not run.models:
        return ()
    chosen = st.pills(
        "Models",
        list(run.models),
        selection_mode="multi",
        default=list(run.models),
        format_func=label,
        key=state.MODELS,
        bind="query-params",
        help="Shown on every page, always in the same colour.",
    )
    return tuple(chosen or run.models)


def _run() -> tuple[Run | None, float]:
    ids = run_store().ids()
    asked = state.run_to_open()
    state.settle(asked if asked in ids else None)
    # The address holds the id, which nobody wants to read; the choice above it shows names.
    with st.container(key="address"):
        st.html("<style>.st-key-address { display: none; }</style>")
        linked = st.text_input("Evaluation", key=state.RUN, bind="query-params", label_visibility="collapsed")
    if linked and linked not in ids:
        st.warning(f"There is no evaluation {escape(linked, 60)} on this server. It may have been deleted.")
    if not ids:
        return None, 0.0
    names = _names(ids)
    # Empty but for the moment of a choice: the browser holds on to a chosen name while names and runs still change.
    st.selectbox(
        "Evaluation",
        ids,
        index=None,
        format_func=lambda run_id: names.get(run_id, run_id),
        key=state.CHOOSE,
        placeholder=visible(names.get(linked, "Choose an evaluation")),
        on_change=_open_chosen,
    )
    if linked not in ids:
        return None, 0.0
    changed = run_store().changed(linked)
    return _readable(linked), changed


def _readable(run_id: str) -> Run | None:
    """The run, or None while its first lines are not on disk yet."""
    try:
        run = open_cached(run_id)
    except BadInput as error:
        if evaluation_job(run_id) is None:
            st.error(escape(str(error)))
        return None
    return run if run.details.plan else None


def show_run_state(changed: float) -> None:
    """The progress of a run that is being computed, or why it ended early.

    changed: when it had last changed before it was read; what is newer draws the page again.
    """
    run_id = str(st.session_state.get(state.RUN))
    if not run_store().has(run_id):
        return
    if evaluation_job(run_id) is not None:
        show_progress(run_id, changed)
        return
    with contextlib.suppress(BadInput):
        fail_abandoned(run_id)
        if run_store().changed(run_id) != changed:
            st.rerun()
        run = open_cached(run_id)
        if run.active:
            await_end(run_id, changed)
        elif run.state in {"failed", "cancelled"}:
            st.warning(escape(run.reason), icon=":material/error:")


def _names(ids: Sequence[str]) -> dict[str, str]:
    """What each run is called, told apart by numbers, the oldest first: the browser answers with a name, not an id."""
    seen: Counter[str] = Counter()
    names = {}
    for run_id in reversed(ids):
        name = _name(run_id)
        seen[name] += 1
        names[run_id] = name if seen[name] == 1 else f"{name} #{seen[name]}"
    return names


def _name(run_id: str) -> str:
    try:
        return _named(run_id)
    except BadInput:
        return run_id


@functools.lru_cache(10_000)
def _named(run_id: str) -> str:
    """What a run is called, which never changes. Raises `BadInput`, and is asked again, while that is still to come."""
    run = run_store().get(run_id)
    if not run.details.plan:
        raise BadInput("The name of this evaluation is still to come.")
    begun = created(run_id)
    return f"{plain(run.name, 40)} ({begun.day} {begun:%b %H:%M})"


def _open_chosen() -> None:
    if st.session_state[state.CHOOSE]:
        state.settle(st.session_state[state.CHOOSE])
        st.session_state[state.CHOOSE] = None


def _positive(run: Run) -> str | None:
    if run.positive is None or len(run.classes) < 2:
        return None
    chosen: str = st.selectbox(
        "Positive class",
        run.classes,
        index=run.positive,
        format_func=visible,
        key=state.POSITIVE,
        bind="query-params",
        help="The class that counts as the event in precision, recall, F1, ROC AUC and the threshold sweep.",
    )
    return None if chosen == run.classes[run.positive] else chosen


def _where(run: Run) -> str:
    typed = rule_field(
        "Only rows where",
        state.WHERE,
        ground_of(run),
        bind="query-params",
        placeholder="e.g. age < 30 and sex == 'Female'",
        help="A rule over the columns of the data: comparisons, in [...], and, or, not, missing(column). "
        "Write a column with spaces in its name in back quotes. The down arrow lists what could follow, Tab takes it.",
    )
    if not typed:
        return ""
    try:
        parse_rule(typed, run.columns)
    except BadInput:
        # The field says why.
        return ""
    offer_saving(typed, state.WHERE)
    return typed
