"""A shallow tree that tells rows with a high error from others: which columns divide it, and where."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from evallib.core.heterogeneity import heterogeneity

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from evallib.methods.errors.columns import Columns
    from evallib.methods.errors.rows import ErrorRows

    Array = NDArray[np.float64]
    Mask = NDArray[np.bool_]

MOST_VALUES = 4
"""The most values of a category on one side of a division, so that a person can read it."""

SIGNIFICANT = 0.05
"""A node is divided where a column's p-value, times the number of columns, is at most this."""


@dataclass(frozen=True, eq=False)
class Node:
    """A node of a tree.

    parent: its place in the tree, -1 of the root.    column: by which the parent is divided, -1 of the root.
    allowed: of every column on the way here, which slices (S,) the node has.
    """

    parent: int
    depth: int
    column: int
    allowed: Mapping[int, Mask]


@dataclass(frozen=True, eq=False)
class Tree:
    """The nodes from the root down, of the two parts of a node the one with the higher error first."""

    nodes: tuple[Node, ...]

    @property
    def leaves(self) -> list[int]:
        """The places of the nodes that are not divided."""
        divided = {node.parent for node in self.nodes}
        return [place for place in range(len(self.nodes)) if place not in divided]

    def places(self, codes: Sequence[NDArray[np.uint8]], rows: int) -> NDArray[np.intp]:
        """(rows,) the leaf that each row is in, for the codes of its columns."""
        at = np.zeros(rows, dtype=np.intp)
        for place, node in enumerate(self.nodes[1:], start=1):
            inside = np.flatnonzero(at == node.parent)
            at[inside[node.allowed[node.column][codes[node.column][inside]]]] = place
        return at

    def membership(self) -> Mask:
        """(nodes, nodes) True where the node of the column is the node of the row, or below it."""
        inside = np.eye(len(self.nodes), dtype=bool)
        for place in range(len(self.nodes) - 1, 0, -1):
            inside[self.nodes[place].parent] |= inside[place]
        return inside


@dataclass(frozen=True, eq=False)
class Growth:
    """How a tree is grown.    minimum: the fewest rows of a leaf."""

    rows: ErrorRows
    columns: Columns
    minimum: int

    def grown(self, depth: int) -> Tree:
        """The tree of at most so many divisions on the way to a leaf."""
        nodes = [Node(-1, 0, -1, {})]
        at, begin = np.zeros(len(self.rows), dtype=np.intp), 0
        for level in range(1, depth + 1):
            frontier, begin = range(begin, len(nodes)), len(nodes)
            for parent, (column, higher) in self._divisions(at, frontier).items():
                inside = np.flatnonzero(at == parent)
                goes_up = higher[self.rows.codes[column][inside]]
                before = nodes[parent].allowed
                for side, rows in ((higher, inside[goes_up]), (~higher, inside[~goes_up])):
                    at[rows] = len(nodes)
                    allowed = side & before[column] if column in before else side
                    nodes.append(Node(parent, level, column, {**before, column: allowed}))
        return Tree(tuple(nodes))

    def _divisions(self, at: NDArray[np.intp], frontier: range) -> dict[int, tuple[int, Mask]]:
        """By node that is divided: the column, and which of its slices go to the part of higher error."""
        if not frontier:
            return {}
        within = [self._sums(column, at, frontier) for column in range(len(self.columns))]
        return {
            node: found
            for place, node in enumerate(frontier)
            if (found := self._division([sums[:, place] for sums in within])) is not None
        }

    def _sums(self, column: int, at: NDArray[np.intp], frontier: range) -> Array:
        """(3, nodes, slices) sums of the rows in each node of the frontier, by the slices of a column."""
        size = self.columns.sizes[column]
        # Rows outside the frontier are counted before its first node, and left out.
        places = np.maximum(at - frontier.start + 1, 0) * size + self.rows.codes[column].astype(np.intp)
        sums = self.rows.sums(places, (len(frontier) + 1) * size, searched=True)
        return self.rows.effective(sums).reshape(3, len(frontier) + 1, size)[:, 1:]

    def _division(self, within: list[Array]) -> tuple[int, Mask] | None:
        """The column that tells most, where it tells anything beyond chance, and how it divides the node."""
        tests = [heterogeneity(sums, binary=self.rows.binary) for sums in within]
        for column in sorted(range(len(tests)), key=lambda place: -float(tests[place].beyond_chance)):
            if tests[column].p_value * len(tests) > SIGNIFICANT:
                return None
            most = len(self.columns[column]) if self.columns[column].ordered else MOST_VALUES
            higher = best_part(within[column], self.columns.orders(column, within[column]), self.minimum, most)
            if higher is not None:
                return column, higher
        return None


def best_part(sums: Array, orders: Sequence[NDArray[np.intp]], minimum: float, most: int) -> Mask | None:
    """Which of S slices make the part of higher error; None where no division has enough rows in both parts.

    sums: (3, S).    orders: those in which slices are taken; the first few of one of them are one part, so that the sum
    of squares between the parts is the largest.    most: slices that one of the parts has at most. In the order of the
    mean error, no other division of values is better (Fisher 1958; Breiman and others 1984).
    """
    best, part = -1.0, None
    rows, total = sums[0].sum(), sums[1].sum()
    for order in orders:
        n, once = (np.cumsum(one[order])[:-1] for one in sums[:2])
        taken = np.arange(1, len(order))
        allowed = (np.minimum(n, rows - n) >= minimum) & (np.minimum(taken, len(order) - taken) <= most)
        with np.errstate(divide="ignore", invalid="ignore"):
            means = once / n, (total - once) / (rows - n)
            between = np.where(allowed, n * (rows - n) * (means[0] - means[1]) ** 2, -1.0)
        cut = int(np.argmax(between)) if len(between) else -1
        if cut >= 0 and between[cut] > best:
            best, part = float(between[cut]), np.isin(np.arange(len(order)), order[: cut + 1])
            part = part if means[0][cut] > means[1][cut] else ~part
    return part
