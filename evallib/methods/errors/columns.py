"""The columns that errors are looked at by, as slices: the same as on the other pages about slices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from evallib.core.rule_grammar import LENGTH
from evallib.core.slice_unions import union_rule
from evallib.core.slices import MISSING, Partition, partitions

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from evallib.core.evaluation_set import EvaluationSet

AND = " and "
"""Between the conditions of a rule."""


@dataclass(frozen=True, eq=False)
class Columns:
    """Every column as slices, and what was left out.

    ordered: whether the slices of each have an order that counts, as bins of numbers and periods of dates have.
    skipped: columns without slices, and why.
    """

    slices: tuple[Partition, ...]
    ordered: tuple[bool, ...]
    skipped: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, data: EvaluationSet, bins: int) -> Columns:
        """Those of the data."""
        slices, skipped = [], []
        for one in partitions(data, bins):
            if isinstance(one, tuple):
                skipped.append(one)
            else:
                slices.append(replace(one, codes=one.codes.astype(np.uint8)))
        ordered = [_has_order(data.table[one.column]) for one in slices]
        return cls(tuple(slices), tuple(ordered), tuple(skipped))

    def __len__(self) -> int:
        return len(self.slices)

    def __getitem__(self, place: int) -> Partition:
        return self.slices[place]

    @property
    def sizes(self) -> list[int]:
        """How many slices each has."""
        return [len(one) for one in self.slices]

    def orders(self, column: int, sums: NDArray[np.float64]) -> list[NDArray[np.intp]]:
        """The orders in which the slices of a column are taken when it is divided in two, by (3, S) sums of them.

        Bins and periods from the lowest to the highest, missing before or behind them; values by their mean error,
        those without rows in the middle of it.
        """
        count = len(self[column])
        if not self.ordered[column]:
            n, once = sums[:2]
            mean = np.where(n > 0, once / np.maximum(n, 1e-300), once.sum() / max(float(n.sum()), 1e-300))
            return [np.argsort(mean, kind="stable")]
        order = np.arange(count)
        return [order, np.roll(order, 1)] if self[column].names[-1] == MISSING else [order]

    def rule(self, allowed: Mapping[int, NDArray[np.bool_]]) -> str:
        """The rule of the rows that have one of the allowed slices of each column; empty where it would be too long."""
        rules = [union_rule(self[column], chosen) for column, chosen in allowed.items()]
        whole = AND.join(f"({rule})" if " or " in rule and not rule.startswith("(") else rule for rule in rules)
        return whole if all(rules) and len(whole) <= LENGTH else ""

    def label(self, column: int, chosen: NDArray[np.bool_]) -> str:
        """The chosen slices of a column for people: a range, the values that are in it, or those that are not."""
        found = self[column]
        if self.ordered[column]:
            rule = union_rule(found, chosen)
            return rule.removeprefix("(").removesuffix(")") if " or " in rule else rule
        inside, outside = ([found.names[place] for place in np.flatnonzero(side)] for side in (chosen, ~chosen))
        fewer = f"not {', '.join(outside)}" if len(outside) < len(inside) else ", ".join(inside)
        return f"{found.column}: {fewer}"


def _has_order(column: pd.Series) -> bool:
    numeric = pd.api.types.is_numeric_dtype(column.dtype) and not pd.api.types.is_bool_dtype(column.dtype)
    return bool(numeric or pd.api.types.is_datetime64_any_dtype(column.dtype))
