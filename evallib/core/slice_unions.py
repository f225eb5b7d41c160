"""The rule that selects several slices of one column together, such as `age > 45` for its two highest bins."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from evallib.core.rules import column_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from evallib.core.slices import Partition


def union_rule(found: Partition, chosen: NDArray[np.bool_]) -> str:
    """The rule of the chosen slices of a partition (S,); empty where all are chosen, or where one has no rule.

    Neighbouring bins, periods and numbers are one range, values a list of those that are in it, or of those that are
    not where these are fewer. Missing is chosen or not like any other slice.
    """
    column, kept = column_text(found.column), [bool(one) for one in chosen]
    absent = f"missing({column})"
    if all(kept) or not all(found.rules):
        return ""
    known, with_missing = list(found.rules), False
    if known[-1] == absent:
        with_missing = kept.pop()
        known.pop()
    if all(kept):
        return f"not {absent}"
    if not any(kept):
        return absent
    rule = _of_known(column, known, kept)
    return f"({rule} or {absent})" if with_missing else rule


def _of_known(column: str, rules: Sequence[str], kept: Sequence[bool]) -> str:
    """The same without the missing ones; at least one slice is chosen, and one is not."""
    values = [rule.removeprefix(f"{column} == ") for rule in rules]
    same = [value != rule for value, rule in zip(values, rules, strict=True)]
    if not any(same):
        return _of_ranges(column, [_ends(column, rule) for rule in rules], kept)
    if all(same) and _ascending(values):
        ends = [(f"{column} >= {value}", f"{column} <= {value}") for value in values]
        return _of_ranges(column, ends, kept)
    return _of_values(column, values, kept, rest=not same[-1])


def _of_values(column: str, values: Sequence[str], kept: Sequence[bool], *, rest: bool) -> str:
    """Values in a list; `rest` says that the last slice is of all values that have none of their own."""
    inside, outside = (
        [value for value, one in zip(values, kept, strict=True) if one is side] for side in (True, False)
    )
    if kept[-1] if rest else len(outside) < len(inside):
        return f"{column} != {outside[0]}" if len(outside) == 1 else f"{column} not in [{', '.join(outside)}]"
    return f"{column} == {inside[0]}" if len(inside) == 1 else f"{column} in [{', '.join(inside)}]"


def _ascending(values: Sequence[str]) -> bool:
    """True for numbers from the lowest to the highest."""
    try:
        numbers = [float(value) for value in values]
    except ValueError:
        return False
    return numbers == sorted(numbers)


def _ends(column: str, rule: str) -> tuple[str, str]:
    """The conditions at the lower and the upper end of a bin or a period; empty where it has no such end."""
    if rule.startswith(f"{column} >= "):
        lower, _, upper = rule.partition(" and ")
        return lower, upper
    if rule.startswith(f"{column} <= "):
        return "", rule
    if rule.startswith(f"{column} > "):
        return rule, ""
    lower, _, upper = rule.partition(f" < {column} <= ")
    return f"{column} > {lower}", f"{column} <= {upper}"


def _of_ranges(column: str, ends: Sequence[tuple[str, str]], kept: Sequence[bool]) -> str:
    """A range for each run of slices that are chosen."""
    last, ranges = len(ends) - 1, []
    for one, places in groupby(range(len(ends)), key=kept.__getitem__):
        run = list(places)
        if one:
            lower, upper = ends[run[0]][0] if run[0] > 0 else "", ends[run[-1]][1] if run[-1] < last else ""
            ranges.append(_range(column, lower, upper))
    return ranges[0] if len(ranges) == 1 else f"({' or '.join(ranges)})"


def _range(column: str, lower: str, upper: str) -> str:
    if not (lower and upper):
        return lower or upper
    start, end = (text.removeprefix(column).split(maxsplit=1) for text in (lower, upper))
    if start[1] == end[1]:
        return f"{column} == {start[1]}"
    if start[1].startswith("'"):
        return f"{lower} and {upper}"
    return f"{start[1]} {start[0].replace('>', '<')} {column} {end[0]} {end[1]}"
