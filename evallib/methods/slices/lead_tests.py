"""The leads of models on all rows, and where a slice's lead is another one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy import special

from evallib.core.intervals import implied_stderr

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from evallib.core.leads import BestLead

SIGNIFICANT = 0.05


class OverallLead(NamedTuple):
    """A lead on all rows, and whether it is one beyond noise."""

    lead: float
    sure: bool


OverallLeads = Mapping[tuple[str, str], Mapping[str, OverallLead]]
"""By model and metric, then by baseline."""


def overall_leads(leads: pd.DataFrame) -> OverallLeads:
    """What a table of leads on all rows says."""
    found: dict[tuple[str, str], dict[str, OverallLead]] = {}
    for row in leads.to_dict("records"):
        sure = row["lower"] > 0 and row["p_value"] <= SIGNIFICANT
        found.setdefault((row["model"], row["metric"]), {})[row["baseline"]] = OverallLead(row["lead"], sure)
    return found


def lead_p_values(best: BestLead, overall: Mapping[str, OverallLead]) -> NDArray[np.float64]:
    """(S,) two-sided p-values of leads as they are over the same baselines on all rows; NaN where one is unknown.

    A slice's own interval tells the standard error. As the slice is a part of all rows, their difference scatters less
    than that, so that the p-values are no smaller than they should be.
    """
    expected = np.array([overall[name].lead if name in overall else np.nan for name in best.baseline])
    stderr = implied_stderr(best.lead.lower, best.lead.upper)
    with np.errstate(divide="ignore", invalid="ignore"):
        p = 2 * special.ndtr(-np.abs(best.lead.value - expected) / stderr)
    return np.where(stderr > 0, p, np.nan)
