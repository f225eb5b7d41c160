"""The slices as charts: the worst ones, all of them by column, and two models beside each other."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from evallib.core.metrics import METRICS
from evallib.core.wording import number
from evallib.drawing.chart import Chart, for_narrow, upright, whiskers
from evallib.drawing.colours import NEUTRAL, PALETTE, faint
from evallib.drawing.display import Display
from evallib.drawing.names import cut, short
from evallib.methods.slices.side_table import side_by_side
from evallib.methods.slices.time_chart import over_time
from evallib.methods.slices.view import Scene, SlicesView

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from evallib.methods.slices.compute import SlicesResult

SHOWN_COLUMNS = 25
LONGEST_NAME = 44
MOST_NUMBERS = 6
"""The most metrics whose numbers fit beside each other where there is little room."""


def slices_displays(result: SlicesResult, colours: Mapping[str, str]) -> list[Display]:  # noqa: ARG001 (tables only)
    """Every slice, every pair and every skipped column, as tables."""
    tables = [
        Display(
            "slices",
            "Every slice",
            result.slices,
            caption="The difference is to all other rows; q is the false discovery rate over the whole table.",
        ),
        Display(
            "pairs",
            "Every slice, model against model",
            result.pairs,
            caption="Paired differences on the rows that both answered; q is the false discovery rate over this table.",
        ),
        Display(
            "leads",
            "Leads on all rows",
            result.leads,
            caption="By how much a model is better than each baseline, above 0 also of a loss.",
        ),
        Display(
            "drift",
            "Change over time",
            result.drift,
            caption="The line through the values of a date's periods; the slope is the change from one to the next.",
        ),
        Display("skipped", "Columns without slices", result.skipped),
    ]
    return [one for one in tables if len(one.table)]


def look_at_slices(result: SlicesResult, view: SlicesView, colours: Mapping[str, str]) -> list[Display]:
    """The chosen slices of one or two models, their difference by one metric and by all, and every column's slices."""
    if result.slices.empty:
        return []
    scene = Scene.of(result, view)
    drawn = [_forest(scene, colours)]
    if len(scene.models) == 2:
        drawn += [_difference(scene), _heat(scene)]
    drawn.append(_by_column(scene, colours))
    slices, drift = (
        table[(table["metric"] == scene.metric.key) & table["model"].isin(scene.models)]
        for table in (result.slices, result.drift)
    )
    if view.column is not None:
        drift = drift[drift["column"] == view.column]
    # The trend is that of all periods, whichever are pinned.
    if len(drift) and not scene.pinned:
        drawn.append(over_time(slices, drift, scene.metric, colours))
    return [*drawn, side_by_side(scene)]


def _forest(scene: Scene, colours: Mapping[str, str]) -> Display:
    metric, order = scene.metric, scene.order
    chart = Chart(f"{metric.title} {metric.arrow}", "", height=_height(len(order)))
    for place, model in enumerate(scene.models):
        rows = scene.of_model(model)
        shift = (place - (len(scene.models) - 1) / 2) * 0.3
        _add_dots(chart, rows, rows.index + shift, model, colours.get(model, NEUTRAL))
        chart.add(
            "scatter",
            x=rows["rest"],
            y=rows.index + shift,
            mode="markers",
            name=f"{short(model)}, the rest",
            marker={
                "symbol": "line-ns",
                "size": 13,
                "line": {"width": 2, "color": faint(colours.get(model, NEUTRAL), 0.5)},
            },
            hovertemplate="the rest: %{x:.4f}<extra></extra>",
        )
    _name_rows(chart, scene.names)
    return Display(
        "worst",
        f"{metric.title} of the pinned slices" if scene.pinned else f"{metric.title} by slice",
        scene.shown,
        chart,
        caption="A dot is a slice with its 95 % interval; the stroke beside it is the same model on all other rows. "
        "A click on a dot leads to its rows.",
        alt=f"{metric.title} with intervals of {len(order)} slices for {' and '.join(scene.models)}.",
    )


