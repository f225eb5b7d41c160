"""Slices by what is judged: the truth, what each model says of a row, and how sure it is of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from evallib.core.errors import NotApplicable
from evallib.core.losses import highest
from evallib.core.slice_bins import FEW
from evallib.core.slices import Partition, partition

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from evallib.core.evaluation_set import EvaluationSet, Predictions


def answer_partitions(data: EvaluationSet, bins: int, most: int) -> Iterator[Partition]:
    """The rows by their truth, and for each model by its answers and by its highest probability, in bins.

    Nothing for what has a single value. No rule selects the slices of answers, which are no columns of the data.
    """
    with suppress(NotApplicable):
        yield replace(_of_truth(data, bins, most), made_of="truth")
    for name, answers in data.predictions.items():
        for about, values in _answers(data, answers):
            with suppress(NotApplicable):
                found = partition(pd.Series(values, name=f"{about} of {name}"), bins, most)
                yield replace(found, rules=("",) * len(found), made_of="answers")


def _of_truth(data: EvaluationSet, bins: int, most: int) -> Partition:
    """The rows by class, or by bins of the target; without rules where a rule would have to list numbers as classes."""
    target = data.columns.target
    numbered = data.task != "regression" and len(data.classes) > FEW
    if target in data.table and not (numbered and pd.api.types.is_numeric_dtype(data.table[target])):
        return partition(data.table[target], bins, most)
    truth = data.y if data.task == "regression" else _named(data, data.y)
    found = partition(pd.Series(truth, name=target), bins, most)
    return replace(found, rules=("",) * len(found))


def _answers(data: EvaluationSet, answers: Predictions) -> Iterator[tuple[str, object]]:
    """What a model says of every row, missing where it withheld, by what it is called."""
    if answers.value is not None:
        yield "prediction", np.where(answers.answered, answers.value, np.nan)
    if answers.label is not None:
        yield "label", _named(data, np.where(answers.answered, answers.label, -1))
    if answers.probability is not None:
        yield "confidence", np.where(answers.answered, highest(answers.probability), np.nan)


def _named(data: EvaluationSet, codes: NDArray[np.generic]) -> pd.Categorical[str]:
    """The classes with these codes, missing for -1."""
    return pd.Categorical.from_codes(codes.astype(np.intp), pd.Index(data.classes))
