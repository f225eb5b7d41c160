"""What a perturbation does to one model: the metric, its paired change, flipped labels and moved answers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from evallib.core.estimates import Difference, Estimate, compare, estimate
from evallib.core.evaluation_set import Answers, EvaluationSet, Predictions
from evallib.core.linearization import Ratio
from evallib.core.metrics import Metric

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

CLEAN = "clean"
PERTURBED = "perturbed"
NOTHING = Estimate(np.nan, np.nan, np.nan, np.nan, 0)
NO_CHANGE = Difference(np.nan, np.nan, np.nan, np.nan, 0, 0, 0)


def _flips(data: EvaluationSet, model: str) -> list[Ratio]:
    flipped = data.predictions[model].label != data.predictions[CLEAN].label
    return [Ratio(flipped.astype(np.float64), np.ones(len(data)))]  # type: ignore[union-attr]


def _moves(data: EvaluationSet, model: str) -> list[Ratio]:
    return [Ratio(_distance(data.predictions[model], data.predictions[CLEAN]), np.ones(len(data)))]


def _distance(one: Answers, other: Answers) -> NDArray[np.float64]:
    """(n,) |change| of a value or of a binary probability; of several, half the sum over the classes."""
    if one.value is not None and other.value is not None:
        return np.asarray(np.nan_to_num(np.abs(one.value - other.value)))
    if one.probability is None or other.probability is None:
        raise ValueError("Labels alone have no distance.")
    change = np.nan_to_num(np.abs(one.probability - other.probability))
    return np.asarray(change if change.ndim == 1 else change.sum(axis=1) / 2)


FLIP_RATE = Metric(
    "flip_rate", "Flip rate", "rows whose label changes / n", False, ("binary", "multiclass"), "label", _flips
)
MEAN_CHANGE = Metric(
    "mean_change",
    "Mean absolute change",
    "mean of |answer - clean answer|; half the sum over the classes of a multiclass task",
    False,
    ("binary", "multiclass", "regression"),
    "value",
    _moves,
    bounded=False,
)


@dataclass(frozen=True)
class Effect:
    """A metric on perturbed rows, its paired change from the clean rows, and how often and how far answers moved.

    flips is NaN for a regression, moved for a model that gives labels only.
    """

    metric: Estimate
    change: Difference
    flips: Estimate
    moved: Estimate
    n: int


def together(sample: EvaluationSet, answers: Mapping[str, Answers]) -> EvaluationSet:
    """The sample with these answers, on the rows that all of them cover."""
    predictions = {
        name: Predictions(found.label, found.probability, found.value, name=name) for name, found in answers.items()
    }
    found = replace(sample, predictions=predictions)
    covered = np.logical_and.reduce([one.answered for one in predictions.values()])
    return found if covered.all() else found.take(covered)


def measure(metric: Metric, sample: EvaluationSet, clean: Answers, perturbed: Answers) -> Effect:
    """The effect of a perturbation on the rows that the model answered both times; NaN where there are none."""
    pair = together(sample, {CLEAN: clean, PERTURBED: perturbed})
    n = len(pair)
    if n == 0:
        return Effect(NOTHING, NO_CHANGE, NOTHING, NOTHING, 0)
    flips = NOTHING if sample.task == "regression" else estimate(FLIP_RATE, pair, PERTURBED)
    movable = clean.probability is not None or clean.value is not None
    moved = estimate(MEAN_CHANGE, pair, PERTURBED) if movable else NOTHING
    return Effect(estimate(metric, pair, PERTURBED), compare(metric, pair, PERTURBED, CLEAN), flips, moved, n)


def identity(metric: Metric, sample: EvaluationSet, clean: Answers) -> Effect:
    """The effect of changing nothing: the clean metric, and no change, exactly."""
    found = measure(metric, sample, clean, clean)
    none = Difference(found.change.value, found.change.value, found.change.value, 1.0, found.n, 0, 0)
    return Effect(found.metric, none, _exact(found.flips), _exact(found.moved), found.n)


def _exact(found: Estimate) -> Estimate:
    return replace(found, lower=found.value, upper=found.value)
