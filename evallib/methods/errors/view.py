"""Whose errors are drawn, and by which two columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from evallib.core.params import View

if TYPE_CHECKING:
    import pandas as pd

    from evallib.methods.errors.compute import ErrorsResult


class ErrorsView(View):
    """A model, and two columns of the heat map."""

    model: str | None = Field(
        None, title="Model", description="Automatic: the first one.", json_schema_extra={"widget": "model"}
    )
    first: str | None = Field(
        None,
        title="Rows of the heat map",
        description="Automatic: of the pair that tells most beyond the better one of its columns.",
        json_schema_extra={"widget": "column"},
    )
    second: str | None = Field(
        None,
        title="Columns of the heat map",
        description="Pairs of the ten columns that tell most are there; without the chosen one, the next is shown.",
        json_schema_extra={"widget": "column"},
    )


def chosen_model(result: ErrorsResult, view: ErrorsView) -> str | None:
    """The model that is asked for, else the first one; None where there is none."""
    there = list(dict.fromkeys(result.tree["model"]))
    return view.model if view.model in there else next(iter(there), None)


def chosen_cells(result: ErrorsResult, view: ErrorsView, model: str) -> pd.DataFrame:
    """The cells of the pair that is asked for, its first column in the rows; of the best pair that is near to it.

    Empty where there are no two columns.
    """
    asked = [name for name in (view.first, view.second) if name is not None]
    pairs = result.pairs[result.pairs["model"] == model]
    if pairs.empty:
        return result.cells.head(0)
    hits = sum((pairs[["first", "second"]] == name).any(axis=1).astype(int) for name in dict.fromkeys(asked))
    best = pairs.assign(hits=hits).sort_values(["hits", "found_beyond"], ascending=False, kind="stable").iloc[0]
    cells = result.cells[
        (result.cells["model"] == model)
        & (result.cells["first"] == best["first"])
        & (result.cells["second"] == best["second"])
    ]
    return _turned(cells) if _to_turn(cells, view) else cells


def _to_turn(cells: pd.DataFrame, view: ErrorsView) -> bool:
    """True where the pair stands the other way round: as asked for, else with more slices down than across."""
    first, second = str(cells["first"].iloc[0]), str(cells["second"].iloc[0])
    if view.first in {first, second} or view.second in {first, second}:
        return view.first == second or view.second == first
    return bool(cells["first_slice"].nunique() < cells["second_slice"].nunique())


def _turned(cells: pd.DataFrame) -> pd.DataFrame:
    names = {"first": "second", "second": "first", "first_slice": "second_slice", "second_slice": "first_slice"}
    return cells.rename(columns=names)[list(cells.columns)]
