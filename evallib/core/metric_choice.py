"""The metric that a user names, or the one that suits the task."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from evallib.core.errors import NotApplicable
from evallib.core.metrics import METRICS, Metric, main_metric

if TYPE_CHECKING:
    from evallib.core.evaluation_set import EvaluationSet

MetricKey = Literal[
    "automatic",
    "accuracy",
    "balanced_accuracy",
    "precision",
    "recall",
    "specificity",
    "f1",
    "macro_f1",
    "roc_auc",
    "average_precision",
    "log_loss",
    "brier",
    "mae",
    "rmse",
    "r2",
]
"""What a parameter may name: every metric of which one direction is better."""


def chosen_metric(data: EvaluationSet, key: MetricKey) -> Metric:
    """The metric of this key; for "automatic" the main metric. Raises `NotApplicable` where no model has it."""
    if key == "automatic":
        return main_metric(data)
    reasons = [METRICS[key].why_not(data, model) for model in data.predictions]
    if reasons and None not in reasons:
        raise NotApplicable(f"{reasons[0]} Choose another metric.")
    return METRICS[key]
