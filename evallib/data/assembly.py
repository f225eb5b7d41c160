"""Labelled rows and everybody's answers to an evaluation set."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import numpy as np

from evallib.core.errors import BadInput
from evallib.core.evaluation_set import Answers, EvaluationSet, Predictions, Predictor
from evallib.data.export import plain
from evallib.data.labels import Labelled
from evallib.data.source import System
from evallib.data.storage import fingerprint

if TYPE_CHECKING:
    from numpy.typing import NDArray


def as_predictions(answers: Answers, system: System) -> Predictions:
    """The answers under the name and the role of the system that gave them."""
    return Predictions(answers.label, answers.probability, answers.value, name=system.name, role=system.role)


def evaluation_set(
    labelled: Labelled,
    predictions: Iterable[Predictions] = (),
    models: Mapping[str, Predictor] | None = None,
    training_y: NDArray[np.int32] | NDArray[np.float64] | None = None,
    *,
    table_fingerprint: str = "",
) -> EvaluationSet:
    """The evaluation set of the labelled rows and of everybody's answers to them; nobody need have answered.

    table_fingerprint: that of the table, where it is known already. Raises `BadInput` for two systems of one name and
    for answers to another number of rows.
    """
    by_name: dict[str, Predictions] = {}
    for one in predictions:
        if one.name in by_name:
            raise BadInput(f"Two systems are named {plain(one.name)!r}; give every system a name of its own.")
        by_name[one.name] = one
    return EvaluationSet(
        task=labelled.task,
        y=labelled.y,
        table=labelled.table,
        columns=labelled.columns,
        predictions=by_name,
        classes=labelled.classes,
        positive=labelled.positive,
        weight=labelled.weight,
        models=dict(models or {}),
        training_y=training_y,
        fingerprint=_fingerprint(labelled, by_name, training_y, table_fingerprint or fingerprint(labelled.table)),
    )


def _fingerprint(
    labelled: Labelled,
    predictions: Mapping[str, Predictions],
    training_y: NDArray[np.int32] | NDArray[np.float64] | None,
    table: str,
) -> str:
    digest = hashlib.blake2b(digest_size=16)
    digest.update(repr((table, labelled.task, labelled.classes, labelled.positive, labelled.columns)).encode())
    arrays = [training_y]
    for name, one in predictions.items():
        digest.update(repr((name, one.role.value)).encode())
        arrays += [one.label, one.probability, one.value]
    for array in arrays:
        digest.update(b"-" if array is None else repr((array.shape, array.dtype.str)).encode())
        if array is not None:
            digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()
