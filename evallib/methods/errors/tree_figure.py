"""The error tree as boxes: from left to right, or as an outline where there is little room."""

from __future__ import annotations

from html import escape
from textwrap import wrap
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from evallib.core.wording import number
from evallib.drawing.chart import Chart, for_narrow
from evallib.drawing.colours import NEUTRAL, PALETTE, faint
from evallib.methods.errors.compute import confirmed
from evallib.methods.errors.rows import ERROR_RATE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    Row = Mapping[Any, Any]

WIDTH, INDENT = 0.9, 0.06
"""The width of a box where a level is 1 wide, and how far a level stands in where all are in one outline."""

HALF, FOOT = 0.42, 0.35
"""Half of the height of a box, and where the bar at its foot begins, where a line of boxes is 1 high."""

LINE, FRAME = 16, 26
"""Pixels of a line of text in a box, and around its lines with the gap to the next box."""

ROOM, MOST_LEVELS = 680, 4
"""Pixels of width that a tree of at most so many levels needs to be drawn from left to right; others are outlines."""

LETTER = 6.4
"""Pixels of width of a letter, in the mean."""

OUTLINED = 40
"""The most characters of a line of the outline."""


class _Box(NamedTuple):
    """The place of a node: left and right end, and the height of its middle."""

    left: float
    right: float
    y: float


class _Placed(NamedTuple):
    """Where every node stands, on how many lines; in an outline, or with the levels beside each other."""

    boxes: list[_Box]
    lines: int
    outline: bool


def tree_chart(rows: pd.DataFrame, measure: str) -> Chart:
    """The nodes of one model as boxes, for the rows of the tree's table in its order."""
    nodes = rows.reset_index(drop=True)
    order = _from_the_top(nodes["parent"].tolist())
    outline = _below(nodes, order)
    wide = _beside(nodes, order) if nodes["depth"].max() < MOST_LEVELS else outline
    narrow = for_narrow(_layout(nodes, measure, outline), hidden=[] if wide is outline else [0])
    chart = Chart(**_layout(nodes, measure, wide), showlegend=False, meta=narrow)
    chart.add(
        "scatter",
        x=[(box.left + box.right) / 2 for box in wide.boxes],
        y=[box.y for box in wide.boxes],
        links=nodes["rule"],
        mode="markers",
        marker={"size": 34, "opacity": 0},
        hovertext=[_told(row) for row in nodes.to_dict("records")],
        hovertemplate="%{hovertext}<extra></extra>",
    )
    return chart


def _from_the_top(parents: Sequence[int]) -> list[int]:
    """The nodes in reading order: each before what is below it."""
    below: dict[int, list[int]] = {}
    for place, parent in enumerate(parents):
        below.setdefault(parent, []).append(place)
    order, waiting = [], [0]
    while waiting:
        node = waiting.pop()
        order.append(node)
        waiting += below.get(node, [])[::-1]
    return order


def _beside(nodes: pd.DataFrame, order: Sequence[int]) -> _Placed:
    """Levels beside each other: a leaf in each line, and what it is a part of in the middle of its leaves."""
    y, leaves = np.zeros(len(nodes)), [place for place in order if nodes["leaf"][place]]
    y[leaves] = np.arange(len(leaves))
    for place in reversed(order):
        if not nodes["leaf"][place]:
            y[place] = y[(nodes["parent"] == place).to_numpy()].mean()
    boxes = [_Box(depth, depth + WIDTH, at) for depth, at in zip(nodes["depth"], y, strict=True)]
    return _Placed(boxes, len(leaves), outline=False)


def _below(nodes: pd.DataFrame, order: Sequence[int]) -> _Placed:
    """Nodes below each other, each level standing in further."""
    line = {place: at for at, place in enumerate(order)}
    boxes = [_Box(INDENT * depth, 1.0, line[place]) for place, depth in enumerate(nodes["depth"])]
    return _Placed(boxes, len(nodes), outline=True)


