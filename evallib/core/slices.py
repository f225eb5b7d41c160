"""Slices: the rows of a table divided by the values of a column, each with a name and the rule that selects it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from threading import RLock
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary, finalize

import numpy as np
import pandas as pd

from evallib.core.errors import NotApplicable
from evallib.core.evaluation_set import EvaluationSet
from evallib.core.rule_grammar import LENGTH
from evallib.core.rules import Rule, column_text, value_text
from evallib.core.slice_bins import DateBins, NumberBins, bin_dates, bin_numbers

if TYPE_CHECKING:
    from numpy.typing import NDArray

MISSING = "missing"
LONGEST_NAME = 80
MOST_SLICES = 256
"""What the one byte of a row's slice can tell apart."""

FREE_TEXT = 50
"""Texts with more characters than this in the mean are prose, not values."""


@dataclass(frozen=True, eq=False)
class Partition:
    """The rows of a column divided into slices, none of them empty, every row in exactly one.

    codes: (n,) the slice of each row, of at most 256.    names: one per slice, all different.
    rules: the rule that selects the rows of each slice; empty where it would be too long.
    own: True where a user's rule made it; then the last slice is the one that is meant.
    """

    column: str
    codes: NDArray[np.uint8]
    names: tuple[str, ...]
    rules: tuple[str, ...]
    own: bool = False

    def __len__(self) -> int:
        return len(self.names)

    @cached_property
    def sizes(self) -> NDArray[np.float64]:
        """(S,) rows of every slice."""
        return np.bincount(self.codes, minlength=len(self)).astype(np.float64)

    @classmethod
    def of(cls, column: str, codes: NDArray[np.integer], slices: list[tuple[str, str]]) -> Partition:
        """The partition without its empty slices; `slices` has a name and a rule for every code.

        Raises `ValueError` for more than 256 slices.
        """
        used = np.bincount(codes, minlength=len(slices)) > 0
        if not used.all():
            codes = (np.cumsum(used) - 1)[codes]
            slices = [one for one, found in zip(slices, used, strict=True) if found]
        if len(slices) > MOST_SLICES:
            raise ValueError(f"{column} has {len(slices)} slices, more than {MOST_SLICES}.")
        rules = tuple(rule if len(rule) <= LENGTH else "" for _, rule in slices)
        return cls(column, codes.astype(np.uint8), _distinct([name for name, _ in slices]), rules)


def partition(column: pd.Series, bins: int = 5, most: int = 20) -> Partition:
    """The slices of a column: its values, bins of a number, or periods of a date; missing is a slice of its own.

    bins: how many equal-count bins a number has that takes more than a few values.
    most: values beyond so many, the rarest ones, are one slice together; also the most periods of a date.
    Raises `NotApplicable` for a column of identifiers, prose or one value, and for values that cannot be sliced.
    """
    name = str(column.name)
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        found = _of_dates(name, column, most)
    elif pd.api.types.is_numeric_dtype(column.dtype) and not pd.api.types.is_bool_dtype(column.dtype):
        found = _of_numbers(name, column, bins)
    else:
        found = _of_values(name, column, most)
    if len(found) < 2:
        raise NotApplicable(f"{name} has a single value.")
    return found


def rule_partition(rule: Rule, table: pd.DataFrame) -> Partition:
    """Two slices: the rows that a rule does not choose, and those that it does."""
    texts = f"not ({rule})", str(rule)
    return Partition("own rule", rule.mask(table).astype(np.uint8), texts, texts, own=True)


