"""The slices that were found: how much worse they are on rows that did not choose them."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import numpy as np

from evallib.core.metrics import METRICS
from evallib.core.wording import number
from evallib.drawing.chart import Chart, upright, whiskers
from evallib.drawing.colours import NEUTRAL, faint
from evallib.drawing.display import Display
from evallib.drawing.names import cut, short
from evallib.methods.finder.compute import confirmed
from evallib.methods.finder.row_names import name_rows
from evallib.methods.finder.shared_figure import shared_display
from evallib.methods.finder.target import REST

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from evallib.methods.finder.compute import FinderResult


def finder_displays(result: FinderResult, colours: Mapping[str, str]) -> list[Display]:
    """The slices for each thing that a model was held against, what rows they share, and all tables."""
    shared = dict(iter(result.shared.groupby(["model", "against"], sort=False)))
    found = []
    for place, ((model, against), rows) in enumerate(result.slices.groupby(["model", "against"], sort=False)):
        found.append(_chart(place, str(model), str(against), rows.reset_index(drop=True), colours))
        if (model, against) in shared:
            title = f"{found[-1].title}: shared rows"
            colour = colours.get(str(model), NEUTRAL)
            found.append(shared_display(f"shared-{place}", title, shared[model, against], colour))
    tables = [
        Display(
            "siblings",
            "Siblings",
            result.siblings,
            caption="Slices that stand out too, with two thirds of their rows or more in one that is shown above.",
        ),
        Display("looked", "What was searched", result.looked, caption="Found on one half, confirmed on the other."),
        Display("skipped", "Columns without slices", result.skipped),
    ]
    return [*found, *(one for one in tables if len(one.table))]


def _chart(place: int, model: str, against: str, rows: pd.DataFrame, colours: Mapping[str, str]) -> Display:
    metric, colour = METRICS[str(rows["metric"].iloc[0])], colours.get(model, NEUTRAL)
    chart = Chart(f"Difference of {metric.title} {metric.arrow}", shapes=[upright(0)])
    sure = confirmed(rows)
    for name, chosen, fill in (("held", sure, colour), ("did not hold", ~sure, faint(colour, 0.4))):
        _add_judged(chart, rows[chosen], name, fill)
    chart.add(
        "scatter",
        x=rows["found_difference"],
        y=rows.index,
        mode="markers",
        name="where it was found",
        marker={"symbol": "circle-open", "size": 10, "color": NEUTRAL},
        hovertemplate="%{x:+.4f} on the half that was searched<extra></extra>",
    )
    name_rows(chart, rows["slice"])
    title = "the rest of the rows" if against == REST else cut(against)
    among = str(rows["among"].iloc[0])
    return Display(
        f"found-{place}",
        f"{cut(model)} against {title}",
        rows if among else rows.drop(columns="among"),
        chart,
        caption="A dot is the difference on the half of the rows that was not searched, with its 95 % interval; a ring "
        f"is the difference on the half where the slice was found, which looks too grave.{_only(among)}",
        alt=f"Differences of {metric.title} of {short(model)} in {len(rows)} slices, with intervals.",
    )


def _only(among: str) -> str:
    return f" Only {among} count." if among else ""


def _leads(rows: pd.DataFrame) -> list[str]:
    """By how much the model is better in each slice than the best baseline, for those who point at it."""
    return [
        f"<br>lead over {escape(name)} {number(lead, '+.4f')} ({number(lower, '+.4f')} to {number(upper, '+.4f')})"
        if name and np.isfinite(lead)
        else ""
        for name, lead, lower, upper in zip(
            *(rows[one] for one in ("baseline", "lead", "lead_lower", "lead_upper")), strict=True
        )
    ]


def _add_judged(chart: Chart, rows: pd.DataFrame, name: str, colour: str) -> None:
    chart.add(
        "scatter",
        x=rows["difference"],
        y=rows.index,
        links=rows["rule"],
        mode="markers",
        name=name,
        marker={"color": colour, "size": 9},
        error_x=whiskers(rows["difference"], rows["difference_lower"], rows["difference_upper"]),
        customdata=np.stack(
            [
                [escape(one) for one in rows["slice"]],
                *(rows[one] for one in ("n", "value", "other", "q_value")),
                _leads(rows),
            ],
            axis=1,
            dtype=object,
        ),
        hovertemplate=(
            "%{customdata[0]}<br>difference %{x:+.4f} on %{customdata[1]:,} rows<br>%{customdata[2]:.4f} against "
            "%{customdata[3]:.4f}<br>false discovery rate %{customdata[4]:.3g}%{customdata[5]}<extra></extra>"
        ),
    )
