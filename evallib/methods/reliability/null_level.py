"""What calibration error a perfectly calibrated model of the same size would show, by chance alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from evallib.methods.reliability.binned import BinnedForecast

DRAWS = 2000
ROUNDING = 1e-12


@dataclass(frozen=True)
class NullLevel:
    """The errors of a perfectly calibrated model: their mean and 95th percentile, and how usual the observed one is.

    p_value: the share of the draws whose ECE is at least the observed one, counting the observed one itself.
    """

    ece_mean: float
    ece_upper: float
    mce_upper: float
    p_value: float


def null_level(binned: BinnedForecast) -> NullLevel:
    """The level from outcomes drawn with the predicted probabilities, bin by bin, always from the same seed.

    A bin's count of events is drawn as Binomial(rows, mean prediction). That has at least the variance of the sum of
    its rows' own Bernoulli draws, so the level errs on the side of calling a model calibrated. Source: Broecker and
    Smith 2007 (consistency resampling); Roelofs et al. 2022 on the bias of ECE.
    """
    rows = np.maximum(np.rint(binned.effective), 1).astype(np.int64)
    chance = np.clip(binned.predicted, 0, 1)
    draws = np.random.default_rng(0).binomial(rows, chance, (DRAWS, len(rows))) / rows
    gaps = np.abs(draws - binned.predicted)
    ece, mce = gaps @ binned.share, gaps.max(axis=1)
    as_large = np.count_nonzero(ece >= binned.ece - ROUNDING)
    return NullLevel(
        float(ece.mean()),
        float(np.quantile(ece, 0.95)),
        float(np.quantile(mce, 0.95)),
        (1 + as_large) / (1 + DRAWS),
    )
