"""How unusual values are among all values of their column."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Rows = NDArray[np.intp]

SAMPLE = 20_000
"""With more rows, values are held against those of so many rows, which a fixed seed draws."""


def compared_rows(n: int) -> Rows | slice:
    """The rows that values are held against: all, or the positions of a sample."""
    if n <= SAMPLE:
        return slice(None)
    return np.sort(np.random.default_rng(0).choice(n, SAMPLE, replace=False))


def tails(column: pd.Series, rows: Rows, compared: Rows | slice) -> Array:
    """(rows,) the share of the compared rows whose value is at least as unusual as that of each of some rows.

    A number or a date is unusual where it lies far out: twice the smaller of the shares of values up to it and from it
    on, at most 1. Any other value is unusual where it is rare: the share of rows whose value is as rare or rarer, so
    that an identifier, all values of which are rare, is never unusual. A missing value is as unusual as they are rare.
    None is below one row; a value that none of the compared rows has counts as one that occurs once.
    """
    dates = pd.api.types.is_datetime64_any_dtype(column.dtype)
    numeric = pd.api.types.is_numeric_dtype(column.dtype) and not pd.api.types.is_bool_dtype(column.dtype)
    if not (dates or numeric):
        return _rare(column.iloc[rows], column.iloc[compared])
    values, known = (_as_numbers(column.iloc[chosen], dates=dates) for chosen in (rows, compared))
    return _far_out(values, known)


def unusualness(found: Array) -> Array:
    """(rows,) the sum over columns of -ln of (rows, columns) tails: 0 for values in the middle of every column.

    Source: Li, Zhao, Hu, Botta, Ionescu, Chen 2022, ECOD (IEEE TKDE), here with two-sided tails; columns count as
    independent, so that two that say the same count twice.
    """
    return np.asarray(-np.log(found).sum(axis=1))


def _as_numbers(column: pd.Series, *, dates: bool) -> Array:
    if not dates:
        return column.to_numpy(np.float64, na_value=np.nan)
    return np.where(column.isna(), np.nan, column.to_numpy().astype("datetime64[s]").astype(np.float64))


def _far_out(values: Array, compared: Array) -> Array:
    known = np.sort(compared[~np.isnan(compared)])
    if not len(known):
        return np.ones(len(values))
    up_to = np.searchsorted(known, values, side="right")
    from_on = len(known) - np.searchsorted(known, values, side="left")
    shares = np.minimum(2 * np.minimum(up_to, from_on) / len(known), 1.0)
    missing = 1 - len(known) / len(compared)
    return np.asarray(np.maximum(np.where(np.isnan(values), missing, shares), 1 / len(compared)))


def _rare(values: pd.Series, compared: pd.Series) -> Array:
    together = pd.concat([compared, values])
    if isinstance(together.dtype, pd.CategoricalDtype):
        codes = together.cat.codes.to_numpy().astype(np.intp) + 1
    else:
        codes, _ = pd.factorize(together, use_na_sentinel=False)
    counts = np.bincount(codes[: len(compared)], minlength=int(codes.max()) + 1)
    ascending = np.sort(counts)
    rows = np.concatenate(([0], np.cumsum(ascending)))
    own = np.maximum(counts[codes[len(compared) :]], 1)
    as_rare = rows[np.searchsorted(ascending, own, side="right")]
    return np.asarray(np.maximum(as_rare, 1) / len(compared))
