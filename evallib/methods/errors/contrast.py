"""What sets the wrong rows apart: how strongly each column goes with the errors, and which of its slices have more."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from evallib.core.heterogeneity import ChiSquare, heterogeneity, strength
from evallib.methods.errors.rows import ErrorRows, Judged

if TYPE_CHECKING:
    from evallib.methods.errors.columns import Columns

MOST_VALUES = 20
"""Slices in which the errors of a model are over-represented, that are told."""


def column_contrast(rows: ErrorRows, columns: Columns) -> pd.DataFrame:
    """A row per column, the one that tells most first: the effect size of its slices on the errors, and its p-value."""
    tests = [column_test(rows, place, columns) for place in range(len(columns))]
    table = pd.DataFrame(
        {
            "column": [one.column for one in columns.slices],
            "slices": columns.sizes,
            "n": len(rows),
            "effect": [float(strength(one, rows.size)) for one in tests],
            "p_value": [float(one.p_value) for one in tests],
        }
    )
    return table.sort_values("effect", ascending=False, kind="stable", ignore_index=True)


def column_test(rows: ErrorRows, place: int, columns: Columns) -> ChiSquare:
    """How much the errors vary between the slices of a column."""
    sums = rows.sums(rows.codes[place].astype(np.intp), columns.sizes[place], searched=True)
    return heterogeneity(rows.effective(sums), binary=rows.binary)


def over_represented(searched: ErrorRows, judged: ErrorRows, columns: Columns, minimum: int) -> pd.DataFrame:
    """The slices whose error is surely above that of all rows of one half, the surest first, measured on the other.

    That is, the lower limit of their error on the half that is searched lies above the error of all its rows.
    """
    seen, told = (_by_slices(rows, columns) for rows in (searched, judged))
    names = [
        (one.column, name, rule) for one in columns.slices for name, rule in zip(one.names, one.rules, strict=True)
    ]
    table = pd.DataFrame(names, columns=["column", "slice", "rule"]).assign(
        **told.measures(), p_value=told.gap.p_value, found_lift=seen.measures()["lift"], sureness=seen.error.lower
    )
    chosen: pd.DataFrame = table[(seen.error.lower > seen.overall) & (seen.sums[0] >= minimum)]
    chosen = chosen.sort_values("sureness", ascending=False, kind="stable", ignore_index=True)
    return chosen.drop(columns="sureness").head(MOST_VALUES)


def _by_slices(rows: ErrorRows, columns: Columns) -> Judged:
    """The errors in the slices of one column after the other."""
    parts = [rows.sums(codes.astype(np.intp), size) for codes, size in zip(rows.codes, columns.sizes, strict=True)]
    return Judged(rows, np.concatenate(parts, axis=1), parts[0].sum(axis=1, keepdims=True))
