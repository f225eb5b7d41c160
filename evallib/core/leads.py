"""By how much a model leads over the best baseline in every slice: guesses that look at no row, and other systems."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from evallib.core.directions import ONE_SIDED
from evallib.core.evaluation_set import Role
from evallib.core.evidence import Evidence
from evallib.core.intervals import ROUNDING, Z
from evallib.core.metrics import METRICS
from evallib.core.prior import constants, free_name, guesses
from evallib.core.slice_pairs import SlicedPair, paired_means_gap
from evallib.core.slice_scores import SlicedModel
from evallib.core.slice_tallies import LabelTally, LossTally
from evallib.core.unpaired import Gap, Quantity, bounded_gap

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from evallib.core.evaluation_set import EvaluationSet, Predictions
    from evallib.core.metrics import Metric
    from evallib.core.prior import Guess
    from evallib.core.slice_pairs import PairScores
    from evallib.core.slice_scores import PartitionScores

    Array = NDArray[np.float64]

IN_USE = (Role.INCUMBENT, Role.EXISTING, Role.HUMAN, Role.BASELINE)
"""The roles of systems that a model has to beat."""


class Lead(NamedTuple):
    """A baseline's metric in S slices, and the lead of a model over it, above 0 where the model is ahead."""

    baseline: str
    value: Array
    lead: Gap


class BestLead(NamedTuple):
    """The baseline that does best in each of S slices, "" where there is none, its metric, and the lead over it."""

    baseline: NDArray[np.object_]
    value: Array
    lead: Gap


class Baselines:
    """What models are held against: guesses that are the same on all rows, systems in use, and constant values.

    guesses: the zero rule and the label distribution, as the training set or all rows have the classes, and no better
        suited to a slice.
    pairs: of a model and another system, or the best constant of a regression, by their names.
    """

    def __init__(
        self, data: EvaluationSet, models: Mapping[str, SlicedModel], known: Mapping[tuple[str, str], SlicedPair]
    ) -> None:
        self.guesses = _guesses(data)
        self._guessed: dict[str, Guessed] = {}
        constant = _constants(data)
        both = replace(data, predictions={**data.predictions, **constant})
        rivals = {
            name: models[name] for name, said in data.predictions.items() if said.role in IN_USE and name in models
        }
        for name, key in zip(constant, ("rmse", "mae"), strict=False):
            rivals[name] = SlicedModel(Evidence(both, name))
            rivals[name].metrics = [METRICS[key]]
        self.pairs = {
            (model, rival): known.get((model, rival)) or SlicedPair.of(both, models[model], rivals[rival])
            for model in models
            for rival in rivals
            if rival != model
        }

    def leads(self, metric: Metric, scores: PartitionScores, pairs: Mapping[str, PairScores]) -> list[Lead]:
        """The leads of a model over each of its baselines, in the slices that `scores` are of.

        pairs: the model with each of the systems of `pairs`, in the same slices.
        """
        # What says the same of every row has a recall of 1 or a specificity of 1, and is no baseline for it.
        if metric.key in ONE_SIDED:
            return []
        found = [*self._of_guesses(metric, scores), *_of_systems(metric, pairs)]
        return found if metric.higher_is_better else [one._replace(lead=_turned(one.lead)) for one in found]

    def _of_guesses(self, metric: Metric, scores: PartitionScores) -> list[Lead]:
        """What guesses are expected to score in closed form, as the classes of a slice are known."""
        if not self.guesses or not isinstance(scores.model.tally(METRICS["accuracy"]), LabelTally):
            return []
        # By class: sums of weights and of squared weights.
        totals, squares = np.moveaxis(scores.pieces(METRICS["accuracy"]).sum(axis=3), 1, 0)
        if metric.by_cell is not None:
            last = self._guessed.get(metric.key)
            # Models that answered the same rows of the slices share what is guessed there.
            if last is None or not np.array_equal(last.totals, totals):
                self._guessed[metric.key] = last = _guessed(metric, scores, self.guesses, totals)
            return _of_labels(metric, scores, self.guesses, last)
        # A ranking by nothing, and the same forecast for every row: no two guesses differ.
        ranked_alike = next(guess for guess in self.guesses if not guess.ranks)
        if metric.ranking is not None:
            return [_of_ranking(metric, scores, ranked_alike)]
        return [_of_forecast(metric, scores, ranked_alike, totals, squares)]


def best_of(found: Sequence[Lead], metric: Metric, size: int) -> BestLead:
    """The lead over whichever of the baselines does best in each of so many slices."""
    unknown = np.full(size, np.nan)
    every = [*found, Lead("", unknown, Gap(unknown, unknown, unknown, unknown))]
    values, places = np.stack([one.value for one in every]), np.arange(size)
    good = np.where(np.isnan(values), -np.inf, values if metric.higher_is_better else -values)
    good[-1, np.isnan(values).all(axis=0)] = 0.0
    # The first one of those that are equal but for rounding.
    most = good.max(axis=0)
    best = (good >= most - ROUNDING * np.maximum(np.abs(most), 1.0)).argmax(axis=0)
    gap = Gap(*np.stack([np.stack(one.lead) for one in every])[best, :, places].T)
    return BestLead(np.array([one.baseline for one in every], dtype=object)[best], values[best, places], gap)


