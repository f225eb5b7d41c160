"""The catalogue of metrics: name, formula, direction, and how each follows from sums over rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from evallib.core.evaluation_set import EvaluationSet, Task
from evallib.core.linearization import (
    Linearized,
    Ratio,
    average_precision,
    complement,
    mean_of,
    ratio_of_sums,
    roc_auc,
    square_root,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

SMALLEST = float(np.finfo(np.float64).eps)
"""Probabilities are clipped to [SMALLEST, 1 - SMALLEST] in the log loss, as scikit-learn does for float64."""

Needs = Literal["label", "probability", "value"]
Ratios = Callable[[EvaluationSet, str], list[Ratio]]


@dataclass(frozen=True)
class Metric:
    """A metric of the catalogue.

    ratios: the (n,) numerators and denominators whose sums' ratios it averages, or None where it is a ranking.
    row_mean: True where it is a mean over all rows; such a metric cannot reverse between models on the same rows.
    bounded: True where it lies between 0 and 1, so that its interval does too.
    finish: what is done to the mean of the ratios ("root", "complement").
    """

    key: str
    title: str
    formula: str
    higher_is_better: bool
    tasks: tuple[Task, ...]
    needs: Needs
    ratios: Ratios | None = None
    ranking: Callable[[NDArray[np.bool_], NDArray[np.float64], NDArray[np.float64]], Linearized] | None = None
    row_mean: bool = False
    bounded: bool = True
    finish: Literal["", "root", "complement"] = ""

    @property
    def arrow(self) -> str:
        """↑ where higher is better, ↓ where lower is."""
        return "↑" if self.higher_is_better else "↓"

    def why_not(self, data: EvaluationSet, model: str) -> str | None:
        """Why the metric does not exist for this model on this task; None where it does."""
        if data.task not in self.tasks:
            return f"{self.title} is not defined for a {data.task} task."
        if self.needs == "probability" and data.predictions[model].probability is None:
            return f"{model} gives labels without probabilities."
        return None

    def linearize(self, data: EvaluationSet, model: str) -> Linearized:
        """The metric of `model` on the rows it answered, with each row's influence (0 where it withheld)."""
        weight = row_weights(data, model)
        if self.ratios is not None:
            return self._finished(mean_of([ratio_of_sums(rows, weight) for rows in self.ratios(data, model)]))
        if self.ranking is None:
            raise TypeError(f"{self.key} declares neither ratios nor a ranking.")
        return mean_of([self.ranking(event, p, weight) for event, p in _one_against_rest(data, model)])

    def _finished(self, mean: Linearized) -> Linearized:
        if self.finish == "root":
            return square_root(mean)
        return complement(mean) if self.finish == "complement" else mean


def row_weights(data: EvaluationSet, model: str) -> NDArray[np.float64]:
    """(n,) the rows' weights, 0 where the model gave no answer."""
    answered = data.predictions[model].answered
    return answered.astype(float) if data.weight is None else np.where(answered, data.weight, 0.0)


def _one_against_rest(data: EvaluationSet, model: str) -> list[tuple[NDArray[np.bool_], NDArray[np.float64]]]:
    """The event and its probability, per class that occurs for a multiclass task; 0 where withheld."""
    probability = np.nan_to_num(_probability(data, model))
    if probability.ndim == 1:
        return [(data.event, np.nan_to_num(data.event_probability(model)))]
    return [(data.y == code, probability[:, code]) for code in _codes_present(data)]


def _probability(data: EvaluationSet, model: str) -> NDArray[np.float64]:
    probability = data.predictions[model].probability
    if probability is None:
        raise ValueError(f"{model} gives labels without probabilities.")
    return probability


def _codes_present(data: EvaluationSet) -> NDArray[np.int_]:
    return np.flatnonzero(np.bincount(data.y.astype(np.intp), minlength=len(data.classes)))


def _label(data: EvaluationSet, model: str) -> NDArray[np.int32]:
    label = data.predictions[model].label
    if label is None:
        raise ValueError(f"{model} gives no labels.")
    return label


def _mean(values: NDArray[np.float64] | NDArray[np.bool_]) -> list[Ratio]:
    return [Ratio(values.astype(np.float64, copy=False), np.ones(len(values)))]


def _among(hit: NDArray[np.bool_], rows: NDArray[np.bool_]) -> Ratio:
    return Ratio((hit & rows).astype(float), rows.astype(float))


def _accuracy(data: EvaluationSet, model: str) -> list[Ratio]:
    return _mean(_label(data, model) == data.y)


def _recalls(data: EvaluationSet, model: str) -> list[Ratio]:
    label = _label(data, model)
    return [_among(label == code, data.y == code) for code in _codes_present(data)]


def _precision(data: EvaluationSet, model: str) -> list[Ratio]:
    return [_among(data.event, data.event_label(model))]


def _recall(data: EvaluationSet, model: str) -> list[Ratio]:
    return [_among(data.event_label(model), data.event)]


def _specificity(data: EvaluationSet, model: str) -> list[Ratio]:
    return [_among(~data.event_label(model), ~data.event)]


def _f1_of(event: NDArray[np.bool_], said: NDArray[np.bool_]) -> Ratio:
    if not said.any() or not event.any():
        nothing = np.zeros(len(event))
        return Ratio(nothing, nothing)
    return Ratio(2.0 * (event & said), event.astype(float) + said)


def _f1(data: EvaluationSet, model: str) -> list[Ratio]:
    return [_f1_of(data.event, data.event_label(model))]


def _macro_f1(data: EvaluationSet, model: str) -> list[Ratio]:
    label = _label(data, model)
    said = np.bincount(label[label >= 0], minlength=len(data.classes)) > 0
    codes = [code for code in range(len(data.classes)) if said[code] or (data.y == code).any()]
    return [Ratio(2.0 * ((data.y == c) & (label == c)), (data.y == c).astype(float) + (label == c)) for c in codes]