def partitions(data: EvaluationSet, bins: int = 5, most: int = 20) -> Iterator[Partition | tuple[str, str]]:
    """The partition by each column of the data, one by one; a column's name and the reason where it is left out.

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
                kept[name] = _partition_or_reason(data, name, bins, most)
        yield kept[name]


def column_partition(table: pd.DataFrame, name: str, bins: int = 5, most: int = 20) -> Partition:
    """`partition` of a column of the table; kept for as long as the table lives."""
    with _LOCK:
        if id(table) not in _OF_TABLES:
            _OF_TABLES[id(table)] = {}
            finalize(table, _OF_TABLES.pop, id(table), None)
        kept = _OF_TABLES[id(table)]
        if (name, bins, most) not in kept:
            kept[name, bins, most] = _partition_or_refused(table[name], bins, most)
    found = kept[name, bins, most]
    if isinstance(found, NotApplicable):
        raise NotApplicable(str(found))
    return found


_LOCK = RLock()
_OF_TABLES: dict[int, dict[tuple[str, int, int], Partition | NotApplicable]] = {}
_OF_SETS: WeakKeyDictionary[EvaluationSet, dict[tuple[int, int], dict[str, Partition | tuple[str, str]]]]
_OF_SETS = WeakKeyDictionary()


def _partition_or_reason(data: EvaluationSet, name: str, bins: int, most: int) -> Partition | tuple[str, str]:
    try:
        _refuse_copied_numbers(data, data.table[name])
        found = column_partition(data.table, name, bins, most)
        _refuse_copied_labels(data, found)
    except NotApplicable as why:
        return name, str(why)
    return found


def _partition_or_refused(column: pd.Series, bins: int, most: int) -> Partition | NotApplicable:
    try:
        return partition(column, bins, most)
    except NotApplicable as why:
        return why


def _of_dates(name: str, column: pd.Series, most: int) -> Partition:
    dates = column.dt.tz_localize(None).to_numpy("datetime64[us]")
    found: DateBins = bin_dates(dates, most)
    quoted = column_text(name)
    slices = [
        (period, f"{quoted} >= '{start}' and {quoted} < '{end}'")
        for period, start, end in zip(found.names, found.starts, found.ends, strict=True)
    ]
    return _with_missing(name, found.codes, slices)


def _of_numbers(name: str, column: pd.Series, bins: int) -> Partition:
    whole = pd.api.types.is_integer_dtype(column.dtype) and not column.hasnans
    found: NumberBins = bin_numbers(column.to_numpy() if whole else column.to_numpy(float, na_value=np.nan), bins)
    return _with_missing(name, found.codes, list(zip(found.names, found.rules(column_text(name)), strict=True)))


def _of_values(name: str, column: pd.Series, most: int) -> Partition:
    codes, values = _factorized(column)
    counts = np.bincount(codes[codes >= 0], minlength=len(values))
    _refuse_identifiers(name, values, counts, most)
    kept = (
        np.sort(np.argsort(-counts, kind="stable")[:most])
        if np.count_nonzero(counts) > most
        else np.arange(len(values))
    )
    quoted = column_text(name)
    slices = [(_shown(values[place]), f"{quoted} == {value_text(values[place])}") for place in kept]
    if len(kept) < len(values):
        listed = ", ".join(value_text(values[place]) for place in kept)
        rest = np.count_nonzero(counts) - len(kept)
        slices.append((f"{rest:,} other values", f"{quoted} not in [{listed}]"))
        place_of = np.full(len(values), len(kept))
        place_of[kept] = np.arange(len(kept))
        codes = np.where(codes >= 0, place_of[codes], -1)
    return _with_missing(name, codes, slices)


def _factorized(column: pd.Series) -> tuple[NDArray[np.intp], list[Any]]:
    """(n,) codes, -1 where missing, and the values in ascending order; the order of the categories where it has one."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        return column.cat.codes.to_numpy().astype(np.intp), list(column.cat.categories)
    typed = column if pd.api.types.is_bool_dtype(column.dtype) else column.astype("str")
    codes, values = pd.factorize(typed)
    order = np.argsort(np.asarray(values), kind="stable")
    rank = np.empty(len(order) + 1, dtype=np.intp)
    rank[order], rank[-1] = np.arange(len(order)), -1
    return rank[codes], [values[place] for place in order]


def _refuse_identifiers(name: str, values: list[Any], counts: NDArray[np.intp], most: int) -> None:
    used = np.flatnonzero(counts)
    if len(used) <= most:
        return
    texts = [len(value) for value in (values[place] for place in used[:1000]) if isinstance(value, str)]
    if texts and sum(texts) / len(texts) > FREE_TEXT:
        raise NotApplicable(f"{name} holds prose.")
    if len(used) > counts.sum() / 2:
        raise NotApplicable(
            f"{name} has {len(used):,} different values in {counts.sum():,} rows, as an identifier has."
        )
    if np.sort(counts)[-most:].sum() < 0.05 * counts.sum():
        raise NotApplicable(f"{name} has {len(used):,} values, none of them frequent.")


def _with_missing(name: str, codes: NDArray[np.intp], slices: list[tuple[str, str]]) -> Partition:
    absent = codes < 0
    if not absent.any():
        return Partition.of(name, codes, slices)
    places = np.where(absent, len(slices), codes)
    return Partition.of(name, places, [*slices, (MISSING, f"missing({column_text(name)})")])


def _shown(value: object) -> str:
    text = str(value)
    if not text.strip():
        return "(empty)"
    return text if len(text) <= LONGEST_NAME else text[: LONGEST_NAME - 1] + "…"


def _distinct(names: list[str]) -> tuple[str, ...]:
    """The names, those that occurred before with a number behind them."""
    seen: dict[str, int] = {}
    for place, name in enumerate(names):
        seen[name] = seen.get(name, 0) + 1
        if seen[name] > 1:
            names[place] = f"{name} ({seen[name]})"
    return tuple(names)


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
