"""The rows with all their values, and what looks faulty about rows and labels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evallib.drawing.display import Display
from evallib.methods.rows.missing_chart import missing_chart
from evallib.methods.rows.rarity_chart import rarity_chart
from evallib.methods.rows.unusual import SAMPLE
from evallib.methods.rows.view import RowsView, Scene
from evallib.methods.rows.wide_table import RARE, wide_table

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from evallib.methods.rows.compute import RowsResult


def rows_displays(result: RowsResult, colours: Mapping[str, str]) -> list[Display]:
    """The models' losses, and the checks of labels, equal rows and missing values, as far as they apply."""
    displays = [
        _missing(result.missing, colours),
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


def _missing(table: pd.DataFrame, colours: Mapping[str, str]) -> Display:
    return Display(
        "missing",
        "Where a column is missing",
        table,
        missing_chart(table, colours) if len(table) else None,
        caption="Whether a model is worse on the rows that lack a value: the difference to the rows that have one, "
        "with its 95 % interval.",
        alt="Differences of the score where a column is missing, with intervals, by column and model.",
    )


def look_at_rows(result: RowsResult, view: RowsView, colours: Mapping[str, str]) -> list[Display]:  # noqa: ARG001
    """The chosen rows with all their values, and the rarest values of the first ones in colour."""
    if result.rows.empty:
        return []
    scene = Scene.of(result, view)
    values = result.values[result.values["row"].isin(scene.rows["row"])]
    among = "all rows" if result.basis.rows <= SAMPLE else f"{SAMPLE:,} drawn rows"
    shown = Display(
        "rows",
        scene.title,
        wide_table(scene.rows, values),
        caption=f"{_counted(len(scene.rows))} Row numbers count from 1 in the whole data. Rare values are those "
        f"that at most {100 * RARE:.0f} % of {among} match or outdo.",
    )
    return [shown, rarity_chart(scene.rows, values, among)] if (values["tail"] < 1).any() else [shown]


def _counted(rows: int) -> str:
    return "No kept row is like that." if not rows else f"{rows:,} of the kept rows."
