"""Values that go missing completely at random."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from pandas.api import types

from evallib.methods.perturbation.perturbations.base import Perturbation, is_date

if TYPE_CHECKING:
    from numpy.random import Generator


class Missing(Perturbation):
    """Removes each value with a probability of `severity`, whatever it is (completely at random).

    A column of whole numbers becomes one of floats, as a reader of the same file with gaps would make it; every other
    type, categories included, stays.
    """

    key = "missing"
    title = "Missing values"
    unit = "share of the values removed"
    full = "every value removed"
    refusal = "does not accept missing values"

    def fits(self, column: pd.Series) -> bool:
        """Whether the column is no date and has a value to lose."""
        return not is_date(column) and bool(column.notna().any())

    def change(self, column: pd.Series, severity: float, chance: Generator) -> pd.Series:
        """The column with that share of its values missing."""
        holed = column.astype(np.float64) if isinstance(column.dtype, np.dtype) and _is_whole(column) else column
        return holed.mask(chance.random(len(column)) < severity)


def _is_whole(column: pd.Series) -> bool:
    return types.is_integer_dtype(column)
