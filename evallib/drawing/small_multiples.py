"""A small panel per metric, each with a dot and a whisker per system, so that metrics keep scales of their own."""

from __future__ import annotations

from html import escape
from math import ceil
from typing import TYPE_CHECKING

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from evallib.drawing.colours import NEUTRAL, new_figure

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

LONGEST_NAME = 30
ROW_HEIGHT, PANEL_FRAME = 26, 74
"""Pixels per system, and around the dots of a panel."""

TOP, BOTTOM = 28, 32
"""Pixels above and below all panels."""

DOT = "<b>%{customdata[0]}</b><br>%{customdata[1]}: %{x:.4g} (%{customdata[2]:.4g} to %{customdata[3]:.4g})"


def short(name: str) -> str:
    """A name that fits beside an axis and is shown as plain text; the tooltip has it in full."""
    return escape(name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…")


def panels(table: pd.DataFrame, colours: Mapping[str, str], across: int = 3, *, zero: bool = False) -> go.Figure:
    """One panel per `title` of a table of model, title, value, lower, upper, hover; systems from top to bottom.

    hover: the last line of the tooltip, HTML. `zero` asks for a vertical line at 0. Systems without a colour of their
    own are drawn in grey, with an open dot; a `colour` column overrides both. An undefined value is said to be so.
    """
    titles, models = list(dict.fromkeys(table["title"])), list(dict.fromkeys(table["model"]))
    across = min(across, max(len(titles), 1))
    down = max(ceil(len(titles) / across), 1)
    height = down * (len(models) * ROW_HEIGHT + PANEL_FRAME)
    gap = min(PANEL_FRAME * 0.75 / (height - TOP - BOTTOM), 0.9 / down)
    figure = make_subplots(
        down,
        across,
        shared_yaxes=True,
        subplot_titles=[short(title) for title in titles],
        horizontal_spacing=0.04,
        vertical_spacing=gap,
    )
    figure.update_layout(new_figure(height=height).layout, showlegend=False, margin={"t": TOP, "b": BOTTOM})
    for place, title in enumerate(titles):
        row, column = divmod(place, across)
        part = table[table["title"] == title]
        for trace in (_dots(part, colours), _undefined(part)):
            if trace is not None:
                figure.add_trace(trace, row + 1, column + 1)
        if zero:
            figure.add_vline(0, line={"color": NEUTRAL, "dash": "dot", "width": 1}, row=row + 1, col=column + 1)
    axis = {"gridcolor": "rgba(128, 128, 128, 0.18)", "zeroline": False, "automargin": True}
    figure.update_xaxes(**axis, nticks=5)
    figure.update_yaxes(
        **axis,
        type="category",
        tickvals=models,
        ticktext=[short(name) for name in models],
        categoryorder="array",
        categoryarray=models[::-1],
        range=[-0.6, len(models) - 0.4],
    )
    figure.update_annotations(font={"size": 13})
    return figure


def _dots(part: pd.DataFrame, colours: Mapping[str, str]) -> go.Scatter | None:
    known = part[part["value"].notna()]
    if known.empty:
        return None
    own = known["colour"] if "colour" in known else [colours.get(name) for name in known["model"]]
    colour, symbol = [one or NEUTRAL for one in own], ["circle" if one else "circle-open" for one in own]
    shown = known.assign(model=[escape(name) for name in known["model"]], title=[escape(t) for t in known["title"]])
    return go.Scatter(
        x=known["value"],
        y=known["model"],
        mode="markers",
        marker={"color": colour, "size": 9, "symbol": symbol, "line": {"width": 2, "color": colour}},
        error_x={
            "type": "data",
            "symmetric": False,
            "array": known["upper"] - known["value"],
            "arrayminus": known["value"] - known["lower"],
            "color": NEUTRAL,
            "thickness": 1.6,
            "width": 4,
        },
        customdata=shown[["model", "title", "lower", "upper", "hover"]].to_numpy(),
        hovertemplate=f"{DOT}<br>%{{customdata[4]}}<extra></extra>",
    )


def _undefined(part: pd.DataFrame) -> go.Scatter | None:
    missing, known = part[part["value"].isna()], part["value"].dropna()
    if missing.empty:
        return None
    return go.Scatter(
        x=[known.mean() if len(known) else 0.5] * len(missing),
        y=missing["model"],
        mode="text",
        text=["undefined"] * len(missing),
        textfont={"color": NEUTRAL, "size": 11},
        hoverinfo="skip",
    )
