"""Sweeps of rising severity: perturbed rows, what the models answer on them, and what that does to a metric."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, get_args

import pandas as pd
from pydantic import Field, field_validator

from evallib.core.errors import BadInput, NotApplicable
from evallib.core.metric_choice import MetricKey
from evallib.core.metrics import METRICS, Metric, main_metric
from evallib.core.params import Params
from evallib.core.result import Basis, Result, columns
from evallib.methods.perturbation.batch import ALL
from evallib.methods.perturbation.contests import Sweeps, contests
from evallib.methods.perturbation.perturbations import PERTURBATIONS, Kind
from evallib.methods.perturbation.ranking import breaking_points, rank_models
from evallib.methods.perturbation.sample import stratified_sample
from evallib.methods.perturbation.stock import plan_steps, take_stock
from evallib.methods.perturbation.sweep import Observation, sweep

if TYPE_CHECKING:
    from evallib.core.evaluation_set import EvaluationSet
    from evallib.core.progress import Progress
    from evallib.methods.perturbation.effect import Effect

TEXT = {"model", "other", "kind", "column", "metric", "sentence"}
"""The columns of the tables that hold text."""


class PerturbationParams(Params):
    """What is perturbed, how strongly, and what is measured."""

    kinds: tuple[Kind, ...] = Field(
        get_args(Kind), title="Perturbations", description="Each is applied only to the columns that it fits."
    )
    severities: tuple[float, ...] = Field(
        (0.0, 0.1, 0.25, 0.5, 0.75, 1.0),
        title="Severities",
        description="From 0 (nothing changes; always included) to 1: one spread of the column, or every value.",
    )
    one_by_one: int = Field(
        20,
        ge=0,
        le=1000,
        title="Columns changed one by one",
        description="The first this many features, in the order of the data. All are changed together in any case.",
    )
    rows: int = Field(
        5000,
        ge=10,
        le=50_000,
        title="Rows",
        description="A sample that keeps the shares of the target; every row where there are fewer.",
    )
    metric: MetricKey = Field(
        "automatic",
        title="Metric",
        description="Automatic: RMSE; ROC AUC where every model gives probabilities; accuracy.",
    )
    allowed_loss: float = Field(
        0.05,
        gt=0,
        le=1,
        title="Allowed loss",
        description="The share of its clean metric that a model may lose before it counts as broken.",
    )
    seed: int = Field(0, ge=0, title="Seed", description="The same seed changes the same rows in the same way.")

    @field_validator("severities")
    @classmethod
    def _from_nothing_to_everything(cls, values: tuple[float, ...]) -> tuple[float, ...]:
        chosen = tuple(sorted({0.0, *values}))
        if len(chosen) < 2 or chosen[-1] > 1 or chosen[0] < 0:
            raise ValueError("Severities lie between 0 and 1, at least one of them above 0")
        return chosen

    @field_validator("kinds")
    @classmethod
    def _some(cls, values: tuple[Kind, ...]) -> tuple[Kind, ...]:
        if not values:
            raise ValueError("Choose at least one perturbation")
        return values


@dataclass(frozen=True, eq=False)
class PerturbationResult(Result):
    """Metric, flips and moved answers of every model against severity, per column and for all columns together.

    curves: `column` is "all together" where every fitting column changed at once; change is the metric minus the clean
        one on the same rows; flip_rate is NaN for a regression, mean_change (|probability - clean probability|, half
        the sum over several classes, or |value - clean value|) for a model that gives labels only.
    ranking: the models' ranks with all columns perturbed together.
    breaking: per model and kind the value that counts as broken (floor) and the severity at which it is reached.
    contests: per pair of models the paired difference on the same perturbed rows, the clean one, and how far it moved.
    failures: where a model raised or withheld answers that it gives on clean rows; failed is the share of rows.
    features: what was done to each feature (spread: what severity 1 of noise amounts to), or why it was left alone.
    """

    curves: Annotated[
        pd.DataFrame,
        columns(
            "model",
            "kind",
            "column",
            "severity",
            "metric",
            "value",
            "lower",
            "upper",
            "change",
            "change_lower",
            "change_upper",
            "flip_rate",
            "flip_lower",
            "flip_upper",
            "mean_change",
            "mean_change_lower",
            "mean_change_upper",
            "n",
        ),
    ]
    ranking: Annotated[
        pd.DataFrame, columns("model", "kind", "severity", "metric", "value", "lower", "upper", "n", "rank")
    ]
    breaking: Annotated[
        pd.DataFrame, columns("model", "role", "kind", "metric", "clean", "floor", "breaking", "first_drop", "n")
    ]
    contests: Annotated[
        pd.DataFrame,
        columns(
            "model",
            "other",
            "kind",
            "severity",
            "metric",
            "difference",
            "lower",
            "upper",
            "clean_difference",
            "clean_lower",
            "clean_upper",
            "moved",
            "moved_lower",
            "moved_upper",
            "n",
        ),
    ]
    failures: Annotated[pd.DataFrame, columns("model", "kind", "column", "severity", "failed", "n", "sentence")]
    features: Annotated[pd.DataFrame, columns("column", "changed_by", "alone", "spread", "left_alone")]


def compute_perturbation(data: EvaluationSet, params: PerturbationParams, progress: Progress) -> PerturbationResult:
    """The sweeps of every model that can re-predict, all on the same perturbed rows.

    Raises `NotApplicable` without such a model or without a feature to perturb, `BadInput` where the metric does not
    exist for one of the models.
    """
    sample = stratified_sample(data, params.rows, params.seed)
    metric = _metric_of(sample, params.metric)
    steps = plan_steps(sample, [PERTURBATIONS[kind] for kind in params.kinds], params.one_by_one)
    if not steps:
        raise NotApplicable(
            "No feature can be perturbed: each is a date, a key, of a single value, or of another type."
        )
    seen = list(sweep(sample, metric, steps, params.severities, seed=params.seed, progress=progress))
    curves = pd.DataFrame([_point(one, one.effect, metric) for one in seen if one.effect is not None])
    joint = curves[curves["column"] == ALL]
    roles = {name: answers.role.value for name, answers in sample.predictions.items()}
    return PerturbationResult(
        basis=Basis.of(sample),
        curves=curves,
        ranking=rank_models(joint, metric.higher_is_better),
        breaking=breaking_points(joint, roles, metric, params.allowed_loss, params.severities),
        contests=_table("contests", contests(metric, sample, _sweeps(seen))),
        failures=_table("failures", [_failure(one, len(sample)) for one in seen if one.failed > 0]),
        features=take_stock(sample, steps),
    )


def _metric_of(sample: EvaluationSet, key: str) -> Metric:
    metric = main_metric(sample) if key == "automatic" else METRICS[key]
    for model in sample.predictions:
        if reason := metric.why_not(sample, model):
            raise BadInput(f"{metric.title} cannot be measured: {reason} Choose another metric.")
    return metric


def _table(name: str, rows: list[dict[str, object]]) -> pd.DataFrame:
    """The table with its declared columns; of text and numbers also where there are no rows."""
    declared = PerturbationResult.schemas()[name].columns
    table = pd.DataFrame(rows, columns=list(declared))
    return table if rows else table.astype({column: "str" if column in TEXT else "float64" for column in declared})


def _point(seen: Observation, effect: Effect, metric: Metric) -> dict[str, object]:
    """A row of the curves; a mean of absolute changes has no negative limit."""
    return {
        "model": seen.model,
        "kind": seen.step.kind.key,
        "column": seen.step.column,
        "severity": seen.severity,
        "metric": metric.key,
        "value": effect.metric.value,
        "lower": effect.metric.lower,
        "upper": effect.metric.upper,
        "change": effect.change.value,
        "change_lower": effect.change.lower,
        "change_upper": effect.change.upper,
        "flip_rate": effect.flips.value,
        "flip_lower": effect.flips.lower,
        "flip_upper": effect.flips.upper,
        "mean_change": effect.moved.value,
        "mean_change_lower": max(effect.moved.lower, 0.0),
        "mean_change_upper": effect.moved.upper,
        "n": effect.n,
    }


def _sweeps(seen: list[Observation]) -> Sweeps:
    answers: Sweeps = {}
    for one in seen:
        if one.answers is not None:
            answers.setdefault((one.step.kind.key, one.severity), {})[one.model] = one.answers
    return answers


def _failure(seen: Observation, rows: int) -> dict[str, object]:
    """A row of the failures, with the sentence that says which share of the rows failed, and why where it is known."""
    reason = f" ({seen.reason})" if seen.reason else ""
    return {
        "model": seen.model,
        "kind": seen.step.kind.key,
        "column": seen.step.column,
        "severity": seen.severity,
        "failed": seen.failed,
        "n": rows,
        "sentence": f"{seen.step.kind.refusal}: {100 * seen.failed:.3g} % of rows failed{reason}",
    }
