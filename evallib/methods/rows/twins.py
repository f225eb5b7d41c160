"""Rows that are equal in all features and differ in their truth, and what they leave to be reached at best."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from evallib.core.wording import number
from evallib.methods.rows.judged import row_numbers
from evallib.methods.rows.values import texts

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from evallib.core.evaluation_set import EvaluationSet

    Array = NDArray[np.float64]
    Rows = NDArray[np.intp]

CEILING_COLUMNS = ("metric", "features", "rows", "groups", "twins", "contradicting_groups", "contradicting", "ceiling")
TWIN_COLUMNS = ("group", "n", "truths", "lost", "rows", "values")

AT_ONCE = 4
"""Columns after which the rows that no other row equals so far are set aside."""

TOLD_ROWS, TOLD_VALUES, LONGEST = 5, 8, 240
"""Of a listed group: the rows whose numbers are told, the features whose values are, and the characters of these."""

SIEVE_BITS = 22
"""Four million keys of the sieve, in which a million different ones are alone for the most part."""

MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)


class Twins(NamedTuple):
    """The tables about twins, and rows of the listed groups: their positions, and the group of each."""

    ceilings: pd.DataFrame
    listed: pd.DataFrame
    rows: Rows
    group: Rows


@dataclass(frozen=True, eq=False)
class Groups:
    """Rows that are equal in all features, two or more to a group: their positions and (rows,) their groups from 0."""

    data: EvaluationSet
    rows: Rows
    code: Rows

    @cached_property
    def sizes(self) -> Rows:
        """(groups,) rows of each."""
        return np.bincount(self.code)

    @cached_property
    def weight(self) -> Array:
        """(rows,) their weights."""
        return np.ones(len(self.rows)) if self.data.weight is None else self.data.weight[self.rows]

    @cached_property
    def lost(self) -> Array:
        """(groups,) what no model of these features can get right.

        Classes: the weight of the rows that are not of the group's most frequent class. Values: the sum of squared
        distances to the group's mean, times weight.
        """
        if self.data.task == "regression":
            total = np.maximum(np.bincount(self.code, self.weight), 1e-300)
            values = self.data.y[self.rows]
            mean = np.bincount(self.code, self.weight * values) / total
            return np.bincount(self.code, self.weight * (values - mean[self.code]) ** 2).astype(np.float64, copy=False)
        k = len(self.data.classes)
        pairs, place = np.unique(self.code * k + self.data.y[self.rows], return_inverse=True)
        weight = np.bincount(place.ravel(), self.weight)
        starts = np.flatnonzero(np.diff(pairs // k, prepend=-1))
        return np.add.reduceat(weight, starts) - np.maximum.reduceat(weight, starts)

    @cached_property
    def contradicting(self) -> NDArray[np.bool_]:
        """(groups,) True where the truth is not the same in all rows."""
        y, starts = self.data.y[self.rows], self._starts
        return np.asarray(np.maximum.reduceat(y, starts) > np.minimum.reduceat(y, starts))

    @cached_property
    def _starts(self) -> Rows:
        return np.cumsum(self.sizes) - self.sizes

    @classmethod
    def of(cls, data: EvaluationSet, rows: Rows, key: NDArray[np.uint64]) -> Groups:
        """The groups of rows of equal keys, in order of the groups, rows in their own order in each."""
        order = np.argsort(key, kind="stable")
        new = np.diff(key[order], prepend=~key[order[:1]]) != 0
        code = np.cumsum(new) - 1
        alone = np.bincount(code, minlength=1)[code] < 2
        code, order = code[~alone], order[~alone]
        return cls(data, rows[order], np.unique(code, return_inverse=True)[1].ravel())

    def examples(self, group: int, most: int) -> Rows:
        """The positions of some rows of a group whose truths differ: those of each class in turn, or the extremes."""
        rows = self.all_of(group)
        truth = pd.Series(self.data.y[rows])
        order = -(truth - truth.mean()).abs() if self.data.task == "regression" else truth.groupby(truth).cumcount()
        return np.sort(rows[np.argsort(order, kind="stable")[:most]])

    def all_of(self, group: int) -> Rows:
        """The positions of all rows of a group."""
        return self.rows[self._starts[group] : self._starts[group] + self.sizes[group]]

    def verified(self) -> Groups:
        """The groups whose truth is not the same, without the rows that differ from the first of theirs in a value."""
        chosen = self.contradicting[self.code]
        rows = self.rows[chosen]
        first = self.rows[self._starts][self.code[chosen]]
        same = np.ones(len(rows), bool)
        for name in self.data.columns.features if len(rows) else ():
            same &= _equal(self.data.table[name], rows, first)
        return Groups.of(self.data, rows[same], self.code[chosen][same].astype(np.uint64))


def twins(data: EvaluationSet, most: int) -> Twins:
    """The groups of rows equal in all features with different truths, at most `most` of them listed, worst first.

    Rows are compared by 64-bit hashes, a few columns at a time, so that rows without an equal are soon set aside; those
    of contradicting groups then value by value. Missing values are equal to each other. Without features there are no
    twins, and the tables are empty.
    """
    everything = Groups.of(data, *_alike(data))
    sure = everything.verified()
    contradicting = np.flatnonzero(sure.contradicting)
    worst = contradicting[np.lexsort((-sure.sizes[contradicting], -sure.lost[contradicting]))][:most]
    ceilings = pd.DataFrame(
        [_ceiling(data, everything, sure)] if data.columns.features else [], columns=CEILING_COLUMNS
    )
    told = [sure.examples(group, TOLD_ROWS) for group in worst]
    return Twins(
        ceilings,
        _listed(data, sure, worst, told),
        np.concatenate(told) if told else np.array([], np.intp),
        np.repeat(np.arange(1, len(told) + 1), [len(one) for one in told]),
    )


def _alike(data: EvaluationSet) -> tuple[Rows, NDArray[np.uint64]]:
    """The positions of the rows that have an equal, and their hashes."""
    rows = np.arange(len(data) if data.columns.features else 0)
    key = np.zeros(len(rows), np.uint64)
    names = sorted(data.columns.features, key=lambda name: "fiuMbO".find(data.table[name].dtype.kind))
    for start in range(0, len(names), AT_ONCE):
        for name in names[start : start + AT_ONCE]:
            column = data.table[name]
            # All rows as they are: to choose them would copy the column.
            chosen = column if len(rows) == len(column) else pd.Series(column.array.take(rows))
            key = (key ^ np.asarray(pd.util.hash_pandas_object(chosen, index=False))) * MULTIPLIER
        for keep in (_may_be_shared, _shared):
            kept = keep(key)
            rows, key = rows[kept], key[kept]
    return rows, key


def _may_be_shared(key: NDArray[np.uint64]) -> Rows:
    """The places of the keys whose first bits another key has too: a sieve that most of many keys fall through."""
    first_bits = (key >> np.uint64(64 - SIEVE_BITS)).astype(np.intp)
    return np.flatnonzero(np.bincount(first_bits, minlength=1)[first_bits] > 1)


def _shared(key: NDArray[np.uint64]) -> Rows:
    return np.flatnonzero(pd.Series(key).duplicated(keep=False))


def _equal(column: pd.Series, rows: Rows, others: Rows) -> NDArray[np.bool_]:
    """(rows,) True where a value is the same in two rows, or missing in both."""
    values, theirs = column.array.take(rows), column.array.take(others)
    same = pd.Series(values == theirs).fillna(False).to_numpy(bool)
    return np.asarray(same | (values.isna() & theirs.isna()))


def _ceiling(data: EvaluationSet, everything: Groups, sure: Groups) -> dict[str, object]:
    """What can be reached at best on these rows: the accuracy, or R2 of a regression, weighted as metrics are."""
    weight = np.ones(len(data)) if data.weight is None else data.weight
    possible = float(weight.sum())
    if data.task == "regression":
        possible = float(weight @ (data.y - np.average(data.y, weights=weight)) ** 2)
    return {
        "metric": "r2" if data.task == "regression" else "accuracy",
        "features": len(data.columns.features),
        "rows": len(data),
        "groups": len(everything.sizes),
        "twins": len(everything.rows),
        "contradicting_groups": int(np.count_nonzero(sure.contradicting)),
        "contradicting": int(sure.sizes[sure.contradicting].sum()),
        "ceiling": 1 - float(sure.lost.sum()) / possible if possible > 0 else np.nan,
    }


def _listed(data: EvaluationSet, groups: Groups, worst: Rows, told: list[Rows]) -> pd.DataFrame:
    """A row per listed group."""
    firsts = np.array([rows[0] for rows in told], np.intp)
    features = list(data.columns.features)[:TOLD_VALUES]
    columns = [texts(data.table[name].iloc[firsts]) for name in features]
    values = [
        ", ".join(f"{name} {value or 'missing'}" for name, value in zip(features, row, strict=True))
        for row in zip(*columns, strict=True)
    ]
    found = {
        "group": np.arange(1, len(worst) + 1),
        "n": groups.sizes[worst],
        "truths": pd.Series([_truths(data, groups.all_of(group)) for group in worst], dtype="str"),
        "lost": groups.lost[worst],
        "rows": pd.Series(
            [_numbers(data, rows, groups.sizes[at]) for rows, at in zip(told, worst, strict=True)], dtype="str"
        ),
        "values": pd.Series([one if len(one) <= LONGEST else f"{one[:LONGEST]}…" for one in values], dtype="str"),
    }
    return pd.DataFrame(found)


def _truths(data: EvaluationSet, rows: Rows) -> str:
    """How often each class occurs among some rows, the most frequent first; the range of values."""
    y = data.y[rows]
    if data.task == "regression":
        return f"{number(float(y.min()))} to {number(float(y.max()))}"
    counts = np.bincount(y.astype(np.intp))
    order = [code for code in np.argsort(-counts, kind="stable") if counts[code]]
    return ", ".join(f"{data.classes[code]}: {counts[code]:,}" for code in order)


def _numbers(data: EvaluationSet, rows: Rows, size: int) -> str:
    more = f" and {size - len(rows):,} more" if size > len(rows) else ""
    return ", ".join(str(row) for row in row_numbers(data, rows)) + more
