"""The rows as a table with all their values, the rare ones coloured; and what looks faulty."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from evallib.core.metrics import METRICS
from evallib.drawing.chart import Chart, for_narrow, upright, whiskers
from evallib.drawing.colours import NEUTRAL, PALETTE, faint
from evallib.drawing.display import Display
from evallib.drawing.names import cut
from evallib.methods.rows.view import RowsView, Scene

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from evallib.methods.rows.compute import RowsResult

RARE = 0.02
"""A value that at most so many of the rows match or outdo is named as rare."""

NAMED = 3
"""The most rare values of a row that are named."""

DRAWN_ROWS, DRAWN_COLUMNS, NARROW_COLUMNS = 20, 10, 4
"""The first rows, and the columns with their rarest values, whose values are coloured."""

LONGEST_VALUE, LONGEST_NUMBER, LONGEST_COLUMN = 12, 8, 13
"""The most characters of what stands in a cell, and over a column."""
MOST_MISSING = 25


def rows_displays(result: RowsResult, colours: Mapping[str, str]) -> list[Display]:
    """The models' losses, and the checks of labels, equal rows and missing values, as far as they apply."""
    displays = [
        Display(
            "missing",
            "Where a column is missing",
            result.missing,
            _missing(result.missing, colours) if len(result.missing) else None,
            caption="Whether a model is worse on the rows that lack a value: the difference to the rows that have one, "
            "with its 95 % interval.",
            alt="Differences of the score where a column is missing, with intervals, by column and model.",
        ),
        Display(
            "labels",
            "Labels that all models confidently contradict",
            result.labels,
            caption="n rows are confidently called so by all models; expected is how many of them their own "
            "probabilities lead to expect to be of another class. The rows themselves are the label suspects above.",
        ),
        Display(
            "thresholds",
            "When a model counts as confident",
            result.thresholds,
            caption="The mean probability of a class among the rows labelled so.",
        ),
        Display(
            "twins",
            "Equal rows with different truths",
            result.twins,
            caption="Groups of rows equal in all features, those that cost the most first.",
        ),
        Display(
            "ceilings",
            "What equal rows leave to be reached",
            result.ceilings,
            caption="The ceiling is the best score of any model that sees these features alone.",
        ),
        Display(
            "summary",
            "Loss of all rows",
            result.summary,
            caption="Worst share is the part of all loss that the worst hundredth of the rows has.",
        ),
    ]
    return [one for one in displays if len(one.table)]


def look_at_rows(result: RowsResult, view: RowsView, colours: Mapping[str, str]) -> list[Display]:  # noqa: ARG001
    """The chosen rows with all their values, and the rarest values of the first ones in colour."""
    if result.rows.empty:
        return []
    scene = Scene.of(result, view)
    values = result.values[result.values["row"].isin(scene.rows["row"])]
    shown = Display(
        "rows",
        scene.title,
        _wide(scene.rows, values),
        caption=f"{_counted(len(scene.rows))} Row numbers count from 1 in the whole data. Rare values are those "
        f"that at most {100 * RARE:.0f} % of all rows match or outdo.",
    )
    return [shown, _coloured(scene.rows, values)] if len(scene.rows) and len(values) else [shown]


def _counted(rows: int) -> str:
    return "No kept row is like that." if not rows else f"{rows:,} of the kept rows."


def _wide(rows: pd.DataFrame, values: pd.DataFrame) -> pd.DataFrame:
    """A row of the table per row: what the model says, its rare values, and every column of the data."""
    regression = rows["residual"].notna().any()
    told = rows.drop(columns=["model", "apart"]).assign(rare_values=_rare(rows, values))
    told["group"] = told["group"].astype("Int64").where(told["group"] > 0)
    if regression:
        told = told.astype({"truth": float, "predicted": float})
    unused = {
        "id": (rows["id"] == "").all(),
        "residual": not regression,
        "wrong": regression or rows["wrong"].all(),
        "confidence": rows["confidence"].isna().all(),
        "suggested": (rows["suggested"] == "").all(),
        "group": (rows["group"] == 0).all(),
    }
    told = told.drop(columns=[name for name, empty in unused.items() if empty])
    order = ["row", *(name for name in told.columns if name not in {"row", "unusual", "rare_values"})]
    told = told[[*order, "rare_values", "unusual"]]
    columns = pd.unique(values["column"])
    wide = values.pivot(index="row", columns="column", values="value").reindex(index=rows["row"], columns=columns)
    wide.columns = pd.Index([_apart(name, told.columns) for name in columns])
    return pd.concat([told, wide.reset_index(drop=True)], axis=1)


def _apart(name: str, taken: pd.Index) -> str:
    """The name of a column of the data, told apart from those of the table."""
    while name in taken:
        name = f"{name} (data)"
    return name