def _add_dots(chart: Chart, rows: pd.DataFrame, at: pd.Index, model: str, colour: str) -> None:
    chart.add(
        "scatter",
        x=rows["value"],
        y=at,
        links=rows["rule"],
        mode="markers",
        name=short(model),
        marker={"color": colour, "size": 8},
        error_x=whiskers(rows["value"], rows["lower"], rows["upper"]),
        customdata=np.stack(
            [_full(rows), *(rows[name] for name in ("n", "rest", "difference", "q_value", "detectable"))],
            axis=1,
            dtype=object,
        ),
        hovertemplate=(
            "%{customdata[0]}<br>value %{x:.4f} on %{customdata[1]:,} rows<br>rest %{customdata[2]:.4f}, "
            "difference %{customdata[3]:+.4f}<br>false discovery rate %{customdata[4]:.3g}; "
            "one of %{customdata[5]:.3f} would have shown four times in five"
            f"<extra>{escape(model)}</extra>"
        ),
    )


def _difference(scene: Scene) -> Display:
    """Model A minus model B on the same slices; without interval where this pair was not compared."""
    first, second = scene.models
    rows, metric = scene.apart, scene.metric
    chart = Chart(f"Difference of {metric.title} {metric.arrow}", height=_height(len(rows)), shapes=[upright(0)])
    better = (rows["difference"] > 0) == metric.higher_is_better
    sure = rows["q_value"].fillna(1) <= 0.05
    for name, chosen, colour in (
        (f"{cut(first)} better", sure & better, PALETTE[0]),
        (f"{cut(first)} worse", sure & ~better, PALETTE[1]),
        ("within noise, or not tested", ~sure, NEUTRAL),
    ):
        part = rows[chosen]
        chart.add(
            "scatter",
            x=part["difference"],
            y=part.index,
            links=scene.order["rule"].reindex(part.index),
            mode="markers",
            name=escape(name),
            marker={"color": colour, "size": 8},
            error_x=whiskers(part["difference"], part["lower"], part["upper"]),
            customdata=np.stack([_full(part), part["n"], part["q_value"]], axis=1, dtype=object),
            hovertemplate=(
                "%{customdata[0]}<br>difference %{x:+.4f} on %{customdata[1]:,} rows"
                "<br>false discovery rate %{customdata[2]:.3g}<extra></extra>"
            ),
        )
    _name_rows(chart, scene.names)
    return Display(
        "difference",
        f"{cut(first)} against {cut(second)} on the {'pinned' if scene.pinned else 'same'} slices",
        rows,
        chart,
        caption="Paired differences on the rows that both answered; coloured where they are beyond noise.",
        alt=f"Difference of {metric.title} between {first} and {second} in {len(rows)} slices, with intervals.",
    )


def _heat(scene: Scene) -> Display:
    """Every metric of the pair in the same slices, in units of the half-width of its interval."""
    first, second = scene.models
    rows = scene.apart_by_metric
    keys = list(dict.fromkeys(rows["metric"]))
    pivot = {name: rows.pivot(index="row", columns="metric", values=name)[keys] for name in ("noise", "difference")}
    told = pivot["difference"].map(lambda value: "" if np.isnan(value) else number(value, "+.2g"))
    chart = Chart(height=_height(len(scene.order)))
    chart.add(
        "heatmap",
        z=pivot["noise"],
        x=[METRICS[key].title for key in keys],
        y=told.index,
        text=told,
        zmin=-3,
        zmax=3,
        colorscale=[[0, faint(PALETTE[1], 0.7)], [0.5, faint(NEUTRAL, 0.05)], [1, faint(PALETTE[0], 0.7)]],
        showscale=False,
        xgap=1,
        ygap=1,
        hovertemplate="%{x}: %{text}<br>%{z:+.1f} half-widths of its interval<extra></extra>",
    )
    # Text of the page's own colour, which is readable on light and on dark ground.
    chart.add(
        "scatter",
        x=np.tile([METRICS[key].title for key in keys], len(told)),
        y=np.repeat(told.index, len(keys)),
        text=told.to_numpy().ravel(),
        mode="text",
        textfont={"size": 11},
        hoverinfo="skip",
        showlegend=False,
    )
    _name_rows(chart, scene.names, hidden=[1] if len(keys) > MOST_NUMBERS else [])
    return Display(
        "heat",
        f"{cut(first)} against {cut(second)} by every metric{', on the pinned slices' if scene.pinned else ''}",
        rows.drop(columns="row"),
        chart,
        caption=f"Blue where {first} is better, orange where it is worse; full colour is three times beyond noise.",
        alt=f"Heat map of the differences between {first} and {second} by slice and metric.",
    )


