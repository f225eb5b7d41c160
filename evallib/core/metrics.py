"""The catalogue of metrics: name, formula, direction, and how each follows from sums over rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from evallib.core import cells
from evallib.core.cells import CellRatio, CellRatios
from evallib.core.evaluation_set import EvaluationSet, Task
from evallib.core.evidence import Evidence
from evallib.core.linearization import (
    Linearized,
    Parts,
    Ratio,
    complement,
    dot,
    mean_of,
    mean_of_parts,
    ratio_of_sums,
    square_root,
    undefined,
)
from evallib.core.losses import brier_scores, log_losses, residuals
from evallib.core.ranking import Ranking

if TYPE_CHECKING:
    from numpy.typing import NDArray

Needs = Literal["label", "probability", "value"]
Ratios = Callable[[EvaluationSet, str], list[Ratio]]


@dataclass(frozen=True)
class Metric:
    """A metric of the catalogue.

    ratios: the (n,) numerators and denominators whose sums' ratios it averages, or None where it is a ranking.
    row_mean: True where it is a mean over all rows; such a metric cannot reverse between models on the same rows.
    bounded: True where it lies between 0 and 1 as a rate does, so that its interval is a score interval.
    finish: what is done to the mean of the ratios ("root", "complement").
    by_cell: the ratios per cell of the confusion matrix, of a metric of labels.
    ranking: the metric of a ranking by probability; averaged over the classes of a multiclass task.
    proportion: True where it is the share of right labels in a set of rows that is the same for all models.
    f_score: True where it is an F1 or a mean of such, whose intervals are made on the scale of TP / (TP + FP + FN).
    perfect: the end of the scale of a metric that has one: 0 of a loss, 1 of R².
    signed: True where neither direction is better, and 0 is best.
    """

    key: str
    title: str
    formula: str
    higher_is_better: bool
    tasks: tuple[Task, ...]
    needs: Needs
    ratios: Ratios | None = None
    row_mean: bool = False
    bounded: bool = True
    finish: Literal["", "root", "complement"] = ""
    by_cell: CellRatios | None = None
    ranking: Callable[[Ranking], Linearized] | None = None
    proportion: bool = False
    f_score: bool = False
    perfect: float | None = None
    signed: bool = False

    @property
    def arrow(self) -> str:
        """↑ where higher is better, ↓ where lower is, "→ 0" where 0 is best."""
        if self.signed:
            return "→ 0"
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
        return self.on(Evidence(data, model))

    def on(self, evidence: Evidence) -> Linearized:
        """The metric on the rows that count, with each row's influence; pieces that metrics share are shared."""
        n, stderr = len(evidence.data), evidence.stderr
        if self.by_cell is not None:
            return _mean_of_cells(self.by_cell(evidence.confusion, evidence.data.positive), evidence)
        if self.ranking is not None:
            return mean_of((self.ranking(one) for one in evidence.rankings()), n, stderr)
        if self.ratios is None:
            raise TypeError(f"{self.key} declares neither ratios, cells nor a ranking.")
        ratios = self.ratios(evidence.data, evidence.model)
        return self._finished(mean_of((ratio_of_sums(rows, evidence.weight) for rows in ratios), n, stderr))

    def _finished(self, mean: Linearized) -> Linearized:
        if self.finish == "root":
            return square_root(mean)
        return complement(mean) if self.finish == "complement" else mean


def _mean_of_cells(ratios: list[CellRatio], evidence: Evidence) -> Linearized:
    if not ratios:
        return undefined(len(evidence.data))
    found = [cells.linearize_cells(ratio, evidence.confusion) for ratio in ratios]
    known = [
        (value, evidence.stderr_of_cells(derivative), evidence.size_of_cells(ratio.denominator > 0))
        for (value, derivative), ratio in zip(found, ratios, strict=True)
    ]
    derivative = np.mean([derivative for _, derivative in found], axis=0)
    return mean_of_parts(Parts(*np.array(known).T), lambda: evidence.spread(derivative), derivative)


