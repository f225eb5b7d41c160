"""The functions of the rule language, each a column and at most one constant in, a value per row out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from evallib.core.rule_values import KINDS, Kind, Operand, Unfit
from evallib.core.scripts import has_word, script_of

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Function:
    """A function: `apply` maps the data of a column of kind `of` (and an `argument`) to data of kind `gives`."""

    apply: Callable[..., Any]
    of: Kind
    gives: Kind
    argument: Kind | None = None
    optional: bool = False

    def takes(self, count: int) -> bool:
        """True where it can be called with so many arguments."""
        most = 1 if self.argument is None else 2
        return most - self.optional <= count <= most

    def __call__(self, column: Operand, *constants: Operand) -> Operand:
        """The value per row. Raises `Unfit` for a column or an argument of another kind."""
        if column.constant:
            raise Unfit("it needs a column first")
        if column.kind != self.of:
            raise Unfit(f"it needs a column of {KINDS[self.of]}, and this one holds {KINDS[column.kind]}")
        for constant in constants:
            if not constant.constant or constant.kind != self.argument:
                raise Unfit(f"it needs {'a text in quotes' if self.argument == 'text' else 'a number'} second")
        return Operand(self.gives, self.apply(column.data, *(constant.data for constant in constants)), column.codes)


def missing(column: Operand) -> Operand:
    """Where a column has no value."""
    absent = ~np.asarray(column.present())
    if column.constant:
        raise Unfit("it needs a column first")
    return Operand("truth", absent if column.codes is None else np.append(absent, True)[column.codes])


def _round(numbers: NDArray[np.float64], digits: float = 0) -> NDArray[np.float64]:
    return np.asarray(np.round(numbers, int(np.clip(digits, -15, 15))))


def _of_date(part: str) -> Callable[[NDArray[np.datetime64]], NDArray[np.float64]]:
    def extract(dates: NDArray[np.datetime64]) -> NDArray[np.float64]:
        return np.asarray(getattr(pd.DatetimeIndex(dates), part), dtype=np.float64)

    return extract


FUNCTIONS: dict[str, Function] = {
    "contains": Function(
        lambda texts, part: texts.str.contains(part, regex=False).to_numpy(bool), "text", "truth", "text"
    ),
    "startswith": Function(lambda texts, part: texts.str.startswith(part).to_numpy(bool), "text", "truth", "text"),
    "endswith": Function(lambda texts, part: texts.str.endswith(part).to_numpy(bool), "text", "truth", "text"),
    "word": Function(has_word, "text", "truth", "text"),
    "script": Function(script_of, "text", "text"),
    "length": Function(lambda texts: texts.str.len().to_numpy(float), "text", "number"),
    "lower": Function(lambda texts: texts.str.lower(), "text", "text"),
    "upper": Function(lambda texts: texts.str.upper(), "text", "text"),
    "abs": Function(np.abs, "number", "number"),
    "round": Function(_round, "number", "number", "number", optional=True),
    "year": Function(_of_date("year"), "date", "number"),
    "month": Function(_of_date("month"), "date", "number"),
    "weekday": Function(lambda dates: _of_date("day_of_week")(dates) + 1, "date", "number"),
    "hour": Function(_of_date("hour"), "date", "number"),
}
"""Every function by its name, `missing` aside, which takes a column of any kind. Weekdays count from 1, Monday."""

NAMES = frozenset(FUNCTIONS) | {"missing"}
