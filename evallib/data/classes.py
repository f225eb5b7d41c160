"""The names of classes: their order, which one is the event, and which one a column's name speaks of."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from evallib.core.evaluation_set import Task
from evallib.data.words import vocabulary

FEW_VALUES = 20
"""Whole numbers with more distinct values are measured, those with at most so many are classes."""

EVENTS = vocabulary(
    "1 yes y true t positive pos >50k bad spam fraud fraudulent default churn churned deny denied survived admitted "
    "success failure failed click clicked malignant sick abnormal readmitted converted bought case"
)
NO_EVENTS = vocabulary("0 -1 no n false f negative neg <=50k good ham genuine normal healthy benign control")


def likely_task(distinct: int, *, numeric: bool, whole: bool) -> Task:
    """Two values are binary, texts and few whole numbers are multiclass, other numbers are a regression."""
    if distinct == 2:
        return "binary"
    return "regression" if numeric and not (whole and distinct <= FEW_VALUES) else "multiclass"


def in_order(names: Iterable[str]) -> tuple[str, ...]:
    """The names in natural order: numbers by value and before texts, "item 9" before "item 10"."""
    return tuple(sorted(names, key=_natural))


def positive_class(counts: Mapping[str, int]) -> str:
    """The class of two that is the event: the one named like an event, else the rarer, else the last in order."""
    events = [name for name in counts if name.casefold() in EVENTS]
    others = [name for name in counts if name.casefold() not in NO_EVENTS]
    for candidates in (events, others):
        if len(candidates) == 1:
            return candidates[0]
    return min(reversed(in_order(counts)), key=lambda name: counts[name])


def named_class(column: str, classes: Iterable[str]) -> str | None:
    """The class that a column is named after, such as VF for "p_VF" or "VF (%)"; the longest where several are."""
    found = [name for name in classes if name and re.search(rf"(^|[\W_]){re.escape(name)}([\W_]|$)", column)]
    return max(found, key=len, default=None)


def _natural(name: str) -> tuple[object, ...]:
    try:
        return (0, float(name), name)
    except ValueError:
        pieces = re.split(r"(\d+)", name)
        return (1, tuple((int(piece), "") if piece.isdecimal() else (-1, piece) for piece in pieces), name)
