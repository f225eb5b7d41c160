"""Calibration errors beyond noise, within it, or too small a data set to tell."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from evallib.core.finding import Finding, Outcome, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from evallib.methods.reliability.compute import ReliabilityResult

CODES = {
    "CAL001": "Miscalibrated beyond noise",
    "CAL002": "Calibrated within noise",
    "CAL003": "Too few rows to tell whether it is calibrated",
    "CAL004": "A candidate is worse calibrated than the incumbent beyond noise",
}

SIGNIFICANT = 0.05
MATTERS = 0.05
"""A calibration error of five points matters; for rare events, one of half their rate does."""
GRAVE, NOTABLE = 0.05, 0.02


class _Judged(NamedTuple):
    """A row of the summary with the equal-count errors of the same forecast."""

    model: str
    aspect: str
    event: str
    n: int
    mean_predicted: float
    rate_observed: float
    lower: float
    upper: float
    slope: float
    ece: float
    null_mean: float
    null_upper: float
    p_value: float


def find_miscalibration(result: ReliabilityResult) -> list[Finding]:
    """One finding per model on whether it is calibrated, and one per candidate that is worse than the incumbent.

    What counts is ECE over equal-count bins, of the event for a binary task, of confidence for one of more classes.
    """
    return [_judge(row) for row in _judged(result)] + list(_worse_than_incumbent(result))


def _judged(result: ReliabilityResult) -> Iterator[_Judged]:
    aspect = "confidence" if (result.summary["aspect"] == "confidence").any() else "event"
    both = result.summary.merge(result.errors.drop(columns="n"), on=["model", "aspect"])
    chosen = both[(both["aspect"] == aspect) & (both["binning"] == "equal-count")]
    for values in chosen[list(_Judged._fields)].itertuples(index=False, name=None):
        yield _Judged(*values)


def _judge(row: _Judged) -> Finding:
    if row.p_value < SIGNIFICANT:
        return _miscalibrated(row)
    rarity = min(row.mean_predicted, 1 - row.mean_predicted)
    if row.null_upper > min(MATTERS, rarity / 2):
        sentence = (
            f"Whether {row.model} is calibrated cannot be told from {row.n:,} rows: its calibration error (ECE) is "
            f"{row.ece:.3f}, but chance alone gives a perfectly calibrated model of this size up to "
            f"{row.null_upper:.3f}."
        )
        return _finding("CAL003", Outcome.TIP, sentence, row)
    sentence = (
        f"{row.model} is calibrated within noise: its calibration error (ECE) is {row.ece:.3f}, and 95 % of perfectly "
        f"calibrated models of {row.n:,} rows stay below {row.null_upper:.3f}."
    )
    return _finding("CAL002", Outcome.PASSED, sentence, row)


def _miscalibrated(row: _Judged) -> Finding:
    sentence = (
        f"{row.model} is miscalibrated beyond noise, {_direction(row)}: its calibration error (ECE) is {row.ece:.3f} "
        f"where a perfectly calibrated model of {row.n:,} rows shows {row.null_mean:.3f} (95 % stay below "
        f"{row.null_upper:.3f}); {_averages(row)}."
    )
    excess = row.ece - row.null_mean
    severity = Severity.HIGH if excess >= GRAVE else Severity.MEDIUM if excess >= NOTABLE else Severity.LOW
    return _finding("CAL001", Outcome.ISSUE, sentence, row, severity)


def _direction(row: _Judged) -> str:
    """Over- or under-confident; where the mean is off by most of the error, that its forecasts are too high or low."""
    bias = row.mean_predicted - row.rate_observed
    if row.aspect == "confidence":
        return "over-confident" if bias > 0 else "under-confident"
    if abs(bias) >= row.ece / 2 or np.isnan(row.slope):
        return "its probabilities are too high" if bias > 0 else "its probabilities are too low"
    return "over-confident (too extreme)" if row.slope < 1 else "under-confident (too timid)"


def _averages(row: _Judged) -> str:
    observed = f"{_percent(row.rate_observed)} (95 % interval {_percent(row.lower)} to {_percent(row.upper)})"
    if row.aspect == "confidence":
        return f"it is {_percent(row.mean_predicted)} confident on average and right in {observed}"
    return f"its probability of {row.event} is {_percent(row.mean_predicted)} on average, and {observed} came"


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _finding(code: str, outcome: Outcome, sentence: str, row: _Judged, severity: Severity = Severity.MEDIUM) -> Finding:
    names = ("n", "ece", "null_mean", "null_upper", "p_value", "mean_predicted", "rate_observed", "slope")
    evidence = tuple((name, float(getattr(row, name))) for name in names)
    return Finding(code, outcome, sentence, severity, model=row.model, method="reliability", evidence=evidence)


def _worse_than_incumbent(result: ReliabilityResult) -> Iterator[Finding]:
    for row in result.comparison.to_dict("records"):
        if not row["lower"] > 0:
            continue
        gap, base = (max(row[name], 0.0) ** 0.5 for name in ("squared_error", "incumbent_squared_error"))
        sentence = (
            f"{row['model']} is worse calibrated than {row['incumbent']} beyond noise: its typical gap (root mean "
            f"square, noise removed) is {gap:.3f} against {base:.3f} on the same {row['n']:,} rows "
            f"(p = {row['p_value']:.2g})."
        )
        severity = Severity.MEDIUM if gap - base >= NOTABLE else Severity.LOW
        evidence = tuple((name, float(row[name])) for name in ("n", "difference", "lower", "upper", "p_value"))
        yield Finding(
            "CAL004", Outcome.ISSUE, sentence, severity, model=row["model"], method="reliability", evidence=evidence
        )
