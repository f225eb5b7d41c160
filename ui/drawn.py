"""What a result looks like, drawn once for all visitors: making figures is most of the work of showing a page."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import streamlit as st

from evallib.drawing.chart import Chart
from evallib.drawing.colours import colours_of
from ui.chart import payload
from ui.tables import ShownTable, shown_as_text, shown_table
from ui.text import visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from evallib.core.method import Method
    from evallib.core.params import View
    from evallib.core.result import Result
    from evallib.drawing.display import Display
    from evallib.runs import Run
    from ui.results import Answer

_one_at_a_time = threading.Lock()
"""Threads that make figures side by side only take turns, and all of them end late."""


@dataclass(frozen=True, eq=False)
class Drawn:
    """A display, and what the browser draws its chart from."""

    display: Display
    chart: bytes | None

    @cached_property
    def has_slices(self) -> bool:
        """Whether rows of the table are slices that a filter can select."""
        return "rule" in self.display.table and bool((self.display.table["rule"] != "").any())

    def link(self, point: str) -> str:
        """Where a point of the chart leads, of which a browser says that it was clicked on; empty for any other."""
        links = [] if self.display.chart is None else self.display.chart.links
        return links[int(point)] if point.isdecimal() and int(point) < len(links) else ""

    @cached_property
    def table(self) -> ShownTable:
        """The table behind it; made when somebody looks at it, and kept."""
        return shown_table(self.display.table, self.display.bars)


def drawn(run: Run, method: Method, found: Answer, models: Sequence[str], view: View | None = None) -> list[Drawn]:
    """The displays of the result for these models: for a view those that look at it, else those that stand still."""
    if found.result is None:
        return []
    key = *found.key, "" if view is None else view.model_dump_json()
    return _drawn(key, tuple(name for name in run.models if name in models), run, method, found.result, view)


@st.cache_resource(max_entries=300, show_spinner=False)
def _drawn(
    key: tuple[object, ...],
    models: tuple[str, ...],
    _run: Run,
    _method: Method,
    _result: Result,
    _view: View | None,
) -> list[Drawn]:
    with _one_at_a_time:
        shown = _result if models == tuple(_run.models) else _only(key[:-1], models, _result)
        colours = colours_of(_run.models)
        if _view is None:
            return [_draw(display) for display in _method.displays(shown, colours)]
        return [_draw(display) for display in _method.look(shown, _view, colours)] if _method.look else []


@st.cache_resource(max_entries=16, show_spinner=False)
def _only(key: tuple[object, ...], models: tuple[str, ...], _result: Result) -> Result:  # noqa: ARG001
    return _result.only(models)


def _draw(display: Display) -> Drawn:
    """The display with no invisible character acting on its chart; its table is looked at when it is shown."""
    chart = display.chart
    if chart is None:
        return Drawn(display, None)
    if shown_as_text(display.table) is not display.table:
        content = _visible(json.loads(chart.to_json()))
        chart = Chart(traces=content["data"], **content["layout"])
    return Drawn(display, payload(chart, *map(visible, (display.title, display.caption, display.alt or display.title))))


def _visible(content: Any) -> Any:
    if isinstance(content, str):
        return visible(content)
    if isinstance(content, dict):
        return {key: _visible(value) for key, value in content.items()}
    if isinstance(content, list):
        return [_visible(one) for one in content]
    return content
