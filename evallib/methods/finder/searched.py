"""What is searched for: the loss of every row that a metric rests on, and which rows these are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from evallib.core.linearization import Ratio
from evallib.core.metric_choice import chosen_metric
from evallib.core.metrics import METRICS, Metric
from evallib.core.slice_scores import MEANS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from evallib.core.cells import CellRatio
    from evallib.core.evaluation_set import EvaluationSet
    from evallib.core.evidence import Evidence

    Array = NDArray[np.float64]

FinderMetric = Literal[
    "automatic",
    "accuracy",
    "balanced_accuracy",
    "precision",
    "recall",
    "specificity",
    "f1",
    "macro_f1",
    "log_loss",
    "brier",
    "mae",
    "rmse",
]
"""What slices are searched by: every metric whose parts by row say how well it does in a slice.

Those of a ranking are none: a row's part in the ROC AUC says how it ranks among all rows, and not among those of its
slice (Borkan et al. 2019, WWW Companion). Nor is R², whose scale is the variance of the truth in the slice.
"""


def searched_metric(data: EvaluationSet, key: FinderMetric) -> Metric:
    """The metric of this key; for "automatic" accuracy, or the absolute error of a regression.

    Raises `NotApplicable` where no model has it.
    """
    if key == "automatic":
        return METRICS["mae" if data.task == "regression" else "accuracy"]
    return chosen_metric(data, key)


def row_losses(metric: Metric, models: Sequence[Evidence]) -> Ratio:
    """What every row adds to the loss of a model, or to that of the first of two models minus that of the second.

    A slice's loss is the sum of the numerators (n,) by that of the denominators (n,), and rows with a denominator of 0
    do not count. A loss is the mean of itself. What a score that is one ratio lacks to 1 is that ratio of sums, of F1
    half the false among the true, where denominators are 1 or 2. A mean of several ratios is linearized at their
    values on all rows: the sum over the ratios of what the row takes from each. Of two models whose denominators
    differ (precision, F1), the ratio's value on all rows of both is taken for the one that they share in a slice.
    """
    if metric.key in MEANS:
        values = [MEANS[metric.key](one.data, one.model) for one in models]
        losses = [1.0 - value if metric.higher_is_better else value for value in values]
        return Ratio(_first_minus_second(losses), np.ones(len(losses[0])))
    if metric.by_cell is None:
        raise TypeError(f"{metric.key} is neither a mean over rows nor a metric of labels.")
    confusion = np.sum([one.confusion for one in models], axis=0)
    ratios = metric.by_cell(confusion, models[0].data.positive)
    if len(ratios) == 1:
        return _of_one(ratios[0], confusion, models)
    return _of_several(ratios, confusion, models)


def rows_that_count(metric: Metric, data: EvaluationSet, caller: str) -> str:
    """Which rows a metric rests on, in words; nothing where these are all. caller: who calls rows so."""
    name = data.positive_name if data.classes else ""
    called = f"rows that {caller} calls {name}"
    return {
        "recall": f"rows of {name}",
        "specificity": f"rows that are not {name}",
        "precision": called,
        "f1": f"rows of {name}, or that {caller} calls so",
    }.get(metric.key, "")


def _of_one(ratio: CellRatio, confusion: Array, models: Sequence[Evidence]) -> Ratio:
    lacks, of = (_per_row(table, models) for table in (ratio.denominator - ratio.numerator, ratio.denominator))
    if len(models) == 1:
        return Ratio(lacks[0], of[0])
    return Ratio(_first_minus_second(lacks) - _lack(ratio, confusion) * _first_minus_second(of), (of[0] + of[1]) / 2)


def _of_several(ratios: Sequence[CellRatio], confusion: Array, models: Sequence[Evidence]) -> Ratio:
    total = confusion.sum()
    taken = np.zeros_like(confusion)
    for one in ratios:
        below = (confusion * one.denominator).sum()
        taken += (one.denominator * (1 - _lack(one, confusion)) - one.numerator) * total / (below * len(ratios))
    return Ratio(_first_minus_second(_per_row(taken, models)), np.ones(len(models[0].data)))


def _lack(ratio: CellRatio, confusion: Array) -> float:
    """What a ratio lacks to 1 on all rows; 0 where it does not exist."""
    below = float((confusion * ratio.denominator).sum())
    return float((confusion * (ratio.denominator - ratio.numerator)).sum()) / below if below > 0 else 0.0


def _per_row(table: Array, models: Sequence[Evidence]) -> list[Array]:
    """(n,) the entry of a (k, k) table that is the row's, by each model."""
    return [table.ravel().take(one.cell) for one in models]


def _first_minus_second(values: Sequence[Array]) -> Array:
    return values[0] if len(values) == 1 else values[0] - values[1]