def _by_column(scene: Scene, colours: Mapping[str, str]) -> Display:
    """The slices of every column on one line, the columns with the widest spread first."""
    metric, names = scene.metric, _columns(scene)
    rows = scene.rows[scene.rows["column"].isin(names)]
    chart = Chart(f"{metric.title} {metric.arrow}", "", height=_height(len(names)))
    largest = float(rows["n"].max()) if len(rows) else 1.0
    for place, model in enumerate(scene.models):
        part = rows[rows["model"] == model]
        shift = (place - (len(scene.models) - 1) / 2) * 0.3
        chart.add(
            "scatter",
            x=part["value"],
            y=[names.index(column) + shift for column in part["column"]],
            links=part["rule"],
            mode="markers",
            name=short(model),
            marker={
                "color": faint(colours.get(model, NEUTRAL), 0.55),
                "size": 5 + 17 * np.sqrt(part["n"] / largest),
                "line": {"color": colours.get(model, NEUTRAL), "width": 1},
            },
            customdata=np.stack([_full(part), part["n"]], axis=1, dtype=object),
            hovertemplate=(
                f"%{{customdata[0]}}<br>%{{x:.4f}} on %{{customdata[1]:,}} rows<extra>{escape(model)}</extra>"
            ),
        )
    _name_rows(chart, lambda longest: [cut(name, longest) for name in names])
    return Display(
        "columns",
        f"{metric.title} of the pinned slices, by column" if scene.pinned else f"{metric.title} by column",
        rows,
        chart,
        caption="A circle is a slice, its size the number of rows"
        + ("." if scene.pinned else "; the columns with the widest spread stand first."),
        alt=f"{metric.title} of {'the pinned' if scene.pinned else 'all'} slices of {len(names)} columns.",
    )


def _columns(scene: Scene) -> list[str]:
    """The columns that are drawn: those of the pinned slices in their order, else those with the widest spread."""
    if scene.pinned:
        return list(dict.fromkeys(scene.order["column"]))
    spread = scene.rows.groupby("column")["value"].agg(lambda values: values.max() - values.min())
    return list(spread.sort_values(ascending=False, kind="stable").index[:SHOWN_COLUMNS])


def _name_rows(chart: Chart, names: Callable[[int], list[str]], hidden: Sequence[int] = ()) -> None:
    """Rows from the top down, each with its name, shorter where there is little room, and there without some traces."""
    labels, brief = ([escape(name) for name in names(longest)] for longest in (LONGEST_NAME, LONGEST_NAME * 2 // 3))
    count = len(labels)
    rows = {"tickvals": list(range(count)), "range": [count - 0.4, -0.6], "showgrid": False}
    axis = chart.layout["yaxis"] | rows
    narrow = for_narrow({"yaxis": axis | {"ticktext": brief}}, hidden)
    chart.layout |= {"yaxis": axis | {"ticktext": labels}, "meta": narrow}


def _height(rows: int) -> int:
    return 110 + 26 * max(rows, 5)


def _full(rows: pd.DataFrame) -> list[str]:
    return [escape(f"{column}: {name}") for column, name in zip(rows["column"], rows["slice"], strict=True)]
