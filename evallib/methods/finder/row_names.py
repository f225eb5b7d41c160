"""Slices as the rows of a chart, from the top down: their names in lines, and the height that these need."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

from evallib.drawing.chart import for_narrow
from evallib.drawing.names import cut
from evallib.methods.finder.compute import AND

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from evallib.drawing.chart import Chart

LONGEST = 52
LONGEST_NARROW = 34
"""The most characters of a line of a slice's name; there is a line for each condition that does not fit."""

LINE = 17
"""Pixels of height that a line takes."""


def name_rows(chart: Chart, names: Iterable[str], hidden: Sequence[int] = (), *, numbered: bool = False) -> None:
    """Give each row the name of a slice, in more and shorter lines where there is little room.

    hidden: the traces that are left out there.    numbered: whether a number from 1 stands beside each name.
    """
    names = list(names)
    numbers = [f"  <b>{place}</b>" if numbered else "" for place in range(1, len(names) + 1)]
    axis = chart.layout["yaxis"] | {
        "tickvals": list(range(len(names))),
        "range": [len(names) - 0.4, -0.6],
        "showgrid": False,
    }
    wide, narrow = (_named(axis, [_lines(name, most) for name in names], numbers) for most in (LONGEST, LONGEST_NARROW))
    chart.layout |= wide | {"meta": for_narrow(narrow, hidden)}


def _named(axis: dict[str, Any], names: list[list[str]], numbers: list[str]) -> dict[str, Any]:
    """The axis with names of some lines each, what stands behind these, and the height that they need."""
    height = 120 + (12 + LINE * max(map(len, names))) * max(len(names), 3)
    told = ["<br>".join(map(escape, lines)) + number for lines, number in zip(names, numbers, strict=True)]
    return {"yaxis": axis | {"ticktext": told}, "height": height}


def _lines(name: str, longest: int) -> list[str]:
    """The conditions of a slice in lines of so many characters."""
    first, *others = name.split(AND)
    lines = [first]
    for condition in others:
        if len(lines[-1]) + len(AND) + len(condition) <= longest:
            lines[-1] += AND + condition
        else:
            lines.append(f"and {condition}")
    return [cut(line, longest) for line in lines]
