"""The table and the model that every side gets, and how a side tells the driver where it stands.

Imports NumPy, pandas and scikit-learn alone, in any version that one of the sides needs.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OrdinalEncoder

TRAINING_ROWS = 20_000
NUMBERS, TEXTS = [f"n{i}" for i in range(12)], [f"c{i}" for i in range(8)]


def make_table(rows: int) -> tuple[pd.DataFrame, pd.Series]:
    """12 numbers and 8 categories of 4 to 25 values, and whether the event came (in about half of the rows)."""
    chance = np.random.default_rng(0)
    numbers = {name: chance.normal(size=rows) for name in NUMBERS}
    texts = {name: chance.choice([f"value {j}" for j in range(4 + 3 * i)], rows) for i, name in enumerate(TEXTS)}
    table = pd.DataFrame(numbers | texts)
    logit = table["n0"] + 0.5 * table["n1"] * table["n2"] - (table["c0"] == "value 1") + (table["c1"] == "value 2")
    event = chance.random(rows) < 1 / (1 + np.exp(-logit))
    return table, event.astype(int).rename("event")


def make_model() -> Any:
    """A pipeline with 100 iterations of gradient boosting, fitted on rows of its own."""
    table, event = make_table(TRAINING_ROWS)
    codes = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
    boosting = HistGradientBoostingClassifier(max_iter=100, early_stopping=False, random_state=0)
    model = make_pipeline(make_column_transformer((codes, TEXTS), remainder="passthrough"), boosting)
    return model.fit(table, event)


def rows_asked_for() -> int:
    """The number of rows that the driver asks for."""
    return int(sys.argv[1])


def measure(work: Callable[[], object]) -> None:
    """Tell the driver that all is in memory, do the work, and tell the seconds that it took."""
    print("ready", flush=True)
    began = time.perf_counter()
    work()
    print(f"seconds {time.perf_counter() - began}", flush=True)
