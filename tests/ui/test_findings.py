"""Findings as people read them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamlit.testing.v1 import AppTest

if TYPE_CHECKING:
    from streamlit.testing.v1.element_tree import ElementList

PAGE = """
from evallib.core.finding import Finding, Outcome, Severity
from ui.findings import show_findings

def found(code, severity, model=None, slice=None):
    return Finding(code, Outcome.ISSUE, f"{code} of {model} in {slice}.", severity, model=model, slice=slice)

show_findings(
    [
        found("AAA001", Severity.LOW),
        found("AAA002", Severity.HIGH, "one", "x > 1"),
        found("AAA003", Severity.HIGH, "one", "x > 1"),
        found("AAA004", Severity.HIGH, "two", "x > 1"),
        found("AAA005", Severity.MEDIUM, "one", "y > 1"),
        found("AAA006", Severity.MEDIUM, "one"),
        found("AAA007", Severity.MEDIUM, "one"),
    ],
    "test",
)
"""


def codes(lines: ElementList) -> list[str]:
    return [line.value.rsplit("[", 1)[1][:6] for line in lines]


def test_what_else_is_said_of_a_slice_is_folded_away_first() -> None:
    app = AppTest.from_string(PAGE).run()
    folded = codes(app.expander[0].markdown)
    assert folded == ["AAA003", "AAA001"]
    assert codes(app.markdown) == ["AAA002", "AAA004", "AAA005", "AAA006", "AAA007", *folded]


def test_few_findings_are_all_shown_worst_first() -> None:
    few = PAGE.replace(
        '        found("AAA006", Severity.MEDIUM, "one"),\n        found("AAA007", Severity.MEDIUM, "one"),\n', ""
    )
    app = AppTest.from_string(few).run()
    assert codes(app.markdown) == ["AAA002", "AAA003", "AAA004", "AAA005", "AAA001"]
    assert not app.expander
