"""How much worse each model is where a column is missing, as dots with intervals."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np

from evallib.core.metrics import METRICS
from evallib.drawing.chart import Chart, upright, whiskers
from evallib.drawing.colours import NEUTRAL
from evallib.drawing.names import cut

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from numpy.typing import NDArray

MOST_COLUMNS = 25
"""The most columns that are drawn, the surest ones; the table has all."""


def missing_chart(table: pd.DataFrame, colours: Mapping[str, str]) -> Chart:
    """A dot with its interval per model and column, the surest columns first."""
    metric = METRICS[str(table["metric"].iloc[0])]
    surest = table.groupby("column", sort=False)["q_value"].min().sort_values(kind="stable")
    names = list(surest.index[:MOST_COLUMNS])
    models = list(dict.fromkeys(table["model"]))
    chart = Chart(
        f"Difference of {metric.title} {metric.arrow}", height=120 + 30 * max(len(names), 2), shapes=[upright(0)]
    )
    for place, model in enumerate(models):
        rows = table[(table["model"] == model) & table["column"].isin(names)]
        shift = (place - (len(models) - 1) / 2) * min(0.3, 0.7 / len(models))
        chart.add(
            "scatter",
            x=rows["difference"],
            y=[names.index(name) + shift for name in rows["column"]],
            mode="markers",
            name=escape(cut(model)),
            marker={"color": colours.get(model, NEUTRAL), "size": 8},
            error_x=whiskers(rows["difference"], rows["difference_lower"], rows["difference_upper"]),
            customdata=_told(rows),
            hovertemplate="%{customdata[0]} missing<br>%{customdata[2]:.4f} on %{customdata[1]:,} rows, against "
            "%{customdata[3]:.4f}<br>difference %{x:+.4f}, false discovery rate %{customdata[4]:.3g}"
            f"<extra>{escape(model)}</extra>",
        )
    down = {"tickvals": list(range(len(names))), "ticktext": [escape(cut(name)) for name in names], "showgrid": False}
    chart.layout["yaxis"] |= down | {"range": [len(names) - 0.4, -0.6]}
    return chart


def _told(rows: pd.DataFrame) -> NDArray[Any]:
    names = [escape(name) for name in rows["column"]]
    return np.stack([names, *(rows[one] for one in ("n", "value", "other", "q_value"))], axis=1, dtype=object)
