"""What a rule that is being typed chooses of the rows of a run, and the values that could stand in it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from evallib.core.errors import BadInput
from evallib.core.rules import value_text
from evallib.core.verdicts import verdict
from evallib.recompute import chosen_set
from evallib.runs import Run

if TYPE_CHECKING:
    from evallib.core.verdicts import Verdict

MOST_VALUES, LONGEST_VALUE = 100, 200
"""The most values of a column that are offered, and the longest text among them."""


def check_rules(
    folder: Path, rules: Sequence[str], where: str = "", *, named: bool = False
) -> tuple[list[Verdict], int]:
    """The verdict on every rule, and the number of rows of the run that a filter leaves, on which they are tried.

    named: a rule may have a name before it. Raises `BadInput` where the run has no rows to look at.
    """
    table = chosen_set(Run.open(folder), where).table
    return [verdict(text, list(table.columns), table, named=named) for text in rules], len(table)


def column_values(folder: Path, column: str) -> list[str]:
    """The most frequent values of a column as a rule writes them; none of measured numbers and of dates.

    Raises `BadInput` where the run has no such column, or no rows to look at.
    """
    table = chosen_set(Run.open(folder), "").table
    if column not in table:
        raise BadInput(f"The data has no column {column!r}.")
    values = table[column]
    if pd.api.types.is_datetime64_any_dtype(values.dtype) or pd.api.types.is_float_dtype(values.dtype):
        return []
    counts = values.value_counts().head(MOST_VALUES)
    texts = [value_text(value) for value, count in counts.items() if count]
    return [text for text in texts if len(text) <= LONGEST_VALUE]