def _guesses(data: EvaluationSet) -> list[Guess]:
    """The zero rule and the label distribution, where there are classes and rows to count."""
    if data.task == "regression" or not _has_weight(data):
        return []
    _, *of_shares = (guess for guess, _ in guesses(data))
    return [replace(guess, name=free_name(guess.name, data.predictions)) for guess in of_shares]


def _constants(data: EvaluationSet) -> dict[str, Predictions]:
    """The mean, which is the constant of the least squares, and the median, which is that of the least distances."""
    if data.task != "regression" or not _has_weight(data):
        return {}
    named = [(free_name(said.name, data.predictions), said) for said, _ in constants(data)]
    return {name: replace(said, name=name) for name, said in named}


def _has_weight(data: EvaluationSet) -> bool:
    return bool(len(data) if data.weight is None else data.weight.sum() > 0)


def _turned(gap: Gap) -> Gap:
    return Gap(-gap.value, -gap.upper, -gap.lower, gap.p_value)


def _of_systems(metric: Metric, pairs: Mapping[str, PairScores]) -> list[Lead]:
    return [
        Lead(name, pair.values(metric)[1], pair.gap(metric))
        for name, pair in pairs.items()
        if metric in pair.pair.metrics
    ]


class Guessed(NamedTuple):
    """What G guesses are expected to score by a metric of labels in S slices, (G, S), and its derivative by class.

    totals: (S, k) the weights of the classes, from which both follow.
    """

    totals: Array
    value: Array
    by_class: Array


def _guessed(metric: Metric, scores: PartitionScores, guesses: Sequence[Guess], totals: Array) -> Guessed:
    """From the expected confusion matrices."""
    (size, k), say = totals.shape, np.stack([guess.say for guess in guesses])
    expected = (totals[None, :, :, None] * say[:, None, None, :]).reshape(-1, 1, k, k)
    found = scores.model.tally(metric).sliced(metric, np.repeat(expected, 2, axis=1))
    by_class = np.einsum("gsij,gj->gsi", found.derivative.reshape(len(guesses), size, k, k), say)
    return Guessed(totals, found.value.reshape(len(guesses), size), by_class)


def _of_labels(metric: Metric, scores: PartitionScores, guesses: Sequence[Guess], guessed: Guessed) -> list[Lead]:
    """The parts that a row has in the model's metric and in a guess's are paired."""
    squares, inflation = scores.pieces(metric)[:, 1], scores.model.inflation(metric)
    derivative, one = scores.sliced(metric).derivative, scores.measured(metric, inflation)
    apart = np.einsum("sij,gsij->gs", squares, (derivative - guessed.by_class[..., None]) ** 2) * inflation
    variance = np.einsum("si,gsi->gs", squares.sum(axis=2), guessed.by_class**2) * inflation
    stderr = np.sqrt(variance)
    two = Quantity(guessed.value, guessed.value - Z * stderr, guessed.value + Z * stderr, stderr, one.n)
    product = one.stderr * stderr
    with np.errstate(divide="ignore", invalid="ignore"):
        r = (one.stderr**2 + variance - apart) / (2 * product)
    gaps = bounded_gap(one, two, np.where(product > ROUNDING**2, r, 0.0))
    return [
        Lead(guess.name, guessed.value[place], Gap(*(part[place] for part in gaps)))
        for place, guess in enumerate(guesses)
    ]


def _of_ranking(metric: Metric, scores: PartitionScores, guess: Guess) -> Lead:
    """Half of all pairs."""
    one = scores.measured(metric, scores.model.inflation(metric))
    half = np.where(np.isnan(one.value), np.nan, 0.5)
    return Lead(guess.name, half, bounded_gap(one, Quantity(half, half, half, np.zeros_like(half), one.n)))


def _of_forecast(metric: Metric, scores: PartitionScores, guess: Guess, totals: Array, squares: Array) -> Lead:
    """The mean loss of the shares of the classes; its variance beside the model's needs the model's sums by class."""
    tally = scores.model.tally(metric)
    if not isinstance(tally, LossTally):
        raise TypeError(f"{metric.key} is no mean of losses.")
    loss, weight = guess.forecast_losses(metric.key), totals.sum(axis=1)
    pieces, inflation = scores.pieces(metric), scores.model.inflation(metric)
    with np.errstate(divide="ignore", invalid="ignore"):
        value = totals @ loss / weight
    own = scores.sliced(metric).value
    # Of a row of a class the difference of the losses is v + shift; see `LossTally` for v.
    shift = tally.centre - loss - (own - value)[:, None]
    spread = pieces[:, 4] + (2 * shift * pieces[:, 5:] + shift**2 * squares).sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        stderr = np.sqrt(np.maximum(spread, 0.0) * inflation) / weight
    return Lead(guess.name, value, paired_means_gap(own - value, stderr, np.maximum(scores.n / inflation, 1.0)))
