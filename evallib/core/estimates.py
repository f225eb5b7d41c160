"""A metric with its interval, and the paired difference of two models with its interval and p-value."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
from scipy import special

from evallib.core.evidence import Evidence
from evallib.core.intervals import ROUNDING, Interval, Z, mcnemar_mid_p, score_interval, tango
from evallib.core.linearization import Parts

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from evallib.core.evaluation_set import EvaluationSet
    from evallib.core.linearization import Linearized
    from evallib.core.metrics import Metric

Verdict = Literal["better", "worse", "no difference beyond noise", "undefined"]


@dataclass(frozen=True)
class Estimate:
    """A value with its 95 % interval, its standard error, and the number of rows that it was measured on."""

    value: float
    lower: float
    upper: float
    stderr: float
    n: int


@dataclass(frozen=True)
class Difference:
    """First minus second on the rows that both answered, with its 95 % interval and two-sided p-value.

    n: common rows; only_first, only_second: rows that just one of the two answered.
    """

    value: float
    lower: float
    upper: float
    p_value: float
    n: int
    only_first: int
    only_second: int

    def verdict(self, *, higher_is_better: bool) -> Verdict:
        """Whether the first is better or worse than the second beyond noise: its interval leaves out 0."""
        if np.isnan(self.lower) or np.isnan(self.upper):
            return "undefined"
        if self.lower <= 0 <= self.upper:
            return "no difference beyond noise"
        return "better" if (self.value > 0) == higher_is_better else "worse"


@dataclass(frozen=True, eq=False)
class Measured:
    """A metric of one system, linearized on the evidence it rests on; made once, and used for every comparison.

    by_row: False of what a system is expected to score without saying what it answers on each row.
    """

    metric: Metric
    found: Linearized
    evidence: Evidence
    by_row: ClassVar[bool] = True

    @classmethod
    def of(cls, metric: Metric, evidence: Evidence) -> Measured:
        """The metric on this evidence."""
        return cls(metric, metric.on(evidence), evidence)

    def estimate(self) -> Estimate:
        """The value with its interval, as `estimate` says."""
        return self._estimate

    @cached_property
    def _estimate(self) -> Estimate:
        value, clusters = self.found.value, self.evidence.clusters
        if not np.isfinite(value):
            return Estimate(value, np.nan, np.nan, np.nan, self.evidence.n)
        stderr = self.stderr()
        if self.metric.bounded:
            limits = _score_limits(self, stderr)
        else:
            stderr *= _small_sample(clusters)
            limits = _mean_limits(value, _quantile(clusters) * stderr, self.metric.perfect)
        return Estimate(value, *limits, stderr, self.evidence.n)

    def stderr(self) -> float:
        """The standard error that the influences imply."""
        derivative = self.found.derivative
        return (
            self.evidence.stderr(self.found.influence)
            if derivative is None
            else self.evidence.stderr_of_cells(derivative)
        )

    def stderr_apart(self, other: Measured) -> float:
        """The standard error of the difference of two metrics on the same rows."""
        one, two, evidence = self.found.derivative, other.found.derivative, self.evidence
        many = len(evidence.data.classes) ** 3 > len(evidence.data)
        if one is None or two is None or many or evidence.data.cluster is not None:
            return evidence.stderr(self.found.influence - other.found.influence)
        apart = (one[:, :, None] - two[:, None, :]) ** 2
        return float(np.sqrt((evidence.beside(other.evidence) * apart).sum()))


def estimate(metric: Metric, data: EvaluationSet, model: str) -> Estimate:
    """The metric of a model with its 95 % interval; NaN throughout where it is undefined.

    Rows of one group are one cluster. Bounded metrics get a score interval at their effective sample size, F1 on the
    scale of TP / (TP + FP + FN), which is a plain proportion; an average of several quantities combines their score
    intervals (see `_score_limits`). Means get a t interval, on the logarithmic scale where the metric has an end of
    its scale, since a mean of few large losses is skewed.
    """
    return Measured.of(metric, Evidence(data, model)).estimate()


def _score_limits(measured: Measured, stderr: float) -> Interval:
    """Score limits; of an average, the root of the sum of its parts' squared distances to their own score limits.

    The sum of squares is right for independent parts (the recalls of several classes); for others it is scaled by the
    ratio of the average's standard error to the one that independent parts would have. So a class that is always right
    in its five rows still says how little five rows tell. With few clusters the effective sizes shrink by the ratio
    of the t quantiles. Source: Zou and Donner 2008, Statistics in Medicine 27 (square-and-add); Korn and Graubard 1998.
    """
    found, evidence = measured.found, measured.evidence
    parts = found.parts or Parts(*(np.array([one]) for one in (found.value, stderr, found.support)))
    few = 1.0 if evidence.data.cluster is None else _quantile(evidence.clusters) / _quantile(evidence.n)
    rate, slope = _as_rate(parts.value) if measured.metric.f_score else (parts.value, np.ones(1))
    limits = score_interval(rate, parts.stderr * slope * few, parts.support * evidence.design / few**2)
    lower, upper = (2 * limit / (1 + limit) if measured.metric.f_score else limit for limit in limits)
    independent = _root_of_squares(parts.stderr)
    scale = stderr / independent if independent > ROUNDING else 1 / len(parts.value)
    below, above = (_root_of_squares(limit - parts.value) * scale for limit in (lower, upper))
    return Interval(max(found.value - below, 0.0), min(found.value + above, 1.0))


def _as_rate(f_score: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """TP / (TP + FP + FN) of F scores, and its derivative by them."""
    return f_score / (2 - f_score), 2 / (2 - f_score) ** 2


def _root_of_squares(values: NDArray[np.float64]) -> float:
    return float(np.sqrt(values @ values))


def _mean_limits(value: float, half: float, perfect: float | None) -> Interval:
    if perfect is None or value == perfect:
        return Interval(value - half, value + half)
    distance = value - perfect
    factor = float(np.exp(half / distance))
    return Interval(*sorted((perfect + distance / factor, perfect + distance * factor)))


def _quantile(clusters: float) -> float:
    """The 97.5 % quantile of Student's t with one degree of freedom less than there are clusters."""
    return float(special.stdtrit(max(clusters - 1, 1), 0.975))


