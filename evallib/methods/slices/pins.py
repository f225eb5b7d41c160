"""Pinned slices: those that somebody chose to see together, each by a text that an address can hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from evallib.methods.slices.compute import SlicesResult


def pin_texts(rows: pd.DataFrame) -> list[str]:
    """Column and slice of every row of a table, as the charts name them; the slice is pinned by this text."""
    return [f"{column}: {name}" for column, name in zip(rows["column"], rows["slice"], strict=True)]


def slices_pins(result: SlicesResult) -> list[str]:
    """What may be pinned: every slice of the result once."""
    return pin_texts(result.slices.drop_duplicates(["column", "slice"]))


def pinned_rows(rows: pd.DataFrame, asked: Sequence[str]) -> pd.DataFrame:
    """The rows of the slices that are pinned, in the order in which they are; none for a text that names no slice."""
    places = {text: place for place, text in reversed(list(enumerate(asked)))}
    found = rows.assign(place=[places.get(text, -1) for text in pin_texts(rows)])
    return found[found["place"] >= 0].sort_values("place", kind="stable").drop(columns="place")