def row_weights(data: EvaluationSet, model: str) -> NDArray[np.float64]:
    """(n,) the rows' weights, 0 where the model gave no answer."""
    return Evidence(data, model).weight


def _mean(values: NDArray[np.float64]) -> list[Ratio]:
    return [Ratio(values, np.ones(len(values)))]


def _unexplained(data: EvaluationSet, model: str) -> list[Ratio]:
    weight = row_weights(data, model)
    # From the first row's value rather than from 0, so that a constant truth has a variance of exactly 0.
    truth = data.y.astype(np.float64) - data.y[:1]
    mean = dot(weight, truth) / float(weight.sum()) if weight.sum() > 0 else np.nan
    return [Ratio(residuals(data, model) ** 2, np.asarray((truth - mean) ** 2, np.float64))]


def _of_labels(key: str, title: str, formula: str, tasks: tuple[Task, ...], table: CellRatios) -> Metric:
    def ratios(data: EvaluationSet, model: str) -> list[Ratio]:
        evidence = Evidence(data, model)
        return [
            Ratio(one.numerator.ravel().take(evidence.cell), one.denominator.ravel().take(evidence.cell))
            for one in table(evidence.confusion, data.positive)
        ]

    return Metric(
        key,
        title,
        formula,
        True,
        tasks,
        "label",
        ratios,
        row_mean=key == "accuracy",
        by_cell=table,
        proportion=key in {"accuracy", "recall", "specificity"},
        f_score=key in {"f1", "macro_f1"},
    )


_BINARY: tuple[Task, ...] = ("binary",)
_CLASSES: tuple[Task, ...] = ("binary", "multiclass")
_MULTICLASS: tuple[Task, ...] = ("multiclass",)
_REGRESSION: tuple[Task, ...] = ("regression",)

METRICS: dict[str, Metric] = {
    metric.key: metric
    for metric in (
        _of_labels("accuracy", "Accuracy", "right / n", _CLASSES, cells.accuracy),
        _of_labels(
            "balanced_accuracy",
            "Balanced accuracy",
            "mean over the classes of: rows of the class called so / rows of the class",
            _CLASSES,
            cells.recalls,
        ),
        _of_labels("precision", "Precision", "TP / (TP + FP)", _BINARY, cells.precision),
        _of_labels("recall", "Recall", "TP / (TP + FN)", _BINARY, cells.recall),
        _of_labels("specificity", "Specificity", "TN / (TN + FP)", _BINARY, cells.specificity),
        _of_labels("f1", "F1", "2 TP / (2 TP + FP + FN), undefined where precision or recall is", _BINARY, cells.f1),
        _of_labels(
            "macro_f1",
            "Macro F1",
            "mean over the classes of 2 TP / (2 TP + FP + FN)",
            _MULTICLASS,
            cells.f1_per_class,
        ),
        Metric(
            "roc_auc",
            "ROC AUC",
            "probability that a positive row scores above a negative one, ties counting half; mean over the classes",
            True,
            _CLASSES,
            "probability",
            ranking=Ranking.roc_auc,
        ),
        Metric(
            "average_precision",
            "Average precision",
            "mean over the positive rows of the precision at their score",
            True,
            _BINARY,
            "probability",
            ranking=Ranking.average_precision,
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
            perfect=0,
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
            perfect=0,
        ),
        Metric(
            "mae",
            "MAE",
            "mean of |prediction - truth|",
            False,
            _REGRESSION,
            "value",
            lambda data, model: _mean(np.abs(residuals(data, model))),
            row_mean=True,
            bounded=False,
            perfect=0,
        ),
        Metric(
            "rmse",
            "RMSE",
            "square root of the mean of (prediction - truth)²",
            False,
            _REGRESSION,
            "value",
            lambda data, model: _mean(residuals(data, model) ** 2),
            bounded=False,
            finish="root",
            perfect=0,
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
            perfect=1,
        ),
        Metric(
            "bias",
            "Mean error",
            "mean of prediction - truth; best at 0",
            False,
            _REGRESSION,
            "value",
            lambda data, model: _mean(residuals(data, model)),
            row_mean=True,
            bounded=False,
            signed=True,
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
