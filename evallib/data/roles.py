"""The roles of the columns, checked against the columns that there are."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

import pandas as pd

from evallib.core.errors import BadInput
from evallib.core.evaluation_set import Columns
from evallib.data.coding import listed
from evallib.data.export import plain
from evallib.data.source import DataSource


def assign_roles(table: pd.DataFrame, source: DataSource, name: str, answers: Iterable[str] = ()) -> Columns:
    """The roles of the columns of `table`, which is the file `name`.

    Features are all columns but the target, the weight, the id, the excluded ones and those with somebody's answers;
    a model may well use the time, the group and sensitive columns. Raises `BadInput` for a column that is not there.
    """
    answers = tuple(answers)
    named = [
        ("target", source.target),
        ("weight", source.weight),
        ("time", source.time),
        ("id", source.id),
        ("group", source.group),
        *(("sensitive columns", column) for column in source.sensitive),
        *(("columns that are no features", column) for column in source.exclude),
        *(("answers of a system", column) for column in answers),
    ]
    for role, column in named:
        if column is not None:
            check_column(table, column, name, role)
    hidden = {source.target, source.weight, source.id, *source.exclude, *answers}
    return Columns(
        target=source.target,
        features=tuple(str(column) for column in table.columns if column not in hidden),
        sensitive=source.sensitive,
        weight=source.weight,
        time=source.time,
        id=source.id,
        group=source.group,
    )


def check_column(table: pd.DataFrame, column: str, name: str, role: str) -> None:
    """Raise `BadInput` where the table has no such column; the sentence names those that are spelled alike."""
    if column in table.columns:
        return
    names = [str(one) for one in table.columns]
    near = difflib.get_close_matches(column, names, n=3, cutoff=0.5)
    hint = f"did you mean {listed(near)}?" if near else f"it has {listed(names, 8)}."
    raise BadInput(f"{plain(name)} has no column {plain(column)!r} for the {role}; {hint}")
