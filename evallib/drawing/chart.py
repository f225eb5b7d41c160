"""A chart as plain data in the house style: made in a fraction of the time that Plotly takes to check it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import orjson
import plotly.graph_objects as go

from evallib.drawing.colours import NEUTRAL

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

AXIS: dict[str, Any] = {
    "showgrid": True,
    "gridcolor": "rgba(128, 128, 128, 0.18)",
    "zeroline": False,
    "automargin": True,
    "ticks": "",
    "ticklabelstandoff": 4,
}
"""What all axes have in common."""

HOUSE: dict[str, Any] = {
    "margin": {"l": 8, "r": 8, "t": 8, "b": 8},
    "paper_bgcolor": "rgba(0, 0, 0, 0)",
    "plot_bgcolor": "rgba(0, 0, 0, 0)",
    "font": {"size": 13},
    "hovermode": "closest",
    "legend": {"orientation": "h", "yref": "container", "yanchor": "top", "y": 1, "x": 0, "title": {"text": ""}},
    "bargap": 0.12,
}
"""What all charts have in common; text and ground follow the page's theme."""

NARROW = 620
"""Pixels of width below which a chart has the layout of `for_narrow`."""


class Chart:
    """Traces and a layout as Plotly's dictionaries.

    x, y: titles of the axes.   height: in pixels.
    traces: the first ones.     layout: further properties; those of the axes are added to the house style's.
    links: where points lead, see `drawing.links`; the `ids` of traces are places in it.
    """

    def __init__(
        self,
        x: str = "",
        y: str = "",
        height: int = 380,
        traces: Iterable[Mapping[str, Any]] = (),
        **layout: Any,
    ) -> None:
        axes = {
            name: AXIS | {"title": {"text": title, "font": {"size": 13}}} | layout.pop(name, {})
            for name, title in (("xaxis", x), ("yaxis", y))
        }
        self.traces = [dict(trace) for trace in traces]
        self.layout: dict[str, Any] = HOUSE | {"height": height} | axes | layout
        self.links: list[str] = []

    def add(self, kind: str, *, links: ArrayLike | None = None, **trace: Any) -> None:
        """Draw one more trace, of a kind such as "scatter".

        links: where each point leads, in the shape of the trace; an empty one leads nowhere.
        """
        if links is not None:
            trace["ids"] = self._numbered(np.asarray(links, dtype=object))
        self.traces.append({"type": kind, **trace})

    def _numbered(self, links: NDArray[np.object_]) -> NDArray[np.object_]:
        """The places of the links, as texts: a link may hold any text, and what a browser says is only a number.

        Points that lead nowhere have a minus before theirs: Plotly draws only one of several points with the same id.
        """
        places = np.arange(len(self.links), len(self.links) + links.size).astype(str).astype(object)
        self.links += links.ravel().tolist()
        return np.where(links == "", "-" + places.reshape(links.shape), places.reshape(links.shape))

    def to_json(self) -> bytes:
        """What Plotly.js draws the chart from; NaN and infinity are null there."""
        content = {"data": self.traces, "layout": self.layout}
        return orjson.dumps(content, _plain, orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NON_STR_KEYS)

    def figure(self) -> go.Figure:
        """The same for a notebook. Raises `ValueError` for a property that Plotly does not know."""
        return go.Figure(data=self.traces, layout={"template": "none"} | self.layout)


def _plain(values: Any) -> Any:
    """Columns and tables as arrays of numbers, and those of texts as lists."""
    return values.tolist() if isinstance(values, np.ndarray) else np.ascontiguousarray(values)


def for_narrow(layout: Mapping[str, Any], hidden: Sequence[int] = ()) -> dict[str, Any]:
    """The `meta` of a chart that, where there is little room, lacks these traces and has this in its layout."""
    return {"narrow": {"below": NARROW, "layout": dict(layout), "hidden": list(hidden)}}


def whiskers(value: pd.Series, lower: pd.Series, upper: pd.Series) -> dict[str, Any]:
    """The error bars from values to their limits, without caps."""
    return {"array": upper - value, "arrayminus": value - lower, "thickness": 1.5, "width": 0}


def upright(x: float, axis: str = "", width: int = 1) -> dict[str, Any]:
    """The shape of a dotted line from the bottom to the top of the panel with the axes of this number."""
    place = {"x0": x, "x1": x, "y0": 0, "y1": 1, "xref": f"x{axis}", "yref": f"y{axis} domain"}
    return {"type": "line", "line": {"color": NEUTRAL, "dash": "dot", "width": width}} | place
