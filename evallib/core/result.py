"""What a method returns: tidy tables with declared columns, and what they rest on."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any, Self, get_args, get_type_hints

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from numpy.typing import NDArray

    from evallib.core.evaluation_set import EvaluationSet


@dataclass(frozen=True)
class Schema:
    """The columns that a table of a result has, in this order."""

    columns: tuple[str, ...]


def columns(*names: str) -> Schema:
    """The declaration of a table's columns, for `Annotated[pd.DataFrame, columns(...)]`."""
    return Schema(names)


@dataclass(frozen=True)
class Basis:
    """What a result rests on: `rows` of the `total` rows of the data, whether chance or a filter chose them."""

    rows: int
    total: int
    sampled: bool = False
    where: str = ""

    @classmethod
    def of(cls, data: EvaluationSet) -> Basis:
        """The basis of a result computed on every row of `data`."""
        return cls(rows=len(data), total=data.total_rows, sampled=data.sampled, where=data.where)

    def __str__(self) -> str:
        """One phrase for the top of a page, such as "20,000 of 1,000,000 rows, sampled"."""
        if self.rows == self.total:
            return f"all {self.total:,} rows"
        chosen = f", where {self.where}" if self.where else ""
        return f"{self.rows:,} of {self.total:,} rows{chosen}{', sampled' if self.sampled else ''}"


@dataclass(frozen=True, eq=False)
class Result:
    """Base of every method's result: a frozen dataclass whose further fields are tables.

    Each table is declared as `Annotated[pd.DataFrame, columns(...)]` and checked when the result is made.
    """

    basis: Basis

    def __post_init__(self) -> None:
        for name, schema in self.schemas().items():
            found = tuple(getattr(self, name).columns)
            if found != schema.columns:
                raise TypeError(f"{type(self).__name__}.{name} has columns {found}, declared are {schema.columns}.")

    @classmethod
    @cache
    def schemas(cls) -> Mapping[str, Schema]:
        """The declared columns of every table, by the table's name."""
        hints = get_type_hints(cls, include_extras=True)
        return {name: found for name, hint in hints.items() if (found := _schema(hint)) is not None}

    def tables(self) -> dict[str, pd.DataFrame]:
        """Every table by name."""
        return {name: getattr(self, name) for name in self.schemas()}

    @classmethod
    def from_tables(cls, basis: Basis, tables: Mapping[str, pd.DataFrame]) -> Self:
        """The result that was written as these tables."""
        return cls(basis, **{name: tables[name] for name in cls.schemas()})

    @cached_property
    def _split(self) -> dict[str, dict[str, dict[str, NDArray[Any]]]]:
        return {}

    def by_model(self, table: str) -> Mapping[str, Mapping[str, NDArray[Any]]]:
        """The columns of a table as arrays, model by model in the table's order; split once and kept.

        For what is looked at again and again, such as a curve while a slider moves.
        """
        if table not in self._split:
            rows = getattr(self, table)
            self._split[table] = {
                str(model): {name: part[name].to_numpy() for name in rows.columns}
                for model, part in rows.groupby("model", sort=False, observed=True)
            }
        return self._split[table]

    def only(self, models: Collection[str]) -> Self:
        """The same result with the rows of some models, in every table that has a `model` column."""
        kept = {
            name: table[table["model"].isin(list(models))] if "model" in table.columns else table
            for name, table in self.tables().items()
        }
        return self.from_tables(self.basis, kept)


def _schema(hint: Any) -> Schema | None:
    return next((extra for extra in get_args(hint)[1:] if isinstance(extra, Schema)), None)
