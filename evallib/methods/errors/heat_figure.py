"""The errors by two columns, as a heat map."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np

from evallib.core.wording import number
from evallib.drawing.chart import Chart, for_narrow
from evallib.drawing.colours import NEUTRAL, PALETTE, faint
from evallib.drawing.display import Display
from evallib.drawing.names import cut
from evallib.methods.errors.rows import ERROR_RATE

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

FADED, EMPTY = 30, 10
"""A cell with fewer rows is faded, and left empty."""

LONGEST, LONGEST_NARROW = 40, 24
"""The most characters of a name beside a chart."""

MOST_TEXTS = 9
"""The most numbers that fit beside each other where there is little room."""


def heat_display(cells: pd.DataFrame, overall: float, measure: str) -> Display:
    """The error in the cells of two columns, around that of all rows."""
    first, second = str(cells["first"].iloc[0]), str(cells["second"].iloc[0])
    down, across = (_in_order(cells[name]) for name in ("first_slice", "second_slice"))
    shown = cells[cells["n"] >= EMPTY]
    sure = shown[shown["n"] >= FADED]
    span = float((sure["error"] - overall).abs().max()) if len(sure) else 0.0
    titles = escape(cut(second)), escape(cut(first))
    chart = Chart(*titles, height=130 + 34 * max(len(down), 3), showlegend=False)
    for part, opacity in ((sure, 1.0), (shown[shown["n"] < FADED], 0.4)):
        chart.add("heatmap", **_cells(part, down, across), opacity=opacity, **_scale(overall, span or 1.0))
    # Text of the page's own colour, which is readable on light and on dark ground.
    chart.add(
        "scatter",
        x=[across.index(name) for name in shown["second_slice"]],
        y=[down.index(name) for name in shown["first_slice"]],
        text=[_told(one, measure) for one in shown["error"]],
        mode="text",
        textfont={"size": 11},
        hoverinfo="skip",
    )
    _name_axes(chart, down, across)
    return Display(
        "heat",
        f"Errors by {cut(first)} and {cut(second)}",
        cells,
        chart,
        caption=f"{measure.capitalize()} on the half that was "
        f"not searched: orange above that of all its rows ({_told(overall, measure, 1)}), blue below. Cells of fewer "
        f"than {FADED} rows are faded, of fewer than {EMPTY} empty.",
        alt=f"Heat map of the errors by {first} and {second}, in {len(cells)} cells.",
    )


def _told(error: float, measure: str, digits: int = 0) -> str:
    return f"{100 * error:.{digits}f} %" if measure == ERROR_RATE else number(error, ".3g")


def _in_order(names: pd.Series) -> list[str]:
    return list(dict.fromkeys(names))


def _cells(part: pd.DataFrame, down: Sequence[str], across: Sequence[str]) -> dict[str, Any]:
    grid = {name: np.full((len(down), len(across)), np.nan) for name in ("error", "n", "lower", "upper")}
    places = [down.index(name) for name in part["first_slice"]], [across.index(name) for name in part["second_slice"]]
    for name, values in grid.items():
        values[places] = part[name]
    rules = np.full((len(down), len(across)), "", dtype=object)
    rules[places] = part["rule"]
    told = np.stack([grid[name] for name in ("n", "lower", "upper")], axis=-1)
    hover = "%{z:.4f} (%{customdata[1]:.4f} to %{customdata[2]:.4f})<br>%{customdata[0]:,} rows<extra></extra>"
    return {"z": grid["error"], "links": rules, "customdata": told, "hovertemplate": hover, "hoverongaps": False}


def _scale(overall: float, span: float) -> dict[str, Any]:
    """Blue below the overall error, orange above, as strong on either side."""
    colours = [[0, faint(PALETTE[0], 0.75)], [0.5, faint(NEUTRAL, 0.06)], [1, faint(PALETTE[1], 0.8)]]
    ends = {"zmin": overall - span, "zmax": overall + span}
    return ends | {"colorscale": colours, "showscale": False, "xgap": 2, "ygap": 2}


def _name_axes(chart: Chart, down: Sequence[str], across: Sequence[str]) -> None:
    axes = {}
    for narrow, longest in ((False, LONGEST), (True, LONGEST_NARROW)):
        most = min(longest, max(8, 110 // max(len(across), 1)))
        title = {"title": chart.layout["yaxis"]["title"] | {"standoff": 16}}
        axes[narrow] = {
            "xaxis": chart.layout["xaxis"] | ticks(across, most) | {"side": "top"},
            "yaxis": chart.layout["yaxis"] | title | ticks(down, longest) | {"range": [len(down) - 0.5, -0.5]},
        }
    chart.layout |= axes[False] | {"meta": for_narrow(axes[True], hidden=[2] if len(across) > MOST_TEXTS else [])}


def ticks(names: Sequence[str], longest: int) -> dict[str, Any]:
    """The names at 0, 1, …, each in so many characters."""
    texts = [escape(cut(name, longest)) for name in names]
    return {"tickvals": list(range(len(names))), "ticktext": texts, "showgrid": False}
