"""Thresholds: exact counts at every distinct threshold, and quality against coverage by confidence."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import pandas as pd
from pydantic import Field

from evallib.core.forecast import Forecast, confidence_forecast, event_forecast, forecasting_models
from evallib.core.params import Params
from evallib.core.result import Basis, Result, columns
from evallib.core.typed_table import typed_table
from evallib.methods.thresholds.confidence import confidence_curve, selective_quality
from evallib.methods.thresholds.held_out import held_out_gains
from evallib.methods.thresholds.sweep import Sweep, hull_of, thinned

if TYPE_CHECKING:
    from evallib.core.evaluation_set import EvaluationSet
    from evallib.core.progress import Progress

CURVE_POINTS, CONFIDENCE_POINTS = 1000, 2000
RATES = ("precision", "recall", "specificity", "f1", "accuracy", "balanced_accuracy", "positive_rate")


class ThresholdsParams(Params):
    """The decision that a better threshold is compared with."""

    current: Annotated[
        float,
        Field(
            ge=0,
            le=1,
            title="Threshold in use",
            description="The threshold that decides today; better ones are compared with it.",
        ),
    ] = 0.5


@dataclass(frozen=True, eq=False)
class ThresholdsResult(Result):
    """The positive class against the rest, called where its probability is at least the threshold.

    totals: rows and sums of weights; `effective` independent rows; `thresholds` is the model's number of rows in
    counts, in which the models follow in the same order, thresholds ascending.
    counts: every distinct probability as a threshold.    hull: those that can be best for some cost; infinite for none.
    curves: some thresholds with their rates, to draw.    optima: best thresholds, and their gain on held-out rows.
    labels: systems that give labels without probabilities.
    confidence: coverage and accuracy when less sure predictions are withheld.    selective: how well that works.
    """

    totals: Annotated[pd.DataFrame, columns("model", "event", "n", "positives", "negatives", "effective", "thresholds")]
    counts: Annotated[pd.DataFrame, columns("model", "threshold", "tp", "fp")]
    hull: Annotated[pd.DataFrame, columns("model", "threshold", "tp", "fp")]
    curves: Annotated[pd.DataFrame, columns("model", "threshold", "tp", "fp", *RATES)]
    optima: Annotated[
        pd.DataFrame,
        columns(
            "model",
            "goal",
            "threshold",
            "value",
            "n",
            "held_out_n",
            "current",
            "chosen_threshold",
            "chosen_value",
            "held_out_value",
            "held_out_current",
            "gain",
            "lower",
            "upper",
        ),
    ]
    labels: Annotated[pd.DataFrame, columns("model", "n", "positives", "negatives", "effective", "tp", "fp")]
    confidence: Annotated[pd.DataFrame, columns("model", "confidence", "n", "coverage", "accuracy", "lower", "upper")]
    selective: Annotated[
        pd.DataFrame,
        columns(
            "model",
            "n",
            "wrong",
            "accuracy",
            "lower",
            "upper",
            "auroc",
            "auroc_lower",
            "auroc_upper",
            "aurc",
            "aurc_oracle",
            "excess_aurc",
            "augrc",
            "augrc_oracle",
            "excess_augrc",
        ),
    ]

    @cached_property
    def swept(self) -> list[dict[Hashable, Any]]:
        """The rows of totals: a model that gives probabilities each."""
        return self.totals.to_dict("records")


def compute_thresholds(data: EvaluationSet, params: ThresholdsParams, progress: Progress) -> ThresholdsResult:
    """The sweeps of every model that gives probabilities, on the rows that it answered.

    Rows without weight are left out. Rates are NaN where undefined, such as recall without positive rows. Raises
    `NotApplicable` without probabilities.
    """
    models = forecasting_models(data)
    parts: dict[str, list[pd.DataFrame]] = {name: [] for name in ThresholdsResult.schemas() if name != "labels"}
    for done, model in enumerate(models):
        progress(done, len(models), f"Thresholds of {model}")
        event, confidence = event_forecast(data, model), confidence_forecast(data, model)
        for name, table in _tables(event, data.positive_name, confidence, params.current).items():
            table.insert(0, "model", _coded(model, models, len(table)) if name == "counts" else model)
            parts[name].append(table)
    tables = {name: pd.concat(tables, ignore_index=True) for name, tables in parts.items()}
    return ThresholdsResult(Basis.of(data), **tables, labels=_labels(data))


def _coded(model: str, models: list[str], n: int) -> pd.Series[Any]:
    """A column of one name n times, coded: a million strings would be as large as the counts beside them."""
    return pd.Series(pd.Categorical.from_codes(np.full(n, models.index(model)), pd.Index(models)))


def _tables(forecast: Forecast, event: str, confidence: Forecast, current: float) -> dict[str, pd.DataFrame]:
    blocks = forecast.blocks
    sweep = Sweep.of(blocks)
    hull = hull_of(sweep, blocks)
    totals = {
        "event": event,
        "n": len(forecast),
        "positives": sweep.positives,
        "negatives": sweep.negatives,
        "effective": forecast.effective,
        "thresholds": len(blocks),
    }
    count = np.float64 if blocks.weight is not None else np.int32
    drawn = sweep.take(thinned(sweep, CURVE_POINTS - 1))
    rates = {name: getattr(drawn.confusion, name) for name in RATES}
    return {
        "totals": pd.DataFrame([totals]),
        "counts": _counts(sweep, count),
        "hull": _counts(hull, count),
        "curves": _counts(drawn, count).assign(**rates),
        "optima": pd.DataFrame(held_out_gains(blocks, hull, current, forecast.effective)),
        "confidence": confidence_curve(confidence, CONFIDENCE_POINTS),
        "selective": pd.DataFrame([selective_quality(confidence)]),
    }


def _counts(sweep: Sweep, kind: type[np.generic]) -> pd.DataFrame:
    return pd.DataFrame({"threshold": sweep.threshold, "tp": sweep.tp.astype(kind), "fp": sweep.fp.astype(kind)})


def _labels(data: EvaluationSet) -> pd.DataFrame:
    names, rows = ThresholdsResult.schemas()["labels"].columns, []
    for name, answers in data.predictions.items():
        kept = answers.answered if data.weight is None else answers.answered & (data.weight > 0)
        if answers.probability is not None or not kept.any():
            continue
        said, event = data.event_label(name)[kept], data.event[kept]
        weight = np.ones(len(said)) if data.weight is None else data.weight[kept]
        total, positives = float(weight.sum()), float(weight @ event)
        called, effective = float(weight @ said), total**2 / float(weight @ weight)
        tp = float(weight @ (said & event))
        row = (name, len(said), positives, total - positives, effective, tp, called - tp)
        rows.append(dict(zip(names, row, strict=True)))
    return typed_table(rows, names, {"model": "str", "n": "int64"})
