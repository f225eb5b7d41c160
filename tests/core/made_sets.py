"""Evaluation sets made for tests: by hand from a few labels, or drawn from a seeded generator."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import special

from evallib.core.evaluation_set import Columns, EvaluationSet, Predictions, Role


def labels(truth, predicted, *, weight=None, group=None, classes=("no", "yes"), positive=1):
    """A set from codes of truth and of one model's labels ("model"), or of several by name."""
    named = predicted if isinstance(predicted, dict) else {"model": predicted}
    predictions = {name: Predictions(np.asarray(label, np.int32), name=name) for name, label in named.items()}
    return build(
        np.asarray(truth, np.int32), predictions, weight=weight, group=group, classes=classes, positive=positive
    )


def scores(truth, probability, *, weight=None, group=None, positive=1):
    """A binary set from codes of truth and one model's probabilities of class 1, or of several models by name."""
    named = probability if isinstance(probability, dict) else {"model": probability}
    predictions = {name: forecast(np.asarray(p, float), name) for name, p in named.items()}
    return build(np.asarray(truth, np.int32), predictions, weight=weight, group=group, positive=positive)


def forecast(p, name="model", role=Role.CANDIDATE):
    """Probabilities of class 1 with their labels at 0.5, withheld where NaN."""
    return Predictions(np.where(np.isnan(p), -1, p >= 0.5).astype(np.int32), p, name=name, role=role)


def build(y, predictions, *, weight=None, group=None, classes=("no", "yes"), positive=1, task=None):
    """A set of these truths and predictions."""
    if task is None:
        task = "binary" if len(classes) == 2 else "multiclass"
    table = pd.DataFrame({"y": y, "group": np.arange(len(y)) if group is None else group})
    return EvaluationSet(
        task,
        y,
        table,
        Columns("y", group=None if group is None else "group"),
        predictions,
        () if task == "regression" else tuple(classes),
        positive,
        None if weight is None else np.asarray(weight, float),
    )


def drawn(n, seed=0, *, rate=0.3, separation=(1.5, 1.0), weighted=False, digits=None, group=None):
    """n binary rows with forecasts of "a" and "b" whose errors are correlated; rounded to `digits`, for ties."""
    random = np.random.default_rng(seed)
    y = (random.random(n) < rate).astype(np.int32)
    shared, predictions = random.normal(size=n), {}
    for name, distance in zip("ab", separation, strict=True):
        p = special.ndtr(0.7 * shared + 0.7 * random.normal(size=n) + distance * (y - 0.5))
        predictions[name] = forecast(p if digits is None else p.round(digits), name)
    return build(y, predictions, weight=random.random(n) + 0.1 if weighted else None, group=group)


def drawn_classes(n, k=4, seed=0, *, weighted=False):
    """n rows of k classes, some rare, with forecasts of "a" and "b"."""
    random = np.random.default_rng(seed)
    share = np.arange(1, k + 1) / (k * (k + 1) / 2)
    y = random.choice(k, n, p=share).astype(np.int32)
    predictions = {}
    for name, distance in (("a", 1.5), ("b", 1.0)):
        logits = random.normal(size=(n, k))
        logits[np.arange(n), y] += distance
        p = special.softmax(logits, axis=1)
        predictions[name] = Predictions(p.argmax(axis=1).astype(np.int32), p, name=name)
    weight = random.random(n) + 0.1 if weighted else None
    return build(y, predictions, weight=weight, classes=tuple(f"class {code}" for code in range(k)))


def drawn_values(n, seed=0, *, weighted=False):
    """n rows of a regression with values of "a" and "b"."""
    random = np.random.default_rng(seed)
    y = random.gamma(2.0, 10.0, n)
    predictions = {
        name: Predictions(value=y + random.normal(1.0, spread, n), name=name)
        for name, spread in (("a", 5.0), ("b", 6.0))
    }
    return build(y, predictions, weight=random.random(n) + 0.1 if weighted else None, task="regression")
