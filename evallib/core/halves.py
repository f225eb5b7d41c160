"""The rows in two halves: what is found on one is judged on the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from evallib.core.evaluation_set import EvaluationSet


def searched_half(data: EvaluationSet) -> NDArray[np.bool_]:
    """(n,) True for the half that is searched, as good as drawn by chance, yet the same in whatever order the rows are.

    Every other one in the order of the rows' hashes, rows that are equal in the order of what the models say of them.
    Rows of one group stay together.
    """
    group = data.columns.group
    if data.cluster is None or group is None:
        answers = {name: one.value if one.label is None else one.label for name, one in data.predictions.items()}
        return _every_other(np.lexsort((_hashes(pd.DataFrame(answers)), _hashes(data.table))))
    clusters, rows = np.unique(_hashes(data.table[group]), return_inverse=True)
    return _every_other(np.argsort(clusters))[rows.ravel()]


def _hashes(rows: pd.DataFrame | pd.Series) -> NDArray[np.uint64]:
    return np.asarray(pd.util.hash_pandas_object(rows, index=False))


def _every_other(order: NDArray[np.intp]) -> NDArray[np.bool_]:
    chosen = np.empty(len(order), dtype=bool)
    chosen[order] = np.arange(len(order)) % 2 == 0
    return chosen
