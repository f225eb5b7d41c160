"""A colour per model that stays the model's on every page."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

PALETTE = (
    "#0072B2",
    "#D55E00",
    "#009E73",
    "#CC79A7",
    "#E69F00",
    "#56B4E9",
    "#8C6BB1",
    "#A6761D",
    "#66A61E",
    "#666666",
)
"""Okabe and Ito's colours first: told apart by colour-blind readers, on light and on dark ground."""

NEUTRAL = "#8A8F98"
"""Reference lines, baselines and everything that is no model."""


def colours_of(models: Iterable[str]) -> dict[str, str]:
    """A colour for every model, by its place in the evaluation."""
    return {name: PALETTE[place % len(PALETTE)] for place, name in enumerate(models)}


def faint(colour: str, alpha: float = 0.18) -> str:
    """The same colour, see-through, for bands and fills."""
    red, green, blue = (int(colour[start : start + 2], 16) for start in (1, 3, 5))
    return f"rgba({red}, {green}, {blue}, {alpha})"
