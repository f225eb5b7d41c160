"""Findings as people read them: an icon for the outcome, one sentence, and the way to its page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from evallib.core.finding import Finding, Outcome, Severity
from ui.text import counted, escape

if TYPE_CHECKING:
    from collections.abc import Iterable

LOOKS: dict[Outcome, tuple[str, str]] = {
    Outcome.ISSUE: (":material/error:", "red"),
    Outcome.TIP: (":material/lightbulb:", "blue"),
    Outcome.PASSED: (":material/check_circle:", "green"),
    Outcome.NOT_APPLICABLE: (":material/block:", "gray"),
    Outcome.SKIPPED: (":material/skip_next:", "gray"),
    Outcome.MUTED: (":material/volume_off:", "gray"),
}
COLOURS = {Severity.HIGH: "red", Severity.MEDIUM: "orange", Severity.LOW: "yellow"}


AT_ONCE = 5
"""How many findings a page shows before it folds the rest away."""


def show_findings(findings: Iterable[Finding], key: str) -> None:
    """Every finding on a line of its own, worst first; the many, and what else is said of a slice, behind a fold."""
    ranked = sorted(findings, key=lambda one: one.rank)
    shown = _each_slice_once(ranked)[:AT_ONCE]
    for finding in ranked:
        if finding in shown:
            show_finding(finding)
    folded = [one for one in ranked if one not in shown]
    if folded:
        with st.expander(counted(len(folded), "more finding"), key=f"{key}.findings"):
            for finding in folded:
                show_finding(finding)


def _each_slice_once(findings: list[Finding]) -> list[Finding]:
    """The findings in their order, those on a model in a slice that an earlier one is about behind all others."""
    seen: set[tuple[str | None, str]] = set()
    later: list[Finding] = []
    first: list[Finding] = []
    for finding in findings:
        subject = finding.model, finding.slice or ""
        (later if finding.slice and subject in seen else first).append(finding)
        seen.add(subject)
    return first + later


def show_finding(finding: Finding) -> None:
    """One line: outcome, severity where it is an issue, the sentence, the code."""
    icon, colour = LOOKS[finding.outcome]
    if finding.outcome is Outcome.ISSUE:
        colour = COLOURS[finding.severity]
    st.markdown(f":{colour}[{icon}] {escape(finding.sentence, 600)} :small[:gray[{finding.code}]]")


def badge(outcome: Outcome, count: int) -> None:
    """A count of findings with one outcome."""
    icon, colour = LOOKS[outcome]
    text = counted(count, outcome) if outcome in {Outcome.ISSUE, Outcome.TIP} else f"{count:,} {outcome}"
    st.badge(text, icon=icon, color=colour)  # type: ignore[arg-type]
