"""What each row adds to a loss: log loss, Brier score, residual."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from evallib.core.evaluation_set import EvaluationSet

SMALLEST = float(np.finfo(np.float64).eps)
"""Probabilities are clipped to [SMALLEST, 1 - SMALLEST] in the log loss, as scikit-learn does for float64."""


def log_losses(data: EvaluationSet, model: str) -> NDArray[np.float64]:
    """(n,) -ln of the probability given to the true class, clipped as `SMALLEST` says; 0 where withheld."""
    probability = probability_of(data, model)
    if probability.ndim == 1:
        given = np.where(data.y == 1, probability, 1.0 - probability)
    else:
        given = probability[np.arange(len(data)), data.y.astype(np.intp)]
    return np.asarray(np.nan_to_num(-np.log(np.clip(given, SMALLEST, 1 - SMALLEST))))


def brier_scores(data: EvaluationSet, model: str) -> NDArray[np.float64]:
    """(n,) squared distance of the probabilities from the outcome; over all classes of a multiclass task (0 to 2)."""
    probability = probability_of(data, model)
    if probability.ndim == 1:
        return np.asarray(np.nan_to_num((probability - (data.y == 1)) ** 2))
    given = probability[np.arange(len(data)), data.y.astype(np.intp)]
    return np.asarray(np.nan_to_num(np.einsum("ij,ij->i", probability, probability) - 2 * given + 1))


def highest(probability: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n,) the probability of the likeliest class, from (n,) of class 1 of two, or (n, k)."""
    return np.asarray(np.maximum(probability, 1 - probability) if probability.ndim == 1 else probability.max(axis=1))


def residuals(data: EvaluationSet, model: str) -> NDArray[np.float64]:
    """(n,) prediction minus truth; 0 where withheld."""
    value = data.predictions[model].value
    if value is None:
        raise ValueError(f"{model} gives no values.")
    return np.asarray(np.nan_to_num(value - data.y))


def probability_of(data: EvaluationSet, model: str) -> NDArray[np.float64]:
    """The probabilities of a model that gives them."""
    probability = data.predictions[model].probability
    if probability is None:
        raise ValueError(f"{model} gives labels without probabilities.")
    return probability
