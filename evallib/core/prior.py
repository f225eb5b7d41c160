"""What is known without looking at a row: the shares of the classes, or the mean and the median of the values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from evallib.core.evaluation_set import Predictions, Role
from evallib.core.losses import SMALLEST

if TYPE_CHECKING:
    from collections.abc import Collection

    from numpy.typing import NDArray

    from evallib.core.evaluation_set import EvaluationSet

TRAINING, EVALUATION = "training set", "evaluation rows"


@dataclass(frozen=True, eq=False)
class Guess:
    """A system that says class k with probability say[k] on every row, and forecasts the same shares for every row.

    ranks: True where it ranks the rows at random; False where it ranks them all alike.
    """

    name: str
    say: NDArray[np.float64]
    forecast: NDArray[np.float64]
    ranks: bool

    def forecast_losses(self, key: str) -> NDArray[np.float64]:
        """(k,) the loss of a row of each class, by the metric of this key: "log_loss" or "brier"."""
        p = self.forecast
        if key == "log_loss":
            return np.asarray(-np.log(np.clip(p, SMALLEST, 1 - SMALLEST)))
        return np.asarray((1 - p) ** 2 if len(p) == 2 else p @ p - 2 * p + 1)


@dataclass(frozen=True)
class Origin:
    """Where a baseline's numbers come from, and what it does in words."""

    source: str
    about: str


def class_shares(data: EvaluationSet) -> tuple[NDArray[np.float64], str]:
    """(k,) the shares of the classes in the training set, or in the evaluation rows where it is unknown, and which."""
    k = len(data.classes)
    if data.training_y is not None and len(data.training_y):
        codes = data.training_y.astype(np.intp)
        counts = np.bincount(codes[codes >= 0], minlength=k)[:k].astype(np.float64)
        return counts / counts.sum(), TRAINING
    counts = np.bincount(data.y.astype(np.intp), data.weight, k).astype(np.float64)
    return counts / counts.sum(), EVALUATION


def guesses(data: EvaluationSet) -> list[tuple[Guess, Origin]]:
    """Random guessing, uniform and by the shares of the labels, and the zero rule."""
    shares, source = class_shares(data)
    k, most = len(shares), int(shares.argmax())
    event = data.positive_name
    even, rule = np.full(k, 1 / k), (np.arange(k) == most).astype(np.float64)
    return [
        (
            Guess("Random, uniform", even, even, ranks=True),
            Origin("no data", f"Says each of the {k} classes with probability {1 / k:.3g}."),
        ),
        (
            Guess("Random, by label distribution", shares, shares, ranks=True),
            Origin(
                source, f"Says each class as often as it occurs, {event} with probability {shares[data.positive]:.3g}."
            ),
        ),
        (
            Guess("Zero rule", rule, shares, ranks=False),
            Origin(source, f"Always says {data.classes[most]}, the most frequent class, and forecasts the shares."),
        ),
    ]


def constant_label(data: EvaluationSet, guess: Guess) -> Predictions:
    """The answers of the zero rule, row by row."""
    label = np.full(len(data), guess.say.argmax(), np.int32)
    return Predictions(label, name=guess.name, role=Role.BASELINE)


def constants(data: EvaluationSet) -> list[tuple[Predictions, Origin]]:
    """The mean and the median of the training values, or of the evaluation rows where they are unknown."""
    values, weight, source = data.y.astype(np.float64), data.weight, EVALUATION
    if data.training_y is not None and len(data.training_y):
        values, weight, source = data.training_y.astype(np.float64), None, TRAINING
    known = np.isfinite(values)
    values, weight = values[known], None if weight is None else weight[known]
    found = {"mean": float(np.average(values, weights=weight)), "median": _median(values, weight)}
    return [
        (
            Predictions(value=np.full(len(data), value), name=f"Zero rule, {name}", role=Role.BASELINE),
            Origin(source, f"Always says {value:.4g}, the {name}."),
        )
        for name, value in found.items()
    ]


def free_name(name: str, taken: Collection[str]) -> str:
    """The name of a baseline, with a mark behind it where a system has that name already."""
    while name in taken:
        name += " (baseline)"
    return name


def _median(values: NDArray[np.float64], weight: NDArray[np.float64] | None) -> float:
    if weight is None:
        return float(np.median(values))
    order = np.argsort(values)
    reached = np.cumsum(weight[order])
    return float(values[order][np.searchsorted(reached, reached[-1] / 2)])
