"""The verdict on a run in one sentence, from the findings of all its methods."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from evallib.core.evaluation_set import Role
from evallib.core.finding import Outcome, Severity

if TYPE_CHECKING:
    from evallib.core.finding import Finding
    from evallib.runs.run import Run

Tone = Literal["good", "bad", "mixed", "open"]

BETTER, SAME, WORSE = "PRF002", "PRF003", "PRF001"
"""What the comparison with the reference found: better, no difference beyond noise, or worse."""

NO_BETTER_THAN_GUESSING = "BAS001"


@dataclass(frozen=True)
class Verdict:
    """One sentence, and whether it is good news."""

    tone: Tone
    sentence: str


def verdict(run: Run) -> Verdict:
    """What the findings add up to: the comparison with what is in use first, then what stands against the candidate.

    It weighs nothing: a candidate that is worse than what is in use, or no better than guessing, is bad news, a better
    one without issues is good news, and everything between is for the reader to weigh, the gravest issue being named.
    Of several candidates it speaks of the best; issues of what is in use are no news about the candidate.
    """
    findings = run.found()
    if run.active:
        return Verdict("open", "The evaluation is still running.")
    if not run.methods:
        return Verdict("open", "The evaluation ended before anything was computed.")
    if not findings:
        return Verdict("open", "Nothing was judged: no method had what it needs. Below is what each of them lacks.")
    compared = next((one for code in (BETTER, SAME, WORSE) for one in findings if one.code == code), None)
    issues = [one for one in findings if one.outcome is Outcome.ISSUE and _concerns(one, compared, run)]
    grave = [one for one in issues if one.severity is Severity.HIGH]
    decisive = [compared] if compared is not None and compared.code == WORSE else []
    decisive += [one for one in grave if one.code == NO_BETTER_THAN_GUESSING or compared is None]
    if decisive:
        return Verdict("bad", decisive[0].sentence)
    if compared is None:
        return Verdict("mixed", issues[0].sentence) if issues else Verdict("good", "No method found an issue.")
    tone: Tone = "mixed" if issues else "good" if compared.code == BETTER else "open"
    return Verdict(tone, f"{compared.sentence} {_against(issues)}")


def _concerns(finding: Finding, compared: Finding | None, run: Run) -> bool:
    """Whether it is about all, about the compared candidate, or, where nothing was compared, about any candidate."""
    if finding.model is None:
        return True
    if compared is not None:
        return finding.model == compared.model
    return run.models.get(finding.model) is Role.CANDIDATE or Role.CANDIDATE not in run.models.values()


def _against(issues: list[Finding]) -> str:
    if not issues:
        return "No issue stands against it."
    count = "One issue concerns" if len(issues) == 1 else f"{len(issues)} issues concern"
    gravest = "" if len(issues) == 1 else ", the gravest"
    return f"{count} it or the data{gravest}: {issues[0].sentence}"
