"""A metric with its interval, and the paired difference of two models with its interval and p-value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

from evallib.core.intervals import Interval, Z, mcnemar_mid_p, score_interval, tango

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from evallib.core.evaluation_set import EvaluationSet
    from evallib.core.linearization import Linearized
    from evallib.core.metrics import Metric


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


def estimate(metric: Metric, data: EvaluationSet, model: str) -> Estimate:
    """The metric of a model with its 95 % interval; NaN throughout where it is undefined.

    Bounded metrics get a score interval at their effective sample size, F1 on the scale of the Jaccard index
    TP / (TP + FP + FN), which is a plain proportion; means get a t interval. Rows of one group are one cluster.
    """
    found = metric.linearize(data, model)
    stderr = standard_error(found.influence, data)
    n = int(np.count_nonzero(data.predictions[model].answered))
    lower, upper = _limits(metric, found, stderr, n)
    return Estimate(found.value, lower, upper, stderr if np.isfinite(found.value) else np.nan, n)


def _limits(metric: Metric, found: Linearized, stderr: float, n: int) -> Interval:
    if not np.isfinite(found.value):
        return Interval(np.nan, np.nan)
    if metric.key == "f1":
        jaccard, slope = found.value / (2 - found.value), 2 / (2 - found.value) ** 2
        limits = _score(jaccard, stderr * slope, found.support)
        return Interval(*(2 * limit / (1 + limit) for limit in limits))
    if metric.bounded:
        return _score(found.value, stderr, found.support)
    half = float(stats.t.ppf(0.975, max(n - 1, 1))) * stderr
    lowest = 0.0 if metric.key in {"log_loss", "brier", "mae", "rmse"} else -np.inf
    return Interval(max(found.value - half, lowest), found.value + half)


def _score(value: float, stderr: float, support: float) -> Interval:
    lower, upper = score_interval(value, stderr, support)
    return Interval(float(lower), float(upper))


def standard_error(influence: NDArray[np.float64], data: EvaluationSet) -> float:
    """The standard error that the influences imply; rows of one group, where the data names one, are added up."""
    if data.columns.group is None:
        return float(np.sqrt(influence @ influence))
    cluster, _ = data.table[data.columns.group].factorize(use_na_sentinel=False)
    sums = np.bincount(cluster, influence)
    return float(np.sqrt(sums @ sums))


def compare(metric: Metric, data: EvaluationSet, first: str, second: str) -> Difference:
    """The paired difference of a metric, first minus second, on the rows that both answered.

    Accuracy of unweighted, unclustered rows has Tango's score interval and McNemar's mid-p; every other metric the
    normal interval of the difference of the influences (for the ROC AUC this is DeLong's test).
    """
    answered = [data.predictions[name].answered for name in (first, second)]
    both = answered[0] & answered[1]
    common = data if both.all() else data.take(both)
    alone = int((answered[0] & ~both).sum()), int((answered[1] & ~both).sum())
    n = int(both.sum())
    if n == 0:
        return Difference(np.nan, np.nan, np.nan, np.nan, 0, *alone)
    if metric.key == "accuracy" and data.weight is None and data.columns.group is None:
        return _paired_accuracy(common, first, second, alone)
    one, two = metric.linearize(common, first), metric.linearize(common, second)
    value = one.value - two.value
    stderr = standard_error(one.influence - two.influence, common)
    p_value = 1.0 if value == 0 else float(2 * stats.norm.sf(abs(value) / stderr)) if stderr > 0 else np.nan
    return Difference(value, value - Z * stderr, value + Z * stderr, p_value, n, *alone)


def _paired_accuracy(data: EvaluationSet, first: str, second: str, alone: tuple[int, int]) -> Difference:
    right, right_too = (np.asarray(data.predictions[name].label == data.y) for name in (first, second))
    only_first, only_second = float((right & ~right_too).sum()), float((right_too & ~right).sum())
    n = len(data)
    interval = tango(only_first, only_second, n)
    return Difference((only_first - only_second) / n, *interval, mcnemar_mid_p(only_first, only_second), n, *alone)
