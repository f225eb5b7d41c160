"""Turns a table of published counts into one row per case: `python examples/expand_counts.py counts.csv rows.csv`.

The last column of the counts, `n`, says how many cases there were of each kind. The rows are shuffled, always in the
same way, so that nothing can be read from their order.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd


def expand(counts: pd.DataFrame) -> pd.DataFrame:
    """One row per case, in random but always the same order."""
    rows = counts.drop(columns="n").loc[counts.index.repeat(counts["n"])]
    return rows.sample(frac=1, random_state=0).reset_index(drop=True)


if __name__ == "__main__":
    expand(pd.read_csv(Path(sys.argv[1]))).to_csv(Path(sys.argv[2]), index=False, lineterminator="\n")
