"""A reversal as charts: the strata's lines across the overall one, the mixes, and the adjusted difference."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from evallib.core.metrics import METRICS
from evallib.drawing.chart import Chart, upright
from evallib.drawing.colours import NEUTRAL, PALETTE, faint
from evallib.drawing.display import Display
from evallib.drawing.names import cut, short, short_names
from evallib.methods.reversals.kinds import Kind
from evallib.methods.reversals.sentences import is_percent, title_of
from evallib.methods.reversals.view import ReversalsView, chosen

if TYPE_CHECKING:
    from collections.abc import Mapping

    from evallib.methods.reversals.compute import ReversalsResult

SIDES = ("first", "second")
MOST_POINTS = 1000
FARTHEST = 8.0
"""Differences of more standard errors are drawn at the edge."""


def reversals_displays(result: ReversalsResult, colours: Mapping[str, str]) -> list[Display]:  # noqa: ARG001 (no models)
    """Everything that was scanned, at a glance and as tables."""
    tables = [
        _overview(result.scan),
        Display(
            "strata",
            "Every stratum of every comparison",
            result.strata,
            caption="The place is that of the scan; slices in which a side has too few rows are not compared.",
        ),
        Display("skipped", "Columns that were left out", result.skipped),
    ]
    return [one for one in tables if len(one.table)]


def look_at_reversals(result: ReversalsResult, view: ReversalsView, colours: Mapping[str, str]) -> list[Display]:
    """One comparison: its strata, its mixes, and its raw and adjusted difference."""
    found = chosen(result, view)
    if found is None:
        return []
    row, strata = found
    return [_lines(row, strata), _mixes(row, strata, colours), _effects(row)]


def _overview(scan: pd.DataFrame) -> Display:
    """Overall against adjusted difference, in standard errors: reversals lie in the upper left and the lower right."""
    edge = FARTHEST * 1.1
    chart = Chart(
        "Overall difference, in standard errors",
        "Adjusted difference, in standard errors",
        height=420,
        xaxis={"range": [-edge, edge]},
        yaxis={"range": [-edge, edge]},
        shapes=[_turned(left, low, edge) for left, low in ((-edge, 0), (0, -edge))],
    )
    known = scan[scan["kind"] != str(Kind.NOT_EVALUABLE)].head(MOST_POINTS)
    groups = {
        "reversal": [str(kind) for kind in Kind if kind.flagged],
        "trade-off": [str(Kind.CROSSING)],
        "consistent": [str(Kind.CONSISTENT)],
    }
    for (name, kinds), colour in zip(groups.items(), (PALETTE[1], PALETTE[4], NEUTRAL), strict=True):
        part = known[known["kind"].isin(kinds)]
        chart.add(
            "scatter",
            x=part["z_overall"].clip(-FARTHEST, FARTHEST),
            y=part["z_adjusted"].clip(-FARTHEST, FARTHEST),
            mode="markers",
            name=name,
            marker={"color": faint(colour, 0.7), "size": 9, "line": {"color": colour, "width": 1}},
            customdata=np.stack(
                [part["place"], *(part[one].map(escape) for one in ("first", "second", "metric", "column", "kind"))],
                axis=1,
                dtype=object,
            ),
            hovertemplate=(
                "%{customdata[0]}: %{customdata[1]} against %{customdata[2]}<br>%{customdata[3]} by %{customdata[4]}"
                "<br>overall %{x:.1f}, adjusted %{y:.1f}<extra>%{customdata[5]}</extra>"
            ),
        )
    return Display(
        "scan",
        "Everything that was scanned",
        scan,
        chart,
        caption="A circle is a comparison by one column. On the coloured ground the overall difference turns round "
        "at an equal mix of slices; near the centre that may be chance.",
        alt=f"Overall against adjusted difference of {len(known)} comparisons.",
    )


def _turned(left: float, low: float, edge: float) -> dict[str, Any]:
    """The ground of a quarter in which a difference turns round."""
    place = {"x0": left, "x1": left + edge, "y0": low, "y1": low + edge}
    return {"type": "rect", "fillcolor": faint(PALETTE[1], 0.08), "line": {"width": 0}, "layer": "below"} | place


def _lines(row: dict[str, Any], strata: pd.DataFrame) -> Display:
    """A line per stratum from the first side to the second, its circles as large as the rows, and the overall line."""
    form = _format(row["metric"])
    arrow = f" {METRICS[row['metric']].arrow}" if row["metric"] in METRICS else ""
    chart = Chart(
        y=f"{escape(title_of(row['metric']))}{arrow}",
        height=440,
        xaxis={"range": [-0.35, 1.35], "showgrid": False},
        yaxis={"tickformat": _ticks(row["metric"])},
    )
    sides = list(short_names(_named(row, side) for side in SIDES).values())
    largest = float(strata[["n_first", "n_second"]].to_numpy().max())
    for place, one in enumerate(strata.to_dict("records")):
        colour = PALETTE[place % len(PALETTE)]
        rows = [one["n_first"], one["n_second"]]
        chart.add(
            "scatter",
            x=sides,
            y=[one["value_first"], one["value_second"]],
            mode="lines+markers",
            name=short(one["stratum"]),
            line={"color": colour, "width": 2},
            marker={"size": 6 + 30 * np.sqrt(np.array(rows) / largest), "color": faint(colour, 0.5)},
            customdata=rows,
            hovertemplate=f"{escape(one['stratum'])}<br>%{{y:{form}}} on %{{customdata:,}} rows<extra></extra>",
        )
    chart.add(
        "scatter",
        x=sides,
        y=[row["value_first"], row["value_second"]],
        mode="lines+markers",
        name="overall",
        line={"color": NEUTRAL, "width": 4, "dash": "dash"},
        marker={"size": 10},
        hovertemplate=f"overall %{{y:{form}}}<extra></extra>",
    )
    return Display(
        "lines",
        f"{_capital(title_of(row['metric']))} by {cut(row['column'])}",
        strata,
        chart,
        caption=row["sentence"],
        alt=f"Lines of {len(strata)} slices of {row['column']} from {sides[0]} to {sides[1]}, beside the overall line.",
        wide=False,
    )


def _mixes(row: dict[str, Any], strata: pd.DataFrame, colours: Mapping[str, str]) -> Display:
    """Each side's mix of strata: the reason why an overall difference and the strata can disagree."""
    names = [short(name, 24) for name in strata["stratum"]]
    chart = Chart(
        short(row["column"]),
        "Share of the side's rows",
        height=440,
        xaxis={"tickvals": list(range(len(names))), "ticktext": names},
        yaxis={"tickformat": ".0%"},
    )
    for side, colour in zip(SIDES, _colours(row, colours), strict=True):
        chart.add(
            "bar",
            x=list(range(len(names))),
            y=strata[f"share_{side}"],
            name=short(_named(row, side)),
            marker={"color": faint(colour, 0.7)},
            customdata=np.stack([strata["stratum"].map(escape), strata[f"n_{side}"]], axis=1, dtype=object),
            hovertemplate="%{customdata[0]}: %{y:.1%}<br>%{customdata[1]:,} rows<extra></extra>",
        )
    return Display(
        "mixes",
        "The mix of either side",
        strata[["stratum", "n_first", "share_first", "n_second", "share_second"]],
        chart,
        caption="Where the bars differ, the overall difference compares different mixes of slices. Whether that has to "
        "be adjusted for depends on what made the mixes differ.",
        alt=f"Shares of {len(strata)} slices among the rows of both sides.",
        wide=False,
    )


