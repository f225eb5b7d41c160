"""The catalogue of perturbations. A new one is a class in its own file, its key in `Kind` and its line below."""

from __future__ import annotations

from typing import Literal

from evallib.methods.perturbation.perturbations.base import Perturbation
from evallib.methods.perturbation.perturbations.missing import Missing
from evallib.methods.perturbation.perturbations.noise import Noise, spread
from evallib.methods.perturbation.perturbations.swap import Swap

Kind = Literal["noise", "missing", "swap"]

PERTURBATIONS: dict[str, Perturbation] = {kind.key: kind for kind in (Noise(), Missing(), Swap())}
"""Every perturbation by its key, in the order of the page."""

__all__ = ["PERTURBATIONS", "Kind", "Perturbation", "spread"]
