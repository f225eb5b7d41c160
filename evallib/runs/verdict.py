"""The verdict on a run in one sentence, from the findings of all its methods."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from evallib.core.finding import Outcome, Severity

if TYPE_CHECKING:
    from evallib.core.finding import Finding
    from evallib.runs.run import Run

Tone = Literal["good", "bad", "mixed", "open"]

WORSE, BETTER, SAME = "PRF001", "PRF002", "PRF003"
"""What the comparison with the reference found: worse, better, or no difference beyond noise."""


@dataclass(frozen=True)
class Verdict:
    """One sentence, and whether it is good news."""

    tone: Tone
    sentence: str


def verdict(run: Run) -> Verdict:
    """What the findings add up to: the comparison with what is in use first, then what stands against it.

    It weighs nothing: a worse candidate or a grave issue is bad news, a better one without issues is good news, and
    everything between is for the reader to weigh, with the number of issues said.
    """
    findings = run.found()
    if run.active:
        return Verdict("open", "The evaluation is still running.")
    if not run.methods:
        return Verdict("open", "The evaluation ended before anything was computed.")
    if not findings:
        return Verdict("open", "Nothing was judged: no method had what it needs. Below is what each of them lacks.")
    issues = [one for one in findings if one.outcome is Outcome.ISSUE]
    grave = [one for one in issues if one.severity is Severity.HIGH]
    decisive = _first(findings, WORSE) or (grave[0] if grave else None)
    if decisive is not None:
        return Verdict("bad", decisive.sentence)
    better, same = _first(findings, BETTER), _first(findings, SAME)
    compared = better or same
    if compared is None:
        return Verdict("mixed", issues[0].sentence) if issues else Verdict("good", "No method found an issue.")
    tone: Tone = "mixed" if issues else "good" if better else "open"
    return Verdict(tone, f"{compared.sentence} {_against(len(issues))}")


def _first(findings: list[Finding], code: str) -> Finding | None:
    return next((one for one in findings if one.code == code), None)


def _against(issues: int) -> str:
    if issues == 0:
        return "No issue stands against it."
    return "One issue is worth a look." if issues == 1 else f"{issues} issues are worth a look."
