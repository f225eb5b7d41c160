"""A metric over the periods of a date."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from evallib.core.slices import MISSING
from evallib.drawing.chart import Chart, whiskers
from evallib.drawing.colours import NEUTRAL, faint
from evallib.drawing.display import Display
from evallib.drawing.names import cut, short

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from evallib.core.metrics import Metric


def over_time(slices: pd.DataFrame, drift: pd.DataFrame, metric: Metric, colours: Mapping[str, str]) -> Display:
    """Models in the periods of the date over which one of them moves most surely, with their lines.

    slices, drift: the rows of one metric, and of the models that are drawn.
    """
    column = str(drift.sort_values("p_value", kind="stable")["column"].iloc[0])
    rows = slices[(slices["column"] == column) & (slices["slice"] != MISSING) & slices["value"].notna()]
    chart = Chart("", f"{metric.title} {metric.arrow}", xaxis={"type": "category"})
    for line in drift[drift["column"] == column].to_dict("records"):
        model = str(line["model"])
        part, colour = rows[rows["model"] == model], colours.get(model, NEUTRAL)
        chart.add(
            "scatter",
            x=part["slice"],
            y=part["value"],
            mode="lines+markers",
            name=short(model),
            marker={"color": colour, "size": 7},
            line={"color": faint(colour, 0.5), "width": 1},
            error_y=whiskers(part["value"], part["lower"], part["upper"]),
            customdata=part["n"],
            hovertemplate=f"%{{x}}<br>%{{y:.4f}} on %{{customdata:,}} rows<extra>{escape(model)}</extra>",
        )
        chart.add(
            "scatter",
            x=[line["begin"], line["end"]],
            y=[line["first"], line["last"]],
            mode="lines",
            name=f"{short(model)}, trend",
            line={"color": colour, "width": 2, "dash": "dash"},
            hovertemplate=f"{line['slope']:+.4f} ({line['lower']:+.4f} to {line['upper']:+.4f}) each<extra></extra>",
        )
    return Display(
        "time",
        f"{metric.title} over {cut(column)}",
        rows,
        chart,
        caption="A dot is a period with its 95 % interval; the dashed line is the trend through all periods.",
        alt=f"{metric.title} over {len(rows['slice'].unique())} periods of {column}.",
    )