def _rare(rows: pd.DataFrame, values: pd.DataFrame) -> list[str]:
    """The rarest values of each row, such as "age 90 (0.2 %)"."""
    rare = values[values["tail"] <= RARE].sort_values("tail", kind="stable").groupby("row", sort=False).head(NAMED)
    told: dict[int, list[str]] = {}
    parts = zip(rare["row"], rare["column"], rare["value"].fillna("missing"), rare["tail"], strict=True)
    for row, column, value, tail in parts:
        told.setdefault(row, []).append(f"{column} {value} ({_share(tail)})")
    return [", ".join(told.get(row, [])) for row in rows["row"]]


def _share(tail: float) -> str:
    return f"{100 * tail:.2g} %" if tail >= 0.0001 else "under 0.01 %"


def _coloured(rows: pd.DataFrame, values: pd.DataFrame) -> Display:
    """The first rows against the columns in which they are rarest, the more coloured the rarer a value is."""
    first = list(rows["row"].head(DRAWN_ROWS))
    part = values[values["row"].isin(first)]
    tails = part.pivot(index="row", columns="column", values="tail").reindex(first)
    columns = list(tails.min().sort_values(kind="stable").index[:DRAWN_COLUMNS])
    told = part.pivot(index="row", columns="column", values="value").reindex(first)[columns].fillna("missing")
    chart = Chart(height=70 + 26 * len(first))
    colours = [[0, faint(PALETTE[1], 0.0)], [0.33, faint(PALETTE[1], 0.08)], [1, faint(PALETTE[1], 0.75)]]
    chart.add(
        "heatmap",
        z=-np.log10(tails[columns].to_numpy()),
        x=list(range(len(columns))),
        y=list(range(len(first))),
        customdata=_hover(told, tails[columns]),
        zmin=0,
        zmax=4,
        colorscale=colours,
        showscale=False,
        xgap=2,
        ygap=2,
        hovertemplate="%{customdata}<extra></extra>",
    )
    # Text of the page's own colour, which is readable on light and on dark ground.
    chart.add(
        "scatter",
        x=np.tile(np.arange(len(columns)), len(first)),
        y=np.repeat(np.arange(len(first)), len(columns)),
        text=[escape(_brief(value)) for value in told.to_numpy().ravel()],
        mode="text",
        textfont={"size": 11},
        hoverinfo="skip",
        showlegend=False,
    )
    _name_axes(chart, first, columns)
    return Display(
        "coloured",
        "Rare values of the first rows",
        part,
        chart,
        caption="The more coloured, the fewer of all rows have a value as unusual: far out for numbers, rare for "
        "others. The columns with the rarest values stand first.",
        alt=f"Values of {len(first)} rows in {len(columns)} columns, coloured by how rare they are.",
    )


def _brief(value: str) -> str:
    """The value in a cell: cut in the middle where it is long, a number without the decimals that do not fit."""
    whole, _, decimals = value.partition(".")
    if decimals.isdecimal() and len(whole) < LONGEST_NUMBER - 1:
        return value[:LONGEST_NUMBER]
    return cut(value, LONGEST_VALUE)


def _hover(told: pd.DataFrame, tails: pd.DataFrame) -> NDArray[np.object_]:
    lines = [
        [f"row {row:,}<br>{escape(name)}: {escape(value)}" for name, value in zip(told.columns, values, strict=True)]
        for row, values in zip(told.index, told.to_numpy(), strict=True)
    ]
    said = [[f"<br>{_share(tail)} of all rows are as unusual" for tail in row] for row in tails.to_numpy()]
    return np.asarray(np.array(lines, dtype=object) + np.array(said, dtype=object))


def _name_axes(chart: Chart, rows: list[int], columns: list[str]) -> None:
    """Rows from the top down, columns above them; few columns where there is little room."""
    names = [escape(cut(name, LONGEST_COLUMN)) for name in columns]
    across = chart.layout["xaxis"] | {
        "tickvals": list(range(len(columns))),
        "ticktext": names,
        "side": "top",
        "tickfont": {"size": 11},
        "showgrid": False,
        "tickangle": 0,
        "range": [-0.5, len(columns) - 0.5],
    }
    down = chart.layout["yaxis"] | {
        "tickvals": list(range(len(rows))),
        "ticktext": [f"row {row:,}" for row in rows],
        "range": [len(rows) - 0.5, -0.5],
        "showgrid": False,
    }
    narrow = across | {"range": [-0.5, min(len(columns), NARROW_COLUMNS) - 0.5]}
    chart.layout |= {"xaxis": across, "yaxis": down, "meta": for_narrow({"xaxis": narrow})}


def _missing(table: pd.DataFrame, colours: Mapping[str, str]) -> Chart:
    """A dot with its interval per model and column, the surest columns first."""
    metric = METRICS[str(table["metric"].iloc[0])]
    surest = table.groupby("column", sort=False)["q_value"].min().sort_values(kind="stable")
    names = list(surest.index[:MOST_MISSING])
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
