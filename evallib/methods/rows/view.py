"""Which of the kept rows are shown, of which model, in which order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from pydantic import Field
from pydantic.config import JsonDict

from evallib.core.params import View
from evallib.drawing.names import cut

if TYPE_CHECKING:
    import pandas as pd

    from evallib.methods.rows.compute import RowsResult

SHOWN, SHOWN_VALUES = 500, 100_000
"""The most rows that a table shows, fewer where there are very many columns."""

CLASS: JsonDict = {"widget": "class", "tasks": ["binary", "multiclass"]}

Show = Literal["errors", "all", "disagreements", "label suspects", "twins"]
WHAT: dict[Show, str] = {
    "errors": "that {model} gets wrong",
    "all": "of {model}",
    "disagreements": "on which another model says otherwise than {model}",
    "label suspects": "whose label all models confidently contradict",
    "twins": "equal in all features with different truths",
}


class RowsView(View):
    """Which rows are shown, and in which order."""

    model: str | None = Field(
        None, title="Model", description="Automatic: a candidate.", json_schema_extra={"widget": "model"}
    )
    show: Show = Field(
        "errors",
        title="Rows",
        description="All: the kept rows that are right too. Disagreements: another model says otherwise. "
        "Label suspects: all models are sure of another class. Twins: equal rows with different truths.",
    )
    truth: str | None = Field(
        None,
        title="Truth",
        description="Only rows of this class. Automatic: all.",
        json_schema_extra=CLASS,
    )
    predicted: str | None = Field(
        None,
        title="Predicted",
        description="Only rows that the model calls so. Automatic: all.",
        json_schema_extra=CLASS,
    )
    side: Literal["both", "too high", "too low"] = Field(
        "both",
        title="Prediction",
        description="Only rows whose prediction lies on this side of the truth.",
        json_schema_extra={"tasks": ["regression"]},
    )
    sort: Literal["loss", "confidence", "most unusual"] = Field(
        "loss",
        title="Order",
        description="The largest loss first, the surest answer first, or the row with the rarest values first.",
    )


@dataclass(frozen=True, eq=False)
class Scene:
    """The chosen rows of a model in order, those of twins by their groups; and their title."""

    model: str
    rows: pd.DataFrame
    title: str

    @classmethod
    def of(cls, result: RowsResult, view: RowsView) -> Scene:
        """What the view asks for, as far as the result has it."""
        there = [str(name) for name in result.rows["model"].unique()]
        model = next(name for name in (view.model, *there) if name in there)
        rows = result.rows[result.rows["model"] == model]
        rows = rows[_chosen(rows, view)]
        by = {"loss": "loss", "confidence": "confidence", "most unusual": "unusual"}[view.sort]
        order = ["group", by] if view.show == "twins" else [by]
        ascending = [name == "group" for name in order]
        rows = rows.sort_values(order, ascending=ascending, kind="stable", na_position="last")
        columns = max(result.values["column"].nunique(), 1)
        rows = rows.head(min(SHOWN, SHOWN_VALUES // columns))
        regression = view.show == "errors" and rows["residual"].notna().any()
        title = WHAT["all" if regression else view.show].format(model=cut(model))
        return cls(model, rows.reset_index(drop=True), f"Rows {title}")


def _chosen(rows: pd.DataFrame, view: RowsView) -> pd.Series:
    chosen = {
        "errors": rows["wrong"],
        "all": rows["row"] > 0,
        "disagreements": rows["apart"] > 0,
        "label suspects": rows["suggested"] != "",
        "twins": rows["group"] > 0,
    }[view.show]
    for name, wanted in (("truth", view.truth), ("predicted", view.predicted)):
        if wanted is not None:
            chosen = chosen & (rows[name] == wanted)
    side = {"both": 0, "too high": 1, "too low": -1}[view.side]
    return chosen & (np.sign(rows["residual"]) == side) if side else chosen
