"""What the sweeps have to say in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from evallib.core.evaluation_set import Role
from evallib.core.finding import Finding, Outcome, Severity
from evallib.core.metrics import METRICS
from evallib.core.wording import interval, number
from evallib.methods.perturbation.batch import ALL
from evallib.methods.perturbation.perturbations import PERTURBATIONS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from evallib.methods.perturbation.compute import PerturbationResult

CODES = {
    "PER001": "The metric falls beyond noise at the smallest severity.",
    "PER002": "Another model leads once the rows are perturbed.",
    "PER003": "The model gives no answer on perturbed rows.",
    "PER004": "The metric holds at the smallest severity.",
    "PER005": "The candidate breaks sooner than what it would replace.",
}
NAMED_COLUMNS = 3
"""The most columns that one sentence names."""

GRAVE = 3
"""A loss of more than this many times the allowed one is grave."""


def find_fragility(result: PerturbationResult) -> list[Finding]:
    """Per model and kind how the metric stands; then overtaken leaders, failures, candidates that break first."""
    return [*_falls(result), *_overtaken(result), *_failures(result), *_sooner(result)]


@dataclass(frozen=True)
class _Fall:
    """One model under the smallest severity of one kind: its row of `breaking` and its points of `curves`."""

    row: dict[Any, Any]
    points: pd.DataFrame

    @property
    def together(self) -> dict[Any, Any]:
        """The point of all columns together."""
        return self.points[self.points["column"] == ALL].to_dict("records")[0]

    @property
    def sign(self) -> int:
        """1 where higher is better, else -1."""
        return 1 if METRICS[self.row["metric"]].higher_is_better else -1

    @property
    def allowed(self) -> float:
        """The loss at which the model counts as broken."""
        return float(abs(self.row["clean"] - self.row["floor"]))

    @property
    def loss(self) -> float:
        """What all columns together cost."""
        return float(-self.sign * self.together["change"])

    @property
    def beyond_noise(self) -> bool:
        """Whether the interval of the change lies wholly on the worse side."""
        return bool(self.row["first_drop"] <= self.together["severity"])

    def worst_columns(self) -> str:
        """The columns that alone cost more than is allowed, beyond noise."""
        nearest = "change_upper" if self.sign > 0 else "change_lower"
        points = self.points.assign(loss=-self.sign * self.points["change"])
        certain = (points["loss"] > self.allowed) & (-self.sign * points[nearest] > 0)
        found = points[certain & (points["column"] != ALL)]
        worst = found.sort_values("loss", ascending=False, kind="stable").head(NAMED_COLUMNS)
        named = [f"{row['column']} ({number(row['change'], '+.3g')})" for row in worst.to_dict("records")]
        return f"; alone it breaks on {', '.join(named)}" if named else ""


def _falls(result: PerturbationResult) -> Iterator[Finding]:
    curves = result.curves[result.curves["severity"] > 0]
    for row in result.breaking.to_dict("records"):
        points = curves[(curves["model"] == row["model"]) & (curves["kind"] == row["kind"])]
        joint = points[points["column"] == ALL]
        if len(joint) and np.isfinite(joint["change"].iloc[0]):
            yield _verdict(_Fall(row, points[points["severity"] == joint["severity"].min()]))


def _verdict(fall: _Fall) -> Finding:
    """PER004 within noise; else PER001, a tip where the loss is an allowed one, an issue where it is larger."""
    row, point = fall.row, fall.together
    title, metric = PERTURBATIONS[row["kind"]].title, METRICS[row["metric"]].title
    numbers = (
        f"{metric} {number(row['clean'])} on clean rows, {number(point['value'])} at severity {point['severity']:g}, "
        f"change {interval(point, ('change', 'change_lower', 'change_upper'))}"
    )
    end = f"{numbers}; {_breaks(row)}{fall.worst_columns()}."
    evidence = _evidence(row, "clean", "floor", "breaking") + _evidence(
        point, "severity", "value", "change", "change_lower", "change_upper"
    )
    if not fall.beyond_noise:
        sentence = f"{title}: {row['model']} holds within noise: {end}"
        return Finding("PER004", Outcome.PASSED, sentence, Severity.LOW, row["model"], evidence=evidence)
    outcome = Outcome.ISSUE if fall.loss > fall.allowed else Outcome.TIP
    grades = {Severity.HIGH: GRAVE * fall.allowed, Severity.MEDIUM: fall.allowed, Severity.LOW: -np.inf}
    severity = next(grade for grade, least in grades.items() if fall.loss > least)
    return Finding(
        "PER001", outcome, f"{title}: {row['model']} gets worse: {end}", severity, row["model"], evidence=evidence
    )


def _evidence(row: dict[Any, Any], *names: str) -> tuple[tuple[str, float], ...]:
    """The numbers of a table's row by name, those left out that do not exist."""
    return tuple((name, float(row[name])) for name in names if np.isfinite(row[name]))


def _breaks(row: dict[Any, Any]) -> str:
    if np.isnan(row["breaking"]):
        return f"it never reaches {number(row['floor'])}"
    return f"it reaches {number(row['floor'])} at severity {row['breaking']:.2g}"


