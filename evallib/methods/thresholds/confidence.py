"""Coverage against quality when the least sure predictions are withheld, and how well confidence ranks the errors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.special import digamma

from evallib.core.intervals import score_interval, wilson
from evallib.methods.thresholds.sweep import TOLERANCE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from evallib.core.forecast import Forecast

GRID = 1000
"""The confidence curve is exact at every threshold of so many steps from 0 to 1."""


@dataclass(frozen=True)
class RiskAreas:
    """Areas under the risk-coverage curve (AURC) and the generalised one (AUGRC), of a model and of the best order."""

    aurc: float
    aurc_oracle: float
    augrc: float
    augrc_oracle: float


def risk_areas(weight: NDArray[np.float64], wrong: NDArray[np.float64]) -> RiskAreas:
    """The areas from the blocks of equal confidence, the surest first: their weights and the wrong part of them.

    The oracle is the same estimator with all errors last: what the best order of these very rows would reach.
    """
    right_first = np.array([(weight - wrong).sum(), wrong.sum()]), np.array([0.0, wrong.sum()])
    return RiskAreas(_aurc(weight, wrong), _aurc(*right_first), _augrc(weight, wrong), _augrc(*right_first))


def _aurc(weight: NDArray[np.float64], wrong: NDArray[np.float64]) -> float:
    """The mean over the rows of the error rate among the rows that are at least as sure, averaged over orders of ties.

    In a block of m rows with e errors after N rows with E errors, the j-th row brings (E + e j / m) / (N + j); the
    sum over j has a closed form in harmonic numbers, which digamma gives for fractional (weighted) rows too.
    Source: Geifman, Uziel, El-Yaniv 2019; tie averaging by exchangeability.
    """
    some = weight > 0
    weight, wrong = weight[some], wrong[some]
    after = np.cumsum(weight)
    before, wrong_before = after - weight, np.cumsum(wrong) - wrong
    harmonic = np.diff(digamma(np.append(before[:1], after) + 1))
    return float(np.sum((wrong_before - wrong * before / weight) * harmonic + wrong) / after[-1])


def _augrc(weight: NDArray[np.float64], wrong: NDArray[np.float64]) -> float:
    """The area under errors among the accepted rows, as a share of all rows, against coverage.

    It is acc (1 - acc) (1 - AUROC of confidence) + (1 - acc)² / 2. Source: Traub et al. 2024.
    """
    wrong_before = np.cumsum(wrong) - wrong
    return float(np.sum(weight * (wrong_before + wrong / 2)) / weight.sum() ** 2)


def confidence_curve(forecast: Forecast, most: int) -> pd.DataFrame:
    """Rows kept, coverage and accuracy with its 95 % interval when confidences below a threshold are withheld.

    One row per threshold, ascending, at most `most`: every one of a grid of 0.001, and evenly along coverage.
    """
    blocks = forecast.blocks
    kept, right = np.cumsum(blocks.total[::-1])[::-1], np.cumsum(blocks.positive[::-1])[::-1]
    places = np.arange(len(blocks))
    if len(blocks) > most:
        grid = np.searchsorted(blocks.value, np.arange(GRID + 1) / GRID - TOLERANCE)
        along = np.searchsorted(-kept, np.linspace(-kept[0], 0, most - GRID - 2))
        places = np.unique(np.concatenate((grid[grid < len(blocks)], along[along < len(blocks)], places[-1:])))
    accuracy = right[places] / kept[places]
    lower, upper = wilson(accuracy, kept[places] * forecast.effective / kept[0])
    return pd.DataFrame(
        {
            "confidence": blocks.value[places],
            "n": len(forecast) - blocks.start[places],
            "coverage": kept[places] / kept[0],
            "accuracy": accuracy,
            "lower": lower,
            "upper": upper,
        }
    )


@dataclass(frozen=True)
class RankQuality:
    """The probability that a right answer is surer than a wrong one, ties counting half, with its 95 % limits."""

    auroc: float
    lower: float
    upper: float


def rank_quality(forecast: Forecast) -> RankQuality:
    """The AUROC of confidence, by blocks of ties; NaN where every answer is right, or every one wrong.

    The rows' influences are those of DeLong 1988. Groups widen the interval by the design effect of being right.
    """
    blocks = forecast.blocks
    right, wrong = blocks.positive, blocks.negative
    rights, wrongs = float(right.sum()), float(wrong.sum())
    if rights <= 0 or wrongs <= 0:
        return RankQuality(np.nan, np.nan, np.nan)
    below, above = np.cumsum(wrong) - wrong / 2, rights - np.cumsum(right) + right / 2
    value = float(right @ below) / (rights * wrongs)
    of_right, of_wrong = (below / wrongs - value) / rights, (above / rights - value) / wrongs
    if blocks.weight is not None:
        right, wrong = blocks.sum(blocks.event * blocks.weight**2), blocks.sum(~blocks.event * blocks.weight**2)
    design = forecast.design_effect(forecast.outcome - rights / (rights + wrongs))
    stderr = float(np.sqrt((right @ of_right**2 + wrong @ of_wrong**2) * design))
    rarer = min(rights**2 / right.sum(), wrongs**2 / wrong.sum()) / design
    lower, upper = score_interval(value, stderr, rarer)
    return RankQuality(value, float(lower), float(upper))


def selective_quality(forecast: Forecast) -> dict[str, float]:
    """Accuracy without withholding, the AUROC of confidence (does it rank right above wrong?), AURC and AUGRC."""
    blocks = forecast.blocks
    scale = len(forecast) / float(blocks.total.sum())
    areas = risk_areas(blocks.total[::-1] * scale, blocks.negative[::-1] * scale)
    ranked = rank_quality(forecast)
    accuracy, stderr = forecast.mean(forecast.outcome)
    lower, upper = score_interval(accuracy, stderr, forecast.effective)
    return {
        "n": len(forecast),
        "wrong": len(forecast) - int(np.count_nonzero(forecast.outcome)),
        "accuracy": accuracy,
        "lower": float(lower),
        "upper": float(upper),
        "auroc": ranked.auroc,
        "auroc_lower": ranked.lower,
        "auroc_upper": ranked.upper,
        "aurc": areas.aurc,
        "aurc_oracle": areas.aurc_oracle,
        "excess_aurc": areas.aurc - areas.aurc_oracle,
        "augrc": areas.augrc,
        "augrc_oracle": areas.augrc_oracle,
        "excess_augrc": areas.augrc - areas.augrc_oracle,
    }
