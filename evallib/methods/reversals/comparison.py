"""Who is compared with whom by what: the three situations in which strata and all rows can tell different stories."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from evallib.core.slices import Partition
from evallib.methods.reversals.contrast import Array, Contrast

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Situation(StrEnum):
    """DIFFERENT_ROWS: two systems, each on the rows that it answered; every metric can reverse.

    SAME_ROWS: two systems on the rows that both answered; a mean over rows cannot reverse, other metrics can.
    OUTCOMES: the outcome itself in two groups of rows; no system is judged.
    """

    DIFFERENT_ROWS = "systems on different rows"
    SAME_ROWS = "systems on the same rows"
    OUTCOMES = "outcome of two groups"


@dataclass(frozen=True, eq=False)
class Stratified:
    """A comparison by the strata of a column.

    compared: (S,) True for strata in which both sides have enough rows; the contrast is over these alone.
    n_first, n_second: (S,) rows of each side, in every stratum.
    contrast: None where fewer than two strata are compared.
    """

    compared: NDArray[np.bool_]
    n_first: Array
    n_second: Array
    contrast: Contrast | None


@dataclass(frozen=True, eq=False)
class Comparison:
    """Two sides and a metric.

    metric: the key of a metric, or what the mean of an outcome is called.
    by: (strata, minimum) -> the comparison by the strata of a partition, those with `minimum` rows on both sides.
    group: the column whose values the sides are; empty for systems.
    higher_is_better: None where neither direction is better.
    reversible: False for a mean over common rows, whose reversal would be a fault of the computation.
    note: on which rows the sides stand, where that needs saying.
    """

    situation: Situation
    first: str
    second: str
    metric: str
    by: Callable[[Partition, int], Stratified]
    group: str = ""
    higher_is_better: bool | None = None
    reversible: bool = True
    note: str = ""


def enough(first: Array, second: Array, minimum: int) -> NDArray[np.bool_]:
    """(S,) True where both sides rest on at least so many rows; False where that is undefined."""
    return np.asarray(np.minimum(np.nan_to_num(first), np.nan_to_num(second)) >= minimum)
