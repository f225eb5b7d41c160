"""What does not move with a slider: ROC and precision-recall curves, rates by threshold, accuracy by coverage."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from evallib.core.confusion import Confusion
from evallib.core.metrics import METRICS
from evallib.drawing.chart import Chart
from evallib.drawing.colours import NEUTRAL, faint
from evallib.drawing.display import Display
from evallib.drawing.names import short

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pandas as pd

    from evallib.methods.thresholds.compute import ThresholdsResult

DASHES = {"precision": "solid", "recall": "dash", "f1": "dot"}
COVERAGE_POINTS = 500
HOVER = "<br>threshold %{customdata[0]:.4f}<br>TP %{customdata[1]:,}, FP %{customdata[2]:,}<extra></extra>"


class _Curve(NamedTuple):
    """One model's part of a table, its name as HTML, whole and cut, and its colour."""

    name: str
    short: str
    rows: pd.DataFrame
    colour: str


def threshold_displays(result: ThresholdsResult, colours: Mapping[str, str]) -> list[Display]:
    """The curves of all models, the best thresholds, and how well withholding unsure answers works."""
    return [
        _roc(result, colours),
        _precision_recall(result, colours),
        _rates(result, colours),
        Display(
            "optima",
            "Best thresholds",
            result.optima,
            caption="The best threshold of all rows and its value; beside it, the threshold chosen on one random half "
            "of the rows, and what it gains over the one in use on the other half, with a 95 % interval.",
        ),
        _coverage(result, colours),
        Display(
            "selective",
            "Does confidence rank the errors?",
            result.selective,
            caption="AUROC ↑: probability that a right answer is surer than a wrong one. AURC ↓ and AUGRC ↓: areas "
            "under error rate and error share against coverage, ties averaged; the excess is over the best order of "
            "the same answers (the oracle), 0 at best.",
        ),
    ]


def _curves(table: pd.DataFrame, colours: Mapping[str, str]) -> Iterator[_Curve]:
    for model, rows in table.groupby("model", sort=False, observed=True):
        yield _Curve(html.escape(str(model)), short(str(model)), rows, colours[str(model)])


def _add_line(chart: Chart, curve: _Curve, x: Any, y: Any, hover: str) -> None:
    chart.add(
        "scatter",
        x=x,
        y=y,
        customdata=curve.rows[["threshold", "tp", "fp"]].to_numpy(float),
        mode="lines",
        line={"color": curve.colour},
        name=curve.short,
        hovertemplate=f"<b>{curve.name}</b><br>{hover}{HOVER}",
    )


def _add_labels(chart: Chart, result: ThresholdsResult, colours: Mapping[str, str], axes: tuple[str, str]) -> None:
    """One mark for every system that gives labels alone: a human, or an existing solution."""
    for one in _curves(result.labels, colours):
        n, p = one.rows["negatives"].to_numpy(), one.rows["positives"].to_numpy()
        tp, fp = one.rows["tp"].to_numpy(), one.rows["fp"].to_numpy()
        counts = Confusion(tp, fp, p - tp, n - fp)
        rates = {"false positive rate": 1 - counts.specificity, "recall": counts.recall, "precision": counts.precision}
        chart.add(
            "scatter",
            x=rates[axes[0]],
            y=rates[axes[1]],
            mode="markers",
            marker={"color": one.colour, "size": 12, "symbol": "x"},
            name=one.short,
            hovertemplate=f"<b>{one.name}</b> (labels alone)<br>{axes[0]} %{{x:.4f}}<br>{axes[1]} %{{y:.4f}}"
            "<extra></extra>",
        )


def _roc(result: ThresholdsResult, colours: Mapping[str, str]) -> Display:
    chart = Chart(x="False positive rate ↓", y="Recall (true positive rate) ↑", height=400)
    chart.add(
        "scatter",
        x=[0, 1],
        y=[0, 1],
        mode="lines",
        line={"color": NEUTRAL, "dash": "dot"},
        name="Chance",
        hoverinfo="skip",
    )
    for curve in _curves(result.curves, colours):
        _add_line(chart, curve, 1 - curve.rows["specificity"], curve.rows["recall"], "FPR %{x:.4f}, recall %{y:.4f}")
    _add_labels(chart, result, colours, ("false positive rate", "recall"))
    return Display(
        "roc",
        "ROC curve",
        result.curves,
        chart,
        caption="Each point is a threshold; up and left is better. A cross is a system that gives labels alone.",
        alt="Recall against false positive rate for every model.",
        wide=False,
    )


