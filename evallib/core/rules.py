"""The rule language: which rows a text such as `age > 30 and not contains(job, 'chief')` chooses."""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from functools import reduce
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from evallib.core.rule_functions import FUNCTIONS, missing
from evallib.core.rule_grammar import Check, Source, column_text
from evallib.core.rule_values import (
    Operand,
    Unfit,
    among,
    brief,
    calculate,
    column_operand,
    compare,
    constant_operand,
    not_among,
)

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

__all__ = ["Rule", "column_text", "parse_rule", "value_text"]

Found = TypeVar("Found")


@dataclass(frozen=True)
class Rule:
    """A rule that was read and checked: its text and the columns that it names."""

    text: str
    columns: tuple[str, ...]
    _source: Source = field(repr=False, compare=False)
    _tree: ast.expr = field(repr=False, compare=False)

    def __str__(self) -> str:
        return self.text

    def mask(self, table: pd.DataFrame) -> NDArray[np.bool_]:
        """(n,) True on the rows that the rule chooses. A comparison with a missing value is false.

        Raises `BadInput` where a column is absent from the table, or compared with a value of another kind.
        """
        chosen = _Evaluation(self._source, table).truth(self._tree)
        return np.array(np.broadcast_to(chosen, len(table)))


def parse_rule(text: str, columns: Collection[str]) -> Rule:
    """The rule that the text stands for, over some of these columns.

    The language: columns, bare or in `back-quotes` (a back-quote in a name is doubled); == != < <= > >=, chained too;
    and, or, not; in and not in with a list; + - * /; numbers, 'texts', True and False; dates as 'YYYY-MM-DD', which
    stand for midnight; missing(x), contains(x, 'a'), startswith, endswith, word(x, 'a'), script, length, lower, upper,
    abs, round, year, month, weekday, hour.

    Raises `BadInput` with one sentence that shows where the rule cannot be read.
    """
    source = Source(text)
    tree = source.tree()
    check = Check(source, columns)
    check.visit(tree, 0)
    if not check.named:
        source.refuse(0, "it names no column")
    return Rule(source.text, tuple(dict.fromkeys(check.named)), source, tree)


def value_text(value: Any) -> str:
    """A number, text, truth value or date as a rule writes it."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, str | bool | int | float):
        return repr(value)
    return repr(str(value)[:19].removesuffix(" 00:00:00"))


class _Evaluation:
    """The walk over a checked rule that works out every part on the rows of a table."""

    def __init__(self, source: Source, table: pd.DataFrame) -> None:
        self.source, self.table = source, table

    def truth(self, node: ast.expr) -> Any:
        """(n,) truth values of a part, or one for all rows."""
        return self._fitting(node, Operand.truth, self.value(node))

    def value(self, node: ast.expr) -> Operand:
        """What a part stands for; one method per kind of part that the grammar lets pass."""
        found: Operand = getattr(self, f"_{type(node).__name__.lower()}")(node)
        return found

    def _boolop(self, node: ast.BoolOp) -> Operand:
        both = np.logical_and if isinstance(node.op, ast.And) else np.logical_or
        return Operand("truth", reduce(both, map(self.truth, node.values)))

    def _unaryop(self, node: ast.UnaryOp) -> Operand:
        if isinstance(node.op, ast.Not):
            return Operand("truth", np.logical_not(self.truth(node.operand)))
        sign = "Sub" if isinstance(node.op, ast.USub) else "Add"
        return self._fitting(node, calculate, sign, constant_operand(0), self.value(node.operand))

    def _binop(self, node: ast.BinOp) -> Operand:
        sign = type(node.op).__name__
        return self._fitting(node, calculate, sign, self.value(node.left), self.value(node.right))

    def _compare(self, node: ast.Compare) -> Operand:
        left, holds = self.value(node.left), []
        for op, part in zip(node.ops, node.comparators, strict=True):
            if isinstance(op, ast.In | ast.NotIn):
                choices = [constant_operand(choice) for choice in ast.literal_eval(part)]
                return self._fitting(node, among if isinstance(op, ast.In) else not_among, left, choices)
            right = self.value(part)
            holds.append(self._fitting(node, compare, type(op).__name__, left, right))
            left = right
        return holds[0] if len(holds) == 1 else Operand("truth", reduce(np.logical_and, map(Operand.truth, holds)))

    def _call(self, node: ast.Call) -> Operand:
        name = node.func.id  # type: ignore[attr-defined]
        return self._fitting(node, missing if name == "missing" else FUNCTIONS[name], *map(self.value, node.args))

    def _constant(self, node: ast.Constant) -> Operand:
        return constant_operand(node.value)  # type: ignore[arg-type]

    def _name(self, node: ast.Name) -> Operand:
        name = self.source.column(node)
        if name not in self.table.columns:
            self.source.refuse(node, f"the table has no column {brief(name)}")
        return self._fitting(node, column_operand, self.table[name])

    def _fitting(self, node: ast.expr, work: Callable[..., Found], *values: Any) -> Found:
        try:
            return work(*values)
        except Unfit as error:
            self.source.refuse(node, str(error))
