"""Categories that are mistaken for one another."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from evallib.methods.perturbation.perturbations.base import Perturbation, is_date, is_number

if TYPE_CHECKING:
    from numpy.random import Generator
    from numpy.typing import NDArray


class Swap(Perturbation):
    """Replaces each category with a probability of `severity` by another one of the same column.

    The other category is drawn as often as it occurs, so that frequent ones stay frequent and no value is new to the
    model. Truth values are negated; missing values stay missing; the type and its categories stay.
    """

    key = "swap"
    title = "Category swaps"
    unit = "share of the values swapped"
    full = "every value replaced by another one"
    refusal = "does not accept swapped categories"

    def fits(self, column: pd.Series) -> bool:
        """Whether the column holds categories, text or truth values, at least two different ones."""
        return not is_number(column) and not is_date(column) and column.nunique() > 1

    def change(self, column: pd.Series, severity: float, chance: Generator) -> pd.Series:
        """The column with that share of its values replaced."""
        codes, values = column.factorize()
        hit = chance.random(len(codes)) < severity
        swapped = _others(codes, chance.random(len(codes)))
        chosen = np.where(hit, swapped, codes)
        taken = pd.Series(values.take(chosen), index=column.index, name=column.name, dtype=column.dtype)
        return taken if (codes >= 0).all() else taken.mask(codes < 0)


def _others(codes: NDArray[np.intp], draws: NDArray[np.float64]) -> NDArray[np.intp]:
    """(n,) another code for every code, by the frequency of the others; `draws` are uniform in [0, 1)."""
    counts = np.bincount(codes[codes >= 0])
    ends = np.cumsum(counts)
    own = counts[codes]
    place = np.floor(draws * (ends[-1] - own)).astype(np.intp)
    return np.asarray(np.searchsorted(ends, place + own * (place >= ends[codes] - own), side="right"))
