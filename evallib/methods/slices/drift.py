"""Metrics that move from period to period of a date."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from evallib.core.intervals import implied_stderr
from evallib.core.multiplicity import q_values
from evallib.core.slices import MISSING
from evallib.core.trends import trend
from evallib.core.typed_table import typed_table

if TYPE_CHECKING:
    from collections.abc import Collection

FEWEST = 4
"""Periods that a trend needs."""

DRIFT_COLUMNS = (
    *("model", "metric", "column", "begin", "end", "periods", "n", "first", "last", "slope", "lower", "upper"),
    *("p_value", "q_value"),
)


def drift_of(slices: pd.DataFrame, dates: Collection[str], minimum: int) -> pd.DataFrame:
    """The trend of every metric over the periods of every date that have enough rows; `DRIFT_COLUMNS`."""
    slices = slices[slices["column"].isin(dates)]
    enough = (slices["slice"] != MISSING) & (slices["n"] >= minimum)
    limits = slices[["value", "lower", "upper"]].notna().all(axis=1) & (slices["upper"] > slices["lower"])
    rows: list[dict[str, Any]] = []
    for (model, metric, column), part in slices[enough & limits].groupby(["model", "metric", "column"], sort=False):
        if len(part) < FEWEST:
            continue
        found = trend(part["value"].to_numpy(), implied_stderr(part["lower"].to_numpy(), part["upper"].to_numpy()))
        ends = {"begin": part["slice"].iloc[0], "end": part["slice"].iloc[-1]}
        named = {"model": model, "metric": metric, "column": column, "periods": len(part), "n": int(part["n"].sum())}
        rows.append(named | ends | found._asdict())
    kinds = dict.fromkeys(("model", "metric", "column", "begin", "end"), "str")
    kinds |= dict.fromkeys(("periods", "n"), "int64")
    table = typed_table(rows, [name for name in DRIFT_COLUMNS if name != "q_value"], kinds)
    return table.assign(q_value=q_values(table["p_value"]))[list(DRIFT_COLUMNS)]
