"""Findings as people read them."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest

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


def test_what_else_is_said_of_a_slice_comes_after_the_first_of_all_others() -> None:
    app = AppTest.from_string(PAGE).run()
    told = [line.value.rsplit("[", 1)[1][:6] for line in app.markdown]
    assert told == ["AAA002", "AAA004", "AAA005", "AAA006", "AAA007", "AAA001", "AAA003"]
    assert len(app.expander) == 1
    assert [line.value.rsplit("[", 1)[1][:6] for line in app.expander[0].markdown] == ["AAA001", "AAA003"]
