"""Bins of a number between 0 and 1: edges of equal width, of equal count, or one bin per distinct value.

Bins are (lower, upper]; the first one includes its lower edge. A value at most `SLACK` above an edge counts as on it,
so that 1 - 0.7 falls where 0.3 does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

SLACK = 1e-12


def equal_width_edges(bins: int) -> NDArray[np.float64]:
    """(bins + 1,) edges from 0 to 1, each the float nearest to k / bins, so that a decimal lies on its edge."""
    return np.arange(bins + 1) / bins


def equal_count_edges(values: NDArray[np.float64], bins: int) -> NDArray[np.float64]:
    """The distinct ones of the (bins + 1) quantiles of n values (linear between order statistics, as numpy's).

    Tied values share a bin, so that bins can be fewer than asked for. Where the lowest value fills a whole bin, its
    edge stands twice: as the lower and the upper edge of that bin. So a constant has one bin.
    """
    edges = np.quantile(values, equal_width_edges(bins))
    return np.concatenate((edges[:1], np.unique(edges[1:])))


def distinct_edges(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Edges that give each of the distinct, ascending values a bin of its own."""
    return np.concatenate((values[:1], values))


def bin_bounds(ascending: NDArray[np.float64], edges: NDArray[np.float64]) -> NDArray[np.intp]:
    """(bins + 1,) the position at which each bin starts among ascending values, and how many values there are."""
    inner = np.searchsorted(ascending, edges[1:-1] + SLACK, side="right")
    return np.concatenate(([0], inner, [len(ascending)])).astype(np.intp)


def bin_of(values: NDArray[np.float64], edges: NDArray[np.float64]) -> NDArray[np.intp]:
    """(n,) the bin of every value, in any order; values beyond the outer edges fall into the outer bins."""
    return np.searchsorted(edges[1:-1] + SLACK, values, side="left")
