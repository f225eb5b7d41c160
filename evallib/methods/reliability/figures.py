"""The reliability diagram with its histogram, calibration errors beside their null level, and the score's parts."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
from pydantic import Field

from evallib.core.params import View
from evallib.drawing.chart import AXIS, Chart
from evallib.drawing.colours import NEUTRAL, faint
from evallib.drawing.display import Display
from evallib.drawing.names import short, short_names

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from evallib.methods.reliability.compute import ReliabilityResult

MOST_STEPS = 1000


class ReliabilityView(View):
    """Which probabilities are judged, and how they are put together."""

    binning: Annotated[
        Literal["equal-count", "equal-width", "isotonic"],
        Field(
            title="Bins",
            description="Equal-count: as many rows in each bin, or one bin per value where there are at most 20. "
            "Equal-width: as wide each. Isotonic: the rising curve closest to the data, without bins (CORP).",
        ),
    ] = "equal-count"
    aspect: Annotated[
        Literal["confidence", "event"],
        Field(
            json_schema_extra={"tasks": ["multiclass"]},
            title="Several classes",
            description="Confidence: the probability of the label given, against its being right. Event: the "
            "probability of the positive class, against its coming. A task of two classes is always judged by the "
            "event.",
        ),
    ] = "confidence"


def look_at_reliability(result: ReliabilityResult, view: ReliabilityView, colours: Mapping[str, str]) -> list[Display]:
    """The reliability diagram and the calibration errors, for the bins and the probabilities that the view chooses."""
    known = set(result.summary["aspect"])
    aspect = view.aspect if view.aspect in known else "event"
    event = _event(result, aspect)
    return [_diagram(result, view.binning, aspect, event, colours), _errors(result, aspect, colours)]


def reliability_displays(result: ReliabilityResult, colours: Mapping[str, str]) -> list[Display]:
    """Calibration in the large, the score and its parts, and the candidates against the incumbent."""
    shown = [_parts(result, colours)]
    if len(result.comparison):
        shown.append(
            Display(
                "comparison",
                "Candidates against the incumbent",
                result.comparison,
                caption="Mean squared gap between prediction and rate over equal-count bins, its noise subtracted, on "
                "the rows that both answered; a difference above 0 means that the candidate is worse calibrated.",
            )
        )
    return shown


def _event(result: ReliabilityResult, aspect: str) -> str:
    events = result.summary.loc[result.summary["aspect"] == aspect, "event"]
    return str(events.iloc[0]) if len(events) else ""


def _diagram(result: ReliabilityResult, binning: str, aspect: str, event: str, colours: Mapping[str, str]) -> Display:
    table = result.isotonic if binning == "isotonic" else result.bins[result.bins["binning"] == binning]
    table = table[table["aspect"] == aspect]
    histogram = result.histogram[result.histogram["aspect"] == aspect]
    of, came = ("confidence", "is right") if aspect == "confidence" else (f"probability of {short(event)}", "came")
    share = {"title": {"text": "Share of rows", "font": {"size": 13}}, "rangemode": "tozero"}
    chart = Chart(
        f"Predicted {of}",
        f"Share that {came}",
        height=560,
        barmode="overlay",
        bargap=0,
        xaxis={"range": [-0.03, 1.03], "anchor": "y2"},
        yaxis={"domain": [0.3, 1], "range": [-0.03, 1.03], "anchor": "x"},
        yaxis2=AXIS | {"domain": [0, 0.22], "anchor": "x"} | share,
    )
    ends = [0, 1]
    chart.add(
        "scatter",
        x=ends,
        y=ends,
        mode="lines",
        line={"color": NEUTRAL, "dash": "dot"},
        name="Calibrated",
        hoverinfo="skip",
    )
    for model, rows in table.groupby("model", sort=False, observed=True):
        draw = _add_isotonic if binning == "isotonic" else _add_binned
        draw(chart, str(model), rows, colours[str(model)])
    for model, rows in histogram.groupby("model", sort=False, observed=True):
        _add_histogram(chart, str(model), rows, colours[str(model)])
    return Display(
        "diagram",
        "Reliability diagram",
        table,
        chart,
        caption="On the dotted line, things come as often as predicted; below it they come more rarely than predicted. "
        "Bars are 95 % Wilson intervals; beneath, how often each probability is predicted.",
        alt="Observed share against predicted probability per bin and model, with a histogram of the predictions.",
    )


def _add_binned(chart: Chart, model: str, rows: pd.DataFrame, colour: str) -> None:
    name = html.escape(model)
    shown = ["lower_edge", "upper_edge", "n", "lower", "upper"]
    chart.add(
        "scatter",
        x=rows["mean_predicted"],
        y=rows["rate_observed"],
        error_y={
            "type": "data",
            "array": rows["upper"] - rows["rate_observed"],
            "arrayminus": rows["rate_observed"] - rows["lower"],
            "thickness": 1,
            "width": 0,
        },
        customdata=rows[shown],
        mode="lines+markers",
        line={"color": colour},
        marker={"color": colour, "size": 7},
        name=short(model),
        legendgroup=name,
        hovertemplate=f"<b>{name}</b><br>predicted %{{x:.3f}} (%{{customdata[0]:.3f}} to %{{customdata[1]:.3f}})<br>"
        "observed %{y:.3f} (%{customdata[3]:.3f} to %{customdata[4]:.3f})<br>n = %{customdata[2]:,}<extra></extra>",
    )


def _add_isotonic(chart: Chart, model: str, rows: pd.DataFrame, colour: str) -> None:
    name = html.escape(model)
    if len(rows) > MOST_STEPS:
        rows = rows.iloc[np.linspace(0, len(rows) - 1, MOST_STEPS).astype(int)]
    chart.add(
        "scatter",
        x=rows[["lowest", "highest"]].to_numpy().ravel(),
        y=np.repeat(rows["rate"], 2),
        customdata=np.repeat(rows["n"], 2),
        mode="lines",
        line={"color": colour},
        name=short(model),
        legendgroup=name,
        hovertemplate=f"<b>{name}</b><br>predicted %{{x:.3f}}<br>observed %{{y:.3f}}<br>"
        "n = %{customdata:,} in this step<extra></extra>",
    )


def _add_histogram(chart: Chart, model: str, rows: pd.DataFrame, colour: str) -> None:
    name = html.escape(model)
    chart.add(
        "bar",
        x=(rows["lower_edge"] + rows["upper_edge"]) / 2,
        y=rows["share"],
        width=rows["upper_edge"] - rows["lower_edge"],
        customdata=rows[["lower_edge", "upper_edge", "n"]],
        marker={"color": faint(colour, 0.35), "line": {"width": 1, "color": colour}},
        yaxis="y2",
        name=short(model),
        legendgroup=name,
        showlegend=False,
        hovertemplate=f"<b>{name}</b><br>predicted %{{customdata[0]:.2f}} to %{{customdata[1]:.2f}}<br>"
        "%{y:.1%} of rows, n = %{customdata[2]:,}<extra></extra>",
    )


def _errors(result: ReliabilityResult, aspect: str, colours: Mapping[str, str]) -> Display:
    table = result.errors[result.errors["aspect"] == aspect]
    chart = Chart(
        "Expected calibration error (ECE) ↓",
        height=110 + 46 * len(table),
        barmode="overlay",
        xaxis={"rangemode": "tozero"},
        yaxis={"autorange": "reversed", "dividercolor": faint(NEUTRAL, 0.4)},
    )
    place = [table["model"].map(short_names(table["model"])), table["binning"]]
    colour = [colours[str(model)] for model in table["model"]]
    shown = table[["null_mean", "null_upper", "p_value", "n", "mce"]]
    chart.add(
        "bar",
        x=table["null_upper"],
        y=place,
        orientation="h",
        marker={"color": faint(NEUTRAL, 0.4)},
        name="95 % of calibrated models",
        hoverinfo="skip",
    )
    chart.add(
        "scatter",
        x=table["ece"],
        y=place,
        customdata=shown,
        mode="markers",
        marker={"color": colour, "size": 12, "symbol": "diamond"},
        name="Observed",
        hovertemplate="ECE %{x:.4f}<br>calibrated models show %{customdata[0]:.4f}, 95 % of them below "
        "%{customdata[1]:.4f}<br>p = %{customdata[2]:.3g}<br>MCE %{customdata[4]:.4f}<br>n = %{customdata[3]:,}"
        "<extra></extra>",
    )
    return Display(
        "errors",
        "Calibration error beside its null level",
        table,
        chart,
        caption="ECE: mean gap between prediction and rate over the bins, by their share of rows. The grey bar is what "
        "chance alone gives 95 % of perfectly calibrated models of this size: a mark inside it is no evidence of "
        "miscalibration. MCE: the largest gap.",
        alt="Expected calibration error of every model and binning, beside the level of calibrated models.",
    )


def _parts(result: ReliabilityResult, colours: Mapping[str, str]) -> Display:
    table = result.summary
    aspect = "confidence" if (table["aspect"] == "confidence").any() else "event"
    rows = table[table["aspect"] == aspect]
    height = 110 + 60 * max(len(rows), 1)
    chart = Chart("Part of the Brier score", height=height, barmode="group", yaxis={"autorange": "reversed"})
    labels = ["Miscalibration ↓", "Discrimination ↑", "Uncertainty"]
    for row in rows.to_dict("records"):
        name = html.escape(row["model"])
        chart.add(
            "bar",
            x=[row["miscalibration"], row["discrimination"], row["uncertainty"]],
            y=labels,
            orientation="h",
            marker={"color": colours[row["model"]]},
            name=short(row["model"]),
            customdata=[[row["brier"], row["brier_lower"], row["brier_upper"], row["n"]]] * 3,
            hovertemplate=f"<b>{name}</b><br>%{{y}} %{{x:.4f}}<br>Brier score %{{customdata[0]:.4f}} "
            "(%{customdata[1]:.4f} to %{customdata[2]:.4f})<br>n = %{customdata[3]:,}<extra></extra>",
        )
    return Display(
        "parts",
        "Brier score in its parts",
        table,
        chart,
        caption="Brier score = miscalibration - discrimination + uncertainty, from the isotonic curve (CORP). The "
        "table adds the mean prediction against the observed rate, and the slope on the log-odds: below 1 is "
        "over-confident, above 1 under-confident.",
        alt="Miscalibration, discrimination and uncertainty of every model.",
    )
