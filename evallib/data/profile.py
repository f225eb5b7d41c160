"""What a table holds, column by column: kind, missing values, distinct values, range, and what is odd."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any

import numpy as np
import pandas as pd

from evallib.core.evaluation_set import class_name
from evallib.core.result import Basis, Result, columns
from evallib.data.export import plain
from evallib.data.kinds import Kind, kind_of

SHOWN_VALUES = 200
"""The most distinct values that are listed for a column; also the most classes that a target may have."""

MANY_VALUES = 1_000
"""A category with more distinct values is of little use in a table of slices."""


@dataclass(frozen=True, eq=False)
class TableProfile(Result):
    """What was found out about a table.

    columns: one row per column; minimum, median and maximum of numbers, NaN for others; warnings as one text.
    values: the distinct values of every column that has at most `SHOWN_VALUES`, as names, the most frequent first.
    warnings: what is odd, in sentences; column is "" for what concerns the whole table.
    """

    columns: Annotated[
        pd.DataFrame,
        columns(
            "column", "kind", "missing", "missing_share", "distinct", "examples",
            "minimum", "median", "maximum", "warnings",
        ),
    ]  # fmt: skip
    values: Annotated[pd.DataFrame, columns("column", "value", "n")]
    warnings: Annotated[pd.DataFrame, columns("column", "warning")]

    @cached_property
    def _rows(self) -> dict[str, dict[str, Any]]:
        records: list[Any] = self.columns.to_dict("records")
        return {row["column"]: row for row in records}

    def kind(self, column: str) -> Kind:
        """The kind of a column."""
        found: Kind = self._rows[column]["kind"]
        return found

    def distinct(self, column: str) -> int:
        """How many distinct values a column has, missing ones not counted."""
        return int(self._rows[column]["distinct"])

    def span(self, column: str) -> tuple[float, float]:
        """The minimum and the maximum of a column of numbers; NaN for other columns."""
        return float(self._rows[column]["minimum"]), float(self._rows[column]["maximum"])

    def counts(self, column: str) -> dict[str, int]:
        """How often each value of a column occurs, the most frequent first; empty where there are too many."""
        return self._counts.get(column, {})

    @cached_property
    def _counts(self) -> dict[str, dict[str, int]]:
        found: dict[str, dict[str, int]] = {}
        for column, value, n in self.values.itertuples(index=False):
            found.setdefault(column, {})[value] = int(n)
        return found


def profile_table(table: pd.DataFrame) -> TableProfile:
    """The profile of a table, counted on all rows; only what tells texts and dates from categories is sampled."""
    found = [_profile_column(table.iloc[:, number]) for number in range(table.shape[1])]
    warnings = pd.DataFrame(
        [*_table_warnings(table), *((one.name, text) for one in found for text in one.warnings)],
        columns=["column", "warning"],
        dtype=str,
    )
    values = [(one.name, value, n) for one in found for value, n in one.values.items()]
    return TableProfile(
        Basis(len(table), len(table)),
        columns=pd.DataFrame([one.row() for one in found]),
        values=pd.DataFrame(values, columns=["column", "value", "n"]).astype({"column": str, "value": str, "n": int}),
        warnings=warnings,
    )


def column_kinds(table: pd.DataFrame) -> dict[str, Kind]:
    """The kind of every column, by name."""
    every = (table.iloc[:, number] for number in range(table.shape[1]))
    return {str(one.name): kind_of(one, len(_unique(one)), int(one.isna().sum())) for one in every}


@dataclass(frozen=True)
class _ColumnProfile:
    name: str
    rows: int
    missing: int
    distinct: int
    kind: Kind
    examples: str
    span: tuple[float, float, float]
    values: dict[str, int]

    @property
    def warnings(self) -> Iterator[str]:
        name = plain(self.name)
        if self.kind == "empty":
            yield f"{name} is empty."
        elif 2 * self.missing > self.rows:
            yield f"{name} is missing in {self.missing / self.rows:.0%} of the rows."
        if np.isinf(self.span[0]) or np.isinf(self.span[2]):
            yield f"{name} holds infinite values."
        if self.kind == "constant":
            yield f"{name} has the same value in every row."
        if self.kind == "category" and self.distinct > MANY_VALUES:
            yield f"{name} has {self.distinct:,} distinct values, too many for a table of slices."
        if self.kind == "id":
            yield f"{name} looks like an identifier, which is no feature."

    def row(self) -> dict[str, object]:
        low, middle, high = self.span
        return {
            "column": self.name,
            "kind": self.kind,
            "missing": self.missing,
            "missing_share": self.missing / max(self.rows, 1),
            "distinct": self.distinct,
            "examples": self.examples,
            "minimum": low,
            "median": middle,
            "maximum": high,
            "warnings": " ".join(self.warnings),
        }


def _profile_column(column: pd.Series[Any]) -> _ColumnProfile:
    missing = int(column.isna().sum())
    unique = _unique(column)
    counts = _counts(column) if len(unique) <= SHOWN_VALUES else {}
    examples = list(counts)[:3] or [_shown(value) for value in unique[:3]]
    return _ColumnProfile(
        name=str(column.name),
        rows=len(column),
        missing=missing,
        distinct=len(unique),
        kind=kind_of(column, len(unique), missing),
        examples=", ".join(plain(example, 30) for example in examples),
        span=_span(column) if missing < len(column) else (np.nan, np.nan, np.nan),
        values=counts,
    )


def _unique(column: pd.Series[Any]) -> Any:
    return column.cat.categories[np.unique(_codes(column))] if _is_category(column) else column.dropna().unique()


def _shown(value: object) -> str:
    if isinstance(value, float) and not value.is_integer():
        return f"{value:.6g}"
    return class_name(value).removesuffix(" 00:00:00")


def _is_category(column: pd.Series[Any]) -> bool:
    return isinstance(column.dtype, pd.CategoricalDtype)


def _codes(column: pd.Series[Any]) -> Any:
    codes = column.cat.codes.to_numpy()
    return codes[codes >= 0]


def _counts(column: pd.Series[Any]) -> dict[str, int]:
    """The values by name, the most frequent first, equally frequent ones by name."""
    found = column.value_counts()
    named = [(class_name(value).removesuffix(" 00:00:00"), int(n)) for value, n in found.items() if n]
    return dict(sorted(named, key=lambda pair: (-pair[1], pair[0])))


def _span(column: pd.Series[Any]) -> tuple[float, float, float]:
    """Minimum, median and maximum of the numbers; NaN for what is no number."""
    if not pd.api.types.is_numeric_dtype(column) or pd.api.types.is_bool_dtype(column):
        return np.nan, np.nan, np.nan
    values = column.dropna().to_numpy(np.float64)
    return float(values.min()), float(np.median(values)), float(values.max())


def _table_warnings(table: pd.DataFrame) -> Iterator[tuple[str, str]]:
    twice = len(table) - len(pd.unique(_row_hashes(table)))
    if twice:
        yield "", f"{twice:,} of {len(table):,} rows ({twice / len(table):.1%}) repeat an earlier row."
    looks: dict[str, str] = {}
    for name in map(str, table.columns):
        look = "".join(unicodedata.normalize("NFKC", plain(name, 1_000)).casefold().split())
        if look in looks:
            yield name, f"The column names {plain(looks[look])!r} and {plain(name)!r} look alike."
        looks.setdefault(look, name)


def _row_hashes(table: pd.DataFrame) -> Any:
    """(n,) uint64, equal for equal rows; two different rows of a million agree by chance once in 40 million tables."""
    total: Any = np.zeros(len(table), np.uint64)
    for number in range(table.shape[1]):
        total = (
            total * np.uint64(0x9E3779B97F4A7C15)
            + pd.util.hash_pandas_object(table.iloc[:, number], index=False).to_numpy()
        )
    return total
