"""By how much a model leads over the best baseline in every slice: guesses that look at no row, and other systems."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from evallib.core.evaluation_set import Role
from evallib.core.evidence import Evidence
from evallib.core.intervals import ROUNDING, Z
from evallib.core.metrics import METRICS
from evallib.core.prior import constants, free_name, guesses
from evallib.core.slice_pairs import SlicedPair, paired_means_gap
from evallib.core.slice_scores import SlicedModel, measured
from evallib.core.slice_tallies import LabelTally
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

ONE_SIDED = ("precision", "recall", "specificity")
"""What a system gets right that says the same of every row has no baseline: always saying yes has a recall of 1."""


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
        if metric.key in ONE_SIDED:
            return []
        found = [*_of_guesses(metric, scores, self.guesses), *_of_systems(metric, pairs)]
        return found if metric.higher_is_better else [one._replace(lead=_turned(one.lead)) for one in found]


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


def _of_guesses(metric: Metric, scores: PartitionScores, guesses: Sequence[Guess]) -> list[Lead]:
    """What guesses are expected to score in closed form, as the classes of a slice are known."""
    if not guesses or not isinstance(scores.model.tally(METRICS["accuracy"]), LabelTally):
        return []
    # By class: sums of weights and of squared weights.
    totals, squares = np.moveaxis(scores.pieces(METRICS["accuracy"]).sum(axis=3), 1, 0)
    if metric.by_cell is not None:
        return _of_labels(metric, scores, guesses, totals)
    # A ranking by nothing, and the same forecast for every row: no two guesses differ.
    ranked_alike = next(guess for guess in guesses if not guess.ranks)
    if metric.ranking is not None:
        return [_of_ranking(metric, scores, ranked_alike)]
    return [_of_forecast(metric, scores, ranked_alike, totals, squares)]


def _of_labels(metric: Metric, scores: PartitionScores, guesses: Sequence[Guess], totals: Array) -> list[Lead]:
    """From the expected confusion matrices of the guesses; the parts that a row has in both are paired."""
    tally, own = scores.model.tally(metric), scores.sliced(metric)
    say = np.stack([guess.say for guess in guesses])
    expected = (totals[None, :, :, None] * say[:, None, None, :]).reshape(-1, 1, *own.derivative.shape[1:])
    guessed = tally.sliced(metric, np.repeat(expected, 2, axis=1))
    derivative = guessed.derivative.reshape(len(guesses), *own.derivative.shape)
    by_class = np.einsum("gsij,gj->gsi", derivative, say)
    squares = scores.pieces(metric)[:, 1]
    apart = np.einsum("sij,gsij->gs", squares, (own.derivative - by_class[..., None]) ** 2)
    alone = np.einsum("sij,gsi->gs", squares, by_class**2)
    inflation = scores.model.inflation(metric)
    one = measured(metric, own, scores.n, inflation)
    found = []
    for guess, value, variance, gap in zip(
        guesses, guessed.value.reshape(alone.shape), alone * inflation, apart * inflation, strict=True
    ):
        stderr = np.sqrt(variance)
        two = Quantity(value, value - Z * stderr, value + Z * stderr, stderr, one.n)
        product = one.stderr * stderr
        with np.errstate(divide="ignore", invalid="ignore"):
            r = (one.stderr**2 + variance - gap) / (2 * product)
        found.append(Lead(guess.name, value, bounded_gap(one, two, np.where(product > ROUNDING**2, r, 0.0))))
    return found


def _of_ranking(metric: Metric, scores: PartitionScores, guess: Guess) -> Lead:
    """Half of all pairs."""
    one = measured(metric, scores.sliced(metric), scores.n, scores.model.inflation(metric))
    half = np.where(np.isnan(one.value), np.nan, 0.5)
    return Lead(guess.name, half, bounded_gap(one, Quantity(half, half, half, np.zeros_like(half), one.n)))


def _of_forecast(metric: Metric, scores: PartitionScores, guess: Guess, totals: Array, squares: Array) -> Lead:
    """The mean loss of the shares of the classes; its variance beside the model's needs the model's sums by class."""
    loss, weight = guess.forecast_losses(metric.key), totals.sum(axis=1)
    pieces, inflation = scores.pieces(metric), scores.model.inflation(metric)
    with np.errstate(divide="ignore", invalid="ignore"):
        value = totals @ loss / weight
    own = scores.sliced(metric).value
    # Of a row of a class the difference of the losses is v + shift; see `LossTally` for v.
    shift = scores.model.centre(metric) - loss - (own - value)[:, None]
    spread = pieces[:, 4] + (2 * shift * pieces[:, 5:] + shift**2 * squares).sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        stderr = np.sqrt(np.maximum(spread, 0.0) * inflation) / weight
    return Lead(guess.name, value, paired_means_gap(own - value, stderr, np.maximum(scores.n / inflation, 1.0)))