def _small_sample(clusters: float) -> float:
    """What makes the variance of a mean unbiased; NaN for one cluster, which tells no spread."""
    return float(np.sqrt(clusters / (clusters - 1))) if clusters > 1 else np.nan


def standard_error(influence: NDArray[np.float64], data: EvaluationSet) -> float:
    """The standard error that the influences imply; rows of one group, where the data names one, are added up."""
    return Evidence(data, "").stderr(influence)


def compare(metric: Metric, data: EvaluationSet, first: str, second: str) -> Difference:
    """The paired difference of a metric, first minus second, on the rows that both answered; see `difference`."""
    both = data.predictions[first].answered & data.predictions[second].answered
    one, two = (Measured.of(metric, Evidence(data, name, both)) for name in (first, second))
    return difference(one, two)


def difference(first: Measured, second: Measured) -> Difference:
    """The paired difference of one metric of two models, measured on the same rows.

    A share of right labels among unweighted, unclustered rows has Tango's score interval and McNemar's mid-p. Other
    bounded metrics combine the intervals of both by the correlation of their influences, which becomes DeLong's
    interval for the ROC AUC as rows grow, and holds near 0 and 1 and on few rows too. Means have Student's t interval
    of the paired difference.
    """
    data, metric = first.evidence.data, first.metric
    if metric.proportion and data.cluster is None and data.weight is None and second.by_row:
        return _paired_proportion(first, second)
    value = first.found.value - second.found.value
    if np.isclose(first.found.value, second.found.value, rtol=ROUNDING, atol=0):
        value = 0.0
    limits = _combined if metric.bounded else _student
    return Difference(value, *limits(value, first, second), *_rows(first.evidence, second.evidence))


def _rows(one: Evidence, two: Evidence) -> tuple[int, int, int]:
    if one.n == two.n == len(one.data):
        return one.n, 0, 0
    answered, too = (evidence.data.predictions[evidence.model].answered for evidence in (one, two))
    return one.n, int(np.count_nonzero(answered & ~too)), int(np.count_nonzero(too & ~answered))


def _student(value: float, first: Measured, second: Measured) -> tuple[float, float, float]:
    """Lower and upper limit and p-value of a difference of means."""
    clusters = first.evidence.clusters
    stderr = first.stderr_apart(second) * _small_sample(clusters)
    half = _quantile(clusters) * stderr
    if value == 0 or stderr == 0:
        return value - half, value + half, float(value == 0)
    return value - half, value + half, float(2 * special.stdtr(max(clusters - 1, 1), -abs(value) / stderr))


def _combined(value: float, first: Measured, second: Measured) -> tuple[float, float, float]:
    """Lower and upper limit and p-value of a difference of bounded metrics.

    Each limit is as far from the difference as the root of a² + b² - 2 r a b, with a and b the distances of the two
    values to their own limits and r the correlation of their influences. The p-value is the one that the limit towards
    0 implies. Source: Zou and Donner 2008, Statistics in Medicine 27; Altman and Bland 2011, BMJ 343.
    """
    one, two = first.estimate(), second.estimate()
    if not np.isfinite(value):
        return np.nan, np.nan, np.nan
    apart = first.stderr_apart(second)
    product = one.stderr * two.stderr
    r = (one.stderr**2 + two.stderr**2 - apart**2) / (2 * product) if product > ROUNDING**2 else 0.0
    below = _distance(one.value - one.lower, two.upper - two.value, r)
    above = _distance(one.upper - one.value, two.value - two.lower, r)
    towards = below if value > 0 else above
    p_value = 1.0 if value == 0 else float(2 * special.ndtr(-Z * abs(value) / towards))
    return max(value - below, -1.0), min(value + above, 1.0), p_value


def _distance(a: float, b: float, correlation: float) -> float:
    return float(np.sqrt(max(a * a + b * b - 2 * correlation * a * b, 0.0)))


def _paired_proportion(first: Measured, second: Measured) -> Difference:
    one, two = first.evidence, second.evidence
    if first.metric.by_cell is None:
        raise TypeError(f"{first.metric.key} is a proportion of labels, and declares no cells.")
    (ratio,) = first.metric.by_cell(one.confusion, one.data.positive)
    among = (ratio.denominator > 0).any(axis=1).take(one.data.y.astype(np.intp)) & one.counts & two.counts
    right, right_too = (ratio.numerator.ravel().take(part.cell) > 0 for part in (one, two))
    only_first, only_second = (int(np.count_nonzero(among & gap)) for gap in (right & ~right_too, right_too & ~right))
    n = int(np.count_nonzero(among))
    value, p_value = (only_first - only_second) / n if n else np.nan, mcnemar_mid_p(only_first, only_second)
    return Difference(value, *tango(only_first, only_second, n), p_value if n else np.nan, *_rows(one, two))
