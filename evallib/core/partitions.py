"""The partitions of the columns of a data set, each made once: by the columns that a slice may be made from."""

from __future__ import annotations

from collections.abc import Iterator
from threading import RLock
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary, finalize

import numpy as np
import pandas as pd

from evallib.core.errors import NotApplicable
from evallib.core.evaluation_set import EvaluationSet
from evallib.core.slices import Partition, Prose, partition, text_partitions

if TYPE_CHECKING:
    from numpy.typing import NDArray


def partitions(data: EvaluationSet, bins: int = 5, most: int = 20) -> Iterator[Partition | tuple[str, str]]:
    """The partitions by each column of the data, one by one; a column's name and the reason where it is left out.

    Target, weight and identifier are no columns to slice by, nor are copies of the truth or of a system's answers:
    a slice that is made from what is judged says nothing about it. What was found is kept for whoever asks the same set
    again.
    """
    roles = {data.columns.target, data.columns.weight, data.columns.id}
    with _LOCK:
        kept = _OF_SETS.setdefault(data, {}).setdefault((bins, most), {})
    for name in data.table.columns:
        if name in roles:
            continue
        with _LOCK:
            if name not in kept:
                kept[name] = _partitions_or_reason(data, name, bins, most)
        yield from kept[name]


def column_partitions(table: pd.DataFrame, name: str, bins: int = 5, most: int = 20) -> tuple[Partition, ...]:
    """`partition` of a column of the table, or `text_partitions` of prose; kept for as long as the table lives.

    Raises `NotApplicable` as `partition` does.
    """
    with _LOCK:
        if id(table) not in _OF_TABLES:
            _OF_TABLES[id(table)] = {}
            finalize(table, _OF_TABLES.pop, id(table), None)
        kept = _OF_TABLES[id(table)]
        if (name, bins, most) not in kept:
            kept[name, bins, most] = _partitions_or_refused(table[name], bins, most)
    found = kept[name, bins, most]
    if isinstance(found, NotApplicable):
        raise NotApplicable(str(found))
    return found


_LOCK = RLock()
_OF_TABLES: dict[int, dict[tuple[str, int, int], tuple[Partition, ...] | NotApplicable]] = {}
_OF_SETS: WeakKeyDictionary[EvaluationSet, dict[tuple[int, int], dict[str, tuple[Partition | tuple[str, str], ...]]]]
_OF_SETS = WeakKeyDictionary()


def _partitions_or_reason(
    data: EvaluationSet, name: str, bins: int, most: int
) -> tuple[Partition | tuple[str, str], ...]:
    try:
        _refuse_copied_numbers(data, data.table[name])
        found = column_partitions(data.table, name, bins, most)
        for one in found:
            _refuse_copied_labels(data, one)
    except NotApplicable as why:
        return ((name, str(why)),)
    return found


def _partitions_or_refused(column: pd.Series, bins: int, most: int) -> tuple[Partition, ...] | NotApplicable:
    try:
        return (partition(column, bins, most),)
    except Prose as why:
        return tuple(text_partitions(column, bins, most)) or why
    except NotApplicable as why:
        return why


def _refuse_copied_numbers(data: EvaluationSet, column: pd.Series) -> None:
    if not pd.api.types.is_float_dtype(column.dtype):
        return
    values = column.to_numpy(float, na_value=np.nan)
    for name, numbers in _judged_numbers(data):
        if _equal(values, numbers):
            raise NotApplicable(f"{column.name} repeats {name}.")


def _judged_numbers(data: EvaluationSet) -> Iterator[tuple[str, NDArray[np.float64]]]:
    if data.task == "regression":
        yield "the target", data.y.astype(np.float64, copy=False)
    for name, answers in data.predictions.items():
        if answers.value is not None:
            yield f"the predictions of {name}", answers.value
        elif answers.probability is not None:
            tall = answers.probability if answers.probability.ndim == 2 else answers.probability[:, None]
            yield from ((f"the probabilities of {name}", tall[:, code]) for code in range(tall.shape[1]))
            if tall.shape[1] == 1:
                yield f"the probabilities of {name}", 1 - tall[:, 0]


def _equal(values: NDArray[np.float64], numbers: NDArray[np.float64]) -> bool:
    """True where the numbers agree to the six digits that a file may have kept; a glance spares most columns."""
    return all(
        np.allclose(values[rows], numbers[rows], rtol=1e-6, atol=1e-9, equal_nan=True)
        for rows in (slice(0, 100), slice(None))
    )


def _refuse_copied_labels(data: EvaluationSet, found: Partition) -> None:
    if data.task == "regression" or len(found) > len(data.classes) + 1:
        return
    if _one_to_one(found, data.y.astype(np.intp)):
        raise NotApplicable(f"{found.column} repeats the target.")
    for name, answers in data.predictions.items():
        if answers.label is not None and _one_to_one(found, answers.label.astype(np.intp) + 1):
            raise NotApplicable(f"{found.column} repeats the answers of {name}.")


def _one_to_one(found: Partition, other: NDArray[np.intp]) -> bool:
    """True where each slice stands for one value of `other`, and each value for one slice."""
    together = np.bincount(found.codes.astype(np.intp) * (int(other.max()) + 1) + other)
    return bool(np.count_nonzero(together) == len(found) == np.count_nonzero(np.bincount(other)))
