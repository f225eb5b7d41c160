"""The sweeps as charts: the metric against severity, columns side by side, and one column in detail."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from pydantic import Field

from evallib.core.metrics import METRICS
from evallib.core.params import View
from evallib.drawing.chart import HOUSE, Chart
from evallib.drawing.colours import NEUTRAL, faint
from evallib.drawing.display import Display
from evallib.drawing.names import cut, short
from evallib.methods.perturbation.batch import ALL
from evallib.methods.perturbation.perturbations import PERTURBATIONS, Kind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from evallib.methods.perturbation.compute import PerturbationResult

MOST_COLUMNS = 25
"""The most columns drawn side by side; the table behind the chart has all."""


class PerturbationView(View):
    """What is looked at: one perturbation, one severity, one column."""

    kind: Kind = Field("noise", title="Perturbation", description="What is done to the rows.")
    severity: float = Field(
        0.5, ge=0, le=1, title="Severity", description="The nearest measured one is drawn in the comparison of columns."
    )
    column: str | None = Field(
        None,
        title="Column",
        description="Automatic: the one that costs most at this severity.",
        json_schema_extra={"widget": "column"},
    )


def perturbation_displays(result: PerturbationResult, colours: Mapping[str, str]) -> list[Display]:
    """The metric against severity with all columns perturbed together, a chart per kind, and the tables below them."""
    joint = result.curves[result.curves["column"] == ALL]
    kinds = [kind for kind in PERTURBATIONS if (joint["kind"] == kind).any()]
    charts = [_together(joint[joint["kind"] == kind], kind, colours) for kind in kinds]
    tables = [
        Display(
            "ranking",
            "Ranking of the models",
            result.ranking,
            caption="Rank 1 is the best on the rows of that severity, all columns perturbed together.",
        ),
        Display(
            "breaking",
            "Breaking points",
            result.breaking,
            caption="Where the metric has lost the allowed share of its clean value and is at the floor; — is never.",
        ),
        Display(
            "contests",
            "Model against model",
            result.contests,
            caption="Paired differences on the same rows, perturbed and clean; moved is the one minus the other.",
        ),
        Display("failures", "Failures", result.failures, caption="Where a model gave no answer on perturbed rows."),
        Display(
            "features",
            "What was done to each column",
            result.features,
            caption="The spread is what severity 1 of numeric noise amounts to, in the column's own unit.",
        ),
    ]
    return charts + [table for table in tables if len(table.table)]


def look_at_perturbation(
    result: PerturbationResult, view: PerturbationView, colours: Mapping[str, str]
) -> list[Display]:
    """The columns side by side at one severity, then the metric and the answers of one column against severity."""
    curves = result.curves[result.curves["kind"] == view.kind]
    alone = curves[curves["column"] != ALL]
    if alone.empty:
        return []
    column = worst_column(alone, view.severity)
    if view.column is not None and (alone["column"] == view.column).any():
        column = view.column
    chosen = alone[alone["column"] == column]
    return [
        _columns(alone, view, colours),
        _detail(chosen, view.kind, column, colours),
        _answers(chosen, view.kind, column, colours),
    ]


def worst_column(alone: pd.DataFrame, severity: float) -> str:
    """The column whose change costs the most, in any model, at the measured severity next to this one."""
    at = alone[alone["severity"] == nearest(alone, severity)]
    loss = at["change"] * (-1 if METRICS[at["metric"].iloc[0]].higher_is_better else 1)
    return str(at["column"].iloc[int(np.nan_to_num(loss, nan=-np.inf).argmax())])


def nearest(curves: pd.DataFrame, severity: float) -> float:
    """The measured severity above 0 that is next to this one."""
    measured = np.unique(curves.loc[curves["severity"] > 0, "severity"])
    return float(measured[np.abs(measured - severity).argmin()]) if len(measured) else 0.0


def _together(curves: pd.DataFrame, kind: str, colours: Mapping[str, str]) -> Display:
    perturbation = PERTURBATIONS[kind]
    metric = METRICS[curves["metric"].iloc[0]]
    return Display(
        f"together_{kind}",
        f"{perturbation.title}, all columns together",
        curves,
        _lines(curves, ("value", "lower", "upper"), kind, f"{metric.title} {metric.arrow}", colours),
        caption=f"Severity 1 is {perturbation.full}. The band is the 95 % interval; all models answer the same rows."
        + _silent(curves),
        alt=f"{metric.title} of each model against the severity of {perturbation.title.lower()} in all columns.",
        wide=False,
    )


def _silent(curves: pd.DataFrame) -> str:
    """The sentence on the models that have no line, because they answered none of the perturbed rows."""
    most = curves.groupby("model", sort=False)["severity"].max()
    silent = [str(name) for name in most.index[most == 0]]
    return f" No line, as it gave no answers: {', '.join(silent)}." if silent else ""


def _detail(curves: pd.DataFrame, kind: str, column: str, colours: Mapping[str, str]) -> Display:
    perturbation = PERTURBATIONS[kind]
    metric = METRICS[curves["metric"].iloc[0]]
    return Display(
        "column_metric",
        f"{perturbation.title} in {cut(column)}",
        curves,
        _lines(curves, ("value", "lower", "upper"), kind, f"{metric.title} {metric.arrow}", colours),
        caption=f"Only {column} is changed. Severity 1 is {perturbation.full}.{_silent(curves)}",
        alt=f"{metric.title} of each model against the severity of {perturbation.title.lower()} in {column}.",
        wide=False,
    )


def _answers(curves: pd.DataFrame, kind: str, column: str, colours: Mapping[str, str]) -> Display:
    """Flipped labels; for a regression, how far the values move."""
    if curves["flip_rate"].notna().any():
        shown, title = ("flip_rate", "flip_lower", "flip_upper"), "Flip rate ↓"
        caption = "The share of rows whose label differs from the one on the unchanged row, right or wrong."
    else:
        shown, title = ("mean_change", "mean_change_lower", "mean_change_upper"), "Mean absolute change ↓"
        caption = "The mean of |prediction - prediction on the unchanged row|, in the unit of the target."
    return Display(
        "column_answers",
        f"Answers that change with {cut(column)}",
        curves,
        _lines(curves, shown, kind, title, colours),
        caption=caption,
        alt=f"{title[:-2]} of each model against severity.",
        wide=False,
    )


def _lines(
    curves: pd.DataFrame, shown: tuple[str, str, str], kind: str, title: str, colours: Mapping[str, str]
) -> Chart:
    chart = Chart(f"Severity ({PERTURBATIONS[kind].unit})", title)
    for name, curve in curves.groupby("model", sort=False):
        value, lower, upper = (curve[column] for column in shown)
        colour, model = colours.get(str(name), NEUTRAL), escape(str(name))
        band = {"x": [*curve["severity"], *curve["severity"][::-1]], "y": [*upper, *lower[::-1]]}
        chart.add(
            "scatter",
            **band,
            fill="toself",
            fillcolor=faint(colour),
            mode="lines",
            line={"width": 0},
            hoverinfo="skip",
            legendgroup=model,
            showlegend=False,
        )
        chart.add(
            "scatter",
            x=curve["severity"],
            y=value,
            name=short(str(name)),
            legendgroup=model,
            mode="lines+markers",
            line={"color": colour, "width": 2},
            customdata=np.column_stack([lower, upper, curve["n"]]),
            hovertemplate=f"<b>{model}</b><br>severity %{{x:g}}<br>{title} %{{y:.4g}} "
            "(%{customdata[0]:.4g} to %{customdata[1]:.4g})<br>%{customdata[2]:,} rows<extra></extra>",
        )
    return chart


def _columns(alone: pd.DataFrame, view: PerturbationView, colours: Mapping[str, str]) -> Display:
    severity = nearest(alone, view.severity)
    at = alone[alone["severity"] == severity]
    metric = METRICS[at["metric"].iloc[0]]
    drawn = _costliest(at, metric.higher_is_better)
    title = f"Change of {metric.title} {metric.arrow}"
    perturbation = PERTURBATIONS[view.kind]
    left_out = f" The {MOST_COLUMNS} that cost most." if at["column"].nunique() > MOST_COLUMNS else ""
    return Display(
        "columns",
        f"{perturbation.title}, one column at a time, severity {severity:g}",
        at,
        _bars(at, drawn, title, colours),
        caption=f"Perturbed minus clean on the same rows, with 95 % intervals.{left_out}",
        alt=f"{title} of each model per column at severity {severity:g}.",
    )


def _costliest(at: pd.DataFrame, higher_is_better: bool) -> list[str]:
    """The columns to draw, the one that costs most first."""
    loss = (at["change"] * (-1 if higher_is_better else 1)).groupby(at["column"]).max()
    return [str(name) for name in loss.sort_values(ascending=False).index[:MOST_COLUMNS]]


def _bars(at: pd.DataFrame, drawn: list[str], title: str, colours: Mapping[str, str]) -> Chart:
    models = list(at["model"].unique())
    ticks: dict[str, Any] = {"tickvals": list(range(len(drawn))), "ticktext": [short(name) for name in drawn]}
    chart = Chart(
        title,
        height=110 + len(drawn) * (14 + 12 * len(models)),
        barmode="group",
        yaxis=ticks | {"autorange": "reversed"},
        legend=HOUSE["legend"] | {"traceorder": "normal"},
    )
    for name in models:
        bars = at[at["model"] == name].set_index("column").reindex(drawn)
        chart.add(
            "bar",
            x=bars["change"],
            y=np.arange(len(drawn)),
            orientation="h",
            name=short(str(name)),
            marker={"color": colours.get(str(name), NEUTRAL)},
            error_x=_whiskers(bars),
            customdata=[
                [escape(column), lower, upper]
                for column, lower, upper in zip(drawn, bars["change_lower"], bars["change_upper"], strict=True)
            ],
            hovertemplate=f"<b>{escape(str(name))}</b><br>%{{customdata[0]}}<br>{title} %{{x:+.4g}} "
            "(%{customdata[1]:+.4g} to %{customdata[2]:+.4g})<extra></extra>",
        )
    return chart


def _whiskers(bars: pd.DataFrame) -> dict[str, Any]:
    return {
        "type": "data",
        "symmetric": False,
        "array": bars["change_upper"] - bars["change"],
        "arrayminus": bars["change"] - bars["change_lower"],
        "color": NEUTRAL,
        "thickness": 1,
        "width": 2,
    }
