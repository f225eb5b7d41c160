"""A table on a page: readable headings, numbers to four digits, and what each column means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd
import pyarrow as pa
import streamlit as st

from evallib.core.metrics import METRICS
from ui.text import UNSEEN, visible

FIVE_DIGITS = 10_000
LONG, WIDEST = 36, 260
"""Columns of texts with more characters than this are no wider than so many pixels; a click shows a text in full."""

SPARSE = 150
"""Pixels of a column of texts whose cells are mostly empty: the browser would take the others for outliers."""

EXPLAINED = {
    "n": "Rows that the number rests on",
    "lower": "Lower limit of the 95 % interval",
    "upper": "Upper limit of the 95 % interval",
    "p_value": "Probability of a difference at least this large if there were none",
    "q_value": "p-value after controlling the false discovery rate (Benjamini–Hochberg)",
    "baseline": "What does best there of what knows nothing of a row, and of the systems in use",
    "lead": "By how much the model is better than the baseline on the same rows; above 0 also of a loss",
    "lead_p_value": "Probability of a lead at least this far from that on all rows if it were the same",
    "lead_q_value": "The same after controlling the false discovery rate (Benjamini–Hochberg)",
    "among": "The rows that the metric rests on, which alone count",
}
for _metric in METRICS.values():
    for _name in (_metric.key, _metric.title, f"{_metric.title} {_metric.arrow}"):
        EXPLAINED[_name] = f"{_metric.title} {_metric.arrow} = {_metric.formula}"


@dataclass(frozen=True, eq=False)
class ShownTable:
    """A table as it is sent to the browser: its rows in Arrow's format, and how each column is shown."""

    rows: pa.Table
    columns: dict[str, Any]


def shown_table(table: pd.DataFrame, bars: Mapping[str, float] = {}) -> ShownTable:
    """The table for `show_table`, which may show it to many visitors; bars: as a `Display` has them."""
    if "metric" in table:
        table = table.assign(metric=[heading(key) if key in METRICS else key for key in table["metric"]])
    return ShownTable(pa.Table.from_pandas(shown_as_text(table), preserve_index=False), _column_config(table, bars))


def show_table(table: ShownTable, key: str, width: int | Literal["stretch"] = "stretch") -> None:
    """A table to read, sort and search. Its download is `evallib.data.to_csv`, in which no cell is a formula."""
    st.dataframe(table.rows, key=f"{key}.rows", width=width, **_as_shown(table))


def choose_rows(
    table: ShownTable, key: str, width: int | Literal["stretch"] = "stretch", *, several: bool = False
) -> list[int]:
    """The same, and the places of the rows that are chosen in it, at most one where not `several` may be."""
    chosen = st.dataframe(
        table.rows,
        key=f"{key}.choice",
        width=width,
        on_select="rerun",
        selection_mode="multi-row" if several else "single-row",
        **_as_shown(table),
    )
    return sorted(row for row in chosen["selection"]["rows"] if row < len(table.rows))


def _as_shown(table: ShownTable) -> dict[str, Any]:
    return {"hide_index": True, "column_config": table.columns, "placeholder": "—"}


def shown_as_text(table: pd.DataFrame) -> pd.DataFrame:
    """The table with invisible characters made visible, such as marks that turn the direction of a text."""
    texts = [name for name in table.columns if pd.api.types.is_string_dtype(table[name])]
    odd = [name for name in texts if table[name].str.contains(UNSEEN, na=False).any()]
    return table.assign(**{name: table[name].map(visible, na_action="ignore") for name in odd}) if odd else table


def _column_config(table: pd.DataFrame, bars: Mapping[str, float]) -> dict[str, Any]:
    configured: dict[str, Any] = {}
    for name in map(str, table.columns):
        explained = EXPLAINED.get(name)
        if name in bars:
            configured[name] = st.column_config.ProgressColumn(
                heading(name), format="%.4g", help=explained, min_value=0.0, max_value=bars[name]
            )
        elif pd.api.types.is_float_dtype(table[name]):
            # Four digits say enough of a share, and a falsehood of a count.
            form = "localized" if table[name].abs().max() >= FIVE_DIGITS else "%.4g"
            configured[name] = st.column_config.NumberColumn(heading(name), format=form, help=explained)
        elif pd.api.types.is_bool_dtype(table[name]):
            configured[name] = st.column_config.CheckboxColumn(heading(name), help=explained)
        elif pd.api.types.is_integer_dtype(table[name]):
            configured[name] = st.column_config.NumberColumn(heading(name), format="localized", help=explained)
        else:
            lengths = table[name].astype(str).str.len()
            width = WIDEST if lengths.max() > LONG else SPARSE if lengths.median() == 0 < lengths.max() else None
            configured[name] = st.column_config.TextColumn(heading(name), help=explained, width=width)
    return configured


def heading(name: str) -> str:
    """A column's name as a reader knows it: the metric with its direction, or the words of the name."""
    metric = METRICS.get(name)
    return f"{metric.title} {metric.arrow}" if metric else name.replace("_", " ").capitalize()
