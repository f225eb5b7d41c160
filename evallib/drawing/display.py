"""A table and, where it helps, the chart drawn from it: what a page, a report or a notebook shows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd
    import plotly.graph_objects as go

    from evallib.drawing.chart import Chart

MOST_PINS = 20
"""The most lines of a table that the charts of its page show together."""


@dataclass(frozen=True, eq=False)
class Display:
    """One thing to look at.

    key: unique within its method; names the download.    title: what is seen, as a short noun phrase.
    table: the numbers behind it, every one of a result.   chart: of them, or None for a table alone.
    caption: one sentence on how to read it.               alt: what the chart shows, for who cannot see it.
    wide: False where it may stand beside another.
    numbers: True for a one-row table best shown as big numbers.
    bars: columns whose numbers, from 0 to so much, have a bar in their cell.
    pins: per row what a field "pinned" of the method's view calls it; empty where no rows can be compared so.
    """

    key: str
    title: str
    table: pd.DataFrame
    chart: Chart | None = None
    caption: str = ""
    alt: str = ""
    wide: bool = True
    numbers: bool = False
    bars: Mapping[str, float] = field(default_factory=dict)
    pins: Sequence[str] = ()

    @property
    def figure(self) -> go.Figure | None:
        """The chart as a Plotly figure, for a notebook."""
        return None if self.chart is None else self.chart.figure()
