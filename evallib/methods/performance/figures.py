"""The models' metrics and differences as dots with whiskers, and their confusion matrices as heat maps."""

from __future__ import annotations

from dataclasses import replace
from html import escape
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from evallib.core.metrics import METRICS
from evallib.core.wording import number
from evallib.data.classes import in_order
from evallib.drawing.chart import Chart
from evallib.drawing.colours import NEUTRAL, faint
from evallib.drawing.display import Display
from evallib.drawing.links import to_rows
from evallib.drawing.names import cut, short
from evallib.drawing.small_multiples import panels

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from evallib.methods.performance.compute import PerformanceResult

MOST_CLASSES = 40
"""The most classes drawn as a heat map; of more, the most frequent confusions are listed."""

MOST_WITH_NUMBERS = 12
MOST_CONFUSIONS = 50


def performance_displays(result: PerformanceResult, colours: Mapping[str, str]) -> list[Display]:
    """The headline table, metrics and differences as charts, and a confusion matrix per model."""
    if result.metrics.empty:
        return []
    displays = [_headline(result.metrics), _metrics(result.metrics, colours)]
    if len(result.differences):
        displays.append(_differences(result.differences, colours))
    classes = _classes(result.confusion)
    few = len(classes) <= MOST_CLASSES
    for place, (model, cells) in enumerate(result.confusion.groupby("model", sort=False)):
        drawn = _heat_map(str(model), cells, classes, colours) if few else _confusions(str(model), cells)
        displays.append(replace(drawn, key=f"confusion_{place + 1}"))
    return displays


def _classes(cells: pd.DataFrame) -> list[str]:
    """All that any model says or should say, the same for all; of two the second is the positive one."""
    found = list(dict.fromkeys([*cells["truth"], *cells["predicted"]]))
    return found if len(found) == 2 else list(in_order(found))


def _headline(metrics: pd.DataFrame) -> Display:
    text = metrics.assign(
        text=[
            "undefined" if pd.isna(value) else f"{number(value)} ({number(lower)} to {number(upper)})"
            for value, lower, upper in zip(metrics["value"], metrics["lower"], metrics["upper"], strict=True)
        ]
    )
    order = list(dict.fromkeys(metrics.sort_values("decides", ascending=False, kind="stable")["metric"]))
    wide = text.pivot(index=["model", "role"], columns="metric", values="text")
    wide = wide.reindex(pd.MultiIndex.from_frame(metrics[["model", "role"]].drop_duplicates()))[order]
    return Display(
        "headline",
        "Headline metrics",
        wide.reset_index().rename_axis(columns=None).fillna("—"),
        caption="Value with its 95 % interval, on the rows that each system answered. The deciding metric comes first.",
    )


def _metrics(metrics: pd.DataFrame, colours: Mapping[str, str]) -> Display:
    drawn = metrics.assign(
        title=[f"{METRICS[key].title} {METRICS[key].arrow}" for key in metrics["metric"]],
        hover=[f"{role}, {n:,} rows" for role, n in zip(metrics["role"], metrics["n"], strict=True)],
    )
    return Display(
        "metrics",
        "Metrics of all models",
        metrics,
        panels(drawn, colours),
        "Dots are values, whiskers 95 % intervals. ↑ higher is better, ↓ lower is better. Overlapping whiskers do not "
        "mean that there is no difference: see the paired differences.",
        f"Dots with intervals of {len(set(metrics['model']))} systems in one panel per metric.",
    )


def _differences(differences: pd.DataFrame, colours: Mapping[str, str]) -> Display:
    sign = differences["higher_is_better"].map({True: 1.0, False: -1.0})
    ends = pd.DataFrame({"one": sign * differences["lower"], "two": sign * differences["upper"]})
    reference = str(differences["reference"].iloc[0])
    drawn = differences.assign(
        value=sign * differences["difference"],
        lower=ends.min(axis=1, skipna=False),
        upper=ends.max(axis=1, skipna=False),
        hover=[
            f"{verdict}, p = {p:.2g}, {n:,} common rows"
            for verdict, p, n in zip(differences["verdict"], differences["p_value"], differences["n"], strict=True)
        ],
    )
    return Display(
        "differences",
        f"Differences to {cut(reference)}",
        differences,
        panels(drawn, colours, zero=True),
        f"Paired differences to {reference} on common rows, turned so that right of the dotted line is better; a "
        "whisker that leaves the line out is a difference beyond noise.",
        f"Differences to {reference} with 95 % intervals, one panel per metric.",
    )


def _heat_map(model: str, cells: pd.DataFrame, classes: list[str], colours: Mapping[str, str]) -> Display:
    shares, counts = (_matrix(cells, name, classes) for name in ("share", "n"))
    named = np.array([[(escape(truth), escape(said)) for said in classes] for truth in classes], dtype=object)
    colour, numbered = colours.get(model, NEUTRAL), len(classes) <= MOST_WITH_NUMBERS
    axis = {"tickvals": list(range(len(classes))), "ticktext": [short(name) for name in classes], "showgrid": False}
    chart = Chart(
        "predicted",
        "truth",
        height=min(180 + 34 * len(classes), 760),
        xaxis=axis,
        yaxis=axis | {"autorange": "reversed"},
    )
    chart.add(
        "heatmap",
        z=shares,
        customdata=np.dstack([named, counts]),
        links=[
            [to_rows(show="all", model=model, truth=truth, predicted=said) for said in classes] for truth in classes
        ],
        zmin=0,
        zmax=1,
        colorscale=[[0, faint(colour, 0.03)], [1, faint(colour, 0.4 if numbered else 0.95)]],
        showscale=False,
        xgap=1,
        ygap=1,
        hovertemplate="%{customdata[0]} called %{customdata[1]}<br>%{z:.1%} of the class, "
        "%{customdata[2]:,} rows<extra></extra>",
    )
    if numbered:
        _add_numbers(chart, shares, counts)
    return Display(
        "confusion",
        f"Confusion matrix of {cut(model)}",
        cells,
        chart,
        "Rows are the true class, columns the label given; shares are of the true class: each row adds up to 100 %.",
        f"Heat map of the confusion matrix of {model}.",
        wide=not numbered,
    )


def _matrix(cells: pd.DataFrame, name: str, classes: list[str]) -> NDArray[np.float64]:
    place = {label: number for number, label in enumerate(classes)}
    matrix = np.zeros((len(classes), len(classes)))
    matrix[cells["truth"].map(place), cells["predicted"].map(place)] = cells[name]
    return matrix


def _add_numbers(chart: Chart, shares: NDArray[np.float64], counts: NDArray[np.float64]) -> None:
    """The numbers on the cells, as text of the page's own colour, which is readable on light and on dark ground."""
    row, column = np.indices(shares.shape)
    chart.add(
        "scatter",
        x=column.ravel(),
        y=row.ravel(),
        mode="text",
        text=[f"{share:.0%}<br>{n:,.0f}" for share, n in zip(shares.ravel(), counts.ravel(), strict=True)],
        hoverinfo="skip",
        showlegend=False,
    )


def _confusions(model: str, cells: pd.DataFrame) -> Display:
    wrong = cells[cells["truth"] != cells["predicted"]].sort_values("n", ascending=False, kind="stable")
    return Display(
        "confusion",
        f"Largest confusions of {cut(model)}",
        wrong.head(MOST_CONFUSIONS),
        caption=f"The {MOST_CONFUSIONS} most frequent wrong labels; share is that of the rows of the true class.",
    )
