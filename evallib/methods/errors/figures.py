"""Where errors lie as charts: the tree, the slices with more of them, pairs of columns, and what sets rows apart."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from evallib.drawing.chart import Chart, for_narrow, upright, whiskers
from evallib.drawing.colours import NEUTRAL, faint
from evallib.drawing.display import Display
from evallib.drawing.names import cut, short
from evallib.methods.errors.compute import SURE
from evallib.methods.errors.heat_figure import LONGEST, LONGEST_NARROW, heat_display, ticks
from evallib.methods.errors.tree_figure import tree_chart
from evallib.methods.errors.view import ErrorsView, chosen_cells, chosen_model

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from evallib.methods.errors.compute import ErrorsResult

MOST_COLUMNS, MOST_SLICES = 15, 12
"""The most columns, and the most slices, that a chart shows."""


def errors_displays(result: ErrorsResult, colours: Mapping[str, str]) -> list[Display]:
    """What sets the wrong rows apart for all models, and every table."""
    tables = [
        Display("looked", "What was looked at", result.looked, caption="Found on one half, measured on the other."),
        Display(
            "nodes",
            "Every node of the trees",
            result.tree,
            caption="The difference is to all other rows; q is the false discovery rate over this table.",
        ),
        Display(
            "pairs",
            "Pairs of columns",
            result.pairs,
            caption="Found beyond is by how many standard errors the two columns tell more of the errors than the "
            "better one of them on the half that was searched; the test is of the other half.",
        ),
        Display("cells", "The cells of every pair", result.cells),
        Display("skipped", "Columns without slices", result.skipped),
    ]
    every = [_contrast(result.contrast, colours), *tables]
    return [one for one in every if len(one.table)]


def look_at_errors(result: ErrorsResult, view: ErrorsView, colours: Mapping[str, str]) -> list[Display]:
    """The tree of a model, the slices that have more of its errors, and the heat map of two columns."""
    model = chosen_model(result, view)
    if model is None:
        return []
    measure = str(result.looked.loc[result.looked["model"] == model, "measure"].iloc[0])
    rows = {name: table[table["model"] == model] for name, table in result.tables().items() if "model" in table}
    drawn = [_tree(model, rows["tree"], measure), _values(model, rows["values"], colours.get(model, NEUTRAL))]
    cells = chosen_cells(result, view, model)
    overall = float(rows["looked"]["error"].iloc[0])
    return [*(one for one in drawn if len(one.table)), *([heat_display(cells, overall, measure)] if len(cells) else [])]


def _tree(model: str, rows: pd.DataFrame, measure: str) -> Display:
    return Display(
        "tree",
        f"Where the errors of {cut(model)} gather",
        rows,
        tree_chart(rows, measure),
        caption="Orange boxes have more errors than all rows, blue ones fewer; the bar at the foot is the share of all "
        "errors. Found on one half of the rows, measured on the other; a bold frame marks what held there.",
        alt=f"Tree of {len(rows)} boxes: where the errors of {model} gather.",
    )


def _values(model: str, rows: pd.DataFrame, colour: str) -> Display:
    rows = rows.head(MOST_SLICES).reset_index(drop=True)
    chart = Chart("Times the error of all rows", shapes=[upright(1)])
    sure = (rows["q_value"] <= SURE) & (rows["lift"] > 1)
    for name, chosen, fill in (("held", rows[sure], colour), ("did not hold", rows[~sure], faint(colour, 0.4))):
        chart.add(
            "scatter",
            x=chosen["lift"],
            y=chosen.index,
            links=chosen["rule"],
            mode="markers",
            name=name,
            marker={"color": fill, "size": 9},
            error_x=whiskers(chosen["lift"], chosen["lift_lower"], chosen["lift_upper"]),
            customdata=np.stack(
                [chosen[one] for one in ("n", "error", "error_share", "q_value")], axis=1, dtype=object
            ),
            hovertemplate=(
                "%{x:.2f} times the error of all rows<br>%{customdata[1]:.4f} on %{customdata[0]:,} rows, "
                "%{customdata[2]:.1%} of all errors<br>false discovery rate %{customdata[3]:.3g}<extra></extra>"
            ),
        )
    _name_rows(chart, [f"{column}: {name}" for column, name in zip(rows["column"], rows["slice"], strict=True)])
    return Display(
        "values",
        f"Slices with more errors of {cut(model)}",
        rows,
        chart,
        caption="How many times the error of all rows, with its 95 % interval, on the half that was not searched.",
        alt=f"Lift of the error of {model} in {len(rows)} slices, with intervals.",
    )


def _contrast(table: pd.DataFrame, colours: Mapping[str, str]) -> Display:
    strongest = table.groupby("column", sort=False)["effect"].max().sort_values(ascending=False, kind="stable")
    names = list(strongest.index[:MOST_COLUMNS])
    models = list(dict.fromkeys(table["model"]))
    chart = Chart("Effect size", barmode="group")
    for model in models:
        rows = table[table["model"] == model].set_index("column").loc[names]
        colour = colours.get(model, NEUTRAL)
        chart.add(
            "bar",
            orientation="h",
            x=rows["effect"],
            y=list(range(len(names))),
            name=short(model),
            marker={"color": [colour if q <= SURE else faint(colour, 0.35) for q in rows["q_value"]]},
            customdata=np.stack([rows["slices"], rows["q_value"]], axis=1, dtype=object),
            hovertemplate=(
                "%{x:.3f} over %{customdata[0]} slices<br>false discovery rate %{customdata[1]:.3g}"
                f"<extra>{escape(model)}</extra>"
            ),
        )
    _name_rows(chart, names, per_row=10 + 14 * len(models))
    return Display(
        "contrast",
        "What sets the wrong rows apart, by column",
        table,
        chart,
        caption="Cramér's V between the column and being wrong, or the correlation ratio with the absolute error: 0.1 "
        "is weak, 0.3 medium, 0.5 strong. Faint bars are within noise.",
        alt=f"Effect sizes of {len(names)} columns on the errors of {len(models)} models.",
    )


def _name_rows(chart: Chart, names: Sequence[str], per_row: int = 28) -> None:
    """Rows from the top down, each with its name, shorter where there is little room."""
    axis = chart.layout["yaxis"] | {"range": [len(names) - 0.4, -0.6]}
    wide, narrow = ({"yaxis": axis | ticks(names, longest)} for longest in (LONGEST, LONGEST_NARROW))
    chart.layout |= wide | {"meta": for_narrow(narrow), "height": 110 + per_row * max(len(names), 3)}
