"""Two models on the same rows, compared in every slice: paired differences, as `compare` makes them on one slice."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from scipy import special

from evallib.core.evidence import Evidence
from evallib.core.intervals import ROUNDING, mcnemar_mid_ps, tango_limits
from evallib.core.row_sums import squares_by
from evallib.core.slice_scores import JoinedScores, PartitionScores, SlicedModel
from evallib.core.slice_tallies import LabelTally, LossTally, RankTally, loss_slope, loss_variance
from evallib.core.unpaired import Gap, bounded_gap

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from evallib.core.evaluation_set import EvaluationSet
    from evallib.core.metrics import Metric
    from evallib.core.slices import Partition

    Array = NDArray[np.float64]


class SlicedPair:
    """Two models on the rows that both answered, ready to be compared by one partition after another."""

    def __init__(self, first: SlicedModel, second: SlicedModel) -> None:
        self.first, self.second = first, second
        self._apart: dict[str, LossTally] = {}

    @classmethod
    def of(cls, data: EvaluationSet, first: SlicedModel, second: SlicedModel) -> SlicedPair:
        """The pair; the models' own sums are used again where both answered every row."""
        if first.evidence.n == second.evidence.n == len(data):
            return cls(first, second)
        both = first.evidence.counts & second.evidence.counts
        return cls(*(SlicedModel(Evidence(data, model.evidence.model, both)) for model in (first, second)))

    @cached_property
    def metrics(self) -> list[Metric]:
        """What both models can be compared by."""
        too = {metric.key for metric in self.second.metrics}
        return [metric for metric in self.first.metrics if metric.key in too]

    @cached_property
    def cells(self) -> NDArray[np.uint16]:
        """(n,) the row's place in a flattened table of truth, the first model's label and the second's."""
        return self.first.evidence.cell_with(self.second.evidence).astype(np.uint16)

    def apart(self, metric: Metric) -> LossTally:
        """The first model's loss minus the second's, row by row."""
        if metric.key not in self._apart:
            one, two = self.first.tally(metric), self.second.tally(metric)
            if not isinstance(one, LossTally) or not isinstance(two, LossTally):
                raise TypeError(f"{metric.key} has no losses.")
            self._apart[metric.key] = one.minus(two)
        return self._apart[metric.key]

    def by(self, found: Partition) -> PairScores:
        """The paired differences by the slices of a partition."""
        return PairScores(self, self.first.by(found), self.second.by(found))


