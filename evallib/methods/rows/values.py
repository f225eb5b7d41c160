"""The values of some rows in all columns, as texts, and how unusual each is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from evallib.core.evaluation_set import class_name
from evallib.methods.rows.unusual import compared_rows, tails

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from evallib.core.evaluation_set import EvaluationSet

    Texts = NDArray[np.object_]

LONGEST = 200
"""The most characters of a value that are kept."""


def shown_columns(data: EvaluationSet) -> list[str]:
    """The columns of the data that are shown beside truth and answers: all but the target and the identifier."""
    return [str(name) for name in data.table.columns if name not in {data.columns.target, data.columns.id}]


def input_columns(data: EvaluationSet) -> list[str]:
    """The columns whose values are looked at: the features, else all that are shown but the weight.

    Others may hold what a system answered, and are no input that could be at fault.
    """
    return list(data.columns.features) or [name for name in shown_columns(data) if name != data.columns.weight]


def values_of(data: EvaluationSet, rows: NDArray[np.intp]) -> tuple[list[Texts], NDArray[np.float64]]:
    """The texts of every shown column on some rows, None where missing, and (rows, columns) how unusual they are.

    A column that is no input is never unusual.
    """
    names, compared = shown_columns(data), compared_rows(len(data))
    found = np.ones((len(rows), len(names)))
    for name in input_columns(data):
        found[:, names.index(name)] = tails(data.table[name], rows, compared)
    return [texts(data.table[name].iloc[rows]) for name in names], found


def texts(column: pd.Series) -> Texts:
    """The values of a column as a reader knows them, cut where they are long; None where missing."""
    values = column.to_numpy(object) if isinstance(column.dtype, pd.CategoricalDtype) else column.to_numpy()
    if values.dtype.kind == "O":
        shown = [_cut(value if isinstance(value, str) else class_name(value)) for value in values]
    elif values.dtype.kind == "M":
        shown = [str(value)[:19].replace("T", " ").removesuffix(" 00:00:00") for value in values]
    else:
        # The shortest text that tells a number from all others of its precision; whole numbers without decimals.
        shown = [text.removesuffix(".0") for text in values.astype(str).tolist()]
    found = np.array(shown, dtype=object)
    found[column.isna().to_numpy()] = None
    return found


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
