"""Categories as a gradient booster knows them: by their place in the list that it was trained on."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from evallib.models.formats.loaded import InputType, Refused


@dataclass(frozen=True, eq=False)
class Levels:
    """The categories of some columns, in the order of their codes.

    takes_others: True where a category that is not among them counts as a missing value.
    """

    of: Mapping[str, pd.Index[Any]] = field(default_factory=dict)
    takes_others: bool = False

    def types(self) -> dict[str, InputType]:
        """Of the columns whose categories are all texts or all numbers, which."""
        kinds = {name: _kind(categories) for name, categories in self.of.items()}
        return {name: kind for name, kind in kinds.items() if kind}

    def set_on(self, rows: pd.DataFrame) -> pd.DataFrame:
        """The rows with these categories in their columns; booleans with gaps elsewhere become numbers.

        Raises `Refused` on a category that is not among them, where that may not be.
        """
        return as_numbers(rows.assign(**{name: self._categorical(rows[name]) for name in self.of}))

    def _categorical(self, column: pd.Series[Any]) -> pd.Categorical[Any]:
        categories = self.of[str(column.name)]
        codes = categories.get_indexer(pd.Index(column))
        unknown = (codes < 0) & column.notna().to_numpy()
        if unknown.any() and not self.takes_others:
            raise Refused(f'does not know the category "{column[unknown].iloc[0]}" of the column "{column.name}"')
        return pd.Categorical.from_codes(codes, categories=categories)


def as_numbers(rows: pd.DataFrame, but: Collection[str] = ()) -> pd.DataFrame:
    """The rows with numbers in all columns of objects, such as booleans with gaps, but those in `but`."""
    loose = [name for name in rows if rows[name].dtype == object and name not in but]
    return rows.astype(dict.fromkeys(loose, np.float64)) if loose else rows


def _kind(categories: pd.Index[Any]) -> InputType | None:
    if pd.api.types.is_bool_dtype(categories):
        return None
    return "number" if pd.api.types.is_numeric_dtype(categories) else "text"
