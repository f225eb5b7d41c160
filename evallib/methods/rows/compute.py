"""The rows that models get wrong, and whether the rows or their labels look faulty."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import numpy as np
import pandas as pd
from pydantic import Field

from evallib.core.errors import NotApplicable
from evallib.core.evaluation_set import Role
from evallib.core.params import Params
from evallib.core.result import Basis, Result, columns
from evallib.methods.rows.judged import Judged, row_numbers, truths
from evallib.methods.rows.missing import MISSING_COLUMNS, where_missing
from evallib.methods.rows.suspects import LABEL_COLUMNS, SUSPECT_COLUMNS, THRESHOLD_COLUMNS, suspected_labels
from evallib.methods.rows.twins import CEILING_COLUMNS, TWIN_COLUMNS, twins
from evallib.methods.rows.unusual import unusualness
from evallib.methods.rows.values import shown_columns, texts, values_of
from evallib.methods.rows.worst import worst_rows, worst_share

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from evallib.core.evaluation_set import EvaluationSet
    from evallib.core.progress import Progress
    from evallib.methods.rows.suspects import Suspects
    from evallib.methods.rows.twins import Twins

    Rows = NDArray[np.intp]

MOST_ROWS, MOST_VALUES, FEWEST = 3_000, 120_000, 20
"""The most rows that are kept for their losses, fewer where there are many columns; each model may keep a few."""

SUSPECTS, GROUPS = 200, 20
"""The most suspected labels, and the most groups of twins, that are listed."""

ROW_COLUMNS = (
    *("model", "row", "id", "truth", "predicted", "confidence", "loss", "residual", "wrong"),
    *("apart", "unusual", "suggested", "group"),
)


class RowsParams(Params):
    """How many rows are kept, and how many must lack a value to be tested."""

    per_cell: int = Field(
        100,
        ge=10,
        le=500,
        title="Rows per cell",
        description="The rows of the largest loss that are kept of each cell of a confusion matrix.",
    )
    minimum: int = Field(
        30, ge=2, le=100_000, title="Rows to test", description="A column is tested where so many rows lack a value."
    )


@dataclass(frozen=True, eq=False)
class RowsResult(Result):
    """The rows that are kept, their values, and what looks faulty. Rows are numbered from 1 in the whole data.

    summary: errors are wrong labels, NaN for a regression; worst_share is the part of all loss that the worst 1 % of
        the rows have; kept is how many rows are. All of it unweighted.
    rows: a row per model and kept row that it answered, candidates first. residual is prediction minus truth, NaN for
        classes; apart how many other models say otherwise, or how far the farthest is; unusual the sum of -ln tails of
        the row's values; suggested the class that all models are confident of, where it is not the truth, else empty;
        group that of its twins, 0 without.
    values: every value of the kept rows as text; tail is the share of rows at least as unusual in that column, 1
        where it is no feature.
    labels, thresholds, suspects: see `suspects`.     ceilings, twins: see `twins`.     missing: see `missing`.
    """

    summary: Annotated[pd.DataFrame, columns("model", "measure", "n", "errors", "mean_loss", "worst_share", "kept")]
    rows: Annotated[pd.DataFrame, columns(*ROW_COLUMNS)]
    values: Annotated[pd.DataFrame, columns("row", "column", "value", "tail")]
    labels: Annotated[pd.DataFrame, columns(*LABEL_COLUMNS)]
    thresholds: Annotated[pd.DataFrame, columns(*THRESHOLD_COLUMNS)]
    suspects: Annotated[pd.DataFrame, columns(*SUSPECT_COLUMNS)]
    ceilings: Annotated[pd.DataFrame, columns(*CEILING_COLUMNS)]
    twins: Annotated[pd.DataFrame, columns(*TWIN_COLUMNS)]
    missing: Annotated[pd.DataFrame, columns(*MISSING_COLUMNS)]


def compute_rows(data: EvaluationSet, params: RowsParams, progress: Progress) -> RowsResult:
    """The rows of the largest loss of every model, with their values, and four checks of the rows and their labels.

    Raises `NotApplicable` where no model answered any row.
    """
    names = sorted(data.predictions, key=lambda name: data.predictions[name].role != Role.CANDIDATE)
    judged = [Judged(data, name) for name in names]
    if not any(one.answered.any() for one in judged):
        raise NotApplicable("No model gave an answer to any row.")
    progress(0, 4, "Judging every row")
    shown = max(len(shown_columns(data)), 1)
    most = max(min(MOST_ROWS, MOST_VALUES // shown) // len(judged), FEWEST)
    worst = [worst_rows(one, params.per_cell, most) for one in judged]
    progress(1, 4, "Comparing labels with what all models say")
    suspects = suspected_labels(data, SUSPECTS)
    progress(2, 4, "Looking for equal rows")
    alike = twins(data, GROUPS)
    progress(3, 4, "Looking at values")
    kept = np.unique(np.concatenate([*worst, suspects.rows, alike.rows]))
    shown_texts, tails = values_of(data, kept)
    about = _about(data, kept, unusualness(tails), suspects, alike)
    return RowsResult(
        Basis.of(data),
        summary=pd.DataFrame([_summary(one, len(rows)) for one, rows in zip(judged, worst, strict=True)]),
        rows=pd.concat([_rows(one, kept, about) for one in judged], ignore_index=True),
        values=_long(row_numbers(data, kept), shown_columns(data), shown_texts, tails),
        labels=suspects.labels,
        thresholds=suspects.thresholds,
        suspects=suspects.listed,
        ceilings=alike.ceilings,
        twins=alike.listed,
        missing=where_missing(data, params.minimum),
    )


def _summary(judged: Judged, kept: int) -> dict[str, object]:
    loss = judged.loss if judged.answered.all() else judged.loss[judged.answered]
    regression = judged.data.task == "regression"
    return {
        "model": judged.model,
        "measure": judged.measure,
        "n": len(loss),
        "errors": np.nan if regression else float(np.count_nonzero(judged.wrong)),
        "mean_loss": float(loss.mean()) if len(loss) else np.nan,
        "worst_share": worst_share(loss) if len(loss) else np.nan,
        "kept": kept,
    }


def _about(
    data: EvaluationSet, kept: Rows, unusual: NDArray[np.float64], suspects: Suspects, alike: Twins
) -> pd.DataFrame:
    """What is known of the kept rows whatever a model says."""
    name = data.columns.id
    suggested = pd.Series(suspects.listed["suggested"].to_numpy(), index=suspects.rows)
    group = pd.Series(alike.group, index=alike.rows)
    return pd.DataFrame(
        {
            "row": row_numbers(data, kept),
            "id": "" if name is None else pd.Series(texts(data.table[name].iloc[kept]), dtype="str").fillna(""),
            "truth": truths(data, kept),
            "unusual": unusual,
            "suggested": suggested.reindex(kept).fillna("").to_numpy(),
            "group": group.reindex(kept).fillna(0).to_numpy(np.int64),
        }
    )


def _rows(judged: Judged, kept: Rows, about: pd.DataFrame) -> pd.DataFrame:
    answered = judged.answered[kept]
    rows = kept[answered]
    regression = judged.data.task == "regression"
    told = about[answered].assign(
        model=judged.model,
        predicted=judged.said(rows),
        confidence=judged.confidence(rows),
        loss=judged.loss[rows],
        residual=judged.residual[rows] if regression else np.nan,
        wrong=judged.wrong[rows],
        apart=judged.apart(rows),
    )
    text = dict.fromkeys(("model", "id", "truth", "predicted", "suggested"), "str")
    return told.astype(text)[list(ROW_COLUMNS)]


def _long(
    numbers: NDArray[np.int64], names: list[str], shown: list[NDArray[np.object_]], tails: NDArray[np.float64]
) -> pd.DataFrame:
    """A row per row and column, column by column."""
    return pd.DataFrame(
        {
            "row": np.tile(numbers, len(names)),
            "column": pd.Series(np.repeat(np.array(names, dtype=object), len(numbers)), dtype="str"),
            "value": pd.Series(np.concatenate(shown) if shown else [], dtype="str"),
            "tail": tails.T.ravel(),
        }
    )
