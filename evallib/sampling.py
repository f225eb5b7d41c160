"""Rows that stand for all rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def stratified_sample(y: NDArray[np.int32] | NDArray[np.float64], rows: int, seed: int) -> NDArray[np.intp]:
    """The positions of about `rows` rows, in order: of every class its share, rounded up, drawn at random.

    Values of a regression are one stratum. No class that occurs is lost, so a few rows more than asked may come.
    """
    random = np.random.default_rng(seed)
    strata = [np.arange(len(y))]
    if y.dtype.kind == "i":
        strata = [np.flatnonzero(y == code) for code in np.flatnonzero(np.bincount(y.astype(np.intp)))]
    share = min(1.0, rows / max(len(y), 1))
    drawn = [random.choice(stratum, int(np.ceil(share * len(stratum))), replace=False) for stratum in strata]
    return np.sort(np.concatenate(drawn))
