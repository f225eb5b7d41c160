"""What a model beats on all rows, and where it leads over the best baseline by less, or more, than it does there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import special

from evallib.core.intervals import implied_stderr
from evallib.core.multiplicity import q_values

if TYPE_CHECKING:
    import pandas as pd


SIGNIFICANT = 0.05


def beaten(leads: pd.DataFrame) -> dict[tuple[str, str], set[str]]:
    """The baselines that a model beats on all rows beyond noise, by model and metric."""
    sure = leads[(leads["lower"] > 0) & (leads["p_value"] <= SIGNIFICANT)]
    found: dict[tuple[str, str], set[str]] = {}
    for model, metric, baseline in zip(sure["model"], sure["metric"], sure["baseline"], strict=True):
        found.setdefault((model, metric), set()).add(baseline)
    return found


def with_lead_tests(slices: pd.DataFrame, leads: pd.DataFrame) -> pd.DataFrame:
    """The slices with `lead_p_value` and `lead_q_value`: that the lead is that over the same baseline on all rows.

    A slice's own interval tells the standard error. As the slice is a part of all rows, their difference scatters less
    than that, so that the p-values are no smaller than they should be. NaN where the slice is not tested.
    """
    keys = ["model", "metric", "baseline"]
    overall = dict(zip(zip(*(leads[name] for name in keys), strict=True), leads["lead"], strict=True))
    expected = np.array([overall.get(key, np.nan) for key in zip(*(slices[name] for name in keys), strict=True)], float)
    stderr = implied_stderr(slices["lead_lower"].to_numpy(float), slices["lead_upper"].to_numpy(float))
    with np.errstate(divide="ignore", invalid="ignore"):
        p = 2 * special.ndtr(-np.abs(slices["lead"].to_numpy(float) - expected) / stderr)
    p = np.where(slices["p_value"].isna() | (stderr <= 0), np.nan, p)
    return slices.assign(lead_p_value=p, lead_q_value=q_values(p))
