"""Perturbed rows and what the models answer on them, without asking about the same row twice."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from evallib.core.errors import Cancelled, EvallibError
from evallib.core.evaluation_set import WITHHELD, Answers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from evallib.core.evaluation_set import Predictor
    from evallib.methods.perturbation.perturbations import Perturbation

ALL = "all together"
"""Stands for every column that a perturbation fits, changed at once."""

LONGEST_REASON = 160

Asked = Answers | str
"""What a model answers on perturbed rows, or the sentence that it failed with."""


@dataclass(frozen=True, eq=False)
class Batch:
    """The same n rows under one perturbation of some columns, at several severities.

    A row that two severities change alike (a category swapped at 0.1 is swapped alike at 0.5), or not at all, is asked
    about once: this takes a model to answer every row by itself.
    """

    features: pd.DataFrame
    kind: Perturbation
    targets: Sequence[str]
    severities: Sequence[float]
    seed: int

    @cached_property
    def frame(self) -> pd.DataFrame:
        """The rows at every severity, one severity after the other."""
        n = len(self.features)
        stacked = self.features.iloc[np.tile(np.arange(n), len(self.severities))].reset_index(drop=True)
        return stacked.assign(**{name: self._stacked(self.features[name]) for name in self.targets})

    def _stacked(self, column: pd.Series) -> pd.Series:
        parts = [self.kind.apply(column, severity, self.seed) for severity in self.severities]
        return pd.concat(parts, ignore_index=True)

    @cached_property
    def sources(self) -> NDArray[np.intp]:
        """(severities, n) where the answer of each row comes from.

        0 to n - 1 is the clean row of that number; n + i is row i of `frame`.
        """
        targets = list(self.targets)
        hashes = np.concatenate([_hashed(self.features[targets]), _hashed(self.frame[targets])])
        rows = np.tile(np.arange(len(self.features), dtype=np.uint64), len(self.severities) + 1)
        _, first, which = np.unique(hashes ^ (rows * _SPREAD), return_index=True, return_inverse=True)
        return np.asarray(first[which][len(self.features) :].reshape(len(self.severities), -1))

    def ask(self, model: Predictor, clean: Answers) -> list[Asked]:
        """The model's answers on the n rows, per severity; a sentence where it failed.

        clean: its answers on the unchanged rows. Where the whole batch fails, each severity is tried by itself.
        """
        together = self._ask_for(model, clean, self.sources)
        if not isinstance(together, str):
            n = len(self.features)
            return [together.take(np.arange(place * n, (place + 1) * n)) for place in range(len(self.severities))]
        return [self._ask_for(model, clean, sources) for sources in self.sources]

    def _ask_for(self, model: Predictor, clean: Answers, sources: NDArray[np.intp]) -> Asked:
        n = len(self.features)
        needed, place = np.unique(sources[sources >= n], return_inverse=True)
        if len(needed) == 0:
            return clean.take(sources.ravel())
        found = _predicted(model, self.frame.iloc[needed - n].reset_index(drop=True))
        if isinstance(found, str):
            return found
        where = sources.ravel().copy()
        where[where >= n] = n + place
        return _appended(clean, found).take(where)


_SPREAD = np.uint64(0x9E3779B97F4A7C15)
"""2⁶⁴ / the golden ratio: keeps the hashes of equal values in different rows apart."""


def _hashed(frame: pd.DataFrame) -> NDArray[np.uint64]:
    """(n,) hashes of the values of each row; a number hashes alike whether its column holds whole numbers or floats."""
    numbers = frame.select_dtypes("number")
    return np.asarray(pd.util.hash_pandas_object(frame.astype(dict.fromkeys(numbers, float)), index=False))


def _predicted(model: Predictor, frame: pd.DataFrame) -> Asked:
    """The answers with unusable ones withheld, or one sentence on why there are none."""
    try:
        answers = model.predict(frame)
    except Cancelled:
        raise
    except EvallibError as error:
        return _shortened(str(error))
    # A model is foreign code: whatever it raises is a finding about it, not a fault of this evaluation.
    except Exception as error:
        return _shortened(f"{type(error).__name__}: {str(error) or 'no message'}")
    return _usable(answers)


def _shortened(message: str) -> str:
    """The first line, cut after 160 characters: libraries like to add a manual."""
    first = message.strip().splitlines()[0]
    return first if len(first) <= LONGEST_REASON else f"{first[: LONGEST_REASON - 1]}…"


def _usable(answers: Answers) -> Answers:
    """The same answers, withheld where a probability or value is not finite."""
    label, probability, value = answers.label, answers.probability, answers.value
    if value is not None:
        value = np.where(np.isfinite(value), value, np.nan)
    if label is not None and probability is not None:
        finite = np.isfinite(probability).reshape(len(label), -1).all(axis=1)
        label = np.where(finite, label, WITHHELD).astype(np.int32)
    return Answers(label, probability, value)


def _appended(first: Answers, second: Answers) -> Answers:
    pairs = ((getattr(first, name), getattr(second, name)) for name in ("label", "probability", "value"))
    return Answers(*(None if one is None or two is None else np.concatenate([one, two]) for one, two in pairs))
