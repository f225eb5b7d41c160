"""The numbers at one threshold, for one pair of costs, at one confidence: looked up, whatever the number of rows."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evallib.core.confusion import Confusion
from evallib.core.intervals import score_interval, wilson
from evallib.methods.thresholds.sweep import first_reaching

if TYPE_CHECKING:
    from evallib.methods.thresholds.compute import ThresholdsResult

Array = NDArray[np.float64]
COUNTS = ["tp", "fp", "fn", "tn"]


def confusion_at(result: ThresholdsResult, threshold: float) -> pd.DataFrame:
    """Per model the four counts when it calls positive what reaches the threshold; NaN threshold for labels alone.

    By binary search among all distinct thresholds, hence exact. Columns: model, threshold, n, tp, fp, fn, tn,
    effective (independent rows that n rows are worth).
    """
    thresholds, tp, fp = (result.counts[name].to_numpy() for name in ("threshold", "tp", "fp"))
    rows = []
    start = 0
    for total in result.swept:
        end = start + total["thresholds"]
        place = start + first_reaching(thresholds[start:end], threshold)
        called = (float(tp[place]), float(fp[place])) if place < end else (0.0, 0.0)
        rows.append(_confusion_row(total, threshold, *called))
        start = end
    rows += [_confusion_row(label, np.nan, label["tp"], label["fp"]) for label in result.labels.to_dict("records")]
    return pd.DataFrame(rows, columns=["model", "threshold", "n", *COUNTS, "effective"])


def _confusion_row(total: Mapping[Hashable, Any], threshold: float, tp: float, fp: float) -> tuple[Any, ...]:
    fn, tn = total["positives"] - tp, total["negatives"] - fp
    return total["model"], threshold, total["n"], tp, fp, fn, tn, total["effective"]


def rates_of(confusion: pd.DataFrame, fp_cost: float, fn_cost: float) -> pd.DataFrame:
    """Every rate of `confusion_at` with its 95 % limits, in rows of metric and model.

    n: rows that the rate rests on, in sums of weights where there are weights. Proportions have Wilson's interval, F1
    that of TP / (TP + FP + FN) carried over; both at the effective number of rows.
    """
    counts = _counts_of(confusion)
    scale = confusion["effective"].to_numpy(float) / counts.n
    found = {
        "precision": _proportion(counts.precision, counts.tp + counts.fp, scale),
        "recall": _proportion(counts.recall, counts.tp + counts.fn, scale),
        "specificity": _proportion(counts.specificity, counts.tn + counts.fp, scale),
        "f1": _f1(counts, scale),
        "accuracy": _proportion(counts.accuracy, counts.n, scale),
        "share called positive": _proportion(counts.positive_rate, counts.n, scale),
        "cost per row": (counts.n, *cost_per_row(counts, confusion["effective"].to_numpy(float), fp_cost, fn_cost)),
    }
    columns = dict(
        zip(("n", "value", "lower", "upper"), np.hstack([np.stack(one) for one in found.values()]), strict=True)
    )
    models = list(confusion["model"]) * len(found)
    return pd.DataFrame({"model": models, "metric": np.repeat(list(found), len(confusion)), **columns})


def _counts_of(confusion: pd.DataFrame) -> Confusion:
    return Confusion(*(confusion[name].to_numpy(float) for name in COUNTS))


def _proportion(value: Array, n: Array, scale: Array) -> tuple[Array, Array, Array, Array]:
    return n, value, *wilson(value, n * scale)


def _f1(counts: Confusion, scale: Array) -> tuple[Array, Array, Array, Array]:
    union = counts.tp + counts.fp + counts.fn
    lower, upper = (2 * limit / (1 + limit) for limit in wilson(counts.f1 / (2 - counts.f1), union * scale))
    return union, counts.f1, lower, upper


def cost_per_row(counts: Confusion, effective: Array, fp_cost: float, fn_cost: float) -> tuple[Array, Array, Array]:
    """The mean cost of a row and its 95 % limits: score limits at the cost's own effective number of rows."""
    worst = max(fp_cost, fn_cost)
    if worst == 0:
        nothing = np.zeros(len(effective))
        return nothing, nothing, nothing
    fp, fn = counts.fp / counts.n, counts.fn / counts.n
    share = (fp * fp_cost + fn * fn_cost) / worst
    variance = (fp * fp_cost**2 + fn * fn_cost**2) / worst**2 - share**2
    lower, upper = score_interval(share, np.sqrt(np.maximum(variance, 0) / effective), effective)
    return share * worst, lower * worst, upper * worst


def costs_at(result: ThresholdsResult, confusion: pd.DataFrame, fp_cost: float, fn_cost: float) -> pd.DataFrame:
    """Per model the threshold of least cost among all, its cost per row with 95 % limits, and the cost of `confusion`.

    The cheapest threshold lies at a corner of the ROC curve's convex hull. Of equally cheap ones it is the highest,
    which calls the fewest rows positive; infinite where calling none is cheapest. The limits take the threshold as
    given: it was chosen on the same rows, so that its cost is a little too low.
    """
    rows = []
    for total in result.swept:
        corners = result.by_model("hull")[total["model"]]
        tp, fp = corners["tp"].astype(float), corners["fp"].astype(float)
        cost = fp_cost * fp + fn_cost * (total["positives"] - tp)
        place = int(np.flatnonzero(cost <= cost.min() * (1 + 1e-12))[-1])
        rows.append(_confusion_row(total, float(corners["threshold"][place]), tp[place], fp[place]))
    best = pd.DataFrame(rows, columns=list(confusion.columns))
    now = confusion.iloc[: len(best)]
    limits, current = (
        cost_per_row(_counts_of(one), one["effective"].to_numpy(float), fp_cost, fn_cost) for one in (best, now)
    )
    chosen = {"model": best["model"], "n": best["n"], "best_threshold": best["threshold"]}
    return pd.DataFrame(chosen | dict(zip(("cost", "lower", "upper"), limits, strict=True)) | {"cost_now": current[0]})


def kept_at(result: ThresholdsResult, confidence: float) -> pd.DataFrame:
    """Per model the rows kept and withheld, coverage, and accuracy of the kept, when lower confidences are withheld.

    Exact at every thousandth; between, at the next higher confidence that is stored. Accuracy is NaN of no rows.
    """
    rows = []
    for model, n in zip(result.selective["model"], result.selective["n"], strict=True):
        curve = result.by_model("confidence")[model]
        place = first_reaching(curve["confidence"], confidence)
        kept = 0
        numbers: tuple[float, ...] = (0.0, np.nan, np.nan, np.nan)
        if place < len(curve["n"]):
            kept = int(curve["n"][place])
            numbers = tuple(float(curve[name][place]) for name in ("coverage", "accuracy", "lower", "upper"))
        rows.append((model, confidence, kept, n - kept, *numbers))
    names = ["model", "confidence", "n", "withheld", "coverage", "accuracy", "lower", "upper"]
    return pd.DataFrame(rows, columns=names)
