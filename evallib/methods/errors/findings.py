"""The parts of the data that hold more than their share of the errors, and what sets wrong rows apart."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from evallib.core.finding import Finding, Outcome, Severity
from evallib.core.wording import false_rate, number
from evallib.methods.errors.compute import SURE, confirmed

if TYPE_CHECKING:
    from evallib.methods.errors.compute import ErrorsResult

CODES = {
    "ERR001": "A leaf of the error tree that holds more than its share of the errors, found on one half of the rows "
    "and held on the other",
    "ERR002": "No leaf of the error tree has more errors than the rest beyond noise",
    "ERR003": "Columns in which the rows that a model gets wrong differ from those that it gets right",
}

TOLD, NAMED = 3, 3
"""The most leaves of a model that are told, and the most columns."""

COUNTS = 0.05
"""The part of all errors that a leaf must hold to be told."""

NOTABLE, GRAVE = 1.2, 1.5
"""How many times the error of the rest makes an issue medium, and high."""

FEW_ROWS, DENSE = 0.25, 2.0
"""Leaves of at most so many rows, whose errors are so many times denser, are few enough to be given to a person."""

WEAK = 0.1
"""The effect size from which a column is told. Source: Cohen 1988, for w = V."""


def find_gathered_errors(result: ErrorsResult) -> list[Finding]:
    """The leaves of every model that hold most of its errors, or that there is none, and the columns that matter."""
    measures = dict(zip(result.looked["model"], result.looked["measure"], strict=True))
    leaves = result.tree[result.tree["leaf"] & confirmed(result.tree) & (result.tree["error_share"] >= COUNTS)]
    told = leaves.sort_values("lift", ascending=False, kind="stable").groupby("model", sort=False).head(TOLD)
    gathered = [_gathered(row, measures[row["model"]]) for row in told.to_dict("records")]
    return [*gathered, *_nothing(result, set(told["model"])), *_apart(result)]


def _gathered(row: dict[Any, Any], measure: str) -> Finding:
    where = row["rule"] or row["condition"]
    error, lower, upper, rest = (number(row[name], ".3f") for name in ("error", "lower", "upper", "rest"))
    sentence = (
        f"{row['model']} makes {_percent(row['error_share'])} of its errors in {_percent(row['share'])} of the rows, "
        f"where {where}: the {measure} is {error} ({lower} to {upper}) on {row['n']:,} rows that were not searched, "
        f"against {rest} on the rest ({false_rate(row['q_value'])}){_advice(row)}."
    )
    names = (
        "n",
        "share",
        "error_share",
        "error",
        "lower",
        "upper",
        "rest",
        "lift",
        "p_value",
        "q_value",
        "found_error",
    )
    return Finding(
        "ERR001",
        Outcome.ISSUE,
        sentence,
        _severity(row),
        model=row["model"],
        slice=where,
        method="errors",
        evidence=(("measure", measure), *((name, float(row[name])) for name in names)),
    )


def _advice(row: dict[Any, Any]) -> str:
    """What may be done where few rows hold many errors."""
    if row["share"] <= FEW_ROWS and row["lift_lower"] >= DENSE:
        return "; so few rows a person could check one by one, and more of their kind could be collected for training"
    return ""


def _severity(row: dict[Any, Any]) -> Severity:
    times = row["error"] / row["rest"] if row["rest"] > 0 else GRAVE
    return Severity.HIGH if times >= GRAVE else Severity.MEDIUM if times >= NOTABLE else Severity.LOW


def _nothing(result: ErrorsResult, told: set[str]) -> Iterator[Finding]:
    for row in result.looked.to_dict("records"):
        if row["model"] in told:
            continue
        looked = f"a tree over {row['columns']:,} columns, grown on {row['searched']:,} rows,"
        sentence = (
            f"Of {row['leaves']:,} parts into which {looked} divides the errors of {row['model']}, none that holds "
            f"{_percent(COUNTS)} of them has more than the rest on the other {row['measured']:,} rows beyond noise."
            if row["leaves"] > 1
            else f"The errors of {row['model']} gather nowhere beyond noise: {looked} does not divide them."
        )
        yield Finding("ERR002", Outcome.PASSED, sentence, model=row["model"], method="errors")


def _apart(result: ErrorsResult) -> Iterator[Finding]:
    table = result.contrast[(result.contrast["q_value"] <= SURE) & (result.contrast["effect"] >= WEAK)]
    for model, rows in table.groupby("model", sort=False):
        named = ", ".join(
            f"{name} ({number(effect, '.2f')})"
            for name, effect in zip(rows["column"].head(NAMED), rows["effect"].head(NAMED), strict=True)
        )
        more = f", and {len(rows) - NAMED:,} more" if len(rows) > NAMED else ""
        sentence = f"What sets apart the rows that {model} gets wrong, by effect size: {named}{more}."
        evidence = tuple(zip(rows["column"].head(NAMED), map(float, rows["effect"].head(NAMED)), strict=True))
        yield Finding("ERR003", Outcome.TIP, sentence, model=str(model), method="errors", evidence=evidence)


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %" if share >= 0.1 else f"{100 * share:.1f} %"
