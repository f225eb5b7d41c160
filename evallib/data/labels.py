"""The truth: the target column as class codes or values, checked, with the roles of all columns."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from evallib.core.errors import BadInput
from evallib.core.evaluation_set import Columns, Task, class_name
from evallib.core.spelling import meant
from evallib.data.classes import in_order, likely_task, positive_class
from evallib.data.coding import class_codes, listed, numbers, recode
from evallib.data.export import plain
from evallib.data.roles import assign_roles, check_column
from evallib.data.source import DataSource

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST_CLASSES = 200
"""A target with more distinct values is a number, a text or an identifier, but no class."""


@dataclass(frozen=True, eq=False)
class Labelled:
    """Rows with their truth.

    name: what the user calls the file.
    y: (n,) int32 codes into `classes`, or (n,) float64 values of a regression.
    classes: the names in the order of the codes, natural order for several; of two the second is the positive one.
    positive: the code of the class that counts as the event.
    weight: (n,) float64 weights of the rows, or None for all equal.
    """

    name: str
    table: pd.DataFrame
    task: Task
    y: NDArray[np.int32] | NDArray[np.float64]
    classes: tuple[str, ...]
    positive: int
    weight: NDArray[np.float64] | None
    columns: Columns


def label_rows(
    table: pd.DataFrame,
    source: DataSource,
    name: str = "",
    *,
    answers: Iterable[str] = (),
    known: Collection[str] = (),
) -> Labelled:
    """The rows of `table` with their truth and the roles of their columns.

    answers: columns that hold somebody's answers, which no model may see.
    known: classes of a multiclass task that exist although these rows may lack them, such as those of the training.
    Raises `BadInput` for a column that is not there, a target with missing values, a single value or too many classes,
    one that does not fit the task, an unknown positive class, and weights that are missing, negative or all zero.
    """
    name = name or source.path.name
    columns = assign_roles(table, source, name, answers)
    truth = table[source.target]
    where = f"The target {plain(source.target)} of {plain(name)}"
    _check_complete(truth, where)
    weight = None if source.weight is None else _weights(table[source.weight], name)
    task = source.task or _task_of(truth)
    if task == "regression":
        values = numbers(truth, name, "a regression needs")
        if values.min() == values.max():
            raise _constant(where, class_name(values[0]))
        return Labelled(name, table, task, values, (), 1, weight, columns)
    codes, names = class_codes(truth)
    _check_classes(names, task, where)
    classes = in_order({*names, *known} if task == "multiclass" else names)
    codes = recode(codes, names, classes)
    counts = dict(zip(classes, np.bincount(codes, minlength=len(classes)).tolist(), strict=True))
    positive = _positive(counts, task, source.positive, where)
    if task == "binary" and classes[1] != positive:
        codes, classes = 1 - codes, classes[::-1]
    return Labelled(name, table, task, codes, classes, classes.index(positive), weight, columns)


def label_training(table: pd.DataFrame, labelled: Labelled, name: str) -> NDArray[np.int32] | NDArray[np.float64]:
    """The truth of the training rows in the coding of `labelled`; rows without a truth are left out.

    Raises `BadInput` where the target is not there or has classes that `labelled` has not; give those to `label_rows`.
    """
    target = labelled.columns.target
    check_column(table, target, name, "target")
    truth = table[target].dropna()
    if labelled.task == "regression":
        return numbers(truth, name, "a regression needs")
    codes, names = class_codes(truth)
    unknown = [one for one in names if one not in labelled.classes]
    if unknown:
        raise BadInput(
            f"The target {plain(target)} of {plain(name)} has {listed(unknown)}, which {plain(labelled.name)} has not "
            f"({listed(labelled.classes)}); write the classes alike in both files."
        )
    return recode(codes, names, labelled.classes)


def class_names(column: pd.Series[Any]) -> tuple[str, ...]:
    """The names of the values that occur in a column, in natural order."""
    return in_order(class_codes(column)[1])


def _check_complete(truth: pd.Series[Any], where: str) -> None:
    missing = truth.isna().to_numpy()
    if missing.all():
        raise BadInput(f"{where} is empty; choose the column that holds the truth.")
    if missing.any():
        raise BadInput(
            f"{where} is missing in {missing.sum():,} of {len(truth):,} rows, first in row "
            f"{int(missing.argmax()) + 1:,}; fill it in or remove these rows."
        )


def _weights(column: pd.Series[Any], name: str) -> NDArray[np.float64]:
    weights = numbers(column, name, "a weight needs")
    where = f"The weight {plain(column.name)} of {plain(name)}"
    for wrong, reason in ((np.isnan(weights), "missing"), (weights < 0, "negative")):
        if wrong.any():
            raise BadInput(
                f"{where} is {reason} in {wrong.sum():,} rows, first in row {int(wrong.argmax()) + 1:,}; "
                "correct it or choose another column."
            )
    if not weights.any():
        raise BadInput(f"{where} is 0 in every row; choose another column.")
    return weights


def _task_of(truth: pd.Series[Any]) -> Task:
    unique = truth.unique()
    numeric = pd.api.types.is_numeric_dtype(truth)
    whole = numeric and all(float(value).is_integer() for value in unique[:MOST_CLASSES])
    return likely_task(len(unique), numeric=numeric, whole=whole)


def _check_classes(names: tuple[str, ...], task: Task, where: str) -> None:
    if len(names) == 1:
        raise _constant(where, names[0])
    if len(names) > MOST_CLASSES:
        raise BadInput(
            f"{where} has {len(names):,} distinct values where at most {MOST_CLASSES} classes can be told apart; "
            "choose another target, or regression as the task if it is a number."
        )
    if task == "binary" and len(names) > 2:
        raise BadInput(
            f"{where} has {len(names)} classes ({listed(in_order(names))}) where a binary task has two; choose "
            "multiclass as the task, or leave the other rows out."
        )


def _constant(where: str, value: str) -> BadInput:
    return BadInput(
        f"{where} is {plain(value, 30)!r} in every row; nothing can be judged on a single outcome, so add rows with "
        "another one or choose another target."
    )


def _positive(counts: Mapping[str, int], task: Task, asked: str | None, where: str) -> str:
    """The class that was asked for, else the one of two that is named like an event, else the most frequent."""
    if asked is None:
        return positive_class(counts) if task == "binary" else max(counts, key=lambda name: counts[name])
    found = meant(asked, counts)
    if len(found) != 1:
        raise BadInput(f"{where} has no class {plain(asked, 30)!r} to be the positive one; it has {listed([*counts])}.")
    return found[0]
