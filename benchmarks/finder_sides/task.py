"""What every side is given: sixteen columns and which rows two models have wrong, and all crossings of the columns."""

import sys
import time
from collections.abc import Callable
from itertools import combinations
from pathlib import Path

import pandas as pd

DEPTH = 3
SUPPORT = 0.005
"""The part of all rows that a slice has at least."""


def rows() -> pd.DataFrame:
    """Columns c0, c1, … with codes of values, and `wrong` and `wrong_too` of two models."""
    return pd.read_parquet(Path(sys.argv[2]) / "rows.parquet")


def crossings(table: pd.DataFrame) -> list[list[str]]:
    """The columns of every crossing of one to three."""
    names = [name for name in table.columns if name.startswith("c")]
    return [list(some) for order in range(1, DEPTH + 1) for some in combinations(names, order)]


def measure(work: Callable[[], object]) -> None:
    """Tell the driver that all is in memory, do the work, and tell the seconds that it took."""
    print("ready", flush=True)
    began = time.perf_counter()
    work()
    print(f"seconds {time.perf_counter() - began}", flush=True)
