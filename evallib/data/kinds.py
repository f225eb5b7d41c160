"""What kind of column it is: by its dtype, its values and, for identifiers, its name."""

from __future__ import annotations

import re
from typing import Any, Literal

import numpy as np
import pandas as pd

Kind = Literal["number", "category", "text", "boolean", "date", "id", "constant", "empty"]

SAMPLE = 5_000
"""Rows, evenly spread, on which texts are told from categories, identifiers and dates."""

FEWEST_FOR_ID = 20
"""Rows below which that all values differ says nothing."""

MANY_IDS = 200
"""Distinct values above which a column that is named like an identifier is one, however often they repeat."""

ID_NAME = re.compile(r"(^|[_\W])(id|uuid|guid|key|index|rowid)$|[a-z]I[dD]$|^Unnamed: \d+$|^(id|ID)[_A-Z]")
ISO_DATE = r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d.*)?"
LONG_TEXT = 40
MOSTLY = 0.95


def kind_of(column: pd.Series[Any], distinct: int, missing: int) -> Kind:
    """The kind of a column with so many distinct and so many missing values."""
    if distinct == 0:
        return "empty"
    if distinct == 1 and missing == 0:
        return "constant"
    if pd.api.types.is_datetime64_any_dtype(column):
        return "date"
    if _is_boolean(column, distinct):
        return "boolean"
    if pd.api.types.is_numeric_dtype(column):
        return "id" if _is_numeric_id(column, distinct, missing) else "number"
    return _kind_of_text(column, distinct, missing)


def _is_boolean(column: pd.Series[Any], distinct: int) -> bool:
    if distinct > 2 or isinstance(column.dtype, pd.CategoricalDtype):
        return pd.api.types.is_bool_dtype(column)
    return set(column.dropna().unique()) <= {0, 1}


def _is_numeric_id(column: pd.Series[Any], distinct: int, missing: int) -> bool:
    """Whole numbers that all differ and rise or are named like an identifier, or that are named so and are many."""
    values = column.dropna().to_numpy()
    if len(values) < FEWEST_FOR_ID or (values.dtype.kind == "f" and not np.equal(np.floor(values), values).all()):
        return False
    if distinct == len(values) and missing == 0 and column.is_monotonic_increasing:
        return True
    return _named_id(column, distinct, len(values))


def _named_id(column: pd.Series[Any], distinct: int, filled: int) -> bool:
    """Whether the name says identifier and the values are too many to be anything else."""
    return ID_NAME.search(str(column.name)) is not None and (distinct > MANY_IDS or 2 * distinct >= filled)


def _kind_of_text(column: pd.Series[Any], distinct: int, missing: int) -> Kind:
    texts = column.iloc[:: max(1, len(column) // SAMPLE)].dropna().astype(str)
    if len(texts) == 0:
        return "category"
    if texts.str.fullmatch(ISO_DATE).mean() >= MOSTLY:
        return "date"
    filled = len(column) - missing
    if 2 * distinct > filled:
        spaces = texts.str.contains(" ", regex=False).mean()
        if texts.str.len().mean() > LONG_TEXT and spaces > 0.5:
            return "text"
        if filled >= FEWEST_FOR_ID and distinct >= MOSTLY * filled and spaces < 0.5:
            return "id"
    return "id" if _named_id(column, distinct, filled) else "category"
