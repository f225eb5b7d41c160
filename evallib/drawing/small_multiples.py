"""A small panel per metric, each with a dot and a whisker per system, so that metrics keep scales of their own."""

from __future__ import annotations

from html import escape
from math import ceil
from typing import TYPE_CHECKING, Any, NamedTuple

from evallib.drawing.chart import AXIS, Chart, for_narrow, upright
from evallib.drawing.colours import NEUTRAL
from evallib.drawing.names import LONGEST, short

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

ROW_HEIGHT, PANEL_FRAME = 26, 74
"""Pixels per system, and around the dots of a panel."""

TOP, BOTTOM = 28, 32
"""Pixels above and below all panels."""

BESIDE = 0.04
"""Share of the width between two panels."""

DOT = "<b>%{customdata[0]}</b><br>%{customdata[1]}: %{x:.4g} (%{customdata[2]:.4g} to %{customdata[3]:.4g})"


def panels(table: pd.DataFrame, colours: Mapping[str, str], across: int = 3, *, zero: bool = False) -> Chart:
    """One panel per `title` of a table of model, title, value, lower, upper, hover; systems from top to bottom.

    hover: the last line of the tooltip, HTML. `zero` asks for a vertical line at 0. Systems without a colour of their
    own are drawn in grey, with an open dot; a `colour` column overrides both. An undefined value is said to be so.
    """
    titles, models = list(dict.fromkeys(table["title"])), list(dict.fromkeys(table["model"]))
    parts = dict(tuple(table.groupby("title", sort=False)))
    traces: list[dict[str, Any]] = []
    for place, title in enumerate(titles):
        own = [_dots(parts[title], colours), _undefined(parts[title])]
        traces += [trace | {"xaxis": f"x{_number(place)}", "yaxis": f"y{_number(place)}"} for trace in own if trace]
    return Chart(
        traces=traces,
        showlegend=False,
        margin={"l": 8, "r": 8, "t": TOP, "b": BOTTOM},
        shapes=[upright(0, _number(place)) for place in range(len(titles))] if zero else [],
        meta=for_narrow(_layout(titles, models, min(across, 2), LONGEST * 2 // 3)),
        **_layout(titles, models, across, LONGEST),
    )


def _layout(titles: list[str], models: list[str], across: int, longest: int) -> dict[str, Any]:
    """Height, titles and axes of a panel per title, so many beside each other, the models' names so long."""
    grid = _grid(len(titles), len(models), min(across, max(len(titles), 1)))
    layout: dict[str, Any] = {
        "height": grid.height,
        "annotations": [_title(panel, title) for title, panel in zip(titles, grid.panels, strict=True)],
    }
    for panel in grid.panels:
        layout |= _axes(panel, models, longest)
    return layout


class _Panel(NamedTuple):
    """A panel's number from 1 on, as Plotly names its axes; its place in shares of the figure; the row's first."""

    number: str
    x: tuple[float, float]
    y: tuple[float, float]
    leftmost: str


class _Grid(NamedTuple):
    panels: list[_Panel]
    height: int


def _grid(panels: int, models: int, across: int) -> _Grid:
    down = max(ceil(panels / across), 1)
    height = down * (models * ROW_HEIGHT + PANEL_FRAME)
    gap = min(PANEL_FRAME * 0.75 / (height - TOP - BOTTOM), 0.9 / down)
    width, tall = (1 - BESIDE * (across - 1)) / across, (1 - gap * (down - 1)) / down
    found = []
    for place in range(panels):
        row, column = divmod(place, across)
        left, top = column * (width + BESIDE), 1 - row * (tall + gap)
        found.append(_Panel(_number(place), (left, left + width), (max(top - tall, 0.0), top), _number(row * across)))
    return _Grid(found, height)


def _number(place: int) -> str:
    return "" if place == 0 else str(place + 1)


def _axes(panel: _Panel, models: list[str], longest: int) -> dict[str, Any]:
    labels = {
        "type": "category",
        "tickvals": models,
        "ticktext": [short(name, longest) for name in models],
        "categoryorder": "array",
        "categoryarray": models[::-1],
        "range": [-0.6, len(models) - 0.4],
    }
    beside = {} if panel.number == panel.leftmost else {"matches": f"y{panel.leftmost}", "showticklabels": False}
    return {
        f"xaxis{panel.number}": AXIS | {"domain": panel.x, "anchor": f"y{panel.number}", "nticks": 4, "tickangle": 0},
        f"yaxis{panel.number}": AXIS | labels | beside | {"domain": panel.y, "anchor": f"x{panel.number}"},
    }


def _title(panel: _Panel, title: str) -> dict[str, Any]:
    place = {"x": sum(panel.x) / 2, "y": panel.y[1], "xref": "paper", "yref": "paper"}
    anchor = {"xanchor": "center", "yanchor": "bottom", "showarrow": False}
    return place | anchor | {"text": short(title), "font": {"size": 13}}


def _dots(part: pd.DataFrame, colours: Mapping[str, str]) -> dict[str, Any] | None:
    known = part[part["value"].notna()]
    if known.empty:
        return None
    own = known["colour"] if "colour" in known else [colours.get(name) for name in known["model"]]
    colour, symbol = [one or NEUTRAL for one in own], ["circle" if one else "circle-open" for one in own]
    value, lower, upper = known[["value", "lower", "upper"]].to_numpy(float).T
    told = zip(map(escape, known["model"]), map(escape, known["title"]), lower, upper, known["hover"], strict=True)
    return {
        "type": "scatter",
        "x": value,
        "y": list(known["model"]),
        "mode": "markers",
        "marker": {"color": colour, "size": 9, "symbol": symbol, "line": {"width": 2, "color": colour}},
        "error_x": {
            "type": "data",
            "symmetric": False,
            "array": upper - value,
            "arrayminus": value - lower,
            "color": NEUTRAL,
            "thickness": 1.6,
            "width": 4,
        },
        "customdata": list(told),
        "hovertemplate": f"{DOT}<br>%{{customdata[4]}}<extra></extra>",
    }


def _undefined(part: pd.DataFrame) -> dict[str, Any] | None:
    missing, known = part[part["value"].isna()], part["value"].dropna()
    if missing.empty:
        return None
    return {
        "type": "scatter",
        "x": [known.mean() if len(known) else 0.5] * len(missing),
        "y": list(missing["model"]),
        "mode": "text",
        "text": ["undefined"] * len(missing),
        "textfont": {"color": NEUTRAL, "size": 11},
        "hoverinfo": "skip",
    }
