"""What strata make of an overall difference: kind, adjusted difference, mix and rate effects, and how sure it is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evallib.core.intervals import Z
from evallib.methods.reversals.contrast import Contrast, normal_p
from evallib.methods.reversals.kinds import TIE, Grade, Kind, kind_of
from evallib.methods.reversals.mantel_haenszel import breslow_day_p, cochran_p, risk_difference

LEVEL = 0.05


@dataclass(frozen=True)
class Verdict:
    """The difference at an equal mix of strata, and what the mix adds to it.

    adjusted: Mantel-Haenszel's difference of rates with Sato's interval for sides on different rows; strata weighted
        alike (product of the masses over their sum) for means; the rate effect for sides on common rows.
    rate_effect, mix_effect: Kitagawa's two parts of the overall difference, which they add up to.
    p_mix: p-value of no mix effect, the mixes taken as given.
    """

    kind: Kind
    overall: float
    adjusted: float
    lower: float
    upper: float
    p_overall: float
    p_adjusted: float
    cmh_p: float
    breslow_day_p: float
    rate_effect: float
    mix_effect: float
    p_mix: float

    def grade(self, q: float) -> Grade:
        """How sure a reversal is, given the false discovery rate of its mix effect over everything scanned.

        Supported: overall and adjusted difference are both significant, with opposite signs. Moderate: they are not,
        but adjusting moves the difference beyond noise. Weak: it may be chance, as a flip of two near-ties is.
        """
        if not self.kind.flagged:
            return Grade.NONE
        opposite = self.overall * self.adjusted < 0 and abs(self.overall) > TIE and abs(self.adjusted) > TIE
        if opposite and max(self.p_overall, self.p_adjusted, q) <= LEVEL:
            return Grade.SUPPORTED
        return Grade.MODERATE if q <= LEVEL else Grade.WEAK


def judge(contrast: Contrast) -> Verdict:
    """The verdict on a contrast.

    Source of the decomposition: Kitagawa 1955, Journal of the American Statistical Association 50.
    """
    middle = (contrast.first.share + contrast.second.share) / 2
    rate_effect = float(middle @ contrast.gap.value)
    mix_effect = contrast.overall - rate_effect
    parts = contrast.overall_variance - 2 * middle @ contrast.covariance + middle**2 @ contrast.variance
    adjusted, stderr = _adjusted(contrast, middle)
    tables = contrast.tables
    return Verdict(
        kind=kind_of(contrast.overall, contrast.gap.value, adjusted),
        overall=contrast.overall,
        adjusted=adjusted,
        lower=adjusted - Z * stderr,
        upper=adjusted + Z * stderr,
        p_overall=contrast.overall_p,
        p_adjusted=_p(adjusted, stderr**2),
        cmh_p=np.nan if tables is None else cochran_p(tables),
        breslow_day_p=np.nan if tables is None else breslow_day_p(tables),
        rate_effect=rate_effect,
        mix_effect=mix_effect,
        p_mix=1.0 if abs(mix_effect) <= TIE else _p(mix_effect, max(float(parts), 0.0)),
    )


def _adjusted(contrast: Contrast, middle: np.ndarray) -> tuple[float, float]:
    if contrast.tables is not None:
        return risk_difference(contrast.tables)
    weight = middle
    if contrast.alone:
        weight = contrast.first.mass * contrast.second.mass / (contrast.first.mass + contrast.second.mass)
        weight = weight / weight.sum()
    return float(weight @ contrast.gap.value), float(np.sqrt(weight**2 @ contrast.variance))


def _p(value: float, variance: float) -> float:
    return float(normal_p(np.array([value]), np.array([variance]))[0])
