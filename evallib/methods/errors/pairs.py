"""Two columns at a time: where errors lie in the cells of a pair, and which pairs tell more than one column."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations, product
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from evallib.core.heterogeneity import each_adds
from evallib.methods.errors.columns import AND
from evallib.methods.errors.contrast import column_test
from evallib.methods.errors.rows import Judged

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from evallib.core.heterogeneity import ChiSquare
    from evallib.core.slices import Partition
    from evallib.methods.errors.columns import Columns
    from evallib.methods.errors.rows import ErrorRows

    Array = NDArray[np.float64]

CROSSED = 10
"""The most columns of which all pairs are looked at: those by which the errors vary most beyond chance."""


def crossed_columns(searched: Sequence[ErrorRows], columns: Columns) -> list[int]:
    """The places of the columns that are crossed, in their order; each by the model whose errors it tells most of."""
    beyond = [
        max(float(column_test(rows, place, columns).beyond_chance) for rows in searched)
        for place in range(len(columns))
    ]
    return sorted(np.argsort(-np.array(beyond), kind="stable")[:CROSSED].tolist())


@dataclass(frozen=True, eq=False)
class Crossed:
    """The pairs of a model, and their cells on the half that was not searched; cells without rows are left out."""

    pairs: pd.DataFrame
    cells: pd.DataFrame

    @classmethod
    def of(cls, searched: ErrorRows, judged: ErrorRows, columns: Columns, chosen: Sequence[int]) -> Crossed:
        """All pairs of the chosen columns, the one that adds most on the half that is searched first."""
        pairs, names, sums = [], [], []
        for one, two in combinations(chosen, 2):
            found, told = (_sums(rows, one, two, columns, searched=rows is searched) for rows in (searched, judged))
            beyond = float(_adds(searched, found).beyond_chance)
            named = {"first": columns[one].column, "second": columns[two].column}
            pairs.append(named | {"found_beyond": beyond} | _tested(judged, told))
            names += [(*named.values(), *cell) for cell in _named(columns[one], columns[two])]
            sums.append(told.reshape(7, -1))
        table = pd.DataFrame(pairs, columns=["first", "second", "found_beyond", "chi_square", "df", "p_value"])
        table = table.sort_values("found_beyond", ascending=False, kind="stable", ignore_index=True)
        return cls(table, _cells(judged, names, sums))


def _sums(rows: ErrorRows, one: int, two: int, columns: Columns, *, searched: bool) -> Array:
    """(7, r, c) sums of the rows in each cell of two columns."""
    shape = columns.sizes[one], columns.sizes[two]
    places = rows.codes[one].astype(np.intp) * shape[1] + rows.codes[two]
    return rows.sums(places, shape[0] * shape[1], searched=searched).reshape(7, *shape)


def _adds(rows: ErrorRows, sums: Array) -> ChiSquare:
    return each_adds(rows.effective(sums), binary=rows.binary)


def _tested(rows: ErrorRows, sums: Array) -> dict[str, Any]:
    """How much a pair tells beyond the better one of its columns."""
    adds = _adds(rows, sums)
    return {"chi_square": float(adds.value), "df": int(adds.df), "p_value": float(adds.p_value)}


def _named(one: Partition, two: Partition) -> Iterator[tuple[str, str, str]]:
    """The slices and the rule of every cell, row by row."""
    for (first, rule), (second, other) in product(*(zip(part.names, part.rules, strict=True) for part in (one, two))):
        yield first, second, AND.join((rule, other)) if rule and other else ""


def _cells(rows: ErrorRows, names: list[tuple[str, ...]], sums: list[Array]) -> pd.DataFrame:
    """A row per cell that has rows."""
    table = pd.DataFrame(names, columns=["first", "second", "first_slice", "second_slice", "rule"])
    if not sums:
        return table
    told = Judged(rows, np.concatenate(sums, axis=1), sums[0].sum(axis=1, keepdims=True))
    measures = told.measures()
    table = table.assign(**{name: measures[name] for name in ("n", "share", "error_share", "error", "lower", "upper")})
    return table[table["n"] > 0]