class PairScores:
    """First minus second in every slice of one partition."""

    def __init__(self, pair: SlicedPair, first: PartitionScores, second: PartitionScores) -> None:
        self.pair, self.first, self.second = pair, first, second
        self._apart: dict[str, Array] = {}
        self._of_rows: dict[str, Array] = {}
        self._gaps: dict[str, Gap] = {}

    @property
    def n(self) -> Array:
        """(S,) rows of each slice that both answered."""
        return self.first.n

    def add_up(self) -> None:
        """Make all sums over rows at once."""
        labels = [one for one in self.pair.metrics if isinstance(self.pair.first.tally(one), LabelTally)]
        if labels:
            self.first.take_pieces(labels[0], self.cells.sum(axis=4))
            self.second.take_pieces(labels[0], self.cells.sum(axis=3))
        self.first.add_up()
        self.second.add_up()
        for metric in self.pair.metrics:
            tally = self.pair.first.tally(metric)
            if isinstance(tally, LossTally):
                self.apart(metric)
            elif isinstance(tally, RankTally):
                self.of_rows(metric)

    def values(self, metric: Metric) -> tuple[Array, Array]:
        """(S,) the metric of the first and of the second model on the common rows."""
        return self.first.sliced(metric).value, self.second.sliced(metric).value

    def gap(self, metric: Metric) -> Gap:
        """The paired difference of a metric in every slice, (S,) each."""
        if metric.key not in self._gaps:
            self._gaps[metric.key] = self._gap(metric)
        return self._gaps[metric.key]

    def _gap(self, metric: Metric) -> Gap:
        data = self.pair.first.evidence.data
        tally = self.pair.first.tally(metric)
        if metric.proportion and data.weight is None and data.cluster is None and isinstance(tally, LabelTally):
            return self._proportions(metric)
        inflation = self.pair.first.inflation(metric)
        apart = np.sqrt(self.variance(metric) * inflation)
        one, two = (scores.measured(metric, inflation) for scores in (self.first, self.second))
        value = one.value - two.value
        equal = np.abs(value) <= ROUNDING * np.abs(two.value)
        one = one._replace(value=np.where(equal, two.value, one.value))
        if not metric.bounded:
            return paired_means_gap(np.where(equal, 0.0, value), apart, np.maximum(self.n / inflation, 1.0))
        product = one.stderr * two.stderr
        with np.errstate(divide="ignore", invalid="ignore"):
            r = (one.stderr**2 + two.stderr**2 - apart**2) / (2 * product)
        return bounded_gap(one, two, np.where(product > ROUNDING**2, r, 0.0))

    def variance(self, metric: Metric) -> Array:
        """(S,) variance of the difference of the metric, from the difference of the influences of each row."""
        tally = self.pair.first.tally(metric)
        if isinstance(tally, LossTally):
            return self._of_losses(metric)
        if isinstance(tally, RankTally):
            return self.of_rows(metric)
        one, two = (scores.sliced(metric).derivative for scores in (self.first, self.second))
        return np.asarray(np.einsum("sijk,sijk->s", self.cells[1], (one[:, :, :, None] - two[:, :, None, :]) ** 2))

    def _of_losses(self, metric: Metric) -> Array:
        """Var(a x - b y), where a and b turn mean losses into the metric; Var(x - y) tells the covariance."""
        slopes, variances = [], []
        for scores in (self.first, self.second):
            slopes.append(loss_slope(metric, scores.sliced(metric).value))
            variances.append(loss_variance(scores.pieces(metric)))
        (a, b), (one, two), together = slopes, variances, loss_variance(self.apart(metric))
        return np.asarray(np.maximum(a**2 * one + b**2 * two - a * b * (one + two - together), 0.0))

    def apart(self, metric: Metric) -> Array:
        """(S, 5) sums of the difference of the losses, row by row."""
        if metric.key not in self._apart:
            self._apart[metric.key] = self.pair.apart(metric).pieces(self.first.partition.codes, self.n)
        return self._apart[metric.key]

    def of_rows(self, metric: Metric) -> Array:
        """(S,) variances of the difference of a ranking, from every row's two influences."""
        if metric.key not in self._of_rows:
            one, two = (scores.influence(metric) for scores in (self.first, self.second))
            self._of_rows[metric.key] = squares_by(self.first.partition.codes, one, two)[:, 0]
        return self._of_rows[metric.key]

    @cached_property
    def cells(self) -> Array:
        """(2, S, k, k, k) weights and squared weights by truth, the first model's label and the second's."""
        evidence, slices = self.pair.first.evidence, self.first.partition.codes
        k, size = len(evidence.data.classes), len(self.n)
        return evidence.cells_by(slices, self.pair.cells, (size, k**3)).reshape(2, size, k, k, k)

    def _proportions(self, metric: Metric) -> Gap:
        """McNemar's mid-p and Tango's interval from the counts of rows that just one of the two has right."""
        counts = self.cells[0]
        if metric.by_cell is None:
            raise TypeError(f"{metric.key} is no metric of labels.")
        (ratio,) = metric.by_cell(counts.sum(axis=(0, 3)), self.pair.first.evidence.data.positive)
        right, among = ratio.numerator > 0, np.asarray((ratio.denominator > 0).any(axis=1))
        only_first = np.einsum("sijk,ij,ik->s", counts, right, ~right & among[:, None])
        only_second = np.einsum("sijk,ij,ik->s", counts, ~right & among[:, None], right)
        n = counts[:, among].sum(axis=(1, 2, 3))
        with np.errstate(invalid="ignore"):
            value = (only_first - only_second) / n
        p = np.where(n > 0, mcnemar_mid_ps(only_first, only_second), np.nan)
        return Gap(value, *tango_limits(only_first, only_second, n), p)


class JoinedPairs(PairScores):
    """First minus second in the slices of several partitions one after the other, worked out together."""

    def __init__(self, parts: Sequence[PairScores], first: JoinedScores, second: JoinedScores) -> None:
        super().__init__(parts[0].pair, first, second)
        self.parts = parts

    @cached_property
    def cells(self) -> Array:
        """(2, S, k, k, k) of all slices."""
        return np.concatenate([part.cells for part in self.parts], axis=1)

    def apart(self, metric: Metric) -> Array:
        """(S, 5) of all slices."""
        return np.concatenate([part.apart(metric) for part in self.parts])

    def of_rows(self, metric: Metric) -> Array:
        """(S,) of all slices."""
        return np.concatenate([part.of_rows(metric) for part in self.parts])


def paired_means_gap(value: Array, stderr: Array, n: Array) -> Gap:
    """The difference of two means on the same n rows, with its standard error before n is made n - 1: Student's t."""
    with np.errstate(divide="ignore", invalid="ignore"):
        stderr = stderr * np.sqrt(n / (n - 1))
        p = 2 * special.stdtr(np.maximum(n - 1, 1), -np.abs(value) / stderr)
    half = special.stdtrit(np.maximum(n - 1, 1), 0.975) * stderr
    sure = (value == 0) | (stderr == 0)
    return Gap(value, value - half, value + half, np.where(sure, (value == 0).astype(float), p))
