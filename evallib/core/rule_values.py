"""The values inside a rule: columns and constants, and what comparisons, arithmetic and functions make of them.

A value whose rows repeat (a categorical column) is held as its distinct values and a code per row, and everything is
worked out on the distinct values. A missing value makes every comparison false; `missing(x)` alone is true of it.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from numpy.typing import NDArray

Kind = Literal["number", "text", "date", "truth"]

KINDS: dict[Kind, str] = {"number": "numbers", "text": "text", "date": "dates", "truth": "True or False"}
"""How a sentence calls what a column holds."""

DATE = re.compile(r"\d{4}-\d\d-\d\d([ T]\d\d:\d\d(:\d\d(\.\d{1,6})?)?)?")


class Unfit(Exception):
    """Two values that do not go together, or an argument that a function cannot take; the text says why."""


@dataclass(frozen=True, eq=False)
class Operand:
    """A part of a rule: a constant, (n,) values, or distinct values with an (n,) code per row (-1 where missing).

    data: a Python scalar; a NumPy array of numbers, truth values or dates; a Series of texts.
    """

    kind: Kind
    data: Any
    codes: NDArray[np.int64] | None = None

    @property
    def constant(self) -> bool:
        """True for a value that was written in the rule."""
        return isinstance(self.data, bool | int | float | str | np.datetime64)

    def present(self) -> Any:
        """True where `data` is not missing."""
        if self.constant:
            return True
        return self.data.notna().to_numpy() if self.kind == "text" else self.data == self.data

    def rows(self) -> Operand:
        """The same values, one per row."""
        if self.codes is None:
            return self
        if self.kind == "text":
            return Operand("text", pd.Series(self.data.array.take(self.codes, allow_fill=True)))
        missing: Any = {"b": False, "M": np.datetime64("NaT")}.get(self.data.dtype.kind, np.nan)
        return Operand(self.kind, np.append(self.data, missing)[self.codes])

    def truth(self) -> Any:
        """True where the value is true; False where it is missing. A constant stays one."""
        if self.kind != "truth":
            raise Unfit(f"it holds {KINDS[self.kind]}, which is neither true nor false; compare it with a value")
        rows = self.rows().data
        return rows if self.constant or rows.dtype == bool else rows == 1


def brief(value: object) -> str:
    """A name or a value of a rule in a sentence about it."""
    shown = repr(value)
    return shown if len(shown) <= 60 else f"{shown[:57]}…{shown[-1]}"


def column_operand(column: pd.Series) -> Operand:
    """The values of a column.

    Raises `Unfit` for a column of durations or of nested values.
    """
    if isinstance(column.dtype, pd.CategoricalDtype):
        distinct = column_operand(pd.Series(column.cat.categories))
        return Operand(distinct.kind, distinct.data, column.cat.codes.to_numpy().astype(np.int64))
    if pd.api.types.is_bool_dtype(column.dtype):
        return Operand("truth", column.to_numpy(float, na_value=np.nan) if column.hasnans else column.to_numpy(bool))
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        return Operand("date", column.dt.tz_localize(None).to_numpy())
    if pd.api.types.is_numeric_dtype(column.dtype):
        whole = pd.api.types.is_integer_dtype(column.dtype) and not column.hasnans
        return Operand("number", column.to_numpy() if whole else column.to_numpy(float, na_value=np.nan))
    if pd.api.types.is_string_dtype(column.dtype) or column.dtype == object:
        return Operand("text", column.astype("str").reset_index(drop=True))
    raise Unfit(f"it holds values of type {column.dtype}, which rules cannot compare")


def constant_operand(value: bool | float | str) -> Operand:
    """A constant of a rule. Whole numbers beyond 64 bits become floats, infinite where no float is large enough."""
    if isinstance(value, bool):
        return Operand("truth", value)
    if isinstance(value, str):
        return Operand("text", value)
    if abs(value) >= 2**1023:
        return Operand("number", np.inf)
    return Operand("number", float(value) if abs(value) >= 2**63 else value)


COMPARISONS: dict[str, Callable[[Any, Any], Any]] = {
    "Eq": operator.eq,
    "NotEq": operator.ne,
    "Lt": operator.lt,
    "LtE": operator.le,
    "Gt": operator.gt,
    "GtE": operator.ge,
}


def compare(name: str, left: Operand, right: Operand) -> Operand:
    """Where the comparison holds, as a truth; False where either side is missing.

    Raises `Unfit` where the two sides are of different kinds.
    """
    left, right = _aligned(*_same_kind(left, right))
    holds = COMPARISONS[name](left.data, right.data)
    if name == "NotEq":
        holds = holds & left.present() & right.present()
    if isinstance(holds, pd.Series):
        holds = holds.to_numpy(bool)
    constant = left.constant and right.constant
    return Operand("truth", bool(holds) if constant else holds, left.codes if left.codes is not None else right.codes)


def among(value: Operand, choices: list[Operand]) -> Operand:
    """Where the value is one of the constants, as a truth; False where it is missing."""
    fitting = [_same_kind(value, choice)[1].data for choice in choices]
    if value.constant:
        return Operand("truth", value.data in fitting)
    if value.kind == "text":
        return Operand("truth", value.data.isin(fitting).to_numpy(bool), value.codes)
    found = np.isin(value.data, np.array(fitting)) if fitting else np.zeros(len(value.data), dtype=bool)
    return Operand("truth", found, value.codes)


def not_among(value: Operand, choices: list[Operand]) -> Operand:
    """Where the value is none of the constants, as a truth; False where it is missing."""
    found = among(value, choices)
    return Operand("truth", not found.data if value.constant else ~found.data & value.present(), found.codes)


ARITHMETIC: dict[str, Callable[[Any, Any], Any]] = {
    "Add": operator.add,
    "Sub": operator.sub,
    "Mult": operator.mul,
    "Div": np.divide,
}


def calculate(name: str, left: Operand, right: Operand) -> Operand:
    """The sum, difference, product or quotient in float64; missing where it is infinite or undefined."""
    for side in (left, right):
        if side.kind not in {"number", "truth"}:
            raise Unfit(f"+ - * / need numbers, and one side holds {KINDS[side.kind]}")
    left, right = _aligned(left, right)
    with np.errstate(all="ignore"):
        value = ARITHMETIC[name](np.asarray(left.data, float), np.asarray(right.data, float))
    codes = left.codes if left.codes is not None else right.codes
    if left.constant and right.constant:
        return Operand("number", float(value))
    return Operand("number", np.where(np.isfinite(value), value, np.nan), codes)


def _same_kind(left: Operand, right: Operand) -> tuple[Operand, Operand]:
    if left.kind == "date" and right.kind == "text" and right.constant:
        return left, _date(right.data)
    if right.kind == "date" and left.kind == "text" and left.constant:
        return _date(left.data), right
    if left.kind != right.kind and {left.kind, right.kind} != {"number", "truth"}:
        raise Unfit(_mismatch(left, right))
    return left, right


def _date(text: str) -> Operand:
    try:
        if DATE.fullmatch(text):
            return Operand("date", np.datetime64(text))
    except ValueError:
        pass
    raise Unfit(f"dates are compared with a text such as '2024-01-31', not with {brief(text)}")


def _mismatch(left: Operand, right: Operand) -> str:
    column, other = (right, left) if left.constant else (left, right)
    if not other.constant:
        return f"a column of {KINDS[left.kind]} cannot be compared with a column of {KINDS[right.kind]}"
    hint = {"text": "; write the value in quotes", "number": "; write the number without quotes"}.get(column.kind, "")
    return f"a column of {KINDS[column.kind]} cannot be compared with {brief(other.data)}{hint}"


def _aligned(left: Operand, right: Operand) -> tuple[Operand, Operand]:
    """Both as they are where one is a constant; else both with one value per row."""
    if left.constant or right.constant:
        return left, right
    return left.rows(), right.rows()
