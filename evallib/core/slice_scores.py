"""The metrics of a model in every slice and on the rest of each slice, with intervals."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
from numpy.typing import NDArray
from scipy import special

from evallib.core.evaluation_set import EvaluationSet
from evallib.core.evidence import Evidence
from evallib.core.intervals import ROUNDING, score_interval
from evallib.core.losses import brier_scores, log_losses, residuals
from evallib.core.metrics import METRICS, Metric
from evallib.core.row_sums import Influence, count_by
from evallib.core.slice_tallies import LabelTally, LossTally, RankTally, Sliced, Tally
from evallib.core.unpaired import Gap, Quantity, bounded_gap, means_gap, proportions_gap

if TYPE_CHECKING:
    from evallib.core.slices import Partition

Array = NDArray[np.float64]

MEANS: dict[str, Callable[[EvaluationSet, str], Array]] = {
    "accuracy": lambda data, model: np.asarray(data.predictions[model].label == data.y, dtype=np.float64),
    "log_loss": log_losses,
    "brier": brier_scores,
    "mae": lambda data, model: np.abs(residuals(data, model)),
    "rmse": lambda data, model: residuals(data, model) ** 2,
}
SliceMetric = Literal[
    "accuracy",
    "balanced_accuracy",
    "precision",
    "recall",
    "specificity",
    "f1",
    "macro_f1",
    "roc_auc",
    "log_loss",
    "brier",
    "mae",
    "rmse",
]
"""The metrics that are looked at per slice."""

KEYS: tuple[SliceMetric, ...] = get_args(SliceMetric)

MOST_CLASSES = 30
"""With more classes, an average over them says little about a slice, and accuracy is taken as a mean over rows."""


def slice_metrics(data: EvaluationSet, model: str) -> list[Metric]:
    """The metrics that are looked at per slice and exist for this model; a ROC AUC of two classes only."""
    found = [METRICS[key] for key in KEYS if METRICS[key].why_not(data, model) is None]
    left_out = {"roc_auc"} if data.task == "multiclass" else set()
    if len(data.classes) > MOST_CLASSES:
        left_out |= {"balanced_accuracy", "macro_f1"}
    return [metric for metric in found if metric.key not in left_out]


@dataclass(frozen=True, eq=False)
class SliceScores:
    """A metric in S slices and on the rest of each: all (S,); overall on all slices together."""

    slices: Quantity
    rest: Quantity
    gap: Gap
    overall: float


class SlicedModel:
    """A model on the rows of an evidence, ready to be looked at by one partition after another.

    by_class: True where the sums of losses are told apart by the true class, of no more than `MOST_CLASSES`.
    """

    def __init__(self, evidence: Evidence, *, by_class: bool = False) -> None:
        self.evidence = evidence
        self.by_class = by_class and 0 < len(evidence.data.classes) <= MOST_CLASSES
        self._tallies: dict[str, Tally] = {}
        self._inflation: dict[str, float] = {}
        self._last: PartitionScores | None = None

    @classmethod
    def of(cls, data: EvaluationSet, model: str, *, by_class: bool = False) -> SlicedModel:
        """The model on all rows that it answered."""
        return cls(Evidence(data, model), by_class=by_class)

    @cached_property
    def metrics(self) -> list[Metric]:
        """What is looked at."""
        return slice_metrics(self.evidence.data, self.evidence.model)

    def tally(self, metric: Metric) -> Tally:
        """What the metric is added up from; metrics of labels share one."""
        kind = "label" if metric.by_cell is not None else metric.key
        if kind not in self._tallies:
            self._tallies[kind] = self._new_tally(metric)
        return self._tallies[kind]

    def _new_tally(self, metric: Metric) -> Tally:
        data, model = self.evidence.data, self.evidence.model
        if metric.by_cell is not None and len(data.classes) <= MOST_CLASSES:
            return LabelTally(self.evidence)
        if metric.ranking is not None:
            return RankTally(self.evidence)
        return LossTally.of(self.evidence, MEANS[metric.key](data, model), by_class=self.by_class)

    def inflation(self, metric: Metric) -> float:
        """How much larger the variance is than that of independent rows, for rows in clusters; at least 1.

        It is measured on all rows and taken for every slice. Source: Kish 1965 (the design effect).
        """
        if self.evidence.data.cluster is None:
            return 1.0
        if metric.key not in self._inflation:
            influence = metric.on(self.evidence).influence
            alone = float(influence @ influence)
            self._inflation[metric.key] = max(self.evidence.stderr(influence) ** 2 / alone, 1.0) if alone > 0 else 1.0
        return self._inflation[metric.key]

    def by(self, found: Partition) -> PartitionScores:
        """The model's scores by the slices of a partition; the last ones are kept for whoever asks again."""
        if self._last is None or self._last.partition is not found:
            self._last = PartitionScores(self, found)
        return self._last


