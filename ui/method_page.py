"""The generic page of a method: its question, what it ran on, findings, charts with their tables, and its help."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from evallib.core.named_rules import folders_of
from ui import state
from ui.controls import Choices, ask
from ui.displays import show_displays
from ui.drawn import drawn
from ui.findings import show_findings
from ui.job_watch import watch
from ui.results import Answer, answer
from ui.rule_field import ground_of
from ui.slice_sets import offer_slice_sets
from ui.start import evaluation_job
from ui.state import widget_key
from ui.text import escape

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from evallib.core.method import Method
    from evallib.core.params import Params
    from evallib.runs import Run


def show_method(method: Method) -> None:
    """The page of one method for the run and the selection that the frame holds."""
    st.title(method.title)
    st.markdown(f":gray[{method.question}]")
    run = state.current_run()
    if run is None:
        nothing_chosen()
        return
    bar = st.container(horizontal=True, vertical_alignment="center", gap="medium")
    params = _settings(method, run, bar)
    if "rules" in method.params.model_fields:
        with bar:
            offer_slice_sets(widget_key(method.key, "rules"), getattr(params, "rules", ()))
    with bar.popover("How to read this", icon=":material/help:", type="tertiary"):
        st.markdown(method.help)
    found = answer(run, method, params, state.selection(), start=not method.long)
    if found.record is None:
        _wait_or_offer(run, method, params, found, bar)
        return
    if found.result is None:
        _say_why(found)
        return
    bar.badge(f"Ran on {found.result.basis}", icon=":material/table_rows:", color="gray")
    _show(method, run, found)


def nothing_chosen() -> None:
    """The empty state of every page that shows an evaluation."""
    from ui.navigation import link_to  # noqa: PLC0415 - the menu imports this page

    run_id = st.session_state.get(state.RUN)
    if run_id and evaluation_job(run_id) is not None:
        st.container().skeleton(height=300)
        return
    with st.container(border=True):
        st.markdown("**No evaluation is open.** Start from a demo, or bring your own data and models.")
        with st.container(horizontal=True):
            link_to("home", "Open a demo", ":material/rocket_launch:")
            link_to("data", "Bring your own", ":material/upload_file:")


def choices_of(run: Run, rules: Iterable[str] = (), pins: Callable[[], Sequence[str]] = tuple) -> Choices:
    """What a parameter may name in this run, and a view of a result with these own slices and lines to pin."""
    ground = ground_of(run, state.selection().where)
    return Choices(list(run.columns), list(run.models), run.task, list(run.classes), folders_of(rules), ground, pins)


def _settings(method: Method, run: Run, bar: st.delta_generator.DeltaGenerator) -> Params:
    start = run.params(method.key)
    if not method.params.model_fields:
        return start
    with bar.popover("Settings", icon=":material/tune:", type="tertiary"):
        st.caption("What is computed. A change computes the result again, in the background.")
        return ask(method.params, method.key, choices_of(run), start)


def _show(method: Method, run: Run, found: Answer) -> None:
    selection = state.selection()
    if found.record is not None:
        told = [one for one in found.record.findings if one.model is None or one.model in selection.models]
        show_findings(told, method.key)
    if method.look is not None and method.view is not None:
        _look(run, method, found)
    show_displays(drawn(run, method, found, selection.models), method.key)


@st.fragment
def _look(run: Run, method: Method, found: Answer) -> None:
    if method.view is None or found.record is None:
        return
    with st.container(border=True):
        with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
            pins = partial(method.pins, found.result) if method.pins else tuple
            choices = choices_of(run, found.record.params.get("rules", ()), pins)
            view = ask(method.view, f"{method.key}.view", choices)
        show_displays(drawn(run, method, found, state.selection().models, view), f"{method.key}.look")


def _say_why(found: Answer) -> None:
    if found.record is None:
        return
    if found.record.outcome == "not applicable":
        st.info(escape(found.record.reason), icon=":material/block:")
    else:
        st.warning(escape(found.record.reason), icon=":material/skip_next:")


def _wait_or_offer(
    run: Run, method: Method, params: Params, found: Answer, bar: st.delta_generator.DeltaGenerator
) -> None:
    if found.job is not None:
        if watch(found.job.id) is not None:
            st.rerun()
    elif run.state in {"failed", "cancelled"}:
        st.info("The evaluation ended before this was computed. Evaluate again to see it.", icon=":material/info:")
    elif run.active:
        st.container(height=320, border=False).skeleton(height=300)
    else:
        bar.empty()
        st.info(f"{method.long}, so it runs when you start it, in the background.", icon=":material/play_circle:")
        if st.button(f"Run {method.title.lower()}", type="primary"):
            answer(run, method, params, state.selection(), start=True)
            st.rerun()
