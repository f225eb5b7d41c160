"""Systems that look at no row: what they are expected to score, exactly, and how much a single draw would scatter."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from evallib.core.cells import linearize_cells
from evallib.core.estimates import Estimate, Measured
from evallib.core.intervals import Z
from evallib.core.linearization import Linearized
from evallib.methods.baselines.small_samples import random_f1, random_precision, random_ranking_precision

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from evallib.core.evidence import Evidence
    from evallib.core.metrics import Metric
    from evallib.core.prior import Guess

MOST_EXACT = 250_000
"""Up to so many pairs of a positive and a negative row, F1 and precision are summed over every outcome."""


@dataclass(frozen=True, eq=False)
class Expected(Measured):
    """What a guess is expected to score on some rows; `sd` is the standard deviation of one draw of its guesses."""

    sd: float
    by_row: ClassVar[bool] = False

    @cached_property
    def _estimate(self) -> Estimate:
        """The expectation with the interval that follows from the rows being a sample: the shares of the classes."""
        stderr = self.stderr()
        value = self.found.value
        return Estimate(value, value - Z * stderr, value + Z * stderr, stderr, self.evidence.n)

    def draws(self) -> tuple[float, float]:
        """Between which values 95 % of the draws lie."""
        lower, upper = self.found.value - Z * self.sd, self.found.value + Z * self.sd
        return (max(lower, 0.0), min(upper, 1.0)) if self.metric.bounded else (lower, upper)


def expect(metric: Metric, guess: Guess, evidence: Evidence) -> Expected:
    """The expectation of a metric on these rows, given their true classes, with the influence of each row on it.

    Labels are drawn from `say`, rankings are drawn from all orders of the rows, forecasts are the same for every row.
    """
    if metric.by_cell is not None:
        value, by_class, sd = _of_labels(metric, guess, evidence)
    elif metric.ranking is not None:
        value, by_class, sd = _of_ranking(metric, guess, evidence)
    else:
        value, by_class, sd = _of_forecast(metric, guess, evidence)
    derivative = np.repeat(by_class[:, None], len(by_class), axis=1)
    found = Linearized(value, lambda: evidence.spread(derivative), float(evidence.n), derivative=derivative)
    return Expected(metric, found, evidence, sd)


Expectation = tuple[float, "NDArray[np.float64]", float]
"""A value, its derivative by the weight of a row of each class (k,), and the standard deviation of a draw."""


def _of_labels(metric: Metric, guess: Guess, evidence: Evidence) -> Expectation:
    """The metric of the expected confusion matrix; its scatter follows from the derivative in each cell.

    That is exact for shares of fixed sets of rows, and for precision. F1 is summed exactly over all outcomes where
    there are few rows, and off by terms of the order of 1 / n otherwise.
    """
    totals, squares = evidence.confusion.sum(axis=1), evidence.squares.sum(axis=1)
    matrix = np.outer(totals, guess.say)
    ratios = metric.by_cell(matrix, evidence.data.positive) if metric.by_cell else []
    if not ratios:
        return np.nan, np.zeros(len(totals)), np.nan
    found = [linearize_cells(ratio, matrix) for ratio in ratios]
    value, derivative = float(np.mean([one for one, _ in found])), np.mean([one for _, one in found], axis=0)
    by_class = derivative @ guess.say
    scatter = np.maximum(derivative**2 @ guess.say - by_class**2, 0.0)
    sd = float(np.sqrt(squares @ scatter)) if np.isfinite(value) else np.nan
    exact = {"f1": random_f1, "precision": random_precision}.get(metric.key)
    if exact is not None and np.isfinite(value) and _few(guess, evidence, totals):
        positive = evidence.data.positive
        value, sd = exact(int(totals[positive]), int(totals.sum() - totals[positive]), float(guess.say[positive]))
    return value, by_class, sd


def _few(guess: Guess, evidence: Evidence, totals: NDArray[np.float64]) -> bool:
    positives = totals[evidence.data.positive]
    random = 0 < guess.say[evidence.data.positive] < 1
    return bool(random and evidence.data.weight is None and positives * (totals.sum() - positives) <= MOST_EXACT)


def _of_ranking(metric: Metric, guess: Guess, evidence: Evidence) -> Expectation:
    """Half for the ROC AUC, and a little more than the share of positive rows for average precision.

    Source of the scatter: the Mann-Whitney statistic, with weights.
    """
    totals, squares = evidence.confusion.sum(axis=1), evidence.squares.sum(axis=1)
    binary = len(totals) == 2
    with np.errstate(divide="ignore", invalid="ignore"):
        own, rest = squares / totals**2, (squares.sum() - squares) / (totals.sum() - totals) ** 2
    nothing = np.zeros(len(totals))
    if metric.key == "roc_auc":
        # As in the metric: the average over the classes that occur, of the positive one alone for two classes.
        codes = [evidence.data.positive] if binary else np.flatnonzero(totals > 0)
        variance = ((own + rest + own * rest) / 12)[codes]
        if not len(variance) or np.isnan(variance).any():
            return np.nan, nothing, np.nan
        return 0.5, nothing, float(np.sqrt(variance.sum()) / len(variance)) if guess.ranks else 0.0
    positive = evidence.data.positive
    if totals[positive] <= 0:
        return np.nan, nothing, np.nan
    share = float(totals[positive] / totals.sum())
    by_class = ((np.arange(len(totals)) == positive) - share) / totals.sum()
    if not guess.ranks or share == 1:
        return share, by_class, 0.0
    return (*_random_precision(share, float(own[positive]), float(rest[positive]), by_class),)


def _random_precision(share: float, own: float, rest: float, by_class: NDArray[np.float64]) -> Expectation:
    positives, negatives = max(round(1 / own), 1), max(round(1 / rest), 1)
    value, sd = random_ranking_precision(positives, negatives, share)
    return value, by_class, sd


def _of_forecast(metric: Metric, guess: Guess, evidence: Evidence) -> Expectation:
    """The mean loss of a forecast that is the same for every row; nothing about it is drawn."""
    loss, totals = guess.forecast_losses(metric.key), evidence.confusion.sum(axis=1)
    if totals.sum() <= 0:
        return np.nan, np.zeros(len(loss)), np.nan
    value = float(totals @ loss / totals.sum())
    return value, (loss - value) / totals.sum(), 0.0