def log_losses(data: EvaluationSet, model: str) -> NDArray[np.float64]:
    """(n,) -ln of the probability given to the true class, clipped as `SMALLEST` says; 0 where withheld."""
    probability = _probability(data, model)
    if probability.ndim == 1:
        given = np.where(data.y == 1, probability, 1.0 - probability)
    else:
        given = probability[np.arange(len(data)), data.y.astype(np.intp)]
    return np.asarray(np.nan_to_num(-np.log(np.clip(given, SMALLEST, 1 - SMALLEST))))


def brier_scores(data: EvaluationSet, model: str) -> NDArray[np.float64]:
    """(n,) squared distance of the probabilities from the outcome; over all classes of a multiclass task (0 to 2)."""
    probability = _probability(data, model)
    if probability.ndim == 1:
        return np.asarray(np.nan_to_num((probability - (data.y == 1)) ** 2))
    truth = np.arange(probability.shape[1]) == data.y[:, None]
    return np.asarray(np.nan_to_num(((probability - truth) ** 2).sum(axis=1)))


def _residuals(data: EvaluationSet, model: str) -> NDArray[np.float64]:
    value = data.predictions[model].value
    if value is None:
        raise ValueError(f"{model} gives no values.")
    return np.asarray(np.nan_to_num(value - data.y))


def _unexplained(data: EvaluationSet, model: str) -> list[Ratio]:
    weight = row_weights(data, model)
    mean = float(weight @ data.y / weight.sum()) if weight.sum() > 0 else np.nan
    return [Ratio(_residuals(data, model) ** 2, np.asarray((data.y - mean) ** 2, np.float64))]


_BINARY: tuple[Task, ...] = ("binary",)
_CLASSES: tuple[Task, ...] = ("binary", "multiclass")
_MULTICLASS: tuple[Task, ...] = ("multiclass",)
_REGRESSION: tuple[Task, ...] = ("regression",)

METRICS: dict[str, Metric] = {
    metric.key: metric
    for metric in (
        Metric("accuracy", "Accuracy", "right / n", True, _CLASSES, "label", _accuracy, row_mean=True),
        Metric(
            "balanced_accuracy",
            "Balanced accuracy",
            "mean over the classes of: rows of the class called so / rows of the class",
            True,
            _CLASSES,
            "label",
            _recalls,
        ),
        Metric("precision", "Precision", "TP / (TP + FP)", True, _BINARY, "label", _precision),
        Metric("recall", "Recall", "TP / (TP + FN)", True, _BINARY, "label", _recall),
        Metric("specificity", "Specificity", "TN / (TN + FP)", True, _BINARY, "label", _specificity),
        Metric(
            "f1",
            "F1",
            "2 TP / (2 TP + FP + FN), undefined where precision or recall is",
            True,
            _BINARY,
            "label",
            _f1,
        ),
        Metric(
            "macro_f1",
            "Macro F1",
            "mean over the classes of 2 TP / (2 TP + FP + FN)",
            True,
            _MULTICLASS,
            "label",
            _macro_f1,
        ),
        Metric(
            "roc_auc",
            "ROC AUC",
            "probability that a positive row scores above a negative one, ties counting half; mean over the classes",
            True,
            _CLASSES,
            "probability",
            ranking=roc_auc,
        ),
        Metric(
            "average_precision",
            "Average precision",
            "mean over the positive rows of the precision at their score",
            True,
            _BINARY,
            "probability",
            ranking=average_precision,
        ),
        Metric(
            "log_loss",
            "Log loss",
            "mean of -ln(probability of the true class)",
            False,
            _CLASSES,
            "probability",
            lambda data, model: _mean(log_losses(data, model)),
            row_mean=True,
            bounded=False,
        ),
        Metric(
            "brier",
            "Brier score",
            "mean of (probability - outcome)²; summed over the classes of a multiclass task",
            False,
            _CLASSES,
            "probability",
            lambda data, model: _mean(brier_scores(data, model)),
            row_mean=True,
            bounded=False,
        ),
        Metric(
            "mae",
            "MAE",
            "mean of |prediction - truth|",
            False,
            _REGRESSION,
            "value",
            lambda data, model: _mean(np.abs(_residuals(data, model))),
            row_mean=True,
            bounded=False,
        ),
        Metric(
            "rmse",
            "RMSE",
            "square root of the mean of (prediction - truth)²",
            False,
            _REGRESSION,
            "value",
            lambda data, model: _mean(_residuals(data, model) ** 2),
            bounded=False,
            finish="root",
        ),
        Metric(
            "r2",
            "R²",
            "1 - sum of (prediction - truth)² / sum of (truth - mean truth)²",
            True,
            _REGRESSION,
            "value",
            _unexplained,
            bounded=False,
            finish="complement",
        ),
        Metric(
            "bias",
            "Mean error",
            "mean of prediction - truth; best at 0",
            False,
            _REGRESSION,
            "value",
            lambda data, model: _mean(_residuals(data, model)),
            row_mean=True,
            bounded=False,
        ),
    )
}


def metrics_for(data: EvaluationSet, model: str) -> list[Metric]:
    """The metrics that exist for this model on this task, in the order of the catalogue."""
    return [metric for metric in METRICS.values() if metric.why_not(data, model) is None]


def main_metric(data: EvaluationSet) -> Metric:
    """The metric that stands for quality: RMSE; ROC AUC where every model gives probabilities; else accuracy."""
    if data.task == "regression":
        return METRICS["rmse"]
    ranked = data.predictions and len(data.with_probabilities()) == len(data.predictions)
    return METRICS["roc_auc" if ranked else "accuracy"]