def _overtaken(result: PerturbationResult) -> Iterator[Finding]:
    """PER002, once per pair and kind, at the lowest severity at which the other leads beyond noise; passed if nowhere.

    An issue where the lead on clean rows was beyond noise too, else a tip.
    """
    pairs = result.contests.assign(turned=_turned(result.contests)).sort_values("severity")
    flipped = pairs[pairs["turned"]].drop_duplicates(["model", "other", "kind"])
    for row in flipped.to_dict("records"):
        yield _overtaking(row)
    if len(pairs) and flipped.empty:
        yield Finding(
            "PER002",
            Outcome.PASSED,
            "No model is overtaken by another beyond noise under any perturbation.",
            Severity.LOW,
        )


def _turned(contests: pd.DataFrame) -> pd.Series:
    opposite = np.sign(contests["difference"]) * np.sign(contests["clean_difference"]) < 0
    return pd.Series(opposite & _apart(contests["lower"], contests["upper"]))


def _apart(lower: Any, upper: Any) -> Any:
    return (lower > 0) | (upper < 0)


def _overtaking(row: dict[Any, Any]) -> Finding:
    metric = METRICS[row["metric"]]
    led = (row["clean_difference"] > 0) == metric.higher_is_better
    leader, overtaker = (row["model"], row["other"]) if led else (row["other"], row["model"])
    sure = bool(_apart(row["clean_lower"], row["clean_upper"]))
    sentence = (
        f"{PERTURBATIONS[row['kind']].title}: {overtaker} overtakes {leader} at severity {row['severity']:g}: "
        f"{metric.title} of {row['model']} minus {row['other']} is "
        f"{interval(row, ('clean_difference', 'clean_lower', 'clean_upper'))} on clean rows and {interval(row)} on "
        "perturbed ones."
    )
    evidence = _evidence(row, "severity", "clean_difference", "difference", "lower", "upper")
    outcome, severity = (Outcome.ISSUE, Severity.MEDIUM) if sure else (Outcome.TIP, Severity.LOW)
    return Finding("PER002", outcome, sentence, severity, leader, evidence=evidence)


def _failures(result: PerturbationResult) -> Iterator[Finding]:
    """PER003, once per model and kind, with the sentence of its worst failure."""
    worst = result.failures.sort_values("failed", ascending=False, kind="stable")
    for row in worst.drop_duplicates(["model", "kind"]).to_dict("records"):
        where = "" if row["column"] == ALL else f" in {row['column']}"
        evidence = (("failed", float(row["failed"])), ("severity", float(row["severity"])), ("column", row["column"]))
        yield Finding(
            "PER003",
            Outcome.ISSUE,
            f"{row['model']} {row['sentence'].rstrip('.')}, at severity {row['severity']:g}{where}.",
            Severity.HIGH if row["failed"] > 0.5 else Severity.MEDIUM,
            row["model"],
            evidence=evidence,
        )


def _sooner(result: PerturbationResult) -> Iterator[Finding]:
    """PER005, per kind, where a candidate reaches its floor at a lower severity and its loss is larger beyond noise."""
    breaking = result.breaking
    for role in (Role.INCUMBENT, Role.EXISTING):
        standing = breaking[breaking["role"] == role.value]
        if len(standing):
            break
    ends = breaking[breaking["role"] == Role.CANDIDATE.value].merge(
        standing, on=["kind", "metric"], suffixes=("", "_old")
    )
    ends = ends[ends["breaking"].notna() & ~(ends["breaking_old"] <= ends["breaking"])]
    for row in ends.to_dict("records"):
        if _loses_more(result.contests, row):
            yield _breaks_sooner(row)


def _loses_more(contests: pd.DataFrame, row: dict[Any, Any]) -> bool:
    """Whether the lead moved against the candidate, beyond noise, at the first severity at or after its break."""
    pair = {row["model"], row["model_old"]}
    met = contests[(contests["kind"] == row["kind"]) & contests["model"].isin(pair) & contests["other"].isin(pair)]
    met = met[met["severity"] >= row["breaking"]].sort_values("severity")
    if met.empty:
        return False
    first = met.to_dict("records")[0]
    better = METRICS[row["metric"]].higher_is_better == (first["model"] == row["model"])
    return bool(first["moved_upper"] < 0 if better else first["moved_lower"] > 0)


def _breaks_sooner(row: dict[Any, Any]) -> Finding:
    metric = METRICS[row["metric"]].title
    old = "never does" if np.isnan(row["breaking_old"]) else f"lasts to severity {row['breaking_old']:.2g}"
    sentence = (
        f"{PERTURBATIONS[row['kind']].title}: {row['model']} reaches {metric} {number(row['floor'])} at severity "
        f"{row['breaking']:.2g}, {row['model_old']} {old} (to {number(row['floor_old'])})."
    )
    evidence = _evidence(row, "breaking", "breaking_old", "floor", "floor_old")
    return Finding("PER005", Outcome.ISSUE, sentence, Severity.MEDIUM, row["model"], evidence=evidence)