class PartitionScores:
    """The scores of a model by the slices of one partition; sums are made once for all metrics that share them."""

    def __init__(self, model: SlicedModel, found: Partition) -> None:
        self.model, self.partition = model, found
        self._pieces: dict[int, Array] = {}
        self._sliced: dict[str, Sliced] = {}
        self._measured: dict[tuple[str, float], Quantity] = {}

    @cached_property
    def n(self) -> Array:
        """(S,) rows of each slice that count."""
        evidence, slices = self.model.evidence, self.partition.codes
        if evidence.all_count:
            return self.partition.sizes
        return count_by(slices, evidence.counts.astype(np.uint16), (len(self.partition), 2))[:, 1]

    @cached_property
    def share(self) -> Array:
        """(S,) each slice's part of the weight of all rows that count."""
        evidence = self.model.evidence
        if evidence.data.weight is None:
            total = self.n
        else:
            total = np.bincount(self.partition.codes, evidence.weight, len(self.partition)).astype(np.float64)
        return total / max(float(total.sum()), 1e-300)

    def pieces(self, metric: Metric) -> Array:
        """What the metric is computed from, by slice."""
        tally = self.model.tally(metric)
        if id(tally) not in self._pieces:
            self._pieces[id(tally)] = tally.pieces(self.partition.codes, self.n)
        return self._pieces[id(tally)]

    def take_pieces(self, metric: Metric, sums: Array) -> None:
        """Take (2, S, k, k) sums of weights and squared weights, known already, for a metric of labels."""
        self._pieces.setdefault(id(self.model.tally(metric)), np.moveaxis(sums, 0, 1))

    def influence(self, metric: Metric, among: NDArray[np.bool_] | None = None) -> Influence:
        """What every row adds to a ranking, as `RankTally` has it. Raises `TypeError` for a metric that is none."""
        tally = self.model.tally(metric)
        if not isinstance(tally, RankTally):
            raise TypeError(f"{metric.key} is no ranking.")
        return tally.influence(self.pieces(metric), among)

    def total(self, metric: Metric) -> Array:
        """The pieces of all slices together, as of a single one."""
        return np.asarray(self.pieces(metric).sum(axis=0, keepdims=True))

    @property
    def rest(self) -> Array:
        """(S,) rows of all other slices that count."""
        return np.asarray(self.n.sum() - self.n)

    def add_up(self) -> None:
        """Make all sums over rows at once."""
        _ = self.n, self.share
        for metric in self.model.metrics:
            self.pieces(metric)

    def let_go(self) -> None:
        """Forget the codes of the rows; what was added up stays."""
        self.partition = replace(self.partition, codes=self.partition.codes[:0])

    def sliced(self, metric: Metric) -> Sliced:
        """The metric in every slice."""
        if metric.key not in self._sliced:
            self._sliced[metric.key] = self.model.tally(metric).sliced(metric, self.pieces(metric))
        return self._sliced[metric.key]

    def measured(self, metric: Metric, inflation: float) -> Quantity:
        """The metric in every slice with its limits, at a design effect."""
        if (metric.key, inflation) not in self._measured:
            self._measured[metric.key, inflation] = measured(metric, self.sliced(metric), self.n, inflation)
        return self._measured[metric.key, inflation]

    def scores(self, metric: Metric) -> SliceScores:
        """The metric in every slice and on the rest, with their difference."""
        tally, pieces = self.model.tally(metric), self.pieces(metric)
        total = self.total(metric)
        inflation = self.model.inflation(metric)
        first = self.measured(metric, inflation)
        rest = total - pieces
        if self.model.evidence.data.weight is not None:
            # What is left of a sum of weights when all of them are taken off is nothing but rounding.
            rest = np.where(np.abs(rest) <= ROUNDING * np.abs(total), 0.0, rest)
        second = measured(metric, tally.sliced(metric, rest), self.rest, inflation)
        overall = float(tally.sliced(metric, total).value[0])
        return SliceScores(first, second, self._gap(metric, first, second), overall)

    def _gap(self, metric: Metric, first: Quantity, second: Quantity) -> Gap:
        if not metric.bounded:
            return means_gap(first, second)
        data = self.model.evidence.data
        counted = data.weight is None and data.cluster is None
        plain = metric.proportion or metric.key == "precision"
        return proportions_gap(first, second) if counted and plain else bounded_gap(first, second)


