"""One system's metric in the compared strata, and the influences of two systems' difference."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from evallib.core.row_sums import count_by, squares_by, weigh_by
from evallib.core.slice_scores import PartitionScores, measured
from evallib.core.slice_tallies import LossTally, Sliced, Tally
from evallib.methods.reversals.contrast import Array, Influences, Side, Sums

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from evallib.core.evidence import Evidence
    from evallib.core.metrics import Metric
    from evallib.core.slices import Partition


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

    @cached_property
    def apart(self) -> bool:
        """True where no row was answered by both."""
        return not (self.one.counts & self.two.counts).any()

    @cached_property
    def cells(self) -> NDArray[np.uint16]:
        """(n,) the cell that truth and both labels make; a label that was withheld is one more label."""
        labels = [np.where(side.counts, side.label, self.k) for side in (self.one, self.two)]
        return np.asarray((self.one.data.y * (self.k + 1) + labels[0]) * (self.k + 1) + labels[1], dtype=np.uint16)

    def squares(self, strata: Partition) -> Array:
        """(S, k, k + 1, k + 1) sums of squared weights of the cells."""
        if self._last is None or self._last[0] is not strata:
            shape, weight = (len(strata), self.k * (self.k + 1) ** 2), self.one.data.weight
            if weight is None:
                sums = count_by(strata.codes, self.cells, shape)
            else:
                sums = weigh_by(strata.codes, self.cells, shape, weight)[1]
            self._last = strata, sums.reshape(-1, self.k, self.k + 1, self.k + 1)
        return self._last[1]


def cell_influences(one: Answered, two: Answered, square: Array) -> Influences:
    """Influences of the cells that truth and both labels make; square (S, k, k + 1, k + 1) as `Together` has it."""
    inside, whole = (
        _spread(first.derivative)[:, :, :, None] - _spread(second.derivative)[:, :, None, :]
        for first, second in ((one.inside, two.inside), (one.whole, two.whole))
    )
    parts = (inside**2, whole**2, inside * whole)
    return Influences(*((square * part).sum(axis=(1, 2, 3)) for part in parts))


def _spread(derivative: Array) -> Array:
    """(S, k, k + 1): the same, and 0 where the label was withheld."""
    return np.pad(derivative, ((0, 0), (0, 0), (0, 1)))


def row_influences(
    one: PartitionScores, two: PartitionScores, metric: Metric, compared: NDArray[np.bool_]
) -> Influences:
    """Influences of every row on a ranking, in the compared ones of all strata; 0 of rows that a system withheld."""
    first, second = (scores.influence(metric, compared) for scores in (one, two))
    return Influences(*squares_by(one.partition.codes, first, second)[compared].T)
