"""A forecast of something that happens or not: the event itself, or that the model's label is right."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from evallib.core.errors import NotApplicable
from evallib.core.losses import highest
from evallib.core.tie_blocks import TieBlocks

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from evallib.core.evaluation_set import EvaluationSet

DECIMALS = 12
"""Confidences are rounded to so many decimals, so that 0.7 and 1 - 0.3 are tied."""


@dataclass(frozen=True, eq=False)
class Forecast:
    """Probabilities and outcomes of the n rows that a model answered and that have a positive weight.

    kept: (rows of the data,) which rows these are.    weight: (n,) or None for all equal.
    cluster: (n,) codes of the rows' groups, None where the data names no group.
    """

    probability: NDArray[np.float64]
    outcome: NDArray[np.bool_]
    weight: NDArray[np.float64] | None
    cluster: NDArray[np.intp] | None
    kept: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.outcome)

    def take(self, rows: NDArray[np.bool_]) -> Forecast:
        """The forecast on some of the rows of the data, chosen by a mask."""
        chosen = rows[self.kept]
        if chosen.all():
            return self
        weight = None if self.weight is None else self.weight[chosen]
        cluster = None if self.cluster is None else self.cluster[chosen]
        return Forecast(self.probability[chosen], self.outcome[chosen], weight, cluster, self.kept & rows)

    @cached_property
    def blocks(self) -> TieBlocks:
        """The rows in ascending order of probability."""
        return TieBlocks.of(self.probability, self.outcome, self.weight)

    def mean(self, values: NDArray[np.float64] | NDArray[np.bool_]) -> tuple[float, float]:
        """The weighted mean of (n,) values and its standard error, which adds up the rows of a cluster first."""
        value = float(np.average(values, weights=self.weight))
        influence = (values - value) / len(self)
        if self.weight is not None:
            influence *= self.weight * (len(self) / self.weight.sum())
        return value, self.standard_error(influence)

    def standard_error(self, influence: NDArray[np.float64]) -> float:
        """The standard error that the rows' (n,) influences imply; the rows of a cluster are added up first."""
        parts = influence if self.cluster is None else np.bincount(self.cluster, influence)
        return float(np.sqrt(parts @ parts))

    def design_effect(self, residual: NDArray[np.floating[Any]]) -> float:
        """How many times as variable a mean is as one of independent rows, at least 1, from its (n,) residuals."""
        if self.cluster is None:
            return 1.0
        alone = residual if self.weight is None else residual * self.weight
        together = np.bincount(self.cluster, alone)
        return max(1.0, float(together @ together) / float(alone @ alone)) if alone.any() else 1.0

    @cached_property
    def effective(self) -> float:
        """How many equally weighted, independent rows would tell as much of the outcome's rate; at most n."""
        rate, stderr = self.mean(self.outcome)
        return min(rate * (1 - rate) / stderr**2, float(len(self))) if stderr > 0 else float(len(self))


def event_forecast(data: EvaluationSet, model: str) -> Forecast:
    """The model's probabilities of the positive class, and whether it came."""
    return _forecast(data, model, data.event_probability(model), data.event)


def confidence_forecast(data: EvaluationSet, model: str) -> Forecast:
    """The model's confidence, its highest class probability, and whether its label is right."""
    answers = data.predictions[model]
    if answers.probability is None:
        raise NotApplicable(f"{model} gives labels without probabilities.")
    return _forecast(data, model, np.round(highest(answers.probability), DECIMALS), np.asarray(answers.label == data.y))


def _forecast(
    data: EvaluationSet, model: str, probability: NDArray[np.float64], outcome: NDArray[np.bool_]
) -> Forecast:
    every = np.ones(len(data), bool)
    kept = data.predictions[model].answered & ~np.isnan(probability)
    if data.weight is not None:
        kept &= data.weight > 0
    return Forecast(probability, outcome, data.weight, data.cluster, every).take(kept)


def forecasting_models(data: EvaluationSet) -> list[str]:
    """The models that gave a probability for at least one row of positive weight; raises `NotApplicable` without."""
    counted = np.ones(len(data), bool) if data.weight is None else data.weight > 0
    found = [name for name in data.with_probabilities() if (data.predictions[name].answered & counted).any()]
    if not found:
        raise NotApplicable("No model gives a predicted probability for any row.")
    return found
