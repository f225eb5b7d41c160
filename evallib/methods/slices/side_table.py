"""Every slice on one line: both models side by side, their difference, and how sure it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from evallib.core.slices import OWN
from evallib.drawing.display import Display
from evallib.methods.slices.pins import pin_texts
from evallib.methods.slices.view import KEYS, folders

if TYPE_CHECKING:
    import pandas as pd

    from evallib.methods.slices.view import Scene

AGAINST_REST = ("rest", "difference", "shrunk", "q_value", "detectable")
AGAINST_BASELINE = ("baseline", "baseline_value", "lead", "lead_lower", "lead_upper")
"""What is told of model A alone."""

PAIRED = {"difference": "apart", "lower": "apart_lower", "upper": "apart_upper", "q_value": "apart_q_value"}
"""How the paired difference of the two models is called beside model A's difference to its rest."""


def side_by_side(scene: Scene) -> Display:
    """All slices that are large enough, own ones first, in the chosen order; with folders where there are any."""
    first = scene.models[0]
    table = scene.every[[*KEYS, "n", "share", "value", *AGAINST_REST, *AGAINST_BASELINE, "rule"]]
    values = [_named(first)]
    table = table.rename(columns={"value": values[0]})
    if len(scene.models) == 2:
        values.append(_named(scene.models[1]))
        table.insert(5, values[1], scene.every["other"])
        table = _with_pairs(table, scene)
    table = _own_first(table)
    metric = scene.metric
    bars = {"share": 1.0, **(dict.fromkeys(values, 1.0) if metric.bounded else {})}
    return Display(
        "side_by_side",
        f"{metric.title} of every slice",
        table,
        caption=f"Difference, shrunk, q and detectable are those of {first} against all other rows; its lead is over "
        "the baseline that does best in the slice, above 0 where it is ahead"
        + (f"; apart is {first} minus {scene.models[1]} on the same rows." if len(scene.models) == 2 else "."),
        bars=bars,
        pins=pin_texts(table),
    )


def _own_first(table: pd.DataFrame) -> pd.DataFrame:
    table = table.sort_values("column", key=lambda names: names != OWN, kind="stable", ignore_index=True)
    found = folders(table)
    if any(found):
        table.insert(0, "folder", found)
    return table


def _named(model: str) -> str:
    return f"value of {model}"


def _with_pairs(table: pd.DataFrame, scene: Scene) -> pd.DataFrame:
    """The table with the paired difference; without its limits where the two were not compared."""
    pairs = scene.pairs[scene.pairs["metric"] == scene.metric.key]
    if pairs.empty:
        return table.assign(apart=scene.every["apart"].to_numpy(), **dict.fromkeys(list(PAIRED.values())[1:], np.nan))
    wanted = pairs[[*KEYS, *PAIRED]].rename(columns=PAIRED)
    return table.merge(wanted, on=KEYS, how="left")