def _effects(row: dict[str, Any]) -> Display:
    """The overall difference, the part of it that the mix makes, the part that is left, and the adjusted difference."""
    names = ["overall difference", "mix effect", "rate effect", "adjusted difference"]
    values = [row["overall_difference"], row["mix_effect"], row["rate_effect"], row["adjusted_difference"]]
    none = [0.0, 0.0, 0.0]
    chart = Chart(
        " − ".join(short(_named(row, side)) for side in SIDES),
        height=260,
        shapes=[upright(0)],
        xaxis={"tickformat": _ticks(row["metric"])},
        yaxis={"autorange": "reversed"},
    )
    chart.add(
        "scatter",
        x=values,
        y=names,
        mode="markers",
        name="difference",
        showlegend=False,
        marker={"size": 11, "color": [NEUTRAL, PALETTE[4], PALETTE[2], PALETTE[0]]},
        error_x={
            "array": [*none, row["upper"] - row["adjusted_difference"]],
            "arrayminus": [*none, row["adjusted_difference"] - row["lower"]],
            "width": 0,
            "thickness": 2,
            "color": PALETTE[0],
        },
        hovertemplate="%{y}: %{x:+" + _format(row["metric"]) + "}<extra></extra>",
    )
    numbers = ["overall_difference", "mix_effect", "rate_effect", "adjusted_difference", "lower", "upper"]
    tests = ["p_overall", "p_adjusted", "q_value", "cmh_p", "breslow_day_p"]
    return Display(
        "effects",
        "Raw and adjusted",
        pd.DataFrame([{name: row[name] for name in ["kind", "grade", *numbers, *tests]}]),
        chart,
        caption="Mix and rate effect add up to the overall difference. The adjusted difference, with its 95 % "
        "interval, is that at an equal mix of slices.",
        alt="Overall, mix, rate and adjusted difference.",
    )


def _colours(row: dict[str, Any], colours: Mapping[str, str]) -> tuple[str, str]:
    """Systems keep their colours; groups have two of their own."""
    if row["group"]:
        return PALETTE[0], PALETTE[1]
    return colours.get(row["first"], NEUTRAL), colours.get(row["second"], NEUTRAL)


def _named(row: dict[str, Any], side: str) -> str:
    return f"{row['group']}: {row[side]}" if row["group"] else str(row[side])


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _format(metric: str) -> str:
    return ".1%" if is_percent(metric) else ".4g"


def _ticks(metric: str) -> str:
    return ".2~%" if is_percent(metric) else ""
