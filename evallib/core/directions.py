"""Which way metrics point, for tables with a metric in every row."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evallib.core.metrics import METRICS

if TYPE_CHECKING:
    import pandas as pd


ONE_SIDED = ("precision", "recall", "specificity")
"""What falls on one side as a threshold shifts, or events grow rarer, rises on the other: it tells nothing alone."""

SCORES = tuple(key for key, metric in METRICS.items() if metric.higher_is_better)


def is_worse(table: pd.DataFrame, difference: str = "difference") -> pd.Series:
    """True where a difference of the row's metric is one for the worse: above 0 of a loss, below 0 of a score."""
    return (table[difference] < 0).where(_higher_is_better(table), table[difference] > 0)


def missed(table: pd.DataFrame, value: str) -> pd.Series:
    """What a score lacks to 1, or the loss itself."""
    return (1 - table[value]).where(_higher_is_better(table), table[value])


def _higher_is_better(table: pd.DataFrame) -> pd.Series:
    return table["metric"].isin(SCORES)
