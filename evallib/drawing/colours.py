"""A colour per model that stays the model's on every page, and the template that every chart wears."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import plotly.graph_objects as go

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

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

AXIS = {
    "showgrid": True,
    "gridcolor": "rgba(128, 128, 128, 0.18)",
    "zeroline": False,
    "automargin": True,
    "ticks": "",
    "ticklabelstandoff": 4,
}
"""What all axes have in common."""


def colours_of(models: Iterable[str]) -> dict[str, str]:
    """A colour for every model, by its place in the evaluation."""
    return {name: PALETTE[place % len(PALETTE)] for place, name in enumerate(models)}


def faint(colour: str, alpha: float = 0.18) -> str:
    """The same colour, see-through, for bands and fills."""
    red, green, blue = (int(colour[start : start + 2], 16) for start in (1, 3, 5))
    return f"rgba({red}, {green}, {blue}, {alpha})"


NARROW = 620
"""Pixels of width below which a chart has the layout of `for_narrow`."""


def for_narrow(layout: Mapping[str, Any], hidden: Sequence[int] = ()) -> dict[str, Any]:
    """The `meta` of a figure that, where there is little room, lacks these traces and has this in its layout."""
    return {"narrow": {"below": NARROW, "layout": dict(layout), "hidden": list(hidden)}}


def new_figure(
    x: str = "", y: str = "", height: int = 380, traces: Sequence[Mapping[str, Any]] = (), **layout: Any
) -> go.Figure:
    """A figure in the house style with its axis titles. Text and paper colours follow the page's theme.

    traces: as Plotly's dictionaries; a figure made of them at once takes a quarter of the time of one added to.
    layout: further properties; those of the axes are added to the house style's.
    """
    house = {
        "template": "none",
        "height": height,
        "margin": {"l": 8, "r": 8, "t": 8, "b": 8},
        "paper_bgcolor": "rgba(0, 0, 0, 0)",
        "plot_bgcolor": "rgba(0, 0, 0, 0)",
        "font": {"size": 13},
        "hovermode": "closest",
        "legend": {"orientation": "h", "yanchor": "bottom", "y": 1.02, "x": 0, "title": {"text": ""}},
        "bargap": 0.12,
    }
    axes = {
        name: AXIS | {"title": {"text": title, "font": {"size": 13}}} | layout.pop(name, {})
        for name, title in (("xaxis", x), ("yaxis", y))
    }
    return go.Figure(data=list(traces), layout=house | axes | layout)
