"""Where a model's errors gather: a tree of them, the columns that set wrong rows apart, and pairs of columns."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import pandas as pd
from pydantic import Field

from evallib.core.errors import NotApplicable
from evallib.core.halves import searched_half
from evallib.core.multiplicity import q_values
from evallib.core.params import Params
from evallib.core.result import Basis, Result, columns
from evallib.methods.errors.branches import branches
from evallib.methods.errors.columns import Columns
from evallib.methods.errors.contrast import column_contrast, over_represented
from evallib.methods.errors.growing import Growth
from evallib.methods.errors.pairs import Crossed, crossed_columns
from evallib.methods.errors.rows import ErrorRows, error_metric

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from evallib.core.evaluation_set import EvaluationSet
    from evallib.core.progress import Progress

RATE = ("n", "share", "error_share", "error", "lower", "upper")
LIFT = ("lift", "lift_lower", "lift_upper")
GAP = ("rest", "difference", "difference_lower", "difference_upper", "p_value", "q_value")
NODE = ("node", "parent", "depth", "leaf", "condition", "rule")

SURE = 0.05
"""The false discovery rate up to which something holds."""


class ErrorsParams(Params):
    """How the tree is grown, and what the columns are divided into."""

    depth: int = Field(3, ge=1, le=4, title="Depth", description="The most conditions on the way to a leaf.")
    support: float = Field(
        0.01, ge=0.001, le=0.2, title="Smallest share", description="The part of the rows that a leaf must have."
    )
    minimum: int = Field(
        30,
        ge=2,
        le=100_000,
        title="Fewest rows",
        description="The effective rows that a leaf must have.",
    )
    bins: int = Field(5, ge=2, le=20, title="Bins", description="Equal-count bins of a number of more than ten values.")


@dataclass(frozen=True, eq=False)
class ErrorsResult(Result):
    """Where the errors lie. The error is the share of wrong answers, or the mean absolute error of a regression.

    tree: the nodes of every model's tree from the root down, found on one half of the rows (found_n, found_error) and
        measured on the other. share and error_share are the parts of all rows and of all errors that a node holds, lift
        is its error by that of all rows; difference is to the rest of the rows. q_value is over all nodes of the table.
    contrast: how strongly each column goes with the errors, on all rows: Cramér's V, or the correlation ratio.
    values: slices with more errors than all rows have, found and measured as the tree is.
    pairs: pairs of columns; found_beyond is by how many standard errors two tell more than the better one of them,
        on the half that was searched; chi_square, df, p_value and q_value are of the other half.
    cells: the error in the cells of each pair, on the half that was not searched.
    looked: the rows of the halves, and the error of all that were not searched; the leaves of the tree, and how many of
        them hold: have more errors than the rest at a false discovery rate of at most 5 %.
    skipped: columns without slices, and why.
    """

    tree: Annotated[pd.DataFrame, columns("model", *NODE, *RATE, *LIFT, *GAP, "found_n", "found_error")]
    contrast: Annotated[pd.DataFrame, columns("model", "column", "slices", "n", "effect", "p_value", "q_value")]
    values: Annotated[
        pd.DataFrame, columns("model", "column", "slice", "rule", *RATE, *LIFT, "p_value", "q_value", "found_lift")
    ]
    pairs: Annotated[
        pd.DataFrame, columns("model", "first", "second", "found_beyond", "chi_square", "df", "p_value", "q_value")
    ]
    cells: Annotated[pd.DataFrame, columns("model", "first", "second", "first_slice", "second_slice", "rule", *RATE)]
    looked: Annotated[
        pd.DataFrame,
        columns("model", "measure", "searched", "measured", "error", "columns", "crossed", "leaves", "confirmed"),
    ]
    skipped: Annotated[pd.DataFrame, columns("column", "reason")]


def compute_errors(data: EvaluationSet, params: ErrorsParams, progress: Progress) -> ErrorsResult:
    """The tree, the contrast and the pairs of every model.

    Raises `NotApplicable` without a model that answers, and without a column to look by.
    """
    metric = error_metric(data)
    models = [
        name for name, one in data.predictions.items() if metric.why_not(data, name) is None and one.answered.any()
    ]
    if not models:
        raise NotApplicable("An analysis of errors compares answers with the truth; no model gives any.")
    sliced = Columns.of(data, params.bins)
    if not len(sliced):
        raise NotApplicable("No column of the data divides its rows into slices.")
    half = searched_half(data)
    halves = [Halves.of(data, name, sliced, half) for name in models]
    crossed = crossed_columns([one.searched for one in halves], sliced)
    found: list[dict[str, pd.DataFrame]] = []
    for place, one in enumerate(halves):
        progress(place, len(models), f"Looking at the errors of {one.model}")
        every = ErrorRows.of(data, one.model, sliced.slices)
        found.append(_tables(one, sliced, crossed, params) | {"contrast": column_contrast(every, sliced)})
    tables = {name: _joined(name, models, [one[name] for one in found]) for name in found[0]}
    return ErrorsResult(
        Basis.of(data),
        **tables,
        looked=pd.DataFrame([one.looked(tables["tree"], sliced, crossed) for one in halves]),
        skipped=pd.DataFrame(sliced.skipped, columns=["column", "reason"], dtype=str),
    )


@dataclass(frozen=True, eq=False)
class Halves:
    """The errors of a model on the rows that are searched, and on those that are not."""

    model: str
    searched: ErrorRows
    judged: ErrorRows

    @classmethod
    def of(cls, data: EvaluationSet, model: str, sliced: Columns, half: NDArray[np.bool_]) -> Halves:
        """The rows that `half` (n,) marks, and the others."""
        return cls(model, *(ErrorRows.of(data, model, sliced.slices, rows) for rows in (half, ~half)))

    def looked(self, tree: pd.DataFrame, sliced: Columns, crossed: list[int]) -> dict[str, Any]:
        """A row that says what was looked at."""
        leaves = tree[(tree["model"] == self.model) & tree["leaf"]]
        return {
            "model": self.model,
            "measure": self.judged.measure,
            "searched": len(self.searched),
            "measured": len(self.judged),
            "error": self.judged.judged(np.zeros(len(self.judged), dtype=np.intp), 1).overall,
            "columns": len(sliced),
            "crossed": len(crossed),
            "leaves": len(leaves),
            "confirmed": int(confirmed(leaves).sum()),
        }


def confirmed(rows: pd.DataFrame) -> pd.Series:
    """True where the error is above that of the rest on the half that was not searched, beyond noise."""
    return (rows["difference"] > 0) & (rows["q_value"] <= SURE)


def _tables(halves: Halves, sliced: Columns, crossed: list[int], params: ErrorsParams) -> dict[str, pd.DataFrame]:
    searched, judged = halves.searched, halves.judged
    minimum = max(params.minimum, math.ceil(params.support * searched.size))
    tree = Growth(searched, sliced, minimum).grown(params.depth)
    pairs = Crossed.of(searched, judged, sliced, crossed)
    return {
        "tree": branches(tree, sliced, searched, judged),
        "values": over_represented(searched, judged, sliced, minimum),
        "pairs": pairs.pairs,
        "cells": pairs.cells,
    }


def _joined(name: str, models: list[str], found: list[pd.DataFrame]) -> pd.DataFrame:
    """A table of all models as it is declared, with the false discovery rate over all of it."""
    parts = [table.assign(model=model) for model, table in zip(models, found, strict=True) if len(table)]
    declared = list(ErrorsResult.schemas()[name].columns)
    if not parts:
        return pd.DataFrame(columns=declared)
    whole = pd.concat(parts, ignore_index=True)
    if "q_value" in declared:
        whole = whole.assign(q_value=q_values(whole["p_value"]))
    return whole[declared]
