"""The confusion matrix of a model as a table of its cells."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from evallib.core.evidence import Evidence

MOST_CELLS = 200 * 200
"""With more classes than make a readable matrix, the cells with the most rows are kept."""


def confusion_table(evidence: Evidence) -> pd.DataFrame:
    """A row per cell that is not empty: its classes, its rows, and its share of the rows of the true class.

    Rows count, shares weigh. Cells of correct labels come with the others.
    """
    classes = np.array(evidence.data.classes, dtype=object)
    k = len(classes)
    counts = np.bincount(evidence.cell[evidence.counts], minlength=k * k)
    totals = evidence.confusion.sum(axis=1, keepdims=True)
    shares = np.divide(evidence.confusion, totals, out=np.full((k, k), np.nan), where=totals > 0).ravel()
    cells = np.flatnonzero(counts)
    if len(cells) > MOST_CELLS:
        cells = np.sort(cells[np.argsort(-counts[cells], kind="stable")[:MOST_CELLS]])
    return pd.DataFrame(
        {
            "model": evidence.model,
            "truth": classes[cells // k],
            "predicted": classes[cells % k],
            "n": counts[cells],
            "share": shares[cells],
        }
    )
