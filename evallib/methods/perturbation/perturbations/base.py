"""What a perturbation is: a change of one column whose strength is a number from 0 to 1."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd
from pandas.api import types

if TYPE_CHECKING:
    from numpy.random import Generator


class Perturbation(ABC):
    """A way to change a column. One class per file; `perturbations/__init__.py` lists them all.

    key: names it in parameters and tables.    title: heads its chart.
    unit: what the severity counts, in words.   full: what severity 1 is.
    refusal: what a model does that cannot cope with it.
    """

    key: ClassVar[str]
    title: ClassVar[str]
    unit: ClassVar[str]
    full: ClassVar[str]
    refusal: ClassVar[str]

    @abstractmethod
    def fits(self, column: pd.Series) -> bool:
        """Whether the column is of a type that it changes, and holds something to change."""

    @abstractmethod
    def change(self, column: pd.Series, severity: float, chance: Generator) -> pd.Series:
        """The changed column, with the same index, at a severity above 0 and up to 1.

        The draws from `chance` do not depend on the severity, so that the same generator state gives the same
        direction at every severity: a row that is hit at 0.1 is hit in the same way at 0.5.
        """

    def apply(self, column: pd.Series, severity: float, seed: int) -> pd.Series:
        """The column at a severity from 0 (itself) to 1, by draws that depend on seed, kind and column name alone."""
        return column if severity == 0 else self.change(column, severity, self._chance(str(column.name), seed))

    def _chance(self, column: str, seed: int) -> Generator:
        digest = hashlib.blake2b(f"{seed}/{self.key}/{column}".encode(), digest_size=16).digest()
        return np.random.default_rng(int.from_bytes(digest))


def is_number(column: pd.Series) -> bool:
    """Whether the column holds numbers; truth values are none."""
    return types.is_numeric_dtype(column) and not types.is_bool_dtype(column)


def is_date(column: pd.Series) -> bool:
    """Whether the column holds dates, times, periods or durations."""
    dtype = column.dtype
    return (
        types.is_datetime64_any_dtype(column)
        or types.is_timedelta64_dtype(column)
        or isinstance(dtype, pd.PeriodDtype)
        or (isinstance(dtype, pd.ArrowDtype) and dtype.kind in "mM")
    )
