"""A simple heuristic as a system: one rule over the columns, given by the user or learned, and what follows from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from evallib.core.evaluation_set import Predictions, Role
from evallib.core.rules import parse_rule
from evallib.methods.baselines.split import Sample, best_splits, most_frequent

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from evallib.core.evaluation_set import EvaluationSet

FOLDS = 5
MOST_ROWS, FEWEST_ROWS, MOST_CELLS = 50_000, 2_000, 1_500_000
"""A single split needs no more rows than this to be found; of wide data, fewer rows are looked at."""


@dataclass(frozen=True, eq=False)
class Heuristic:
    """What a rule answers on every row, and what it does in words."""

    answers: Predictions
    about: str


@dataclass(frozen=True, eq=False)
class _Sides:
    """(n,) whether the rule holds, and (n,) the fold of each row: what is learned of a side comes from other folds."""

    holds: NDArray[np.bool_]
    fold: NDArray[np.intp]

    @property
    def place(self) -> NDArray[np.intp]:
        return np.asarray(self.fold * 2 + self.holds)


def given_rule(data: EvaluationSet, name: str, text: str) -> Heuristic:
    """The rule of the user: the rows that it chooses are called the positive class, the others the next best class.

    Of a regression, each side is given the mean of its rows. Raises `BadInput` where the rule cannot be read.
    """
    rule = parse_rule(text, list(data.table.columns))
    says = "Gives each side its mean" if data.task == "regression" else f"Says {data.positive_name}"
    sides = _Sides(rule.mask(data.table), _folds(data))
    return Heuristic(_answers(data, name, sides, given=True), f"{says} where {rule}.")


def learned_rule(data: EvaluationSet, name: str) -> Heuristic | None:
    """The best single split by one feature, learned for each fifth of the rows from the other four.

    Each side is given its most frequent class, or its mean. None where no feature splits the rows.
    """
    fold = _folds(data)
    rules = best_splits(*_sample(data, fold), FOLDS)
    text = most_frequent(rules)
    if text is None:
        return None
    holds = np.zeros(len(data), dtype=bool)
    for rule in {one for one in rules if one is not None}:
        of_rule = np.array([one == rule for one in rules])
        holds |= of_rule[fold] & parse_rule(rule, list(data.table.columns)).mask(data.table)
    gives = "mean" if data.task == "regression" else "most frequent class"
    about = f"Gives each side of {text} its {gives}; learned for each fifth of the rows from the others."
    return Heuristic(_answers(data, name, _Sides(holds, fold), given=False), about)


def _folds(data: EvaluationSet) -> NDArray[np.intp]:
    """(n,) a fold per row, drawn with a fixed seed; rows of one group share theirs."""
    random = np.random.default_rng(0)
    if data.cluster is None:
        return random.integers(0, FOLDS, len(data), dtype=np.intp)
    return random.integers(0, FOLDS, int(data.cluster.max(initial=0)) + 1, dtype=np.intp)[data.cluster]


def _sample(data: EvaluationSet, fold: NDArray[np.intp]) -> tuple[pd.DataFrame, Sample]:
    rows, names = np.arange(len(data)), list(data.columns.features)
    most = min(MOST_ROWS, max(FEWEST_ROWS, MOST_CELLS // max(len(names), 1)))
    if len(data) > most:
        rows = np.sort(np.random.default_rng(0).choice(len(data), most, replace=False))
    weight = np.ones(len(rows)) if data.weight is None else data.weight[rows]
    truth = data.y[rows]
    if data.task == "regression":
        parts = (truth - truth.mean())[:, None]
    else:
        parts = (truth[:, None] == np.arange(len(data.classes))).astype(np.float64)
    features = pd.DataFrame({name: data.table[name].iloc[rows] for name in names})
    return features, Sample(parts, weight, fold[rows])


def _answers(data: EvaluationSet, name: str, sides: _Sides, *, given: bool) -> Predictions:
    if data.task == "regression":
        return Predictions(value=_side_means(data, sides)[sides.place], name=name, role=Role.BASELINE)
    shares = _side_shares(data, sides)
    label = shares.argmax(axis=1)
    if given:
        others = np.where(np.arange(len(data.classes)) == data.positive, -1.0, shares.sum(axis=0))
        label = np.tile([int(others.argmax()), data.positive], FOLDS)
    # For more than two classes (n, k) shares would cost more memory than they tell.
    probability = shares[:, 1][sides.place] if len(data.classes) == 2 else None
    return Predictions(label.astype(np.int32)[sides.place], probability, name=name, role=Role.BASELINE)


def _elsewhere(sums: NDArray[np.float64]) -> NDArray[np.float64]:
    """(folds x 2, c) sums per side over the other folds, from those per fold and side."""
    folded = sums.reshape(FOLDS, 2, -1)
    return np.asarray((folded.sum(axis=0) - folded).reshape(FOLDS * 2, -1))


def _side_shares(data: EvaluationSet, sides: _Sides) -> NDArray[np.float64]:
    """(folds x 2, k) the shares of the classes on each side, elsewhere; one row's worth of the overall shares added."""
    k = len(data.classes)
    counts = np.bincount(sides.place * k + data.y.astype(np.intp), data.weight, FOLDS * 2 * k).astype(np.float64)
    counts = _elsewhere(counts)
    overall = np.bincount(data.y.astype(np.intp), data.weight, k).astype(np.float64)
    counts += overall / overall.sum()
    return np.asarray(counts / counts.sum(axis=1, keepdims=True))


def _side_means(data: EvaluationSet, sides: _Sides) -> NDArray[np.float64]:
    weight = np.ones(len(data)) if data.weight is None else data.weight
    mean = float(weight @ data.y / weight.sum())
    sums, totals = (
        _elsewhere(np.bincount(sides.place, part, FOLDS * 2).astype(np.float64))[:, 0]
        for part in (weight * data.y, weight)
    )
    return (sums + mean) / (totals + 1)
