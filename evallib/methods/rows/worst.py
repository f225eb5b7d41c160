"""The rows of the largest loss of every cell of the confusion matrix."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from evallib.methods.rows.judged import Judged

    Rows = NDArray[np.intp]


def worst_rows(judged: Judged, per_cell: int, most: int) -> Rows:
    """The positions of the rows of the largest loss, at most `per_cell` of each cell and `most` in all.

    Where there are too many, every cell loses its least bad rows first. Of equal losses the first rows are taken.
    """
    all_answered = judged.answered.all()
    answered = np.flatnonzero(judged.answered)
    cells = judged.cell if all_answered else judged.cell[answered]
    # Two bytes a cell are sorted in time that grows with the rows alone.
    order = np.argsort(cells, kind="stable")
    in_cells = order if all_answered else answered[order]
    bounds = np.cumsum([0, *np.bincount(cells)])
    found = [_largest(judged.loss, in_cells[start:stop], per_cell) for start, stop in pairwise(bounds) if stop > start]
    if not found:
        return answered
    rows, rank = np.concatenate(found), np.concatenate([np.arange(len(one)) for one in found])
    return rows[np.lexsort((rows, -judged.loss[rows], rank))[:most]]


def _largest(loss: NDArray[np.float64], rows: Rows, most: int) -> Rows:
    """The rows (ascending) of the largest loss, the largest first; of equal ones the first."""
    if len(rows) > most:
        losses = loss[rows]
        edge = np.partition(losses, len(rows) - most)[len(rows) - most]
        rows = rows[losses >= edge]
    return rows[np.argsort(-loss[rows], kind="stable")[:most]]


def worst_share(loss: NDArray[np.float64], part: float = 0.01) -> float:
    """The share of all loss that the worst `part` of the rows has, at least one row; NaN where nothing is lost."""
    total = float(loss.sum())
    few = max(round(part * len(loss)), 1)
    return float(np.partition(loss, len(loss) - few)[-few:].sum()) / total if total > 0 else np.nan
