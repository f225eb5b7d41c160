"""What a method has to say in words: one sentence with its numbers, a code, and how grave it is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """The six outcomes that a reader can tell apart."""

    ISSUE = "issue"
    TIP = "tip"
    PASSED = "passed"
    NOT_APPLICABLE = "not applicable"
    SKIPPED = "skipped"
    MUTED = "muted"


class Severity(StrEnum):
    """How much an issue matters to the decision, worst first."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


@dataclass(frozen=True)
class Finding:
    """One thing that a method found.

    code: three letters and three digits ("CAL001"); stands for this kind of finding forever, and is never reused.
    sentence: one sentence in plain words, with its numbers and their intervals; names are quoted as plain text.
    model, slice: what it is about, where it is about one.
    evidence: the numbers of the sentence by name, for machines.
    """

    code: str
    outcome: Outcome
    sentence: str
    severity: Severity = Severity.MEDIUM
    model: str | None = None
    slice: str | None = None
    method: str = ""
    evidence: tuple[tuple[str, float | str], ...] = ()

    @property
    def rank(self) -> tuple[int, int]:
        """The order of reading: issues before tips before the rest, worst first."""
        return list(Outcome).index(self.outcome), list(Severity).index(self.severity)
