"""Every metric of every model with its interval, the paired differences to one of them, and the confusion matrices."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import numpy as np
import pandas as pd
from pydantic import Field

from evallib.core.errors import BadInput
from evallib.core.estimates import Difference, Measured, difference
from evallib.core.evidence import Evidence
from evallib.core.metric_choice import MetricKey, chosen_metric
from evallib.core.metrics import metrics_for
from evallib.core.params import Params
from evallib.core.result import Basis, Result, columns
from evallib.core.typed_table import typed_table
from evallib.methods.performance.confusion import confusion_table

if TYPE_CHECKING:
    from evallib.core.evaluation_set import EvaluationSet
    from evallib.core.metrics import Metric
    from evallib.core.progress import Progress

KINDS = {
    **dict.fromkeys(("value", "difference", "lower", "upper", "p_value", "share"), "float64"),
    **dict.fromkeys(("n", "rows_only_model", "rows_only_reference"), "int64"),
    **dict.fromkeys(("higher_is_better", "decides"), "bool"),
}
"""The types of the columns that are no text, also where a table has no row."""


class PerformanceParams(Params):
    """Which metric decides, and what the models are compared with."""

    metric: MetricKey = Field(
        "automatic",
        title="Deciding metric",
        description="Automatic: ROC AUC where every model gives probabilities, else accuracy; RMSE for a regression.",
    )
    reference: str | None = Field(
        None,
        title="Compare with",
        description="Automatic: the incumbent, else the existing solution, else the human, else the first model.",
        json_schema_extra={"widget": "model"},
    )


@dataclass(frozen=True, eq=False)
class PerformanceResult(Result):
    """metrics: a row per model and metric.  differences: a row per model other than the reference, and metric.

    confusion: a row per model and cell that is not empty; share is that of the rows of the true class.
    decides: True for the metric that the verdict rests on.
    """

    metrics: Annotated[
        pd.DataFrame,
        columns("model", "role", "metric", "title", "value", "lower", "upper", "n", "higher_is_better", "decides"),
    ]
    differences: Annotated[
        pd.DataFrame,
        columns(
            *("model", "reference", "metric", "title", "difference", "lower", "upper", "p_value", "n"),
            *("rows_only_model", "rows_only_reference", "higher_is_better", "decides", "verdict"),
        ),
    ]
    confusion: Annotated[pd.DataFrame, columns("model", "truth", "predicted", "n", "share")]


def compute_performance(data: EvaluationSet, params: PerformanceParams, progress: Progress) -> PerformanceResult:
    """The tables of all models. Each metric of a model is linearized once, and once more per other set of rows."""
    deciding = chosen_metric(data, params.metric)
    reference = _reference(data, params.reference)
    names = sorted(data.predictions, key=lambda name: name != reference)
    of_reference: list[Measured] = []
    metrics: dict[str, list[dict[str, object]]] = {}
    differences: list[dict[str, object]] = []
    confusion: dict[str, pd.DataFrame] = {}
    for place, name in enumerate(names):
        progress(place, len(names), f"Measuring {name}")
        evidence = Evidence(data, name)
        measured = [Measured.of(metric, evidence) for metric in metrics_for(data, name)]
        metrics[name] = [_metric_row(data, one, deciding) for one in measured]
        if name == reference:
            of_reference = measured
        else:
            differences += _difference_rows(_pairs(measured, of_reference), deciding)
        if data.task != "regression":
            confusion[name] = confusion_table(evidence)
    rows = [row for name in data.predictions for row in metrics[name]]
    cells = [confusion[name] for name in data.predictions if name in confusion]
    return PerformanceResult(
        Basis.of(data),
        _table("metrics", rows),
        _table("differences", differences),
        pd.concat([_table("confusion", []), *cells], ignore_index=True),
    )


def _reference(data: EvaluationSet, named: str | None) -> str | None:
    """The system that the others are compared with; None where there is only one."""
    if named is not None and named not in data.predictions:
        raise BadInput(f"There is no model {named!r} to compare with; the models are {', '.join(data.predictions)}.")
    if len(data.predictions) == 1:
        return None
    return named or data.incumbent or next(iter(data.predictions))


def _pairs(measured: list[Measured], reference: list[Measured]) -> list[tuple[Measured, Measured]]:
    """The metrics that both have and of which one direction is better, on the rows that both answered."""
    others = {one.metric.key: one for one in reference}
    pairs = [(one, others[one.metric.key]) for one in measured if one.metric.key in others and not one.metric.signed]
    if not pairs:
        return []
    first, second = (one.evidence for one in pairs[0])
    if np.array_equal(first.counts, second.counts):
        return pairs
    both = first.counts & second.counts
    common = [Evidence(one.data, one.model, both) for one in (first, second)]
    return [(Measured.of(one.metric, common[0]), Measured.of(one.metric, common[1])) for one, _ in pairs]


def _metric_row(data: EvaluationSet, one: Measured, deciding: Metric) -> dict[str, object]:
    found, model = one.estimate(), one.evidence.model
    return {
        "model": model,
        "role": str(data.predictions[model].role),
        **_about(one.metric, deciding),
        "value": found.value,
        "lower": found.lower,
        "upper": found.upper,
        "n": found.n,
    }


def _difference_rows(pairs: list[tuple[Measured, Measured]], deciding: Metric) -> list[dict[str, object]]:
    """The rows of one model; where the deciding metric is not defined for both systems, the first one decides."""
    both = [one.metric for one, _ in pairs]
    here = deciding if deciding in both or not both else both[0]
    return [_difference_row(*pair, here) for pair in pairs]


def _difference_row(one: Measured, reference: Measured, deciding: Metric) -> dict[str, object]:
    found: Difference = difference(one, reference)
    return {
        "model": one.evidence.model,
        "reference": reference.evidence.model,
        **_about(one.metric, deciding),
        "difference": found.value,
        "lower": found.lower,
        "upper": found.upper,
        "p_value": found.p_value,
        "n": found.n,
        "rows_only_model": found.only_first,
        "rows_only_reference": found.only_second,
        "verdict": found.verdict(higher_is_better=one.metric.higher_is_better),
    }


def _about(metric: Metric, deciding: Metric) -> dict[str, object]:
    return {
        "metric": metric.key,
        "title": metric.title,
        "higher_is_better": metric.higher_is_better,
        "decides": metric.key == deciding.key,
    }


def _table(name: str, rows: list[dict[str, object]]) -> pd.DataFrame:
    return typed_table(rows, PerformanceResult.schemas()[name].columns, KINDS, otherwise="str")
