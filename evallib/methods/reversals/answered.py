"""One system's metric in the compared strata, and the influences of two systems' difference."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from evallib.core.slice_scores import PartitionScores, measured
from evallib.core.slice_tallies import LossTally, RankTally, Sliced, Tally
from evallib.methods.reversals.contrast import Array, Influences, Side, Sums

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from evallib.core.evidence import Evidence
    from evallib.core.metrics import Metric
    from evallib.core.slices import Partition

    Codes = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Answered:
    """A system by one metric in S strata: what its rows add up to, how many there are, and the metric in each."""

    evidence: Evidence
    tally: Tally
    metric: Metric
    pieces: Array
    n: Array
    inside: Sliced

    @classmethod
    def of(cls, scores: PartitionScores, metric: Metric, compared: NDArray[np.bool_]) -> Answered:
        """The system in the compared ones of all strata."""
        model, sliced = scores.model, scores.sliced(metric)
        inside = Sliced(*(part[compared] for part in sliced))
        pieces, n = scores.pieces(metric)[compared], scores.n[compared]
        return cls(model.evidence, model.tally(metric), metric, pieces, n, inside)

    @cached_property
    def whole(self) -> Sliced:
        """The metric over all strata together."""
        return self.tally.sliced(self.metric, self.pieces.sum(axis=0, keepdims=True))

    def side(self, inflation: float) -> Side:
        """The system as a side of a contrast."""
        quantity = measured(self.metric, self.inside, self.n, inflation)
        return Side(*quantity[:4], self.n, self.mass, float(self.whole.value[0]))

    @property
    def mass(self) -> Array:
        """(S,) each stratum's part of the metric's denominator; of the rows where it is no single ratio."""
        weights = self.pieces[:, 0]
        if self.metric.by_cell is not None:
            ratios = self.metric.by_cell(weights.sum(axis=0), self.evidence.data.positive)
            if len(ratios) == 1:
                weights = weights * ratios[0].denominator
        return np.asarray(weights.sum(axis=(1, 2)))

    def sums(self) -> Sums:
        """What a mean follows from: of a loss, or of being right."""
        if isinstance(self.tally, LossTally):
            weight, square, once, square_once, square_twice = self.pieces.T
            return Sums(self.n, weight, square, once, square_once, square_twice, self.tally.centre)
        return Sums.of_hits(self.n, np.trace(self.pieces[:, 0], axis1=1, axis2=2))


class Together:
    """The labels of two systems side by side; sums over the rows are kept for all metrics that ask for a partition."""

    def __init__(self, one: Evidence, two: Evidence) -> None:
        self.one, self.two = one, two
        self.k = len(one.data.classes)
        self._last: tuple[Partition, Array] | None = None
        self._ranked_apart: Array | None = None

    @cached_property
    def apart(self) -> bool:
        """True where no row was answered by both."""
        return not (self.one.counts & self.two.counts).any()

    @cached_property
    def cell(self) -> Codes:
        """(n,) the cell that truth and both labels make; a label that was withheld is one more label."""
        labels = [np.where(side.counts, side.label, self.k).astype(np.intp) for side in (self.one, self.two)]
        return np.asarray((self.one.data.y * (self.k + 1) + labels[0]) * (self.k + 1) + labels[1])

    def ranked_apart(self, one: Answered, two: Answered, *, keep: bool) -> Array:
        """(n,) each row's influence on the difference of a ranking over all strata of two systems.

        keep: True where all rows are in a stratum, for then it is the same by every partition.
        """
        if keep and self._ranked_apart is not None:
            return self._ranked_apart
        first, second = (_slopes(side, side.pieces.sum(axis=0, keepdims=True)) for side in (one, two))
        apart = first - second
        if keep:
            self._ranked_apart = apart
        return apart

    def squares(self, strata: Partition) -> Array:
        """(S, k, k + 1, k + 1) sums of squared weights of the cells."""
        if self._last is None or self._last[0] is not strata:
            shape, weight = (len(strata), self.k, self.k + 1, self.k + 1), self.one.data.weight
            place = strata.codes * (shape[1] * shape[2] * shape[3]) + self.cell
            sums = np.bincount(place, None if weight is None else weight**2, int(np.prod(shape)))
            self._last = strata, sums.reshape(shape).astype(np.float64, copy=False)
        return self._last[1]


def cell_influences(one: Answered, two: Answered, square: Array) -> Influences:
    """Influences of the cells that truth and both labels make; square (S, k, k + 1, k + 1) as `Together` has it."""
    inside, whole = (
        _spread(first.derivative)[:, :, :, None] - _spread(second.derivative)[:, :, None, :]
        for first, second in ((one.inside, two.inside), (one.whole, two.whole))
    )
    return Influences(inside, whole, square, lambda values: values.sum(axis=(1, 2, 3)))


def _spread(derivative: Array) -> Array:
    """(S, k, k + 1): the same, and 0 where the label was withheld."""
    return np.pad(derivative, ((0, 0), (0, 0), (0, 1)))


def row_influences(one: Answered, two: Answered, codes: Codes, together: Together) -> Influences:
    """Influences of every row on a ranking; 0 of rows that a system did not answer, or of strata that are left out."""
    left_out = codes < 0
    some = bool(left_out.any())
    places = np.maximum(codes, 0) if some else codes
    inside = _slopes(one, one.pieces, places) - _slopes(two, two.pieces, places)
    whole = together.ranked_apart(one, two, keep=not some)
    if some:
        inside[left_out] = whole[left_out] = 0.0
    return Influences(
        inside, whole, np.ones(1), lambda values: np.bincount(places, values, len(one.n)).astype(np.float64)
    )


def _slopes(side: Answered, pieces: Array, places: Codes | None = None) -> Array:
    """(n,) each row's influence on the ranking in its stratum; on that of all strata where they are one piece."""
    if not isinstance(side.tally, RankTally):
        raise TypeError(f"{side.metric.key} is no ranking.")
    slopes = side.tally.row_slopes(side.tally.placements(pieces)[1], places)
    return slopes if side.evidence.data.weight is None and side.evidence.all_count else side.evidence.weight * slopes
