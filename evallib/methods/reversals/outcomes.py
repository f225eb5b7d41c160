"""The outcome itself in two groups of rows: admissions of women and men, claims by region."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from evallib.core.evidence import Evidence
from evallib.core.row_sums import count_by
from evallib.core.slices import MISSING
from evallib.methods.reversals.comparison import Comparison, Situation, Stratified, enough
from evallib.methods.reversals.contrast import Array, Sums, contrast_of_means
from evallib.methods.reversals.sentences import RATE, REST

if TYPE_CHECKING:
    from evallib.core.evaluation_set import EvaluationSet
    from evallib.core.slices import Partition


class Outcome:
    """The target of every row: 1 for the positive class and 0 else, or the value of a regression."""

    def __init__(self, data: EvaluationSet) -> None:
        self.data = data
        self.rate = data.task != "regression"
        self.counted = data.weight is None and data.cluster is None
        self.name = (
            f"{RATE}{data.columns.target} = {data.positive_name}" if self.rate else f"mean {data.columns.target}"
        )
        values = data.event if self.rate else data.y
        self.centre = 0.0 if self.rate else float(np.mean(values))
        self.value: Array = values.astype(np.float64) - self.centre
        self.inflation = self._inflation()
        self._last: tuple[Partition, Partition, Sums] | None = None

    def _inflation(self) -> float:
        """The design effect of rows in clusters on the mean outcome, at least 1 (Kish 1965)."""
        if self.data.cluster is None:
            return 1.0
        weight = np.ones(len(self.data)) if self.data.weight is None else self.data.weight
        off = weight * (self.value - np.average(self.value, weights=weight))
        return max(Evidence(self.data, "").stderr(off) ** 2 / max(float(off @ off), 1e-300), 1.0)

    def sums(self, groups: Partition, strata: Partition) -> Sums:
        """(S, G) sums of the outcome by stratum and group; the last ones are kept for whoever asks again."""
        if self._last is None or self._last[0] is not groups or self._last[1] is not strata:
            self._last = groups, strata, self._sums(groups, strata)
        return self._last[2]

    def _sums(self, groups: Partition, strata: Partition) -> Sums:
        shape, weight, value = (len(strata), len(groups)), self.data.weight, self.value
        if self.rate and weight is None:
            cells = np.uint16(2) * groups.codes + self.data.event
            counts = count_by(strata.codes, cells, (shape[0], 2 * shape[1])).reshape(*shape, 2)
            return Sums.of_hits(counts.sum(axis=2), counts[:, :, 1])
        place = strata.codes.astype(np.intp) * shape[1] + groups.codes

        def add(values: Array | None) -> Array:
            return np.bincount(place, values, shape[0] * shape[1]).reshape(shape).astype(np.float64)

        rows = add(None)
        if weight is None:
            once = add(value)
            return Sums(rows, rows, rows, once, once, add(value**2), self.centre)
        square = weight**2
        sums = [add(part) for part in (weight, square, weight * value, square * value, square * value**2)]
        return Sums(rows, sums[0], sums[1], sums[2], sums[3], sums[4], self.centre)

    def contrast(
        self, groups: Partition, first: int, others: Sequence[int], strata: Partition, minimum: int
    ) -> Stratified:
        """The outcome of one group and of the others together, by the strata."""
        sums = self.sums(groups, strata)
        one = sums.each(lambda part: part[:, first])
        two = sums.each(lambda part: part[:, list(others)].sum(axis=1))
        compared = enough(one.rows, two.rows, minimum)
        found = None
        if compared.sum() > 1:
            sides = [side.each(lambda part: part[compared]) for side in (one, two)]
            found = contrast_of_means(
                sides[0], sides[1], rate=self.rate, counted=self.counted, inflation=self.inflation
            )
        return Stratified(compared, one.rows, two.rows, found)


def group_comparisons(outcome: Outcome, groups: Partition, against: str, minimum: int) -> Iterator[Comparison]:
    """The pairs of values of a column, or each value against all others; rows without a value are in no group."""
    rows = np.bincount(groups.codes)
    codes = [place for place, name in enumerate(groups.names) if name != MISSING and rows[place] >= minimum]
    for place, first in enumerate(codes):
        if against == "each other" or len(codes) == 2:
            sides = [[second] for second in codes[place + 1 :]]
        else:
            sides = [[code for code in codes if code != first]]
        yield from (_compared(outcome, groups, first, others) for others in sides if others)


def _compared(outcome: Outcome, groups: Partition, first: int, others: list[int]) -> Comparison:
    return Comparison(
        Situation.OUTCOMES,
        groups.names[first],
        groups.names[others[0]] if len(others) == 1 else REST,
        outcome.name,
        partial(outcome.contrast, groups, first, others),
        group=groups.column,
    )