def _precision_recall(result: ThresholdsResult, colours: Mapping[str, str]) -> Display:
    chart = Chart("Recall ↑", "Precision ↑", height=400, yaxis={"range": [-0.02, 1.02]})
    totals = result.totals
    if len(totals):
        rate = float(totals["positives"].iloc[0] / (totals["positives"].iloc[0] + totals["negatives"].iloc[0]))
        chart.add(
            "scatter",
            x=[0, 1],
            y=[rate, rate],
            mode="lines",
            line={"color": NEUTRAL, "dash": "dot"},
            name="Chance",
            hoverinfo="skip",
        )
    for curve in _curves(result.curves, colours):
        hover = "recall %{x:.4f}, precision %{y:.4f}"
        _add_line(chart, curve, curve.rows["recall"], curve.rows["precision"], hover)
    _add_labels(chart, result, colours, ("recall", "precision"))
    return Display(
        "precision-recall",
        "Precision-recall curve",
        result.curves,
        chart,
        caption="Up and right is better; the dotted line is the share of positive rows, which guessing reaches.",
        alt="Precision against recall for every model.",
        wide=False,
    )


def _rates(result: ThresholdsResult, colours: Mapping[str, str]) -> Display:
    table = result.curves[np.isfinite(result.curves["threshold"])]
    whole = {"range": [-0.02, 1.02]}
    chart = Chart("Threshold", "Rate ↑", hovermode="x unified", xaxis=whole, yaxis=whole)
    for curve in _curves(table, colours):
        for metric, dash in DASHES.items():
            chart.add(
                "scatter",
                x=curve.rows["threshold"],
                y=curve.rows[metric],
                mode="lines",
                line={"color": curve.colour, "dash": dash},
                name=f"{curve.short}: {METRICS[metric].title}",
                hovertemplate=f"{curve.short}: {METRICS[metric].title} %{{y:.4f}}<extra></extra>",
            )
    return Display(
        "rates",
        "Precision, recall and F1 by threshold",
        table,
        chart,
        caption="A row is called positive when its probability is at least the threshold. At most 1,000 of the "
        "distinct thresholds are drawn; each number is exact.",
        alt="Precision, recall and F1 against the threshold for every model.",
    )


def _coverage(result: ThresholdsResult, colours: Mapping[str, str]) -> Display:
    reversed_axis = {"autorange": "reversed"}
    chart = Chart("Coverage: share of rows answered", "Accuracy of the answers ↑", xaxis=reversed_axis)
    for curve in _curves(result.confidence, colours):
        rows = curve.rows.iloc[np.unique(np.linspace(0, len(curve.rows) - 1, COVERAGE_POINTS).astype(int))]
        chart.add(
            "scatter",
            x=np.concatenate((rows["coverage"], rows["coverage"][::-1])),
            y=np.concatenate((rows["lower"], rows["upper"][::-1])),
            fill="toself",
            fillcolor=faint(curve.colour),
            line={"width": 0},
            mode="lines",
            hoverinfo="skip",
            legendgroup=curve.name,
            showlegend=False,
        )
        chart.add(
            "scatter",
            x=rows["coverage"],
            y=rows["accuracy"],
            customdata=rows[["confidence", "n", "lower", "upper"]].to_numpy(float),
            mode="lines",
            line={"color": curve.colour},
            name=curve.short,
            legendgroup=curve.name,
            hovertemplate=f"<b>{curve.name}</b><br>coverage %{{x:.1%}}, n = %{{customdata[1]:,}}<br>"
            "accuracy %{y:.4f} (%{customdata[2]:.4f} to %{customdata[3]:.4f})<br>"
            "confidence from %{customdata[0]:.4f}<extra></extra>",
        )
    return Display(
        "coverage",
        "Accuracy when unsure answers are withheld",
        result.confidence,
        chart,
        caption="To the right, ever more of the least sure answers are withheld. A useful confidence makes the line "
        "rise. The band is the 95 % Wilson interval; it widens as rows are left out.",
        alt="Accuracy against coverage for every model, with a 95 % band.",
    )