def _layout(nodes: pd.DataFrame, measure: str, placed: _Placed) -> dict[str, Any]:
    boxes, lines, outline = placed
    levels = 1 if outline else int(nodes["depth"].max()) + 1
    letters = OUTLINED if outline else int(ROOM / max(levels, 2) * WIDTH / LETTER)
    written = [_lines(row, measure, letters) for row in nodes.to_dict("records")]
    sure = confirmed(nodes)
    shapes, texts = [], []
    for place, row in enumerate(nodes.to_dict("records")):
        box = boxes[place]
        if row["parent"] >= 0:
            shapes.append(_branch(boxes[row["parent"]], box, outline=outline))
        shapes += [_frame(box, row, held=bool(sure[place])), _bar(box, row)]
        texts.append(_text(box, written[place]))
    hidden = {"visible": False, "fixedrange": True}
    return {
        "shapes": shapes,
        "annotations": texts,
        "height": 16 + lines * (max(map(len, written)) * LINE + FRAME),
        "xaxis": hidden | {"range": [-0.01, levels - 1 + (1 if outline else WIDTH) + 0.01]},
        "yaxis": hidden | {"range": [lines - 0.5, -0.5]},
    }


def _frame(box: _Box, row: Row, *, held: bool) -> dict[str, Any]:
    """The box in orange where there are more errors than in all rows, in blue where there are fewer."""
    lift = row["lift"] if row["lift"] > 0 else 1.0
    strength = min(abs(float(np.log2(lift))), 2.0) / 2
    colour = PALETTE[1] if lift > 1 else PALETTE[0]
    line = {"color": PALETTE[1], "width": 2} if held else {"color": faint(NEUTRAL, 0.6), "width": 1}
    corners = {"x0": box.left, "x1": box.right, "y0": box.y - HALF, "y1": box.y + HALF}
    return {"type": "rect", "layer": "below", "fillcolor": faint(colour, 0.04 + 0.5 * strength), "line": line} | corners


def _bar(box: _Box, row: Row) -> dict[str, Any]:
    """A bar at the foot of the box, as long as the node's share of all errors."""
    share = row["error_share"] if row["error_share"] > 0 else 0.0
    end = box.left + share * (box.right - box.left)
    corners = {"x0": box.left, "x1": end, "y0": box.y + FOOT, "y1": box.y + HALF}
    return {"type": "rect", "layer": "below", "fillcolor": faint(PALETTE[1], 0.9), "line": {"width": 0}} | corners


def _branch(parent: _Box, box: _Box, *, outline: bool) -> dict[str, Any]:
    """The line from the parent's box to the node's."""
    if outline:
        x = parent.left + INDENT / 2
        path = f"M {x},{parent.y + HALF} L {x},{box.y} L {box.left},{box.y}"
    else:
        x = (parent.right + box.left) / 2
        path = f"M {parent.right},{parent.y} L {x},{parent.y} L {x},{box.y} L {box.left},{box.y}"
    return {"type": "path", "path": path, "layer": "below", "line": {"color": NEUTRAL, "width": 1}}


def _lines(row: Row, measure: str, letters: int) -> list[str]:
    """The text of a box: the condition in one line or two, the error, and the shares of errors and rows."""
    condition = row["condition"].replace("<=", "≤").replace(">=", "≥")
    lines = [
        f"<b>{escape(line)}</b>"
        for line in wrap(condition, letters, max_lines=2, placeholder="…", break_on_hyphens=False)
    ]
    if np.isnan(row["error"]):
        return [*lines, "no rows"]
    error = f"{100 * row['error']:.1f} % wrong" if measure == ERROR_RATE else f"MAE {number(row['error'])}"
    if row["parent"] < 0:
        return [*lines, error, f"{row['n']:,} rows"]
    return [*lines, error, f"{_percent(row['error_share'])} of errors, {_percent(row['share'])} of rows"]


def _percent(share: float) -> str:
    return "0 %" if np.isnan(share) else f"{100 * share:.0f} %"


def _told(row: Row) -> str:
    """The tooltip of a box."""
    error, lower, upper, rest, found = (
        number(row[name], ".4f") for name in ("error", "lower", "upper", "rest", "found_error")
    )
    lines = [*map(escape, wrap(row["rule"] or row["condition"], OUTLINED * 2, max_lines=8, placeholder="…"))]
    lines.append(f"{row['n']:,} rows: {error} ({lower} to {upper})")
    if row["parent"] >= 0:
        lines += [f"elsewhere {rest}, false discovery rate {row['q_value']:.3g}", f"{found} where it was found"]
    return "<br>".join(lines)


def _text(box: _Box, lines: Sequence[str]) -> dict[str, Any]:
    place = {"x": box.left, "y": box.y - 0.03, "xanchor": "left", "yanchor": "middle", "align": "left", "xshift": 5}
    return {"text": "<br>".join(lines), "showarrow": False, "font": {"size": 11.5}} | place
