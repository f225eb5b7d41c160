"""The rows that a plan asks for, with their truth, and the evaluation set that they become with everybody's answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from evallib.core.errors import BadInput
from evallib.core.evaluation_set import EvaluationSet, Predictions, Predictor
from evallib.core.rules import parse_rule
from evallib.data import (
    Labelled,
    answers_from_columns,
    as_predictions,
    class_names,
    evaluation_set,
    label_rows,
    label_training,
    read_arrow,
    read_table,
)
from evallib.workspace import display_name, is_ingested

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from evallib.plan import EvaluationPlan


@dataclass(frozen=True, eq=False)
class Rows:
    """The rows to evaluate, with their truth, out of the `total` rows of the data; `where` is the rule that chose them.

    fingerprint: that of the whole table.   training_y: the truth of the training rows, where they are at hand.
    """

    labelled: Labelled
    total: int
    where: str
    training_y: NDArray[np.int32] | NDArray[np.float64] | None
    sampled: bool = False

    def __len__(self) -> int:
        return len(self.labelled.y)

    def evaluation_set(
        self, predictions: Iterable[Predictions], models: Mapping[str, Predictor] | None = None, *, fingerprint: str
    ) -> EvaluationSet:
        """The rows with everybody's answers to them; `fingerprint` is that of the whole table."""
        data = evaluation_set(
            self.labelled,
            predictions,
            models,
            self.training_y,
            table_fingerprint=f"{fingerprint} {self.where} {len(self)}",
        )
        return replace(data, total_rows=self.total, where=self.where, sampled=self.sampled)

    def take(self, sample: NDArray[np.intp]) -> Rows:
        """The rows at these positions, which chance chose."""
        return replace(self, labelled=_only(self.labelled, sample), sampled=True)


def read_rows(plan: EvaluationPlan) -> tuple[Rows, pd.DataFrame]:
    """The rows that the plan asks for, and the whole table. Raises `BadInput` for whatever is wrong with them."""
    source = plan.data
    name = display_name(source.path)
    answers = [column for system in plan.systems for column in system.columns]
    table = load(source.path)
    labelled = label_rows(table, source, name, answers=answers)
    training_y = None
    if source.training is not None:
        training, training_name = load(source.training), display_name(source.training)
        if labelled.task == "multiclass" and source.target in training:
            known = class_names(training[source.target])
            labelled = label_rows(table, source, name, answers=answers, known=known)
        training_y = label_training(training, labelled, training_name)
    if plan.where:
        labelled = _only(labelled, np.flatnonzero(chosen_rows(table, plan.where, name)))
    return Rows(labelled, len(table), plan.where, training_y), table


def load(path: Path) -> pd.DataFrame:
    """The table in a file; one that was ingested before is mapped into memory instead of parsed."""
    return read_arrow(path) if is_ingested(path) else read_table(path, name=display_name(path))


def chosen_rows(table: pd.DataFrame, where: str, name: str) -> NDArray[np.bool_]:
    """(n,) True for the rows that a rule holds for. Raises `BadInput` where it holds for none."""
    chosen = parse_rule(where, list(table.columns)).mask(table)
    if not chosen.any():
        raise BadInput(f"No row of {name} has {where}; widen the rule.")
    return chosen


def answers_in_columns(labelled: Labelled, plan: EvaluationPlan) -> tuple[dict[str, Predictions], list[str]]:
    """The answers that stand in columns of the data, by the name of their system, and what was changed in them."""
    given = {
        system.name: (answers_from_columns(labelled, labelled.table, system), system)
        for system in plan.systems
        if system.columns
    }
    predictions = {name: as_predictions(answers, system) for name, (answers, system) in given.items()}
    return predictions, [answers.note for answers, _ in given.values() if answers.note]


def _only(labelled: Labelled, rows: NDArray[np.intp]) -> Labelled:
    weight = None if labelled.weight is None else labelled.weight[rows]
    return replace(labelled, table=labelled.table.iloc[rows], y=labelled.y[rows], weight=weight)
