"""Whether a model is worse on the rows where a column is missing than where it is given."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from evallib.core.metrics import METRICS
from evallib.core.multiplicity import q_values
from evallib.core.slice_scores import SlicedModel
from evallib.core.slices import Partition
from evallib.core.typed_table import typed_table
from evallib.methods.rows.values import input_columns

if TYPE_CHECKING:
    from evallib.core.evaluation_set import EvaluationSet
    from evallib.core.metrics import Metric
    from evallib.core.slice_scores import PartitionScores

MISSING_COLUMNS = (
    *("model", "column", "metric", "n", "share", "value", "lower", "upper", "other"),
    *("difference", "difference_lower", "difference_upper", "p_value", "q_value"),
)
KINDS = {"model": "str", "column": "str", "metric": "str", "n": "int64"}


def where_missing(data: EvaluationSet, minimum: int) -> pd.DataFrame:
    """The accuracy, or the mean absolute error, of each model where a column is missing against where it is given.

    Only inputs of which `minimum` rows or more lack a value, and as many have one, among those that the model
    answered. Intervals and tests are those of slices: two proportions, Welch's t, or with weights and groups the
    combined intervals; q_value is the false discovery rate over this table.
    """
    metric = METRICS["mae" if data.task == "regression" else "accuracy"]
    models = [SlicedModel.of(data, name) for name in data.predictions if metric.why_not(data, name) is None]
    found: dict[str, list[dict[str, object]]] = {model.evidence.model: [] for model in models}
    for name in input_columns(data):
        one = _gap(data.table[name])
        if one is None:
            continue
        for model in models:
            scores = model.by(one)
            if scores.n.min() >= minimum:
                found[model.evidence.model].append(_row(scores, metric))
    rows = [row for own in found.values() for row in own]
    names = [name for name in MISSING_COLUMNS if name != "q_value"]
    table = typed_table(rows, names, KINDS)
    return table.assign(q_value=q_values(table["p_value"]))


def _gap(column: pd.Series) -> Partition | None:
    """The rows that have a value in a column, and those that have none; None where all or none have."""
    missing = column.isna().to_numpy()
    if not 0 < np.count_nonzero(missing) < len(missing):
        return None
    return Partition(str(column.name), missing.astype(np.uint8), ("given", "missing"), ("", ""))


def _row(scores: PartitionScores, metric: Metric) -> dict[str, object]:
    found = scores.scores(metric)
    return {
        "model": scores.model.evidence.model,
        "column": scores.partition.column,
        "metric": metric.key,
        "n": int(scores.n[1]),
        "share": scores.share[1],
        "value": found.slices.value[1],
        "lower": found.slices.lower[1],
        "upper": found.slices.upper[1],
        "other": found.rest.value[1],
        "difference": found.gap.value[1],
        "difference_lower": found.gap.lower[1],
        "difference_upper": found.gap.upper[1],
        "p_value": found.gap.p_value[1],
    }
