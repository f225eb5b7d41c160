"""The columns that errors are looked at by, as slices: the same as on the other pages about slices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from evallib.core.partitions import partitions
from evallib.core.rule_grammar import LENGTH
from evallib.core.slice_unions import union_rule
from evallib.core.slices import MISSING, Partition

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from evallib.core.evaluation_set import EvaluationSet

AND = " and "
"""Between the conditions of a rule."""


@dataclass(frozen=True, eq=False)
class Columns:
    """Every column as slices.    skipped: columns without slices, and why."""

    slices: tuple[Partition, ...]
    skipped: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, data: EvaluationSet, bins: int) -> Columns:
        """Those of the data."""
        slices, skipped = [], []
        for one in partitions(data, bins):
            if isinstance(one, tuple):
                skipped.append(one)
            else:
                slices.append(one)
        return cls(tuple(slices), tuple(skipped))

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
        if not self[column].ordered:
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
        if self[column].ordered:
            rule = union_rule(found, chosen)
            return rule.removeprefix("(").removesuffix(")") if " or " in rule else rule
        inside, outside = ([found.names[place] for place in np.flatnonzero(side)] for side in (chosen, ~chosen))
        fewer = f"not {', '.join(outside)}" if len(outside) < len(inside) else ", ".join(inside)
        return f"{found.column}: {fewer}"
