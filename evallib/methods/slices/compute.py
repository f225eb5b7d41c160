"""Every metric of every model in every slice: against the rest of the rows, and against the incumbent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Annotated

import numpy as np
import pandas as pd
from pydantic import Field

from evallib.core.answer_slices import answer_partitions
from evallib.core.errors import NotApplicable
from evallib.core.evaluation_set import EvaluationSet
from evallib.core.intervals import implied_stderr
from evallib.core.multiplicity import q_values
from evallib.core.named_rules import Entry, named_rules
from evallib.core.params import Params
from evallib.core.partitions import partitions
from evallib.core.progress import Progress
from evallib.core.result import Basis, Result, columns
from evallib.core.rules import parse_rule
from evallib.core.shrinkage import shrunk
from evallib.core.slices import Partition, rule_partition
from evallib.methods.slices.blocks import LEAD_COLUMNS, PAIR_COLUMNS, SLICE_COLUMNS, Batch, Block, Contenders
from evallib.methods.slices.drift import DRIFT_COLUMNS, drift_of
from evallib.methods.slices.lead_tests import overall_leads

AT_ONCE = 250
"""Slices whose metrics are worked out together."""


class SlicesParams(Params):
    """How the rows are divided, and how many a slice needs to be tested."""

    rules: tuple[Entry, ...] = Field(
        (),
        title="Own slices",
        description="Rules such as `age < 30 and job == 'clerk'`, one per line; each selects the rows of a slice. "
        "A name may stand before it, in folders: `Customers / Young clerks: age < 30 and job == 'clerk'`.",
        json_schema_extra={"widget": "rule"},
    )
    bins: int = Field(5, ge=2, le=20, title="Bins", description="Equal-count bins of a number of more than ten values.")
    most: int = Field(
        20, ge=2, le=100, title="Most values", description="Beyond so many, the rarest values are one slice together."
    )
    minimum: int = Field(
        30, ge=2, le=100_000, title="Rows to test", description="Slices of fewer rows are shown, but not tested."
    )
    answers: bool = Field(
        False,
        title="Truth and answers",
        description="Also divide the rows by class, and by the answers and the confidence of each model.",
    )


@dataclass(frozen=True, eq=False)
class SlicesResult(Result):
    """Slices, pairs of models on slices, pairs and leads on all rows, and what was left out.

    slices: made_of is "data", or "truth" and "answers" (labels, values, confidence) of models, whose slices are not
        tested against the rest, because what is judged differs there by itself. share is of the (weighted) rows that
        the model answered; rest is the metric on all other rows and difference is value - rest; q_value is the false
        discovery rate over all slices, metrics and models together; detectable is the difference that so many rows
        would have shown four times out of five; shrunk is the difference that is expected given those of all slices,
        nearer to 0 where a slice has few rows; lift is how many times the error (1 - value, or the loss) of all rows;
        loss_share is the part of all errors that lies in the slice, NaN for what is no mean over rows.
        baseline is what does best in the slice, of the zero rule, the label distribution, the mean or the median of all
        rows and the systems in use, as far as the model beats them on all rows, else of all these; lead is by how much
        the model is better there, above 0 also of a loss. lead_p_value is that of the lead that it has on all rows,
        lead_q_value its false discovery rate.
    leads: the leads on all rows, over every baseline; p_value is that of no lead.
    pairs: difference is model - reference, paired on the rows that both answered.
    overall: the same on all rows, for the models that have a reference.
    drift: the line through a metric's values in the periods of a date, in their order: its change per period (slope)
        with limits, and its values in the first and the last period, which begin and end name.
    skipped: columns that no slices were made of, and why.
    """

    slices: Annotated[pd.DataFrame, columns(*SLICE_COLUMNS)]
    pairs: Annotated[pd.DataFrame, columns(*PAIR_COLUMNS)]
    overall: Annotated[
        pd.DataFrame, columns("model", "reference", "metric", "n", "difference", "lower", "upper", "p_value")
    ]
    leads: Annotated[pd.DataFrame, columns(*LEAD_COLUMNS)]
    drift: Annotated[pd.DataFrame, columns(*DRIFT_COLUMNS)]
    skipped: Annotated[pd.DataFrame, columns("column", "reason")]


def compute_slices(data: EvaluationSet, params: SlicesParams, progress: Progress) -> SlicesResult:
    """The metrics by the slices of every column, one column after the other, and of every rule.

    Raises `NotApplicable` without predictions or without anything to slice by, `BadInput` for a rule or the name of one
    that cannot be read.
    """
    if not data.predictions:
        raise NotApplicable("No model and no column of predictions was given.")
    if not len(data):
        raise NotApplicable("There are no rows to divide into slices.")
    contenders = Contenders(data)
    whole = Batch(contenders, 2, {})
    whole.add(Partition("", np.zeros(len(data), dtype=np.uint8), ("all",), ("",)))
    leads = _table(list(whole.leads()), LEAD_COLUMNS)
    skipped: list[tuple[str, str]] = []
    slices: list[Block] = []
    pairs: list[Block] = []
    empty = Batch(contenders, params.minimum, overall_leads(leads))
    for batch in _batches(_each(data, params, progress), empty, skipped):
        slices += batch.slices()
        pairs += batch.paired()
    if not any((block["made_of"] == "data").any() for block in slices):
        raise NotApplicable("No column of the data divides its rows into slices.")
    overall = _table(list(whole.paired()), PAIR_COLUMNS)
    table = _table(slices, SLICE_COLUMNS)
    return SlicesResult(
        Basis.of(data),
        slices=table,
        pairs=_table(pairs, PAIR_COLUMNS),
        overall=overall[list(SlicesResult.schemas()["overall"].columns)],
        leads=leads,
        drift=drift_of(table, data.table.select_dtypes(["datetime", "datetimetz"]).columns, params.minimum),
        skipped=pd.DataFrame(skipped, columns=["column", "reason"], dtype=str),
    )


def _each(data: EvaluationSet, params: SlicesParams, progress: Progress) -> Iterator[Partition | tuple[str, str]]:
    """What the rules select, then every column, then truth and answers where they are asked for."""
    names = list(data.table.columns)
    rules = [(parse_rule(one.rule, names), one.label) for one in named_rules(params.rules)]
    own = (rule_partition(rule, data.table, name) for rule, name in rules)
    answers = answer_partitions(data, params.bins, params.most) if params.answers else ()
    for place, found in enumerate(chain(own, partitions(data, params.bins, params.most), answers)):
        progress(place, data.table.shape[1] + len(rules), "Slicing")
        yield found


def _batches(
    found: Iterator[Partition | tuple[str, str]], empty: Batch, skipped: list[tuple[str, str]]
) -> Iterator[Batch]:
    """The partitions in batches of so many slices that sums of them fit in little memory; the others to `skipped`."""
    batch = empty
    for one in found:
        if isinstance(one, tuple):
            skipped.append(one)
            continue
        batch.add(one)
        if len(batch) >= AT_ONCE:
            yield batch
            batch = Batch(empty.contenders, empty.minimum, empty.overall)
    if len(batch):
        yield batch


def _table(blocks: list[Block], names: tuple[str, ...]) -> pd.DataFrame:
    """One table of blocks of rows, whose columns are arrays or one value, with the false discovery rate of all rows."""
    if not blocks:
        texts = {"model", "reference", "baseline", "metric", "column", "slice", "rule", "made_of"}
        return pd.DataFrame({name: pd.Series([], dtype=str if name in texts else float) for name in names})
    sizes = [len(block["slice"]) for block in blocks]
    parts = {name: [block[name] for block in blocks] for name in names if name in blocks[0]}
    table = pd.DataFrame(
        {
            name: np.repeat(np.array(part, dtype=object), sizes) if isinstance(part[0], str) else np.concatenate(part)
            for name, part in parts.items()
        }
    )
    for kind in ("", "lead_"):
        if f"{kind}q_value" in names:
            table[f"{kind}q_value"] = q_values(table[f"{kind}p_value"])
    if "shrunk" in names:
        table["shrunk"] = _shrunk(table)
    return table[[name for name in names if name in table]]


def _shrunk(table: pd.DataFrame) -> pd.Series:
    """What is expected of every difference, given all slices of the same kind by the same metric of the same model."""
    stderr = implied_stderr(table["difference_lower"].to_numpy(), table["difference_upper"].to_numpy())
    found = np.empty(len(table))
    for rows in table.groupby(["model", "metric", "made_of"], sort=False).indices.values():
        found[rows] = shrunk(table["difference"].to_numpy()[rows], stderr[rows])
    return pd.Series(found, table.index)
