"""How sure a finding is that was picked from many: false discovery rates."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


def q_values(p: ArrayLike) -> NDArray[np.float64]:
    """The smallest false discovery rate at which each p-value would be called a discovery; NaN where p is NaN.

    Source: Benjamini and Hochberg 1995; valid too under the positive dependence of overlapping slices (Benjamini and
    Yekutieli 2001).
    """
    p = np.asarray(p, dtype=float)
    q = np.full(p.shape, np.nan)
    known = ~np.isnan(p)
    if known.any():
        q[known] = stats.false_discovery_control(p[known])
    return q
