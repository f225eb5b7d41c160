"""Better, worse or no difference to what is in use, and which metrics point the other way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from evallib.core.finding import Finding, Outcome, Severity
from evallib.core.intervals import detectable
from evallib.core.multiplicity import q_values
from evallib.core.wording import interval, number

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Mapping

    import pandas as pd

    from evallib.methods.performance.compute import PerformanceResult

CODES = {
    "PRF001": "A candidate is worse than what it is compared with beyond noise",
    "PRF002": "A candidate is better than what it is compared with beyond noise",
    "PRF003": "No difference beyond noise to what a candidate is compared with",
    "PRF004": "The systems answered different rows",
    "PRF005": "Other metrics point another way than the deciding one beyond noise",
    "PRF006": "One candidate is better than another beyond noise",
}

DISCOVERY_RATE = 0.05
"""The share of false alarms that is allowed among the metrics that do not decide."""

MOST_NAMED = 3
"""The most metrics that the sentence on a trade-off names, the surest first."""


def find_differences(result: PerformanceResult) -> list[Finding]:
    """Per candidate: the verdict on the deciding metric, trade-offs among the others; per system: other rows."""
    values = result.metrics.set_index(["model", "metric"])["value"]
    role = dict(zip(result.metrics["model"], result.metrics["role"], strict=True))
    found: list[Finding] = []
    for model, rows in result.differences.groupby("model", sort=False):
        found += _rows_differ(str(model), rows)
        if role[model] == "candidate":
            found += _verdict(rows, values, in_use=role[rows["reference"].iloc[0]] != "candidate")
            found += _trade_off(str(model), rows)
    return found


def _verdict(rows: pd.DataFrame, values: pd.Series, *, in_use: bool) -> Iterator[Finding]:
    """The finding on the deciding metric; between two candidates a lead is a tip, since neither is in use."""
    for row in rows[rows["decides"]].to_dict("records"):
        model, other, verdict = row["model"], row["reference"], row["verdict"]
        numbers = (
            f"{row['title']} {number(values[model, row['metric']])} against {number(values[other, row['metric']])}, "
            f"difference {interval(row)} on {row['n']:,} common rows"
        )
        apart = f"{model} is {verdict} than {other} beyond noise: {numbers}."
        if verdict == "no difference beyond noise":
            visible = float(detectable(row["lower"], row["upper"]))
            sentence = (
                f"No difference beyond noise between {model} and {other}: {numbers}; a difference of about "
                f"{visible:.2g} would have been seen four times in five."
            )
            yield _finding("PRF003", Outcome.TIP, sentence, row)
        elif verdict != "undefined" and not in_use:
            yield _finding("PRF006", Outcome.TIP, apart, row)
        elif verdict == "worse":
            yield _finding("PRF001", Outcome.ISSUE, apart, row, Severity.HIGH)
        elif verdict == "better":
            yield _finding("PRF002", Outcome.PASSED, apart, row)


def _trade_off(model: str, rows: pd.DataFrame) -> Iterator[Finding]:
    """The other metrics that go against the verdict, or that differ where the deciding one does not."""
    deciding, others = rows[rows["decides"]], rows[~rows["decides"]]
    if deciding.empty or others.empty:
        return
    verdict = deciding["verdict"].iloc[0]
    sure = others[q_values(others["p_value"]) < DISCOVERY_RATE]
    against = sure[sure["verdict"].isin({"better", "worse"} - {verdict})]
    if against.empty or verdict == "undefined":
        return
    surest = against.sort_values("p_value", kind="stable").head(MOST_NAMED)
    parts = [f"{row['title']} is {row['verdict']} by {interval(row)}" for row in surest.to_dict("records")]
    if len(against) > MOST_NAMED:
        parts.append(f"{len(against) - MOST_NAMED} more metrics differ")
    opening = "shows no difference beyond noise" if verdict not in {"better", "worse"} else f"is {verdict}"
    title, other = deciding["title"].iloc[0], deciding["reference"].iloc[0]
    sentence = f"{model} against {other} is a trade-off: {title} {opening}, but {', '.join(parts)}."
    outcome = Outcome.ISSUE if verdict == "better" else Outcome.TIP
    evidence = tuple((str(row["metric"]), float(row["difference"])) for row in against.to_dict("records"))
    yield Finding("PRF005", outcome, sentence, Severity.MEDIUM, model, method="performance", evidence=evidence)


def _rows_differ(model: str, rows: pd.DataFrame) -> Iterator[Finding]:
    first = rows.iloc[0]
    only, without, n = (int(first[name]) for name in ("rows_only_model", "rows_only_reference", "n"))
    if only == 0 and without == 0:
        return
    other = first["reference"]
    compared = f"they are compared on the {n:,} rows that both answered" if n else "they have no row in common"
    sentence = (
        f"{model} and {other} answered different rows: {compared}; {only:,} have an answer of {model} only and "
        f"{without:,} of {other} only, and the metrics of each are on its own rows."
    )
    evidence: tuple[tuple[str, float | str], ...] = (
        ("n", n),
        ("rows_only_model", only),
        ("rows_only_reference", without),
    )
    yield Finding("PRF004", Outcome.TIP, sentence, Severity.LOW, model, method="performance", evidence=evidence)


def _finding(
    code: str, outcome: Outcome, sentence: str, row: Mapping[Hashable, Any], severity: Severity = Severity.MEDIUM
) -> Finding:
    names = ("metric", "difference", "lower", "upper", "p_value", "n")
    evidence = tuple((name, value) for name in names if isinstance(value := row[name], float | int | str))
    return Finding(code, outcome, sentence, severity, str(row["model"]), method="performance", evidence=evidence)
