"""The verdict on a run, from findings made by hand."""

from types import SimpleNamespace

import pytest

from evallib.core.evaluation_set import Role
from evallib.core.finding import Finding, Outcome, Severity
from evallib.runs.verdict import verdict

WORSE = Finding("PRF001", Outcome.ISSUE, "It is worse.", Severity.HIGH, "new")
BETTER = Finding("PRF002", Outcome.PASSED, "It is better.", model="new")
SAME = Finding("PRF003", Outcome.TIP, "It is the same.", model="new")
GRAVE = Finding("SLI001", Outcome.ISSUE, "A slice is bad.", Severity.HIGH, "new")
SLIGHT = Finding("CAL001", Outcome.ISSUE, "It is overconfident.", model="new")
GUESSING = Finding("BAS001", Outcome.ISSUE, "It guesses.", Severity.HIGH, "new")
OLD = Finding("SLI001", Outcome.ISSUE, "A slice of the old one is bad.", Severity.HIGH, "old")
SECOND = Finding("PRF001", Outcome.ISSUE, "The second is worse.", Severity.HIGH, "second")
DATA = Finding("REV001", Outcome.ISSUE, "The total deceives.")
PASSED = Finding("REV005", Outcome.PASSED, "No reversal.")

CASES = {
    "worse": ([WORSE, GRAVE], ("bad", "It is worse.")),
    "no better than guessing": ([BETTER, GUESSING], ("bad", "It guesses.")),
    "better, but a grave issue": (
        [BETTER, SLIGHT, GRAVE],
        ("mixed", "It is better. 2 issues concern it or the data, the gravest: A slice is bad."),
    ),
    "better": ([BETTER, PASSED], ("good", "It is better. No issue stands against it.")),
    "better, and the old one bad": ([BETTER, OLD], ("good", "It is better. No issue stands against it.")),
    "better, and another worse": ([SECOND, BETTER], ("good", "It is better. No issue stands against it.")),
    "better with an issue": (
        [BETTER, SLIGHT],
        ("mixed", "It is better. One issue concerns it or the data: It is overconfident."),
    ),
    "better, and an issue of the data": (
        [BETTER, DATA],
        ("mixed", "It is better. One issue concerns it or the data: The total deceives."),
    ),
    "the same with issues": (
        [SAME, SLIGHT, SLIGHT],
        ("mixed", "It is the same. 2 issues concern it or the data, the gravest: It is overconfident."),
    ),
    "the same": ([SAME], ("open", "It is the same. No issue stands against it.")),
    "nothing to compare with, a grave issue": ([SLIGHT, GRAVE], ("bad", "A slice is bad.")),
    "nothing to compare with, an issue": ([SLIGHT, PASSED], ("mixed", "It is overconfident.")),
    "nothing to compare with, and the old one bad": ([OLD, PASSED], ("good", "No method found an issue.")),
    "nothing to compare with": ([PASSED], ("good", "No method found an issue.")),
    "nothing judged": (
        [],
        ("open", "Nothing was judged: no method had what it needs. Below is what each of them lacks."),
    ),
}
ROLES = {"new": Role.CANDIDATE, "second": Role.CANDIDATE, "old": Role.INCUMBENT}


def run_with(findings, *, active=False, methods=("toy",), models=ROLES):
    found = sorted(findings, key=lambda one: one.rank)
    return SimpleNamespace(found=lambda: found, active=active, methods=dict.fromkeys(methods), models=models)


@pytest.mark.parametrize("name", CASES)
def test_the_verdict_follows_from_the_findings(name):
    findings, (tone, sentence) = CASES[name]
    found = verdict(run_with(findings))
    assert (found.tone, found.sentence) == (tone, sentence)


def test_there_is_no_verdict_before_the_end():
    assert verdict(run_with([WORSE], active=True)).sentence == "The evaluation is still running."
    assert verdict(run_with([], methods=())).sentence == "The evaluation ended before anything was computed."


def test_a_system_in_use_alone_is_judged_itself():
    assert verdict(run_with([OLD], models={"old": Role.INCUMBENT})).sentence == "A slice of the old one is bad."
