"""Gaussian noise on numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from pandas.api import types

from evallib.methods.perturbation.perturbations.base import Perturbation, is_number

if TYPE_CHECKING:
    from numpy.random import Generator
    from numpy.typing import NDArray

LARGEST_MEASURE = 2.0**53
"""Numbers beyond this cannot be told apart as floats: they are keys rather than measurements."""


class Noise(Perturbation):
    """Adds severity × spread × a standard normal draw to every number.

    Whole numbers stay whole: the noisy value is rounded and the column keeps its type. Every value stays within the
    range seen in the column, so that no age is negative and no logarithm fails; missing values stay missing.
    """

    key = "noise"
    title = "Numeric noise"
    unit = "spreads of the column"
    full = "noise as wide as the column itself: one standard deviation of its values"
    refusal = "does not accept noisy numbers"

    def fits(self, column: pd.Series) -> bool:
        """Whether the column holds numbers of more than one value that are no keys beyond 2**53."""
        if not is_number(column):
            return False
        values = _finite(column)
        return len(values) > 0 and spread(column) > 0 and float(np.abs(values).max()) < LARGEST_MEASURE

    def change(self, column: pd.Series, severity: float, chance: Generator) -> pd.Series:
        """The column with noise of `severity` spreads."""
        values = column.to_numpy(np.float64, na_value=np.nan)
        seen = _finite(column)
        noisy = values + severity * spread(column) * chance.standard_normal(len(values))
        noisy = np.where(np.isfinite(values), np.clip(noisy, seen.min(), seen.max()), values)
        if types.is_integer_dtype(column):
            noisy = np.rint(noisy)
        return pd.Series(noisy, index=column.index, name=column.name).astype(column.dtype)


def spread(column: pd.Series) -> float:
    """The standard deviation of the column's numbers after clipping them to their 1st and 99th percentile.

    One value of 10⁹ among ages then does not make the noise absurd. Where clipping leaves a single value (a column
    that is 0 in 99 % of its rows) it is the plain standard deviation. 0 for a constant or empty column.
    """
    values = _finite(column)
    if len(values) == 0 or values.min() == values.max():
        return 0.0
    low, high = np.percentile(values, [1, 99])
    return float(np.clip(values, low, high).std() or values.std())


def _finite(column: pd.Series) -> NDArray[np.float64]:
    values = column.to_numpy(np.float64, na_value=np.nan)
    return np.asarray(values[np.isfinite(values)])
