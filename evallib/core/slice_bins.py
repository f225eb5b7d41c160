"""Bins of a column's numbers and periods of its dates, with edges that a person can read."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from evallib.core.rules import value_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

FEW = 10
"""A number that takes at most so many values is sliced by value."""

GLANCE = 4096
"""Rows looked at before all rows are, to see that a number takes more than a few values."""

Unit = Literal["D", "M", "Y"]
PERIODS: tuple[tuple[Unit, int], ...] = (("D", 1), ("D", 7), ("M", 1), ("M", 3), ("Y", 1), ("Y", 10), ("Y", 100))
"""Day, week, month, quarter, year, decade, century: the finest that gives not too many periods is taken."""

MONDAY = 3
"""Days from the Monday before 1970 to its first day, where NumPy begins to count."""


@dataclass(frozen=True, eq=False)
class NumberBins:
    """(n,) bin of every number, -1 where missing; each distinct value, or bins (lower, upper] between edges."""

    codes: NDArray[np.intp]
    values: tuple[float, ...] = ()
    edges: tuple[float, ...] = ()

    @property
    def names(self) -> list[str]:
        """A name per bin."""
        if not self.edges:
            return _short(self.values)
        ends = _short(self.edges)
        inner = [f"{lower} – {upper}" for lower, upper in pairwise(ends)]
        return [f"≤ {ends[0]}", *inner, f"> {ends[-1]}"]

    def rules(self, column: str) -> list[str]:
        """The rule that selects each bin."""
        if not self.edges:
            return [f"{column} == {value_text(value)}" for value in self.values]
        ends = [value_text(edge) for edge in self.edges]
        inner = [f"{lower} < {column} <= {upper}" for lower, upper in pairwise(ends)]
        return [f"{column} <= {ends[0]}", *inner, f"{column} > {ends[-1]}"]


def _short(numbers: Sequence[float]) -> list[str]:
    """Texts of the numbers: six digits where that tells them apart (4.3, not 4.300000190734863 as 32 bits have it)."""
    texts = [f"{number:.6g}" if 1e-4 <= abs(number) < 1e5 else value_text(number) for number in numbers]
    return texts if len(set(texts)) == len(texts) else [value_text(number) for number in numbers]


@dataclass(frozen=True, eq=False)
class DateBins:
    """(n,) period of every date, -1 where missing; the periods' names, first days, and the days after their last."""

    codes: NDArray[np.intp]
    names: list[str]
    starts: list[str]
    ends: list[str]


def bin_numbers(numbers: NDArray[Any], bins: int) -> NumberBins:
    """Each value where there are at most `FEW`, else bins of about equal counts; ties stay together.

    Edges are quantiles rounded up to about two digits of the narrowest bin, so that bins are not exactly equal.
    """
    absent = np.isnan(numbers) if numbers.dtype.kind == "f" else np.zeros(len(numbers), dtype=bool)
    known = numbers[~absent] if absent.any() else numbers
    values = _few_values(known)
    if values is not None:
        codes = np.searchsorted(values, numbers).astype(np.intp)
        codes[absent] = -1
        return NumberBins(codes, values=tuple(values.tolist()))
    edges = _readable(_quantiles(known, bins))
    codes = np.zeros(len(numbers), dtype=np.intp)
    for edge in edges:
        codes += numbers > edge
    codes[absent] = -1
    return NumberBins(codes, edges=tuple(edges))


def _few_values(known: NDArray[Any]) -> NDArray[Any] | None:
    """The distinct values in ascending order, or None where there are more than a few."""
    for rows in (known[:GLANCE], known):
        values = pd.unique(rows)
        if len(values) > FEW:
            return None
    return np.sort(values)


def _quantiles(known: NDArray[Any], bins: int) -> NDArray[Any]:
    """The distinct inner quantiles, each a value that occurs, none of them the highest."""
    places = np.ceil(len(known) * np.arange(1, bins) / bins).astype(np.intp) - 1
    edges = np.unique(np.partition(known, np.append(places, len(known) - 1))[places])
    highest = known.max()
    return edges[(edges < highest) & np.isfinite(edges)] if (edges < highest).any() else np.array([known.min()])


def _readable(edges: NDArray[Any]) -> list[float]:
    """The edges rounded up, so that values on an edge stay below it."""
    if len(edges) < 2:
        return [float(edge) if edge % 1 else int(edge) for edge in edges]
    digits = 1 - int(np.floor(np.log10(float(np.diff(edges.astype(float)).min()))))
    scale = 10.0 ** min(digits, 300)
    rounded = np.round(np.ceil(edges.astype(float) * scale - 1e-6) / scale, digits)
    return [float(edge) if edge % 1 else int(edge) for edge in np.unique(rounded)]


def bin_dates(dates: NDArray[np.datetime64], most: int) -> DateBins:
    """The finest of day, month, quarter, year, … that divides the dates into at most `most` periods."""
    absent = np.isnat(dates)
    known = dates[~absent]
    if not len(known):
        return DateBins(np.full(len(dates), -1), [], [], [])
    first, last = known.min(), known.max()
    for unit, length in PERIODS:
        offset = MONDAY if length == 7 else 0
        ends = [(moment.astype(f"datetime64[{unit}]").astype(np.int64) + offset) // length for moment in (first, last)]
        if ends[1] - ends[0] < most:
            break
    periods = (dates.astype(f"datetime64[{unit}]").astype(np.int64) + offset) // length
    codes = np.where(absent, -1, periods - ends[0]).astype(np.intp)
    starts = [np.datetime64(int(at) * length - offset, unit) for at in range(ends[0], ends[1] + 2)]
    names = [_period_name(start, unit, length) for start in starts[:-1]]
    days = [str(start.astype("datetime64[D]")) for start in starts]
    return DateBins(codes, names, days[:-1], days[1:])


def _period_name(start: np.datetime64, unit: Unit, length: int) -> str:
    if unit == "M" and length == 3:
        year, month = str(start).split("-")
        return f"{year} Q{(int(month) + 2) // 3}"
    if unit == "D" and length == 7:
        return f"week of {start}"
    return str(start) if length == 1 else f"{start} – {start + (length - 1)}"
