"""The verdict on a run, from findings made by hand."""

from types import SimpleNamespace

import pytest

from evallib.core.finding import Finding, Outcome, Severity
from evallib.runs.verdict import verdict

WORSE = Finding("PRF001", Outcome.ISSUE, "It is worse.")
BETTER = Finding("PRF002", Outcome.PASSED, "It is better.")
SAME = Finding("PRF003", Outcome.TIP, "It is the same.")
GRAVE = Finding("SLI001", Outcome.ISSUE, "A slice is bad.", Severity.HIGH)
SLIGHT = Finding("CAL001", Outcome.ISSUE, "It is overconfident.")
PASSED = Finding("REV005", Outcome.PASSED, "No reversal.")

CASES = {
    "worse": ([WORSE, BETTER], ("bad", "It is worse.")),
    "better, but a grave issue": ([BETTER, GRAVE], ("bad", "A slice is bad.")),
    "better": ([BETTER, PASSED], ("good", "It is better. No issue stands against it.")),
    "better with an issue": ([BETTER, SLIGHT], ("mixed", "It is better. One issue is worth a look.")),
    "the same with issues": ([SAME, SLIGHT, SLIGHT], ("mixed", "It is the same. 2 issues are worth a look.")),
    "the same": ([SAME], ("open", "It is the same. No issue stands against it.")),
    "nothing to compare with, an issue": ([SLIGHT, PASSED], ("mixed", "It is overconfident.")),
    "nothing to compare with": ([PASSED], ("good", "No method found an issue.")),
    "nothing judged": (
        [],
        ("open", "Nothing was judged: no method had what it needs. Below is what each of them lacks."),
    ),
}


def run_with(findings, *, active=False, methods=("toy",)):
    found = sorted(findings, key=lambda one: one.rank)
    return SimpleNamespace(found=lambda: found, active=active, methods=dict.fromkeys(methods))


@pytest.mark.parametrize("name", CASES)
def test_the_verdict_follows_from_the_findings(name):
    findings, (tone, sentence) = CASES[name]
    found = verdict(run_with(findings))
    assert (found.tone, found.sentence) == (tone, sentence)


def test_there_is_no_verdict_before_the_end():
    assert verdict(run_with([WORSE], active=True)).sentence == "The evaluation is still running."
    assert verdict(run_with([], methods=())).sentence == "The evaluation ended before anything was computed."
