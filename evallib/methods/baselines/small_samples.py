"""Exact expectations and standard deviations of random guessing, where the large-sample ones are off."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from evallib.core.intervals import binomial

if TYPE_CHECKING:
    from numpy.typing import NDArray


def _outcomes(positives: int, negatives: int, q: float) -> tuple[NDArray[np.float64], ...]:
    """TP (P + 1, 1), FP (1, N + 1) and the probability of each pair, when "positive" is said with probability q."""
    tp, fp = np.arange(positives + 1.0)[:, None], np.arange(negatives + 1.0)[None, :]
    return tp, fp, binomial(tp, positives, q) * binomial(fp, negatives, q)


def random_f1(positives: int, negatives: int, q: float) -> tuple[float, float]:
    """Mean and standard deviation of 2 TP / (2 TP + FP + FN) over all draws; 0 of a draw without a true positive."""
    tp, fp, probability = _outcomes(positives, negatives, q)
    return _moments(2 * tp / (tp + fp + positives), probability)


def random_precision(positives: int, negatives: int, q: float) -> tuple[float, float]:
    """Mean and standard deviation of TP / (TP + FP) over the draws in which some row is called positive."""
    tp, fp, probability = _outcomes(positives, negatives, q)
    probability[0, 0] = 0.0
    return _moments(tp / np.maximum(tp + fp, 1), probability / probability.sum())


def _moments(values: NDArray[np.float64], probability: NDArray[np.float64]) -> tuple[float, float]:
    mean = float((values * probability).sum())
    return mean, float(np.sqrt(((values - mean) ** 2 * probability).sum()))


@lru_cache(maxsize=64)
def random_ranking_precision(positives: int, negatives: int, share: float) -> tuple[float, float]:
    """Mean and standard deviation of the average precision of a random order of P positive and N negative rows.

    share: the weighted share of the positive rows, P / (P + N) without weights; then both are exact. With weights P
    and N are effective numbers, and the moments are scaled to the share. With B_k = 1 where rank k is positive,
    P AP = sum of B_k / k + sum over j < k of B_j B_k / k, whose second moment needs the probabilities that 1 to 4
    given ranks are all positive. Source of the mean: Bestgen 2015, Prague Bulletin of
    Mathematical Linguistics 103.
    """
    n = positives + negatives
    k = np.arange(1, n + 1).astype(np.float64)
    harmonic = float((1 / k).sum())
    excess = (harmonic - 1) / (n - 1)
    together = np.asarray(np.cumprod([max(positives - m, 0) / max(n - m, 1) for m in range(4)]), np.float64)
    variance = _second_moment(k, together) - (together[0] * harmonic + together[1] * (n - harmonic)) ** 2
    plain = positives * negatives / n**2
    scale = share * (1 - share) / plain if plain > 0 else 0.0
    return share + (1 - share) * excess, float(np.sqrt(max(variance, 0.0))) / positives * scale


def _second_moment(k: NDArray[np.float64], together: NDArray[np.float64]) -> float:
    """The expectation of the square of P AP, its pairs of terms counted by how many different ranks they name."""
    one, two, three, four = (float(probability) for probability in together)
    inverse, before = 1 / k, (k - 1) / k
    single, double = float(inverse.sum()), float(before.sum())
    squares, same_pair = float((inverse**2).sum()), float((before * inverse).sum())
    below = float((inverse[1:] * np.cumsum(inverse)[:-1]).sum())
    same_last = float((before * (k - 2) * inverse).sum())
    chained = float((inverse[1:] * np.cumsum(before)[:-1]).sum())
    alone = one * squares + two * (single**2 - squares)
    mixed = two * (same_pair + below) + three * (single * double - same_pair - below)
    pairs = two * same_pair + three * (same_last + 4 * chained)
    pairs += four * (double**2 - same_pair - same_last - 4 * chained)
    return alone + 2 * mixed + pairs
