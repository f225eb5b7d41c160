"""How sure a finding is that was picked from many: false discovery rates."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

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
    order = np.flatnonzero(known)[np.argsort(p[known])]
    rank = np.arange(1, len(order) + 1)
    q[order] = np.minimum.accumulate((p[order] * len(order) / rank)[::-1])[::-1].clip(max=1.0)
    return q
