"""Reliability: predicted against observed rates in bins, calibration errors with their null level, score parts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING, Annotated, Literal

import pandas as pd
from pydantic import Field

from evallib.core.evaluation_set import Role
from evallib.core.forecast import confidence_forecast, event_forecast, forecasting_models
from evallib.core.params import Params
from evallib.core.result import Basis, Result, columns
from evallib.core.typed_table import typed_table
from evallib.methods.reliability.comparison import compare_calibration
from evallib.methods.reliability.tables import forecast_tables

if TYPE_CHECKING:
    from evallib.core.evaluation_set import EvaluationSet
    from evallib.core.forecast import Forecast
    from evallib.core.progress import Progress

Aspect = Literal["confidence", "event"]


class ReliabilityParams(Params):
    """How the forecasts are put into bins."""

    bins: Annotated[
        int,
        Field(
            ge=2,
            le=100,
            title="Bins",
            description="How many bins; an equal-count bin is never split among tied forecasts, so there may be fewer.",
        ),
    ] = 15


@dataclass(frozen=True, eq=False)
class ReliabilityResult(Result):
    """Aspect "event": the probability of the positive class; "confidence": that of the label, and its being right.

    bins: the reliability diagram.    errors: calibration errors per binning and their null level.
    summary: calibration in the large, Brier score, its parts (CORP), and the calibration line.
    isotonic: steps of the isotonic curve.    histogram: how often each probability is forecast.
    comparison: candidates against the incumbent, mean squared gaps on common rows.
    """

    bins: Annotated[
        pd.DataFrame,
        columns(
            "model",
            "aspect",
            "binning",
            "bin",
            "lower_edge",
            "upper_edge",
            "n",
            "share",
            "mean_predicted",
            "rate_observed",
            "lower",
            "upper",
        ),
    ]
    errors: Annotated[
        pd.DataFrame,
        columns(
            "model",
            "aspect",
            "binning",
            "bins",
            "n",
            "ece",
            "null_mean",
            "null_upper",
            "p_value",
            "mce",
            "mce_null_upper",
        ),
    ]
    summary: Annotated[
        pd.DataFrame,
        columns(
            "model",
            "aspect",
            "event",
            "n",
            "distinct",
            "mean_predicted",
            "rate_observed",
            "lower",
            "upper",
            "brier",
            "brier_lower",
            "brier_upper",
            "miscalibration",
            "discrimination",
            "uncertainty",
            "intercept",
            "slope",
            "slope_lower",
            "slope_upper",
        ),
    ]
    isotonic: Annotated[pd.DataFrame, columns("model", "aspect", "lowest", "highest", "n", "rate")]
    histogram: Annotated[pd.DataFrame, columns("model", "aspect", "lower_edge", "upper_edge", "n", "share")]
    comparison: Annotated[
        pd.DataFrame,
        columns(
            "model",
            "incumbent",
            "aspect",
            "n",
            "squared_error",
            "incumbent_squared_error",
            "difference",
            "lower",
            "upper",
            "p_value",
        ),
    ]


def compute_reliability(data: EvaluationSet, params: ReliabilityParams, progress: Progress) -> ReliabilityResult:
    """The reliability of every model that gives probabilities, on the rows that it answered.

    Binary tasks are judged by the probability of the positive class, tasks of more classes by confidence, and by the
    positive class against the rest. Rows without weight are left out. Raises `NotApplicable` without probabilities.
    """
    models = forecasting_models(data)
    aspects = aspects_of(data)
    parts: dict[str, list[pd.DataFrame]] = {name: [] for name in ReliabilityResult.schemas()}
    judged: dict[str, Forecast] = {}
    for done, model in enumerate(models):
        progress(done, len(models), f"Reliability of {model}")
        for aspect in aspects:
            forecast, event = _forecast(data, model, aspect)
            judged.setdefault(model, forecast)
            for name, table in forecast_tables(forecast, event, params.bins).items():
                labels = pd.DataFrame({"model": model, "aspect": aspect}, index=table.index)
                parts[name].append(pd.concat([labels, table], axis=1))
    parts["comparison"] = [_comparison(data, judged, params.bins)]
    whole = {name: pd.concat(tables, ignore_index=True) for name, tables in parts.items()}
    whole["comparison"].insert(2, "aspect", aspects[0])
    return ReliabilityResult(Basis.of(data), **whole)


def aspects_of(data: EvaluationSet) -> tuple[Aspect, ...]:
    """What is judged, the default first."""
    return ("event",) if data.task == "binary" else ("confidence", "event")


def _forecast(data: EvaluationSet, model: str, aspect: Aspect) -> tuple[Forecast, str]:
    if aspect == "event":
        return event_forecast(data, model), data.positive_name
    return confidence_forecast(data, model), "right"


def _comparison(data: EvaluationSet, judged: Mapping[str, Forecast], bins: int) -> pd.DataFrame:
    incumbent = data.incumbent
    names = [name for name in ReliabilityResult.schemas()["comparison"].columns if name != "aspect"]
    rows = []
    if incumbent is not None and incumbent in judged:
        candidates = [name for name in judged if data.predictions[name].role == Role.CANDIDATE]
        compared = {name: compare_calibration(judged[name], judged[incumbent], bins) for name in candidates}
        told = [(name, incumbent, *astuple(found)) for name, found in compared.items()]
        rows = [dict(zip(names, one, strict=True)) for one in told]
    return typed_table(rows, names, {"model": "str", "incumbent": "str", "n": "int64"})
