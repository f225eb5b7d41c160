"""Columns as codes of classes or as numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from evallib.core.errors import BadInput
from evallib.core.evaluation_set import class_name
from evallib.data.export import plain

if TYPE_CHECKING:
    from numpy.typing import NDArray


def class_codes(column: pd.Series[Any]) -> tuple[NDArray[np.int32], tuple[str, ...]]:
    """(n,) int32 codes, -1 where missing, and the names of the classes that occur; 1, 1.0 and "1" are one class."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        codes, values = column.cat.codes.to_numpy(), column.cat.categories
    else:
        codes, values = pd.factorize(column)
    occurring: list[int] = np.flatnonzero(np.bincount(codes[codes >= 0], minlength=len(values))).tolist()
    names: dict[str, int] = {}
    place = np.full(len(values) + 1, -1, np.int32)
    for code in occurring:
        place[code] = names.setdefault(class_name(values[code]), len(names))
    return place[codes], tuple(names)


def recode(codes: NDArray[np.int32], names: Sequence[str], classes: Sequence[str]) -> NDArray[np.int32]:
    """The codes into `names` as codes into `classes`, -1 as it is; every name must be one of the classes."""
    place = np.array([*(classes.index(name) for name in names), -1], np.int32)
    return np.asarray(place[codes], np.int32)


def numbers(column: pd.Series[Any], name: str, needs: str) -> NDArray[np.float64]:
    """(n,) float64 values of a column, NaN where missing.

    Raises `BadInput` for texts and infinite values; `name` is the file, `needs` says what needs numbers.
    """
    if pd.api.types.is_datetime64_any_dtype(column):
        raise BadInput(f"Column {plain(column.name)} of {plain(name)} holds dates; {needs} numbers.")
    plainly = column if pd.api.types.is_numeric_dtype(column) else column.astype(object)
    values = np.asarray(pd.to_numeric(plainly, errors="coerce"), np.float64)
    wrong = (np.isnan(values) & column.notna().to_numpy()) | np.isinf(values)
    if wrong.any():
        row = int(wrong.argmax())
        raise BadInput(
            f"Column {plain(column.name)} of {plain(name)} holds {plain(class_name(column.iloc[row]), 30)!r} in row "
            f"{row + 1:,}; {needs} finite numbers, so correct it or choose another column."
        )
    return values


def listed(names: Sequence[str], most: int = 5) -> str:
    """The first names as a sentence quotes them."""
    shown = ", ".join(plain(name, 30) for name in names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most:,} more"
