"""The rows that slices share, as a heat map: two that are one trouble stand out."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import numpy as np

from evallib.drawing.chart import Chart
from evallib.drawing.colours import faint
from evallib.drawing.display import Display
from evallib.methods.finder.row_names import name_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

MOST_NUMBERS, MOST_NUMBERS_NARROW = 20, 8
"""The most slices whose cells have room for a number."""


def shared_display(key: str, title: str, rows: pd.DataFrame, colour: str) -> Display:
    """Every pair of slices as two cells, with the share of the smaller one that both have."""
    names = list(dict.fromkeys([*rows["slice"], *rows["other_slice"]]))
    across = {
        "tickvals": list(range(len(names))),
        "ticktext": [f"<b>{place}</b>" for place in range(1, len(names) + 1)],
        "showgrid": False,
    }
    chart = Chart("the other slice, by its number", xaxis=across)
    _add_cells(chart, rows, names, colour)
    if len(names) <= MOST_NUMBERS:
        _add_numbers(chart, _square(rows, names, "shared").astype(float))
    name_rows(chart, names, [1] if MOST_NUMBERS_NARROW < len(names) <= MOST_NUMBERS else [], numbered=True)
    return Display(
        key,
        title,
        rows,
        chart,
        caption="How much of the smaller of two slices lies in the other one too, on both halves of the rows: near "
        "100 % they are one trouble by two names. A click on a cell leads to the rows that are in both.",
        alt=f"Heat map of the rows that each two of {len(names)} slices share.",
    )


def _add_cells(chart: Chart, rows: pd.DataFrame, names: Sequence[str], colour: str) -> None:
    n, smaller, shares = (_square(rows, names, name) for name in ("n", "smaller", "shared"))
    column, row = np.meshgrid([escape(name) for name in names], [escape(name) for name in names])
    chart.add(
        "heatmap",
        z=shares.astype(float),
        customdata=np.dstack([row, column, n, smaller]),
        links=np.where(n == 0, "", _square(rows, names, "rule", "")),
        zmin=0,
        zmax=1,
        colorscale=[[0, faint(colour, 0.04)], [1, faint(colour, 0.65)]],
        showscale=False,
        xgap=1,
        ygap=1,
        hoverongaps=False,
        hovertemplate="%{customdata[0]}<br>%{customdata[1]}<br>%{customdata[2]:,} rows in both, %{z:.1%} of the "
        "%{customdata[3]:,} rows of the smaller slice<extra></extra>",
    )


def _square(rows: pd.DataFrame, names: Sequence[str], value: str, empty: object = np.nan) -> NDArray[np.object_]:
    """(k, k) a value of every pair, both ways round; a slice and itself make none."""
    place = {name: number for number, name in enumerate(names)}
    first, second = rows["slice"].map(place), rows["other_slice"].map(place)
    found = np.full((len(names), len(names)), empty, dtype=object)
    found[first, second] = found[second, first] = rows[value].to_numpy(dtype=object)
    return found


def _add_numbers(chart: Chart, shares: NDArray[np.float64]) -> None:
    """Percentages as text of the page's own colour, which is readable on light and on dark ground."""
    row, column = np.nonzero(shares > 0)
    chart.add(
        "scatter",
        x=column,
        y=row,
        mode="text",
        text=[f"{share:.0%}" for share in shares[row, column]],
        textfont={"size": 11},
        hoverinfo="skip",
        showlegend=False,
    )
