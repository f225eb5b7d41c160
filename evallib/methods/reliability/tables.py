"""The tables of one forecast: its bins, errors, histogram, isotonic steps and summary."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from evallib.core.binning import bin_bounds, equal_width_edges
from evallib.core.intervals import Z, score_interval
from evallib.methods.reliability.binned import BINNINGS, BinnedForecast, bin_forecast, edges_of
from evallib.methods.reliability.calibration_line import calibration_line
from evallib.methods.reliability.isotonic import IsotonicCurve, decompose, isotonic_curve
from evallib.methods.reliability.null_level import null_level

if TYPE_CHECKING:
    from evallib.core.forecast import Forecast

HISTOGRAM_BINS = 50


def forecast_tables(forecast: Forecast, event: str, bins: int) -> dict[str, pd.DataFrame]:
    """The tables bins, errors, histogram, isotonic and summary of a forecast of `event`, without the model's name."""
    binned = {binning: bin_forecast(forecast, edges_of(forecast, binning, bins)) for binning in BINNINGS}
    curve = isotonic_curve(forecast.blocks)
    return {
        "bins": pd.concat([_bins(name, found) for name, found in binned.items()]),
        "errors": pd.DataFrame([_errors(name, found, len(forecast)) for name, found in binned.items()]),
        "histogram": _histogram(forecast),
        "isotonic": pd.DataFrame({"lowest": curve.lowest, "highest": curve.highest, "n": curve.n, "rate": curve.rate}),
        "summary": pd.DataFrame([{"event": event} | _summary(forecast, curve)]),
    }


def _bins(binning: str, binned: BinnedForecast) -> pd.DataFrame:
    lower, upper = binned.limits()
    return pd.DataFrame(
        {
            "binning": binning,
            "bin": binned.place,
            "lower_edge": binned.lower_edge,
            "upper_edge": binned.upper_edge,
            "n": binned.n,
            "share": binned.share,
            "mean_predicted": binned.predicted,
            "rate_observed": binned.observed,
            "lower": lower,
            "upper": upper,
        }
    )


def _errors(binning: str, binned: BinnedForecast, n: int) -> dict[str, Any]:
    null = null_level(binned)
    return {
        "binning": binning,
        "bins": len(binned.n),
        "n": n,
        "ece": binned.ece,
        "null_mean": null.ece_mean,
        "null_upper": null.ece_upper,
        "p_value": null.p_value,
        "mce": binned.mce,
        "mce_null_upper": null.mce_upper,
    }


def _summary(forecast: Forecast, curve: IsotonicCurve) -> dict[str, Any]:
    score, line = decompose(forecast.blocks, curve), calibration_line(forecast)
    observed, stderr = forecast.mean(forecast.outcome)
    lower, upper = score_interval(observed, stderr, forecast.effective)
    _, brier_error = forecast.mean((forecast.probability - forecast.outcome) ** 2)
    return {
        "n": len(forecast),
        "distinct": len(forecast.blocks),
        "mean_predicted": float(np.average(forecast.probability, weights=forecast.weight)),
        "rate_observed": observed,
        "lower": float(lower),
        "upper": float(upper),
        "brier": score.brier,
        "brier_lower": max(score.brier - Z * brier_error, 0.0),
        "brier_upper": min(score.brier + Z * brier_error, 1.0),
        "miscalibration": score.miscalibration,
        "discrimination": score.discrimination,
        "uncertainty": score.uncertainty,
        "intercept": line.intercept,
        "slope": line.slope,
        "slope_lower": line.lower,
        "slope_upper": line.upper,
    }


def _histogram(forecast: Forecast) -> pd.DataFrame:
    edges, blocks = equal_width_edges(HISTOGRAM_BINS), forecast.blocks
    bounds = bin_bounds(blocks.value, edges)
    weight = np.diff(np.concatenate(([0.0], np.cumsum(blocks.total)))[bounds])
    return pd.DataFrame(
        {
            "lower_edge": edges[:-1],
            "upper_edge": edges[1:],
            "n": np.diff(blocks.start[bounds]),
            "share": weight / weight.sum(),
        }
    )
