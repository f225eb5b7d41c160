"""Differences of many slices, drawn towards none by as much as their noise explains."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]


def shrunk(difference: Array, stderr: Array) -> Array:
    """(S,) the expected true differences, given that those of all slices scatter about 0; NaN where one is unknown.

    Empirical Bayes with normal differences: each is multiplied by tau² / (tau² + stderr²), where tau² is the variance
    of the true ones. Source: Efron and Morris 1975, JASA 70; tau² by the moments of DerSimonian and Laird 1986,
    Controlled Clinical Trials 7, with the mean known to be 0. A stderr of 0 counts as the smallest one above it.
    """
    known = np.isfinite(difference) & np.isfinite(stderr)
    found = np.full(len(difference), np.nan)
    noise = stderr[known] ** 2
    if not (noise > 0).any():
        found[known] = difference[known]
        return found
    noise = np.maximum(noise, noise[noise > 0].min())
    excess = (difference[known] ** 2 / noise).sum() - known.sum()
    variance = max(excess / (1 / noise).sum(), 0.0)
    found[known] = difference[known] * variance / (variance + noise)
    return found