class JoinedScores(PartitionScores):
    """The scores by the slices of several partitions one after the other, worked out together."""

    def __init__(self, parts: Sequence[PartitionScores]) -> None:
        super().__init__(parts[0].model, parts[0].partition)
        self.parts = parts
        self.n = np.concatenate([part.n for part in parts])
        self.share = np.concatenate([part.share for part in parts])

    def pieces(self, metric: Metric) -> Array:
        """The pieces of every slice."""
        tally = self.model.tally(metric)
        if id(tally) not in self._pieces:
            self._pieces[id(tally)] = np.concatenate([part.pieces(metric) for part in self.parts])
        return self._pieces[id(tally)]

    def total(self, metric: Metric) -> Array:
        """The pieces of all rows; each partition holds all of them."""
        return self.parts[0].total(metric)

    @property
    def rest(self) -> Array:
        """(S,) rows of the other slices of the same partition."""
        return np.asarray(self.parts[0].n.sum() - self.n)


def measured(metric: Metric, found: Sliced, n: Array, inflation: float = 1.0) -> Quantity:
    """A metric in S slices with its 95 % limits, as `estimate` makes them on the rows of one slice.

    n: (S,) rows. inflation: the design effect of rows in clusters.
    """
    stderr = found.stderr * np.sqrt(inflation)
    if not metric.bounded:
        pieces = np.maximum(n / inflation, 1.0)
        with np.errstate(divide="ignore", invalid="ignore"):
            stderr = stderr * np.sqrt(pieces / (pieces - 1))
        half = special.stdtrit(np.maximum(pieces - 1, 1), 0.975) * stderr
        return Quantity(found.value, *_mean_limits(found.value, half, metric.perfect), stderr, pieces)
    lower, upper = _bounded_limits(metric, found, inflation)
    return Quantity(found.value, lower, upper, stderr, found.part_support.min(axis=1) / inflation)


def _mean_limits(value: Array, half: Array, perfect: float | None) -> tuple[Array, Array]:
    """Symmetric limits; on the logarithmic scale where the metric has an end of its scale (see estimates)."""
    if perfect is None:
        return value - half, value + half
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        factor = np.where(value == perfect, 1.0, np.exp(half / np.abs(value - perfect)))
        ends = perfect + (value - perfect) / factor, perfect + (value - perfect) * factor
    return np.minimum(*ends), np.maximum(*ends)


def _bounded_limits(metric: Metric, found: Sliced, inflation: float) -> tuple[Array, Array]:
    """Score limits; of an average, the root of the sum of its parts' squared distances to their own (see estimates)."""
    value, slope = found.part_value, np.ones_like(found.part_value)
    if metric.f_score:
        value, slope = value / (2 - value), 2 / (2 - value) ** 2
    limits = score_interval(
        value, found.part_stderr * slope * np.sqrt(inflation), np.nan_to_num(found.part_support) / inflation
    )
    lower, upper = (2 * limit / (1 + limit) if metric.f_score else limit for limit in limits)
    parts = np.maximum((~np.isnan(found.part_value)).sum(axis=1), 1)
    below, above = (np.sqrt(np.nansum(far**2, axis=1)) for far in (found.part_value - lower, upper - found.part_value))
    independent = np.sqrt(np.nansum(found.part_stderr**2, axis=1))
    with np.errstate(divide="ignore", invalid="ignore"):
        scale = np.where(independent > ROUNDING, found.stderr / independent, 1 / parts)
    return np.maximum(found.value - below * scale, 0.0), np.minimum(found.value + above * scale, 1.0)
