"""A display on a page: the chart, one sentence on how to read it, and the table behind it with its download."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd
import streamlit as st

from evallib.data import to_csv
from ui.chart import show_chart
from ui.pins import offer_pins
from ui.slice_links import offer_link, offer_rows
from ui.state import widget_key
from ui.tables import EXPLAINED, choose_rows, heading, show_table
from ui.text import escape

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streamlit.delta_generator import DeltaGenerator

    from evallib.drawing.display import Display
    from ui.drawn import Drawn

NARROW, TABLE = 420, 620
"""Pixels that a display needs beside another, and that a table has over a chart."""


def show_displays(displays: Sequence[Drawn], prefix: str) -> None:
    """All displays, in order; neighbours that are not wide stand side by side where there is room."""
    for wide, group in itertools.groupby(displays, key=lambda one: one.display.wide):
        place = None if wide else st.grid(min_column_width=NARROW, gap="medium")
        for one in group:
            show_display(one, prefix, place)


def show_display(drawn: Drawn, prefix: str, place: DeltaGenerator | None = None) -> None:
    """One display: numbers, a table alone, or a chart with its table a click away, put beside the title by page.css."""
    display = drawn.display
    key = widget_key(prefix, display.key)
    with (st if place is None else place).container(key=f"display.{key}"):
        if display.numbers:
            _numbers(display)
        elif drawn.chart is None:
            _table(drawn, key)
        else:
            link = drawn.link(show_chart(drawn.chart, key))
            if link:
                offer_link(link, key)
            _table_popover(drawn, key)


def _table(drawn: Drawn, key: str) -> None:
    display = drawn.display
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.markdown(f"#### {escape(display.title)}", width="content")
        _download(display, key)
    _rows(drawn, key)
    if display.caption:
        st.caption(escape(display.caption))


def _rows(drawn: Drawn, key: str, width: int | Literal["stretch"] = "stretch") -> None:
    """The table; where its rows are slices, what can be done with the one that is chosen, or with several."""
    if not drawn.has_slices:
        show_table(drawn.table, key, width)
        return
    pins = drawn.display.pins
    chosen = choose_rows(drawn.table, key, width, several=bool(pins))
    if len(chosen) == 1:
        offer_rows(str(drawn.display.table["rule"].iloc[chosen[0]]), key)
    elif chosen:
        offer_pins([pins[row] for row in chosen], key)
    elif pins:
        st.caption("Choose a line for its rows, or several to compare them on all charts.")


def _numbers(display: Display) -> None:
    st.markdown(f"#### {escape(display.title)}")
    for row in display.table.to_dict("records"):
        cells = st.columns(len(row))
        for cell, (name, value) in zip(cells, row.items(), strict=True):
            cell.metric(heading(str(name)), _number(value), help=EXPLAINED.get(str(name)))
    if display.caption:
        st.caption(escape(display.caption))


def _table_popover(drawn: Drawn, key: str) -> None:
    popover = st.popover("Table", icon=":material/table:", type="tertiary", key=f"table.{key}", on_change="rerun")
    if popover.open:
        with popover:
            _rows(drawn, key, TABLE)
            _download(drawn.display, key)


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


def _number(value: Any) -> str:
    if value is None or (isinstance(value, float) and pd.isna(value)):
        return "undefined"
    if isinstance(value, float):
        return f"{value:,.4g}" if abs(value) < 1e5 else f"{value:,.0f}"
    return f"{value:,}" if isinstance(value, int) else str(value)
