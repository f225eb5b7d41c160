"""What was found about a comparison and a column, in one sentence with its numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from evallib.core.metrics import METRICS
from evallib.core.wording import number
from evallib.methods.reversals.comparison import Situation
from evallib.methods.reversals.kinds import TIE, Kind

if TYPE_CHECKING:
    from evallib.core.slices import Partition
    from evallib.methods.reversals.comparison import Comparison, Stratified
    from evallib.methods.reversals.contrast import Contrast
    from evallib.methods.reversals.verdict import Verdict

RATE, REST = "rate of ", "the rest"
LISTED = 6
"""Strata whose numbers a sentence tells one by one."""


def sentence(comparison: Comparison, strata: Partition, found: Stratified, verdict: Verdict | None) -> str:
    """One sentence on a scanned comparison; `verdict` is None where fewer than two strata could be compared."""
    if verdict is None or found.contrast is None:
        first, second = (_full(comparison, name) for name in (comparison.first, comparison.second))
        title = title_of(comparison.metric)
        return f"Fewer than two slices of {strata.column} have enough rows of both {first} and {second} for {title}."
    words = _Words(comparison, strata.column, found.contrast, verdict)
    listed = words.strata([name for name, kept in zip(strata.names, found.compared, strict=True) if kept])
    note = f" ({comparison.note})" if comparison.note else ""
    return f"{words.body()}{listed if verdict.kind.flagged or verdict.kind == Kind.CROSSING else ''}{note}."


def title_of(metric: str) -> str:
    """A metric's title; an outcome names itself."""
    return METRICS[metric].title if metric in METRICS else metric


def is_percent(metric: str) -> bool:
    """True for a metric that reads best as a percentage: rates, of an outcome too, but no ROC AUC."""
    if metric in METRICS:
        return METRICS[metric].bounded and METRICS[metric].ranking is None
    return metric.startswith(RATE)


def _full(comparison: Comparison, name: str) -> str:
    """A system's name, or a group's with its column."""
    return f"{comparison.group} {name}" if comparison.group and name != REST else name


class _Words:
    """The phrases of a sentence, seen from whoever is ahead overall."""

    def __init__(self, comparison: Comparison, column: str, contrast: Contrast, verdict: Verdict) -> None:
        self.comparison, self.column, self.contrast, self.verdict = comparison, column, contrast, verdict
        upwards = 1.0 if comparison.higher_is_better is not False else -1.0
        lead = upwards * verdict.overall if abs(verdict.overall) > TIE else -upwards * verdict.adjusted
        names = tuple(_full(comparison, name) for name in (comparison.first, comparison.second))
        self.first = names[0]
        self.ahead, self.behind = names if lead > 0 else names[::-1]
        against = -np.sign(lead) * upwards * contrast.gap.value
        self.against, self.level = int((against > TIE).sum()), int((np.abs(against) <= TIE).sum())
        self.slices = len(against)

    def body(self) -> str:
        """Who is ahead overall, and what the strata say to that."""
        kind, tied = self.verdict.kind, abs(self.verdict.overall) <= TIE
        if tied and kind != Kind.MASKED:
            return f"In {self._title}, {self.ahead} and {self.behind} are level overall, and {self._tied(kind)}"
        if tied:
            return (
                f"In {self._title}, {self.ahead} and {self.behind} are level overall, but {self.behind} {self._leads} "
                f"in {self.against} of {self.slices} slices of {self.column} and behind in none"
            )
        return f"In {self._title}, {self.ahead} {self._leads} overall ({self._overall}), {self._but(kind)}"

    def _tied(self, kind: Kind) -> str:
        slices = f"slices of {self.column}"
        return f"each leads in some {slices}" if kind == Kind.CROSSING else f"in all {self.slices} {slices}"

    def _but(self, kind: Kind) -> str:
        column, mixed = self.column, f"at an equal mix of {self.column}"
        some = f"{self.behind} {self._leads} in {self.against} of {self.slices} slices"
        return {
            Kind.STRICT: f"but {self.behind} {self._leads} in each of the {self.slices} slices of {column} "
            f"({self._adjusted} at an equal mix)",
            Kind.WEAK: f"but {some} of {column} and the others are level",
            Kind.MASKED: f"but both are level in each of the {self.slices} slices of {column}",
            Kind.PARTIAL: f"but {mixed} the difference turns round ({self._adjusted}), and {some}",
            Kind.CROSSING: f"also {mixed} ({self._adjusted}), but {some} of {column}",
            Kind.CONSISTENT: f"and no slice of {column} says otherwise ({self._adjusted} at an equal mix)",
        }[kind]

    @property
    def _title(self) -> str:
        title = title_of(self.comparison.metric)
        if self.comparison.situation == Situation.OUTCOMES:
            return f"the {title}"
        return title[0].lower() + title[1:] if title[1:2].islower() else title

    @property
    def _leads(self) -> str:
        return "is higher" if self.comparison.situation == Situation.OUTCOMES else "is ahead"

    @property
    def _overall(self) -> str:
        first, second = (self._number(side.overall) for side in (self.contrast.first, self.contrast.second))
        return f"{first} against {second}" if self.ahead == self.first else f"{second} against {first}"

    @property
    def _adjusted(self) -> str:
        verdict, turned = self.verdict, self.ahead != self.first
        values = (-verdict.adjusted, -verdict.upper, -verdict.lower) if turned else (
            verdict.adjusted, verdict.lower, verdict.upper,
        )  # fmt: skip
        value, lower, upper = (
            number(100 * each, "+.1f") if is_percent(self.comparison.metric) else number(each, "+.3g")
            for each in values
        )
        return f"{value}{' points' if is_percent(self.comparison.metric) else ''}, {lower} to {upper}"

    def strata(self, names: list[str]) -> str:
        """The numbers of the first strata."""
        first, second = self.contrast.first.value, self.contrast.second.value
        if self.ahead != self.first:
            first, second = second, first
        told = [
            f"{name} {self._number(one)} against {self._number(two)}"
            for name, one, two in zip(names[:LISTED], first, second, strict=False)
        ]
        return f": {'; '.join(told)}{'; …' if len(names) > LISTED else ''}"

    def _number(self, value: float) -> str:
        return f"{value:.1%}" if is_percent(self.comparison.metric) else number(value)
