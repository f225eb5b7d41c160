"""The losses of rows as states: what a row of each state adds to the sums that a slice's loss follows from."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np

from evallib.core.intervals import ROUNDING
from evallib.core.levels import levels

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

LEVELS = 8
"""A loss of more than so many different values is searched in so many levels, and so are weights."""

MOST_STATES = 32
"""How many combinations of a level of the loss and one of the weight there are at most."""

APART = 16.0
"""More than any two losses of labels differ by, so that rows of different denominators have levels of their own."""


@dataclass(frozen=True, eq=False)
class StateLosses:
    """What a row of each state adds in the mean; a slice's loss is a ratio of two sums over its rows.

    sums: (states, 5) of b, a, b², a b and a², of a loss sum(a) / sum(b). For a mean a is the loss and b is 1, for a
    ratio such as what precision lacks to 1 they are its numerator and denominator, and both are times the row's weight.
    """

    sums: Array

    def __len__(self) -> int:
        return len(self.sums)

    @classmethod
    def equal(cls, loss: Array) -> Self:
        """The states of unweighted rows with these (states,) losses, whose mean counts."""
        once = np.ones(len(loss))
        return cls(np.stack((once, loss, once, loss, loss**2), axis=1))

    def excess(self, counts: NDArray[np.integer], whole: NDArray[np.integer]) -> Array:
        """Standard errors by which a slice's loss lies above that of the other rows of the whole; 0 without any.

        counts, whole: (…, states) rows of the slice and of what it is a part of, in shapes that go together.
        The score test with the variance of the whole: for a loss of 0 or 1 that of two proportions. Ratios and weights
        enter linearized (Cochran 1977, Sampling Techniques, 6.3; Hansen and Hurwitz 1943): with the ratio r of the
        whole, the slice's sum of a - r b against the variance that it has if the loss is the same on both sides.
        """
        below, above, square, _, _ = _sums(counts, self.sums)
        all_below, all_above, all_square, cross, of_above = _sums(whole, self.sums)
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio, share = all_above / all_below, below / all_below
            spread = of_above - 2 * ratio * cross + ratio**2 * all_square
            variance = spread / all_square * ((1 - share) ** 2 * square + share**2 * (all_square - square))
            z = (above - ratio * below) / np.sqrt(variance)
            differ = (below > 0) & (share < 1) & (spread > ROUNDING * of_above)
        return np.where(differ, z, 0.0)

    def above_zero(self, counts: NDArray[np.integer]) -> Array:
        """Standard errors by which the loss of a slice lies above 0, were it 0; 0 without any loss.

        For the difference of two models that are right or wrong this is McNemar's statistic.
        """
        _, above, _, _, square = _sums(counts, self.sums)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.nan_to_num(above / np.sqrt(square))


def _sums(counts: NDArray[np.integer], sums: Array) -> tuple[Array, ...]:
    """The five sums over slices, an array each."""
    slices = counts.shape[:-1]
    found = counts.reshape(math.prod(slices), len(sums)) @ sums
    return tuple(np.moveaxis(found.reshape(*slices, 5), -1, 0))


def state_losses(above: Array, below: Array, weight: Array | None = None) -> tuple[NDArray[np.intp], StateLosses]:
    """(n,) the state of every row, and what the states add: a level of the loss, and one of the weight.

    above, below: (n,) what each row adds to the two sums of which the loss is the ratio.    weight: (n,) or None.
    Exact where losses and weights take few values; rows of one state count with the mean of what they add. Without a
    row there is one state.
    """
    alike = bool((below == below[:1]).all())
    state = levels(above if alike else above + APART * below, LEVELS)
    if weight is not None:
        found = int(state.max(initial=0)) + 1
        heavy = levels(weight, min(LEVELS, MOST_STATES // found))
        state = state + found * heavy
        above, below = weight * above, weight * below
    used = np.flatnonzero(np.bincount(state))
    state, rows = np.searchsorted(used, state), np.bincount(state, minlength=1)[used if len(used) else [0]]
    added = (below, above, below**2, above * below, above**2)
    sums = np.stack([np.bincount(state, one, len(rows)) for one in added], axis=1)
    return state, StateLosses(sums / np.maximum(rows, 1)[:, None])
