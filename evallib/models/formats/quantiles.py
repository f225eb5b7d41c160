"""Regressions that predict a quantile of the target."""

from __future__ import annotations

from typing import Any

import numpy as np

from evallib.models.formats.loaded import Refused


def about_quantile(levels: object) -> str:
    """What a reader must know of a model that predicts this quantile. Raises `Refused` where there are several."""
    values = np.atleast_1d(np.asarray(levels, dtype=np.float64))
    if len(values) > 1:
        raise Refused(f"predicts {len(values)} quantiles at once; save one model per quantile")
    return (
        f"predicts the quantile {values[0]:g} of the target, not its mean: {100 * values[0]:g} % of the true values"
        " should lie below its predictions"
    )


def quantile_of(model: Any) -> object:
    """The quantile that an estimator was told to predict, None where it predicts something else."""
    told = model.get_params(deep=False) if hasattr(model, "get_params") else {}
    goal = told.get("loss") or told.get("objective")
    if "quantile" not in str(goal) and type(model).__name__ != "QuantileRegressor":
        return None
    levels = (told.get(name) for name in ("quantile", "quantile_alpha", "alpha"))
    return next((level for level in levels if level is not None), None)
