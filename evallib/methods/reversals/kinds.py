"""What the differences in the strata are to the difference overall: the kinds of reversal."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

TIE = 1e-9
"""Differences up to this are ties."""


class Kind(StrEnum):
    """The kinds, the ones that contradict the overall difference most first.

    STRICT: every stratum has the other sign than all rows together.    WEAK: no stratum has their sign, some are tied.
    MASKED: tied overall with one sign in the strata, or the other way round.
    PARTIAL: strata of both signs, and the difference at an equal mix of strata has the other sign.
    CROSSING: strata of both signs, the adjusted difference keeping the overall sign: a trade-off, no reversal.
    CONSISTENT: no stratum has the other sign.    NOT_EVALUABLE: fewer than two strata that both sides saw.
    """

    STRICT = "strict reversal"
    WEAK = "weak reversal"
    MASKED = "masked"
    PARTIAL = "partial reversal"
    CROSSING = "trade-off"
    CONSISTENT = "consistent"
    NOT_EVALUABLE = "not evaluable"

    @property
    def flagged(self) -> bool:
        """True where strata and all rows tell different stories."""
        return self in {Kind.STRICT, Kind.WEAK, Kind.MASKED, Kind.PARTIAL}


class Grade(StrEnum):
    """How sure it is that a reversal is none of chance; it never decides on the kind, which is a fact of the data."""

    SUPPORTED = "supported"
    MODERATE = "moderate"
    WEAK = "weak"
    NONE = ""


def kind_of(overall: float, strata: NDArray[np.float64], adjusted: float) -> Kind:
    """The kind of (S,) differences in strata beside the overall and the adjusted one."""
    if len(strata) < 2:
        return Kind.NOT_EVALUABLE
    sign, adjusted_sign = (_sign(np.array([value]))[0] for value in (overall, adjusted))
    signs = set(_sign(strata).tolist())
    apart = {-1, 1} <= signs
    if sign == 0:
        return Kind.CROSSING if apart else Kind.CONSISTENT if signs == {0} else Kind.MASKED
    if apart:
        return Kind.PARTIAL if adjusted_sign == -sign else Kind.CROSSING
    if signs == {0}:
        return Kind.MASKED
    if sign in signs:
        return Kind.CONSISTENT
    return Kind.WEAK if 0 in signs else Kind.STRICT


def _sign(values: NDArray[np.float64]) -> NDArray[np.int_]:
    return np.asarray((values > TIE).astype(int) - (values < -TIE).astype(int))
