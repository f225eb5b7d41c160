"""The parts of the overview: the verdict, the headline numbers, and every finding by the method that made it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import streamlit as st

from evallib.core.finding import Outcome
from evallib.methods import METHODS
from evallib.plan import plan_text
from evallib.runs.verdict import verdict
from evallib.workspace import portable_plan
from ui import state
from ui.displays import show_display
from ui.drawn import drawn
from ui.findings import badge, show_findings
from ui.navigation import link_to
from ui.results import answer
from ui.text import counted, escape

if TYPE_CHECKING:
    from evallib.core.method import Method
    from evallib.runs import Run

TONES = {"good": st.success, "bad": st.error, "mixed": st.warning, "open": st.info}
ICONS = {
    "good": ":material/thumb_up:",
    "bad": ":material/thumb_down:",
    "mixed": ":material/balance:",
    "open": ":material/hourglass_empty:",
}
HEADLINES = ("headline", "differences")


def show_outcomes(run: Run) -> None:
    """The verdict, and how many findings there are of each outcome."""
    found = verdict(run)
    TONES[found.tone](f"**{escape(found.sentence, 600)}**", icon=ICONS[found.tone])
    counts = Counter(finding.outcome for finding in run.found())
    with st.container(horizontal=True):
        for outcome in Outcome:
            if counts[outcome]:
                badge(outcome, counts[outcome])
        st.download_button(
            "evaluation.yaml",
            data=lambda: plan_text(portable_plan(run.plan)),
            file_name="evaluation.yaml",
            icon=":material/download:",
            type="tertiary",
            help="Runs the same evaluation from a shell: python -m evallib run evaluation.yaml --out DIR",
            on_click="ignore",
        )
    if run.details.warnings:
        with st.expander(counted(len(run.details.warnings), "note") + " on data and models", icon=":material/info:"):
            for warning in run.details.warnings:
                st.markdown(escape(warning))


def show_headline(run: Run, method: Method) -> None:
    """The models' headline metrics with intervals, and their differences to the reference."""
    selection = state.selection()
    found = answer(run, method, run.params(method.key), selection, start=True)
    if found.result is None:
        return
    for one in drawn(run, method, found, selection.models):
        if one.display.key in HEADLINES:
            show_display(one, "overview")


def show_findings_by_method(run: Run) -> None:
    """Every method with its findings, those with the worst finding first, each linked to its page."""
    st.subheader("Findings")
    ranked = sorted(
        run.methods.items(), key=lambda item: min((one.rank for one in item[1].findings), default=(len(Outcome), 0))
    )
    told = [(key, record) for key, record in ranked if record.findings]
    for key, record in told:
        with st.container(border=True):
            link_to(key, METHODS[key].title, METHODS[key].icon)
            show_findings(record.findings, f"overview.{key}")
    silent = [(key, record) for key, record in ranked if not record.findings]
    if silent:
        with st.expander(f"{counted(len(silent), 'method')} without findings", expanded=not told):
            for key, record in silent:
                with st.container(horizontal=True, vertical_alignment="center"):
                    link_to(key, METHODS[key].title, METHODS[key].icon)
                    st.markdown(f":gray[{escape(record.reason or 'Nothing to report.')}]", width="content")
