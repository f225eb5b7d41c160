"""The nodes of a model's error tree as a table: grown on one half of the rows, measured on the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from evallib.methods.errors.columns import Columns
    from evallib.methods.errors.growing import Tree
    from evallib.methods.errors.rows import ErrorRows

ALL = "all rows"


def branches(tree: Tree, columns: Columns, searched: ErrorRows, judged: ErrorRows) -> pd.DataFrame:
    """A row per node, from the root down; the rules are those of the app's filter."""
    inside, size = tree.membership(), len(tree.nodes)
    found = searched.judged(tree.places(searched.codes, len(searched)), size, inside)
    measured = judged.judged(tree.places(judged.codes, len(judged)), size, inside)
    gap = measured.gap
    return pd.DataFrame(
        {
            "node": np.arange(size),
            "parent": [node.parent for node in tree.nodes],
            "depth": [node.depth for node in tree.nodes],
            "leaf": np.isin(np.arange(size), tree.leaves),
            "condition": [_condition(tree, place, columns) for place in range(size)],
            "rule": [columns.rule(node.allowed) for node in tree.nodes],
            **measured.measures(),
            "rest": measured.rest.value,
            "difference": gap.value,
            "difference_lower": gap.lower,
            "difference_upper": gap.upper,
            "p_value": np.where(np.arange(size) > 0, gap.p_value, np.nan),
            "found_n": found.sums[0].astype(np.int64),
            "found_error": found.error.value,
        }
    )


def _condition(tree: Tree, place: int, columns: Columns) -> str:
    """What the last division on the way to a node asks for."""
    node = tree.nodes[place]
    return ALL if node.column < 0 else columns.label(node.column, node.allowed[node.column])
