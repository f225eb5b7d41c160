"""A method of a run computed again, with other parameters, another positive class, or on a part of the rows."""

from __future__ import annotations

import os
from collections import OrderedDict
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evallib.computing import compute
from evallib.core.errors import BadInput
from evallib.core.progress import Progress, no_progress, part_of
from evallib.data import fingerprint
from evallib.files import writing
from evallib.methods import METHODS
from evallib.rows import chosen_rows, read_rows
from evallib.runs import Run, VariationRecord
from evallib.runs.predictions import read_predictions
from evallib.runs.writer import RunWriter, write_variation
from evallib.scoring import Models

if TYPE_CHECKING:
    import numpy as np

    from evallib.core.evaluation_set import EvaluationSet, Predictor
    from evallib.core.params import Params
    from evallib.runs import MethodRecord, Variation

REMEMBERED = "EVALLIB_REMEMBERED_MB"
"""The environment variable that says how many MB of evaluation sets a process remembers; 1,000 where it is not set."""


def recompute(
    folder: Path,
    method: str,
    params: Params | Mapping[str, Any],
    progress: Progress = no_progress,
    *,
    positive: str | None = None,
    where: str = "",
) -> str | None:
    """The key of the variation of a run that answers this, computed unless it is there; None for the run's own result.

    Nothing is scored again, unless the method asks the models itself. A method that fails or does not apply leaves a
    variation that says so. Raises `BadInput` where the run has no predictions (yet), where its data has changed, and
    for a rule, a class or parameters that there are not.
    """
    run = Run.open(folder)
    asked = run.variation(method, params, positive, where)
    key = run.variation_key(method, params, positive, where)
    known = run.record(method, key)
    if known is not None and (known.computed or (key is not None and known.error_id is None)):
        return key
    progress(0, 1, "Reading the predictions")
    data = _chosen(run, asked)
    with ExitStack() as stack:
        if METHODS[method].needs == "models":
            data = replace(data, models=_opened(run, data, stack))
        checked = METHODS[method].params.model_validate(asked.params)
        record, tables = compute(METHODS[method], data, checked, part_of(progress, 0.1, 1.0))
    if key is None:
        _keep_as_own(run, method, record, tables)
    else:
        found = VariationRecord(**dict(record) | {"variation": asked, "folder": f"variations/{key}"})
        write_variation(run.folder, found, tables)
    return key


def _keep_as_own(run: Run, method: str, record: MethodRecord, tables: Mapping[str, Any]) -> None:
    with writing(run.folder):
        writer = RunWriter(run.folder, Run.open(run.folder).details)
        writer.note_method(method, record, tables)


def chosen_set(run: Run, where: str) -> EvaluationSet:
    """The rows of a run that a rule holds for, all where it is empty; kept for whoever asks next.

    Raises `BadInput` where `load_set` does, and for a rule that cannot be read or holds for no row.
    """
    data = _sets.get(run)
    return _sets.part(run, data, where) if where else data


def _chosen(run: Run, asked: Variation) -> EvaluationSet:
    data = chosen_set(run, asked.where)
    return data if asked.positive is None else data.with_positive(asked.positive)


def _opened(run: Run, data: EvaluationSet, stack: ExitStack) -> dict[str, Predictor]:
    """The models, their classes as in the run: those that other models added to the data's must not move them."""
    known = {system.name: system.classes for system in run.details.systems}
    systems = [
        one.model_copy(update={"classes": known.get(one.name) or one.classes}) for one in run.plan.systems if one.model
    ]
    models = stack.enter_context(Models(systems))
    return dict(models.bound_to(data.table.iloc[:0], data.columns, data.classes, data.task))


def load_set(run: Run) -> EvaluationSet:
    """The evaluation set of a run, from its data file and its predictions; without models.

    Raises `BadInput` where the run has no predictions, or where the data is no longer what was evaluated.
    """
    if "evaluation_set" not in run.details.fingerprints:
        raise BadInput("This run has no predictions yet; wait until everything is scored, or evaluate again.")
    rows, table = read_rows(run.plan)
    content = fingerprint(table)
    if content != run.details.fingerprints["data"]:
        raise BadInput(f"{rows.labelled.name} has changed since this run; evaluate again.")
    predictions = read_predictions(run.folder, run.models)
    if run.task is not None:
        rows = replace(rows, labelled=replace(rows.labelled, classes=run.classes, task=run.task))
    return rows.evaluation_set(predictions.values(), fingerprint=content)


class _Sets:
    """The evaluation sets used last, up to a number of bytes."""

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._kept: OrderedDict[tuple[str, ...], EvaluationSet] = OrderedDict()

    def get(self, run: Run) -> EvaluationSet:
        """The whole evaluation set of a run."""
        key = (str(run.folder.absolute()), run.details.fingerprints.get("evaluation_set", ""))
        known = self._remembered(key)
        return self._keep(key, load_set(run)) if known is None else known

    def part(self, run: Run, data: EvaluationSet, where: str) -> EvaluationSet:
        """The rows of the set that a rule holds for."""
        key = (str(run.folder.absolute()), data.fingerprint, where)
        known = self._remembered(key)
        if known is not None:
            return known
        chosen = chosen_rows(data.table, where, run.name)
        whole = f"({data.where}) and ({where})" if data.where else where
        return self._keep(key, data.take(chosen, where=whole))

    def _remembered(self, key: tuple[str, ...]) -> EvaluationSet | None:
        found = self._kept.get(key)
        if found is not None:
            self._kept.move_to_end(key)
        return found

    def _keep(self, key: tuple[str, ...], data: EvaluationSet) -> EvaluationSet:
        self._kept[key] = data
        while len(self._kept) > 1 and sum(map(size_of, self._kept.values())) > self._most_bytes:
            self._kept.popitem(last=False)
        return data


def size_of(data: EvaluationSet) -> int:
    """About how many bytes the evaluation set holds."""
    arrays: list[np.ndarray[Any, Any] | None] = [data.y, data.weight, data.training_y]
    for one in data.predictions.values():
        arrays += [one.label, one.probability, one.value]
    table = int(data.table.memory_usage(index=False).sum())
    return table + sum(array.nbytes for array in arrays if array is not None)


_sets = _Sets(int(os.environ.get(REMEMBERED) or 1_000) * 10**6)
