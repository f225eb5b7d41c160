"""A better threshold than today's, what withholding unsure predictions gains, and confidence that ranks no errors."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from evallib.core.finding import Finding, Outcome, Severity

if TYPE_CHECKING:
    from evallib.methods.thresholds.compute import ThresholdsResult

CODES = {
    "THR001": "Whether another threshold is better than the one in use, beyond noise",
    "THR002": "Withholding the least sure predictions raises accuracy",
    "THR003": "Whether confidence ranks right answers above wrong ones",
}

WORTHWHILE = 0.01
COVERAGE, LEAST_COVERAGE, MOST_COVERAGE = 0.8, 0.5, 0.99
ENOUGH = 30
"""So few right or wrong answers say little about how confidence ranks them."""

Row = Mapping[Hashable, Any]


def find_better_thresholds(result: ThresholdsResult) -> list[Finding]:
    """Per model: about the threshold in use, about withholding, and about confidence."""
    found: list[Finding] = []
    for model in result.selective["model"]:
        found += _about_threshold(result, str(model))
        found += _about_withholding(result, str(model))
    return found + [one for row in result.selective.to_dict("records") for one in _about_confidence(row)]


def _about_threshold(result: ThresholdsResult, model: str) -> Iterator[Finding]:
    optima = result.optima[result.optima["model"] == model].to_dict("records")
    better = [row for row in optima if row["gain"] >= WORTHWHILE and row["lower"] > 0]
    for row in better:
        yield _finding("THR001", Outcome.TIP, _better(row), row, ("gain", "lower", "upper", "threshold", "held_out_n"))
    known = [row for row in optima if np.isfinite(row["gain"])]
    if known and not better:
        sentence = (
            f"No other threshold serves {model} better beyond noise than the one in use ({known[0]['current']:g}), by "
            f"{' or '.join(_goal(row) for row in known)}."
        )
        yield _finding("THR001", Outcome.PASSED, sentence, known[0], ("gain", "lower", "upper"))


def _better(row: Row) -> str:
    reason = "; equal costs of the two mistakes" if row["goal"] == "accuracy" else ""
    return (
        f"A threshold of {shown_threshold(row['chosen_threshold'])} instead of {row['current']:g} would raise the "
        f"{_goal(row)} of {row['model']} from {row['held_out_current']:.3f} to {row['held_out_value']:.3f} "
        f"(by {row['lower']:.3f} to {row['upper']:.3f}) on {row['held_out_n']:,} rows that did not choose it{reason}; "
        f"on the rows that chose it, it looks like {row['chosen_value']:.3f}."
    )


def _goal(row: Row) -> str:
    return "F1" if row["goal"] == "f1" else "accuracy"


def shown_threshold(threshold: float) -> str:
    """The threshold in words: three digits, or that no row is called positive."""
    return f"{threshold:.3g}" if np.isfinite(threshold) else "above every probability"


def _about_withholding(result: ThresholdsResult, model: str) -> Iterator[Finding]:
    curve = result.confidence[result.confidence["model"] == model]
    every = curve.iloc[0]
    usual = curve[curve["coverage"].between(LEAST_COVERAGE, MOST_COVERAGE)]
    if usual.empty:
        return
    kept = usual.iloc[int(np.argmin(np.abs(usual["coverage"] - COVERAGE)))].to_dict()
    if kept["lower"] > every["accuracy"] and kept["accuracy"] - every["accuracy"] >= WORTHWHILE:
        sentence = (
            f"Withholding the least sure {100 - 100 * kept['coverage']:.0f} % of {model}'s answers (confidence below "
            f"{kept['confidence']:.3g}) raises its accuracy from {every['accuracy']:.3f} to {kept['accuracy']:.3f} "
            f"(95 % interval {kept['lower']:.3f} to {kept['upper']:.3f}, {int(kept['n']):,} rows kept)."
        )
        names = ("confidence", "coverage", "n", "accuracy", "lower", "upper")
        yield _finding("THR002", Outcome.TIP, sentence, kept, names)


def _about_confidence(row: Row) -> Iterator[Finding]:
    if np.isnan(row["auroc"]):
        return
    limits = f"95 % interval {row['auroc_lower']:.3f} to {row['auroc_upper']:.3f}"
    number = f"AUROC of confidence {row['auroc']:.3f} ({limits})"
    names = ("auroc", "auroc_lower", "auroc_upper", "n", "wrong")
    few = min(row["wrong"], row["n"] - row["wrong"])
    if row["auroc_lower"] > 0.5:
        sentence = f"The confidence of {row['model']} ranks right answers above wrong ones: {number}."
        yield _finding("THR003", Outcome.PASSED, sentence, row, names)
    elif few < ENOUGH:
        sentence = (
            f"Whether the confidence of {row['model']} ranks right answers above wrong ones cannot be told from "
            f"{row['wrong']:,} wrong answers among {row['n']:,}: {number}."
        )
        yield _finding("THR003", Outcome.TIP, sentence, row, names)
    else:
        sentence = (
            f"The confidence of {row['model']} does not rank right answers above wrong ones, so withholding unsure "
            f"answers gains nothing: {number}, {row['wrong']:,} wrong answers among {row['n']:,}."
        )
        yield _finding("THR003", Outcome.ISSUE, sentence, row, names)


def _finding(code: str, outcome: Outcome, sentence: str, row: Row, names: tuple[str, ...]) -> Finding:
    evidence = tuple((name, float(row[name])) for name in names)
    return Finding(code, outcome, sentence, Severity.MEDIUM, model=row["model"], method="thresholds", evidence=evidence)
