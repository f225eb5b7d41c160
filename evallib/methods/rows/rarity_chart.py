"""The values of the first rows, the more coloured the rarer they are."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import numpy as np

from evallib.drawing.chart import Chart, for_narrow
from evallib.drawing.colours import PALETTE, faint
from evallib.drawing.display import Display
from evallib.drawing.names import cut
from evallib.methods.rows.wide_table import share_text

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

DRAWN_ROWS, DRAWN_COLUMNS, NARROW_COLUMNS = 20, 10, 4
"""The first rows, and the columns with their rarest values, whose values are coloured."""

LONGEST_VALUE, LONGEST_NUMBER, LONGEST_COLUMN = 12, 8, 13
"""The most characters of what stands in a cell, and over a column."""


def rarity_chart(rows: pd.DataFrame, values: pd.DataFrame, among: str) -> Display:
    """The first rows against the columns in which they are rarest; `among` names the rows that were compared."""
    first = list(rows["row"].head(DRAWN_ROWS))
    part = values[values["row"].isin(first)]
    tails = part.pivot(index="row", columns="column", values="tail").reindex(first)
    columns = list(tails.min().sort_values(kind="stable").index[:DRAWN_COLUMNS])
    told = part.pivot(index="row", columns="column", values="value").reindex(first)[columns].fillna("missing")
    return Display(
        "coloured",
        "Rare values of the first rows",
        part,
        _chart(told, tails[columns], among),
        caption=f"The more coloured, the fewer of {among} have a value as unusual: far out for numbers, rare for "
        "others. The columns with the rarest values stand first.",
        alt=f"Values of {len(first)} rows in {len(columns)} columns, coloured by how rare they are.",
    )


def _chart(told: pd.DataFrame, tails: pd.DataFrame, among: str) -> Chart:
    rows, columns = told.shape
    chart = Chart(height=70 + 26 * rows)
    chart.add(
        "heatmap",
        z=-np.log10(tails.to_numpy()),
        x=list(range(columns)),
        y=list(range(rows)),
        customdata=_hover(told, tails, among),
        zmin=0,
        zmax=4,
        colorscale=[[0, faint(PALETTE[1], 0.0)], [0.33, faint(PALETTE[1], 0.08)], [1, faint(PALETTE[1], 0.75)]],
        showscale=False,
        xgap=2,
        ygap=2,
        hovertemplate="%{customdata}<extra></extra>",
    )
    # Text of the page's own colour, which is readable on light and on dark ground.
    chart.add(
        "scatter",
        x=np.tile(np.arange(columns), rows),
        y=np.repeat(np.arange(rows), columns),
        text=[escape(_brief(value)) for value in told.to_numpy().ravel()],
        mode="text",
        textfont={"size": 11},
        hoverinfo="skip",
        showlegend=False,
    )
    _name_axes(chart, list(told.index), list(told.columns))
    return chart


def _brief(value: str) -> str:
    """The value in a cell: cut in the middle where it is long, a number without the decimals that do not fit."""
    whole, _, decimals = value.partition(".")
    if decimals.isdecimal() and len(whole) < LONGEST_NUMBER - 1:
        return value[:LONGEST_NUMBER]
    return cut(value, LONGEST_VALUE)


def _hover(told: pd.DataFrame, tails: pd.DataFrame, among: str) -> NDArray[np.object_]:
    lines = [
        [f"row {row:,}<br>{escape(name)}: {escape(value)}" for name, value in zip(told.columns, values, strict=True)]
        for row, values in zip(told.index, told.to_numpy(), strict=True)
    ]
    said = [[f"<br>{share_text(tail)} of {among} are as unusual" for tail in row] for row in tails.to_numpy()]
    return np.asarray(np.array(lines, dtype=object) + np.array(said, dtype=object))


def _name_axes(chart: Chart, rows: list[int], columns: list[str]) -> None:
    """Rows from the top down, columns above them; few columns where there is little room."""
    names = [escape(cut(name, LONGEST_COLUMN)) for name in columns]
    across = chart.layout["xaxis"] | {
        "tickvals": list(range(len(columns))),
        "ticktext": names,
        "side": "top",
        "tickfont": {"size": 11},
        "showgrid": False,
        "tickangle": 0,
        "range": [-0.5, len(columns) - 0.5],
    }
    down = chart.layout["yaxis"] | {
        "tickvals": list(range(len(rows))),
        "ticktext": [f"row {row:,}" for row in rows],
        "range": [len(rows) - 0.5, -0.5],
        "showgrid": False,
    }
    narrow = across | {"range": [-0.5, min(len(columns), NARROW_COLUMNS) - 0.5]}
    chart.layout |= {"xaxis": across, "yaxis": down, "meta": for_narrow({"xaxis": narrow})}
