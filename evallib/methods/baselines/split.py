"""The best single split of the rows by one feature, as a rule: a decision tree of depth one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from evallib.core.rules import column_text, value_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

MOST_CUTS = 64
"""The most values at which a numeric feature is cut (quantiles), and the most categories that are tried."""

PLAIN = (str, bool, np.bool_, int, float, np.number)
"""The types of values that a rule can name; dates are not tried."""

SMALLEST_SIDE = 0.01
"""The least share of the weight on either side of a split."""


@dataclass(frozen=True, eq=False)
class Sample:
    """m rows to learn from: sums of (m, c) `parts` (a column per class, or the values) and (m,) weights are split.

    fold: (m,) the fold of each row; a split for a fold is learned from the rows of the others.
    """

    parts: NDArray[np.float64]
    weight: NDArray[np.float64]
    fold: NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class _Cuts:
    """The ways to split by one feature: (m,) codes of its rows, and the rule of each way.

    ordered: True where way j is "code above j"; False where it is "code equal to j".
    """

    code: NDArray[np.intp]
    rules: list[str]
    ordered: bool


def best_splits(features: pd.DataFrame, sample: Sample, folds: int) -> list[str | None]:
    """Per fold the rule with the purest two sides, learned on the rows of the other folds; None where nothing splits.

    Purity is Gini's for classes and the variance for values: both come down to the sum over the sides of
    |sum of parts|² / weight, which is what is maximised. Source: Breiman et al. 1984, chapter 4.
    """
    best: list[tuple[float, str | None]] = [(-np.inf, None)] * folds
    for name in features.columns:
        cuts = _cuts(name, features[name])
        if cuts is None:
            continue
        gain = _gains(cuts, sample, folds)
        for fold in range(folds):
            way = int(gain[fold].argmax())
            if gain[fold, way] > best[fold][0]:
                best[fold] = float(gain[fold, way]), cuts.rules[way]
    return [rule for _, rule in best]


def _gains(cuts: _Cuts, sample: Sample, folds: int) -> NDArray[np.float64]:
    """(folds, ways) the purity of every split on the rows outside each fold; -inf where a side is too small."""
    bins = len(cuts.rules) + 1
    place = sample.fold * bins + cuts.code
    columns = [*(sample.parts * sample.weight[:, None]).T, sample.weight]
    inside = np.stack([np.bincount(place, one, folds * bins).reshape(folds, bins) for one in columns], axis=-1)
    outside = inside.sum(axis=0) - inside
    total = outside.sum(axis=1, keepdims=True)
    right = (total - np.cumsum(outside, axis=1) if cuts.ordered else outside)[:, :-1]
    left = total - right
    small = np.minimum(left[..., -1], right[..., -1]) < SMALLEST_SIDE * total[..., -1]
    with np.errstate(divide="ignore", invalid="ignore"):
        purity = sum((side[..., :-1] ** 2).sum(axis=-1) / side[..., -1] for side in (left, right))
    return np.where(small | np.isnan(purity), -np.inf, purity)


def _cuts(name: str, values: pd.Series) -> _Cuts | None:
    """The splits of a numeric feature at its quantiles, of any other by one of its most frequent values."""
    if pd.api.types.is_bool_dtype(values) or not pd.api.types.is_numeric_dtype(values):
        return _category_cuts(name, values)
    number = values.to_numpy(dtype=np.float64, na_value=np.nan)
    known = number[np.isfinite(number)]
    if not len(known):
        return None
    # np.quantile(..., method="lower"), which takes five times as long.
    places = (np.linspace(0, 1, MOST_CUTS + 1)[:-1] * (len(known) - 1)).astype(np.intp)
    edges = np.unique(np.sort(known)[places])
    # A missing value is above nothing, as in the rule language.
    code = np.searchsorted(edges, np.where(np.isnan(number), -np.inf, number), side="left")
    return _Cuts(code, [f"{column_text(name)} > {_number(edge)}" for edge in edges], ordered=True)


def _category_cuts(name: str, values: pd.Series) -> _Cuts | None:
    kinds = values.cat.categories.dtype if isinstance(values.dtype, pd.CategoricalDtype) else values.dtype
    if pd.api.types.is_object_dtype(kinds):
        # Values of several types are text, as in the rule language.
        values = values.astype("str")
    coded = values.astype("category").cat
    # A row without a value has the code -1, and with it the last place of all that is looked up here.
    codes, categories = coded.codes.to_numpy(), coded.categories
    counts = np.bincount(codes[codes >= 0], minlength=len(categories))
    frequent = [
        place
        for place in np.argsort(-counts, kind="stable")[:MOST_CUTS]
        if counts[place] and isinstance(categories[place], PLAIN)
    ]
    if not frequent:
        return None
    way = np.full(len(categories) + 1, len(frequent), dtype=np.intp)
    way[frequent] = np.arange(len(frequent))
    rules = [f"{column_text(name)} == {value_text(categories[place])}" for place in frequent]
    return _Cuts(way[codes], rules, ordered=False)


def _number(value: float) -> str:
    return str(int(value)) if float(value).is_integer() else repr(float(value))


def most_frequent(rules: Sequence[str | None]) -> str | None:
    """The rule that was found in most folds."""
    known = [rule for rule in rules if rule is not None]
    return max(known, key=known.count) if known else None
