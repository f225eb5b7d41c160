"""Rows whose truth all models confidently contradict: labels that may be wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
from scipy import special

from evallib.core.binning import SLACK
from evallib.core.evaluation_set import Role
from evallib.core.intervals import wilson
from evallib.core.losses import probability_of
from evallib.core.typed_table import typed_table
from evallib.methods.rows.judged import row_numbers, truths

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from evallib.core.evaluation_set import EvaluationSet, Predictions

    Array = NDArray[np.float64]
    Codes = NDArray[np.int32]
    Rows = NDArray[np.intp]

LABEL_COLUMNS = ("label", "n", "contradicted", "share", "lower", "upper", "expected", "p_value")
THRESHOLD_COLUMNS = ("model", "label", "n", "threshold")
SUSPECT_COLUMNS = ("row", "truth", "suggested", "confidence")

ANY = -1
"""In place of a class: no model was asked yet, or it is confident of none."""


class Suspects(NamedTuple):
    """The tables about labels, and the positions of the rows that are listed, worst first."""

    labels: pd.DataFrame
    thresholds: pd.DataFrame
    listed: pd.DataFrame
    rows: Rows


def suspected_labels(data: EvaluationSet, most: int) -> Suspects:
    """The rows of whose class all models are confident and that are labelled otherwise, at most `most` of them listed.

    A model is confident of a class where it gives it at least its mean probability among the rows labelled so, of
    several such classes of the likeliest (Northcutt, Jiang, Chuang 2021, Confident Learning, JAIR 70). All models that
    give probabilities must be confident of the same class, but for baselines, which know nothing of a row; one that
    withheld a row is confident of none. Without such a model, as in a regression, the tables are empty.
    """
    judges = [name for name in data.with_probabilities() if _judges(data.predictions[name])]
    thresholds = [_thresholds(data, name) for name in judges]
    agreed = Agreed.nobody() if not judges else Agreed.all_of(data)
    for name, own in zip(judges, thresholds, strict=True):
        agreed = agreed.with_model(data, name, own["threshold"].to_numpy())
    labels = _by_label(data, agreed)
    wrong = np.flatnonzero(agreed.code != data.y[agreed.rows])
    wrong = wrong[np.argsort(-agreed.surety[wrong], kind="stable")][:most]
    rows = agreed.rows[wrong]
    listed = {
        "row": row_numbers(data, rows),
        "truth": pd.Series(truths(data, rows), dtype="str"),
        "suggested": pd.Series([data.classes[code] for code in agreed.code[wrong]], dtype="str"),
        "confidence": agreed.surety[wrong],
    }
    nothing = typed_table([], THRESHOLD_COLUMNS, {"model": "str", "label": "str", "n": "int64"})
    told = pd.concat([nothing, *thresholds], ignore_index=True)
    return Suspects(labels, told, pd.DataFrame(listed), rows)


def _judges(answers: Predictions) -> bool:
    return answers.role is not Role.BASELINE and bool(answers.answered.any())


@dataclass(frozen=True, eq=False)
class Agreed:
    """The rows of whose class some models are all confident: positions, class codes, the models' lowest probability."""

    rows: Rows
    code: Codes
    surety: Array

    @classmethod
    def nobody(cls) -> Agreed:
        """What no model at all is confident of."""
        return cls(np.array([], np.intp), np.array([], np.int32), np.array([]))

    @classmethod
    def all_of(cls, data: EvaluationSet) -> Agreed:
        """All rows, before a model was asked."""
        return cls(np.arange(len(data)), np.full(len(data), ANY, np.int32), np.ones(len(data)))

    def with_model(self, data: EvaluationSet, model: str, thresholds: Array) -> Agreed:
        """Those of the rows of which one more model is confident, of the same class as the others."""
        code, highest = np.full(len(self.rows), ANY, np.int32), np.zeros(len(self.rows))
        for place, given in enumerate(_columns(data, model)):
            own = given if len(self.rows) == len(data) else given[self.rows]
            better = (own >= thresholds[place] - SLACK) & (own > highest)
            np.copyto(code, place, where=better)
            np.copyto(highest, own, where=better)
        same = np.flatnonzero((code != ANY) & ((self.code == code) | (self.code == ANY)))
        return Agreed(self.rows[same], code[same], np.minimum(self.surety[same], highest[same]))


def _columns(data: EvaluationSet, model: str) -> list[Array]:
    """The probabilities of a model, class by class; NaN where withheld."""
    probability = probability_of(data, model)
    return [1 - probability, probability] if probability.ndim == 1 else list(probability.T)


def _thresholds(data: EvaluationSet, model: str) -> pd.DataFrame:
    """The mean probability of each class among the rows labelled so, NaN where there are none."""
    probability, y, k = probability_of(data, model), data.y.astype(np.intp), len(data.classes)
    own = np.where(y == 1, probability, 1 - probability) if probability.ndim == 1 else probability[np.arange(len(y)), y]
    answered = data.predictions[model].answered
    if not answered.all():
        y, own = y[answered], own[answered]
    n, sums = np.bincount(y, minlength=k), np.bincount(y, own, k)
    mean = np.divide(sums, n, out=np.full(k, np.nan), where=n > 0)
    labels = pd.Series(data.classes, dtype="str")
    return pd.DataFrame({"model": pd.Series([model] * k, dtype="str"), "label": labels, "n": n, "threshold": mean})


def _by_label(data: EvaluationSet, agreed: Agreed) -> pd.DataFrame:
    """Per class, how many rows all models call so confidently, how many are labelled otherwise, and how many should.

    expected: the sum of 1 - the lowest of the models' probabilities: what calibrated models lead to expect. p_value: of
    so many or more, as Poisson's distribution has it, which is wider than that of independent rows.
    """
    size = len(data.classes)
    n = np.bincount(agreed.code, minlength=size)
    contradicted = np.bincount(agreed.code[agreed.code != data.y[agreed.rows]], minlength=size)
    table = pd.DataFrame({"label": pd.Series(data.classes, dtype="str"), "n": n, "contradicted": contradicted})
    table["share"] = contradicted / np.maximum(n, 1)
    table["lower"], table["upper"] = wilson(table["share"], n)
    expected = np.bincount(agreed.code, 1 - agreed.surety, size)
    table["expected"], table["p_value"] = expected, so_many(contradicted, expected)
    return table[n > 0].reset_index(drop=True)


def so_many(count: ArrayLike, expected: ArrayLike) -> Array:
    """The probability of at least `count` where `expected` are expected (any shape), by Poisson's distribution."""
    count = np.asarray(count)
    return np.where(count > 0, special.gammainc(np.maximum(count, 1), expected), 1.0)
