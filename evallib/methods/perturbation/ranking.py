"""What the sweeps of all columns together say about the models: their order, their breaking points, their contests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from evallib.core.metrics import Metric


def rank_models(joint: pd.DataFrame, higher_is_better: bool) -> pd.DataFrame:
    """A row per model, kind and severity with its rank, 1 for the best; ties share the better rank."""
    places = joint.groupby(["kind", "severity"], sort=False)["value"].rank(ascending=not higher_is_better, method="min")
    kept = ["model", "kind", "severity", "metric", "value", "lower", "upper", "n"]
    return joint[kept].assign(rank=places).reset_index(drop=True)


def breaking_points(
    joint: pd.DataFrame, roles: Mapping[str, str], metric: Metric, allowed: float, severities: Sequence[float]
) -> pd.DataFrame:
    """A row per model and kind: the severity at which the metric has lost the allowed share of its clean value.

    floor: clean value × (1 - allowed), or × (1 + allowed) where lower is better. breaking: the first severity at which
    the straight lines between the measured points reach the floor, or the first of the `severities` without an answer;
    NaN where there is neither. first_drop: the lowest measured severity whose paired change is worse than 0 beyond its
    interval; NaN where there is none.
    """
    rows = []
    for (model, kind), curve in joint.groupby(["model", "kind"], sort=False):
        ordered = curve.sort_values("severity")
        clean = float(ordered["value"].iloc[0])
        sign = 1.0 if metric.higher_is_better else -1.0
        floor = clean - sign * allowed * abs(clean)
        crossing = first_crossing(ordered["severity"], (ordered["value"] - floor) * sign)
        silent = min(set(severities) - set(ordered["severity"]), default=np.nan)
        worse = ordered["change_upper"] < 0 if metric.higher_is_better else ordered["change_lower"] > 0
        rows.append(
            {
                "model": model,
                "role": roles[str(model)],
                "kind": kind,
                "metric": metric.key,
                "clean": clean,
                "floor": floor,
                "breaking": float(np.fmin(crossing, silent)),
                "first_drop": float(ordered["severity"][worse].min()),
                "n": int(ordered["n"].iloc[0]),
            }
        )
    return pd.DataFrame(rows)


def first_crossing(severity: pd.Series, margin: pd.Series) -> float:
    """Where the straight lines through (severity, margin) first fall below 0; NaN where they never do."""
    x, y = severity.to_numpy(), margin.to_numpy()
    below = np.flatnonzero((y[1:] < 0) & (y[:-1] >= 0))
    if len(below) == 0:
        return np.nan
    start = below[0]
    return float(x[start] + (x[start + 1] - x[start]) * y[start] / (y[start] - y[start + 1]))
