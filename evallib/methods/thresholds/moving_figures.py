"""What moves with a slider: small charts of the numbers at one threshold, one pair of costs and one confidence."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
from pydantic import Field

from evallib.core.metrics import METRICS
from evallib.core.params import View
from evallib.drawing.chart import Chart, upright
from evallib.drawing.colours import NEUTRAL, faint
from evallib.drawing.display import Display
from evallib.drawing.names import short, short_names
from evallib.methods.thresholds.decision import confusion_at, costs_at, kept_at, rates_of

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

    import pandas as pd

    from evallib.methods.thresholds.compute import ThresholdsResult

DRAWN = 400

READABLE = 0.15
"""The narrowest share of a bar that holds a word."""
HEIGHT = 300


class ThresholdsView(View):
    """Where to look: a threshold, what its two mistakes cost, and a confidence below which answers are withheld."""

    threshold: Annotated[
        float,
        Field(ge=0, le=1, title="Threshold", description="Rows with at least this probability are called positive."),
    ] = 0.5
    fp_cost: Annotated[
        float,
        Field(
            ge=0,
            allow_inf_nan=False,
            title="Cost of a false positive",
            description="In any unit, such as euros per row.",
        ),
    ] = 1.0
    fn_cost: Annotated[
        float,
        Field(
            ge=0,
            allow_inf_nan=False,
            title="Cost of a false negative",
            description="In the same unit; only the ratio decides.",
        ),
    ] = 1.0
    curve: Annotated[
        Literal["cost", "f1", "precision", "recall", "specificity", "accuracy", "balanced_accuracy", "positive_rate"],
        Field(title="Curve", description="What is drawn against the threshold."),
    ] = "cost"
    confidence: Annotated[
        float,
        Field(
            ge=0,
            le=1,
            title="Confidence",
            description="Answers less sure than this are withheld; confidence is the highest class probability.",
        ),
    ] = 0.8


def look_at_threshold(result: ThresholdsResult, view: ThresholdsView, colours: Mapping[str, str]) -> list[Display]:
    """The decisions at the view's threshold, their rates and costs, and what is left at the view's confidence."""
    confusion = confusion_at(result, view.threshold)
    return [
        _decisions(confusion, view.threshold, colours),
        _rates(confusion, view, colours),
        _curve(result, confusion, view, colours),
        _kept(result, view.confidence, colours),
    ]


def _decisions(confusion: pd.DataFrame, threshold: float, colours: Mapping[str, str]) -> Display:
    models = [str(model) for model in confusion["model"] for _ in range(2)]
    names = short_names(models)
    sides = (("tp", "fn"), ("tn", "fp"))
    counts = np.array([[[row[name] for name in side] for side in sides] for row in confusion.to_dict("records")], float)
    labels = [
        ", ".join(f"{name.upper()} {count:,.0f}" for name, count in zip(side, both, strict=True))
        for of_model in counts
        for side, both in zip(sides, of_model, strict=True)
    ]
    rows = counts.sum(axis=2, keepdims=True)
    shares = np.divide(counts, rows, out=np.zeros_like(counts), where=rows > 0)
    bars = [
        {
            "type": "bar",
            "x": shares[:, :, number].ravel(),
            "y": [[names[model] for model in models], labels],
            "orientation": "h",
            "marker": {"color": _fills(models, verdict, colours)},
            "hovertemplate": f"%{{x:.1%}} {verdict}<br>%{{y}}<extra></extra>",
        }
        for number, verdict in enumerate(("right", "wrong"))
    ]
    chart = Chart(
        x="Share of the true class",
        height=_height(confusion),
        traces=bars,
        barmode="stack",
        showlegend=False,
        xaxis={"range": [0, 1.02], "tickformat": ".0%"},
        yaxis={"autorange": "reversed", "dividercolor": faint(NEUTRAL, 0.4)},
    )
    return Display(
        "decisions",
        "Decisions at the threshold",
        confusion,
        chart,
        caption=f"Called positive from {threshold:g}. Full colour is right, pale is wrong: of the truly positive rows, "
        "true positives (TP) and false negatives (FN); of the truly negative ones, true negatives (TN) and false "
        "positives (FP).",
        alt="True and false positives and negatives of every model at the threshold.",
        wide=False,
    )


def _rates(confusion: pd.DataFrame, view: ThresholdsView, colours: Mapping[str, str]) -> Display:
    table = rates_of(confusion, view.fp_cost, view.fn_cost)
    drawn = table[table["metric"] != "cost per row"].to_dict("list")
    chart = Chart(
        x="Rate",
        height=HEIGHT,
        traces=[_rates_of(model, drawn, colours) for model in dict.fromkeys(drawn["model"])],
        scattermode="group",
        xaxis={"range": [-0.02, 1.02]},
        yaxis={"autorange": "reversed"},
    )
    return Display(
        "rates-at",
        "Rates at the threshold",
        table,
        chart,
        caption="With 95 % Wilson intervals; a rate of no rows is left out. The table has the cost per row too.",
        alt="Precision, recall and other rates of every model at the threshold, with intervals.",
        wide=False,
    )


def _rates_of(model: str, rates: Mapping[Hashable, list[Any]], colours: Mapping[str, str]) -> dict[str, Any]:
    places = [place for place, name in enumerate(rates["model"]) if name == model]
    value, lower, upper, n = (np.array(rates[key], float)[places] for key in ("value", "lower", "upper", "n"))
    name = html.escape(model)
    return {
        "type": "scatter",
        "x": value,
        "y": [_title(rates["metric"][place]) for place in places],
        "error_x": {"type": "data", "array": upper - value, "arrayminus": value - lower, "thickness": 1.5, "width": 0},
        "customdata": np.column_stack((lower, upper, n)),
        "mode": "markers",
        "orientation": "h",
        "offsetgroup": name,
        "marker": {"color": colours[model], "size": 9},
        "name": short(model),
        "hovertemplate": f"<b>{name}</b><br>%{{y}} %{{x:.4f}} (%{{customdata[0]:.4f}} to %{{customdata[1]:.4f}})"
        "<br>of %{customdata[2]:,} rows<extra></extra>",
    }


def _title(name: str) -> str:
    return METRICS[name].title if name in METRICS else name.replace("_", " ").capitalize()


def _curve(
    result: ThresholdsResult, confusion: pd.DataFrame, view: ThresholdsView, colours: Mapping[str, str]
) -> Display:
    table = costs_at(result, confusion, view.fp_cost, view.fn_cost)
    title = "Cost per row ↓" if view.curve == "cost" else _title(view.curve)
    chart = Chart(
        x="Threshold",
        y=title,
        height=HEIGHT,
        traces=_lines(result, view, colours) + ([_best(table, colours)] if view.curve == "cost" else []),
        xaxis={"range": [-0.02, 1.02]},
        shapes=[upright(view.threshold, width=2)],
    )
    return Display(
        "cost",
        "Cost by threshold" if view.curve == "cost" else f"{title} by threshold",
        table,
        chart,
        caption=f"A false positive costs {view.fp_cost:g}, a false negative {view.fn_cost:g}. The star is the cheapest "
        "of all thresholds (of equally cheap ones, the highest); it was chosen on these rows, so expect a little "
        "more on new ones.",
        alt=f"{title} of every model against the threshold.",
        wide=False,
    )


def _lines(result: ThresholdsResult, view: ThresholdsView, colours: Mapping[str, str]) -> list[dict[str, Any]]:
    lines = []
    for total in result.swept:
        curve = result.by_model("curves")[total["model"]]
        places = np.unique(np.linspace(0, len(curve["threshold"]) - 2, DRAWN).astype(int))
        name, positives = html.escape(total["model"]), total["positives"]
        cost = view.fp_cost * curve["fp"][places] + view.fn_cost * (positives - curve["tp"][places])
        lines.append(
            {
                "type": "scatter",
                "x": curve["threshold"][places].astype(np.float32),
                "y": cost / (positives + total["negatives"]) if view.curve == "cost" else curve[view.curve][places],
                "mode": "lines",
                "line": {"color": colours[total["model"]]},
                "name": short(total["model"]),
                "hovertemplate": f"<b>{name}</b><br>threshold %{{x:.4f}}<br>%{{y:.4f}}<extra></extra>",
            }
        )
    return lines


def _best(table: pd.DataFrame, colours: Mapping[str, str]) -> dict[str, Any]:
    best = table["best_threshold"].to_numpy()
    words = ["above every probability" if np.isinf(one) else f"{one:.4f}" for one in best]
    names = [html.escape(str(model)) for model in table["model"]]
    return {
        "type": "scatter",
        "x": np.minimum(best, 1.0),
        "y": table["cost"].to_numpy(),
        "customdata": list(zip(names, words, table["lower"], table["upper"], table["n"], strict=True)),
        "mode": "markers",
        "marker": {"color": [colours[str(model)] for model in table["model"]], "size": 13, "symbol": "star"},
        "name": "Cheapest",
        "hovertemplate": "<b>%{customdata[0]}</b><br>cheapest threshold %{customdata[1]}<br>cost per row %{y:.4f} "
        "(%{customdata[2]:.4f} to %{customdata[3]:.4f})<br>n = %{customdata[4]:,}<extra></extra>",
    }


def _kept(result: ThresholdsResult, confidence: float, colours: Mapping[str, str]) -> Display:
    table = kept_at(result, confidence)
    models = [str(model) for model in table["model"]]
    numbers = table[["accuracy", "lower", "upper", "n", "withheld"]].to_numpy(float)
    coverage, right = table["coverage"].to_numpy(), (table["coverage"] * table["accuracy"].fillna(0.0)).to_numpy()
    shares = {"right": right, "wrong": coverage - right, "withheld": 1 - coverage}
    bars = [
        {
            "type": "bar",
            "x": share,
            "y": list(short_names(models).values()),
            "orientation": "h",
            "marker": {"color": _fills(models, verdict, colours)},
            "customdata": numbers,
            "text": [verdict if width >= READABLE else "" for width in share],
            "textposition": "inside",
            "insidetextanchor": "middle",
            "insidetextfont": {"color": "#FFFFFF" if verdict == "right" else NEUTRAL},
            "hovertemplate": f"<b>%{{y}}</b><br>{verdict} %{{x:.1%}}<br>accuracy of the answers "
            "%{customdata[0]:.4f} (%{customdata[1]:.4f} to %{customdata[2]:.4f})<br>answered %{customdata[3]:,}, "
            "withheld %{customdata[4]:,}<extra></extra>",
        }
        for verdict, share in shares.items()
    ]
    chart = Chart(
        x="Share of rows",
        height=_height(table),
        traces=bars,
        barmode="stack",
        showlegend=False,
        xaxis={"range": [0, 1.02]},
        yaxis={"autorange": "reversed"},
    )
    return Display(
        "kept",
        "Answers at the confidence",
        table,
        chart,
        caption=f"Answers with a confidence below {confidence:g} are withheld. Accuracy of the rest, with its 95 % "
        "Wilson interval, is in the table; of no rows it is undefined.",
        alt="Share of right, wrong and withheld answers of every model at the confidence.",
        wide=False,
    )


def _height(models: pd.DataFrame) -> int:
    return max(HEIGHT, 100 + 50 * len(models))


def _fills(models: list[str], verdict: str, colours: Mapping[str, str]) -> list[str]:
    if verdict == "withheld":
        return [faint(NEUTRAL)] * len(models)
    return [colours[model] if verdict == "right" else faint(colours[model], 0.3) for model in models]
