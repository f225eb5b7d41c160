"""Slices: the rows of a table divided by the values of a column, each with a name and the rule that selects it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np
import pandas as pd

from evallib.core.errors import NotApplicable
from evallib.core.rule_grammar import LENGTH
from evallib.core.rules import Rule, column_text, value_text
from evallib.core.slice_bins import DateBins, NumberBins, bin_dates, bin_numbers
from evallib.core.text_aspects import text_aspects

if TYPE_CHECKING:
    from numpy.typing import NDArray

MISSING, OWN = "missing", "own rule"
"""The slice of missing values of a column; the column of slices that a user's rules make."""

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
    ordered: True where the order of the slices counts, as that of bins and periods does, missing ones aside.
    made_of: what divides the rows; where it is judged itself, slices differ without anything being wrong.
    """

    column: str
    codes: NDArray[np.uint8]
    names: tuple[str, ...]
    rules: tuple[str, ...]
    own: bool = False
    ordered: bool = False
    made_of: Literal["data", "truth", "answers"] = "data"

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
    quoted = column_text(str(column.name))
    return _partition(Subject(str(column.name), quoted, quoted), column, bins, most)


class Subject(NamedTuple):
    """What is divided: its name, how a rule writes it, and how a rule writes the column that it is made of."""

    name: str
    text: str
    column: str


def _partition(subject: Subject, values: pd.Series, bins: int, most: int) -> Partition:
    if pd.api.types.is_datetime64_any_dtype(values.dtype):
        found = replace(_of_dates(subject, values, most), ordered=True)
    elif pd.api.types.is_numeric_dtype(values.dtype) and not pd.api.types.is_bool_dtype(values.dtype):
        found = replace(_of_numbers(subject, values, bins), ordered=True)
    else:
        found = _of_values(subject, values, most)
    if len(found) < 2:
        raise NotApplicable(f"{subject.name} has a single value.")
    return found


def text_partitions(texts: pd.Series, bins: int = 5, most: int = 20) -> Iterator[Partition]:
    """The partitions by the length of texts, by their script, and by each of their frequent words."""
    quoted = column_text(str(texts.name))
    for aspect in text_aspects(texts.astype("str"), quoted):
        if aspect.values.dtype == bool:
            slices = [("no", f"not {aspect.expression}"), ("yes", aspect.expression)]
            yield Partition.of(aspect.name, aspect.values.to_numpy().astype(np.uint8), slices)
        else:
            with suppress(NotApplicable):
                yield _partition(Subject(aspect.name, aspect.expression, quoted), aspect.values, bins, most)


def rule_partition(rule: Rule, table: pd.DataFrame, name: str = "") -> Partition:
    """Two slices: the rows that a rule does not choose, and those that it does; the rule is the name where none is."""
    names, rules = ((f"not ({text})", text) for text in (name or str(rule), str(rule)))
    return Partition(OWN, rule.mask(table).astype(np.uint8), names, rules, own=True)


class Prose(NotApplicable):
    """A column of texts that are no values."""


def _of_dates(subject: Subject, column: pd.Series, most: int) -> Partition:
    dates = column.dt.tz_localize(None).to_numpy("datetime64[us]")
    found: DateBins = bin_dates(dates, most)
    slices = [
        (period, f"{subject.text} >= '{start}' and {subject.text} < '{end}'")
        for period, start, end in zip(found.names, found.starts, found.ends, strict=True)
    ]
    return _with_missing(subject, found.codes, slices)


def _of_numbers(subject: Subject, column: pd.Series, bins: int) -> Partition:
    whole = pd.api.types.is_integer_dtype(column.dtype) and not column.hasnans
    found: NumberBins = bin_numbers(column.to_numpy() if whole else column.to_numpy(float, na_value=np.nan), bins)
    return _with_missing(subject, found.codes, list(zip(found.names, found.rules(subject.text), strict=True)))


def _of_values(subject: Subject, column: pd.Series, most: int) -> Partition:
    codes, values = _factorized(column)
    counts = np.bincount(codes[codes >= 0], minlength=len(values))
    _refuse_identifiers(subject.name, values, counts, most)
    kept = (
        np.sort(np.argsort(-counts, kind="stable")[:most])
        if np.count_nonzero(counts) > most
        else np.arange(len(values))
    )
    slices = [(_shown(values[place]), f"{subject.text} == {value_text(values[place])}") for place in kept]
    if len(kept) < len(values):
        listed = ", ".join(value_text(values[place]) for place in kept)
        rest = np.count_nonzero(counts) - len(kept)
        slices.append((f"{rest:,} other values", f"{subject.text} not in [{listed}]"))
        place_of = np.full(len(values), len(kept))
        place_of[kept] = np.arange(len(kept))
        codes = np.where(codes >= 0, place_of[codes], -1)
    return _with_missing(subject, codes, slices)


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
        raise Prose(f"{name} holds prose.")
    if len(used) > counts.sum() / 2:
        raise NotApplicable(
            f"{name} has {len(used):,} different values in {counts.sum():,} rows, as an identifier has."
        )
    if np.sort(counts)[-most:].sum() < 0.05 * counts.sum():
        raise NotApplicable(f"{name} has {len(used):,} values, none of them frequent.")


def _with_missing(subject: Subject, codes: NDArray[np.intp], slices: list[tuple[str, str]]) -> Partition:
    absent = codes < 0
    if not absent.any():
        return Partition.of(subject.name, codes, slices)
    places = np.where(absent, len(slices), codes)
    return Partition.of(subject.name, places, [*slices, (MISSING, f"missing({subject.column})")])


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
