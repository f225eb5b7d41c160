"""A display on a page: the chart, one sentence on how to read it, and the table behind it with its download."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from evallib.core.metrics import METRICS
from evallib.data import to_csv
from ui.state import widget_key
from ui.text import UNSEEN, escape, visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from evallib.drawing.display import Display

NARROW = 420
"""Pixels that a display needs beside another."""

CHART = {"displaylogo": False, "modeBarButtonsToRemove": ["select2d", "lasso2d", "autoScale2d"]}
EXPLAINED = {
    "n": "Rows that the number rests on",
    "lower": "Lower limit of the 95 % interval",
    "upper": "Upper limit of the 95 % interval",
    "p_value": "Probability of a difference at least this large if there were none",
    "q_value": "p-value after controlling the false discovery rate (Benjamini–Hochberg)",
}
for _metric in METRICS.values():
    for _name in (_metric.key, _metric.title, f"{_metric.title} {_metric.arrow}"):
        EXPLAINED[_name] = f"{_metric.title} {_metric.arrow} = {_metric.formula}"


def show_displays(displays: Sequence[Display], prefix: str) -> None:
    """All displays, in order; neighbours that are not wide stand side by side where there is room."""
    for wide, group in itertools.groupby(displays, key=lambda display: display.wide):
        cells = st.container() if wide else st.grid(min_column_width=NARROW, gap="medium")
        for display in group:
            with cells.container():
                show_display(display, prefix)


def show_display(display: Display, prefix: str) -> None:
    """One display: numbers, a table alone, or a chart with its table a click away."""
    key = widget_key(prefix, display.key)
    if display.numbers:
        _numbers(display)
        return
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.markdown(f"#### {escape(display.title)}", width="content")
        if display.figure is not None:
            _table_popover(display, key)
        else:
            _download(display, key)
    if display.figure is None:
        show_table(display.table, key)
    else:
        st.plotly_chart(display.figure, key=key, config=CHART, alt=display.alt or display.title)
    if display.caption:
        st.caption(escape(display.caption))


def _numbers(display: Display) -> None:
    st.markdown(f"#### {escape(display.title)}")
    for row in display.table.to_dict("records"):
        cells = st.columns(len(row))
        for cell, (name, value) in zip(cells, row.items(), strict=True):
            cell.metric(_heading(str(name)), _number(value), help=EXPLAINED.get(str(name)))
    if display.caption:
        st.caption(escape(display.caption))


def _table_popover(display: Display, key: str) -> None:
    popover = st.popover("Table", icon=":material/table:", type="tertiary", key=f"{key}.table", on_change="rerun")
    if popover.open:
        with popover:
            show_table(display.table, key)
            _download(display, key)


def _download(display: Display, key: str) -> None:
    st.download_button(
        "CSV",
        data=lambda: to_csv(display.table),
        file_name=f"{key.replace('.', '_')}.csv",
        mime="text/csv",
        key=f"{key}.csv",
        icon=":material/download:",
        type="tertiary",
        on_click="ignore",
    )


def show_table(table: pd.DataFrame, key: str) -> None:
    """A table with readable headings, numbers to four digits and each column's meaning in its tooltip."""
    st.dataframe(shown_as_text(table), key=f"{key}.rows", hide_index=True, column_config=_column_config(table))


def shown_as_text(table: pd.DataFrame) -> pd.DataFrame:
    """The table with invisible characters made visible, such as marks that turn the direction of a text."""
    texts = [name for name in table.columns if pd.api.types.is_string_dtype(table[name])]
    odd = [name for name in texts if table[name].str.contains(UNSEEN, na=False).any()]
    return table.assign(**{name: table[name].map(visible, na_action="ignore") for name in odd}) if odd else table


def _column_config(table: pd.DataFrame) -> dict[str, Any]:
    configured: dict[str, Any] = {}
    for name in map(str, table.columns):
        explained = EXPLAINED.get(name)
        if pd.api.types.is_float_dtype(table[name]):
            configured[name] = st.column_config.NumberColumn(_heading(name), format="%.4g", help=explained)
        elif pd.api.types.is_bool_dtype(table[name]):
            configured[name] = st.column_config.CheckboxColumn(_heading(name), help=explained)
        elif pd.api.types.is_integer_dtype(table[name]):
            configured[name] = st.column_config.NumberColumn(_heading(name), format="localized", help=explained)
        else:
            configured[name] = st.column_config.TextColumn(_heading(name), help=explained)
    return configured


def _heading(name: str) -> str:
    metric = METRICS.get(name)
    return f"{metric.title} {metric.arrow}" if metric else name.replace("_", " ").capitalize()


def _number(value: Any) -> str:
    if value is None or (isinstance(value, float) and pd.isna(value)):
        return "undefined"
    if isinstance(value, float):
        return f"{value:,.4g}" if abs(value) < 1e5 else f"{value:,.0f}"
    return f"{value:,}" if isinstance(value, int) else str(value)
