"""What isolation costs: scoring in a worker process against the same `predict_proba` in this one.

Run `python benchmarks/worker.py [--rows 100000 1000000] [--repeats 5]`. Prints the medians and their ratio; both
sides take turns, so that a busy machine disturbs both.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import joblib
import numpy as np
import pandas as pd
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder

from evallib.models import bind_model, drop_workers, open_model, prepare_workers, score

TRAINING_ROWS = 20_000


def main() -> None:
    """Print the table."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rows", type=int, nargs="+", default=[100_000, 1_000_000])
    arguments.add_argument("--repeats", type=int, default=5)
    options = arguments.parse_args()
    numbers, mixed = make_tables(max(options.rows))
    label = np.where(numbers["n0"] + numbers["n1"] > 0, "yes", "no")
    with TemporaryDirectory() as folder:
        for name, (model, table) in make_models(numbers, mixed).items():
            model.fit(table[:TRAINING_ROWS], label[:TRAINING_ROWS])
            path = Path(folder) / f"{name}.joblib"
            joblib.dump(model, path)
            compare(name, model, path, table, options)
        time_start(path)


def make_tables(rows: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """A table of 20 numbers and one of 12 numbers and 8 categories, as a reader gives them."""
    rng = np.random.default_rng(0)
    numbers = pd.DataFrame({f"n{i}": rng.normal(size=rows) for i in range(20)})
    texts = {f"c{i}": rng.choice([f"value {j}" for j in range(4 + 3 * i)], rows) for i in range(8)}
    return numbers, pd.concat([numbers.iloc[:, :12], pd.DataFrame(texts)], axis=1)


def make_models(numbers: pd.DataFrame, mixed: pd.DataFrame) -> dict[str, tuple[Any, pd.DataFrame]]:
    """Unfitted models by name, each with the table that it is for."""
    texts = [name for name in mixed if mixed[name].dtype == "str"]
    codes = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
    one_hot = OneHotEncoder(handle_unknown="ignore")
    return {
        "logistic regression": (LogisticRegression(), numbers),
        "random forest": (RandomForestClassifier(100, max_depth=10, n_jobs=2, random_state=0), numbers),
        "gradient boosting": (HistGradientBoostingClassifier(random_state=0), numbers),
        "boosted pipeline": (
            make_pipeline(
                make_column_transformer((codes, texts), remainder="passthrough"),
                HistGradientBoostingClassifier(random_state=0),
            ),
            mixed,
        ),
        "logistic pipeline": (
            make_pipeline(
                make_column_transformer((one_hot, texts), remainder="passthrough"), LogisticRegression(max_iter=300)
            ),
            mixed,
        ),
    }


def compare(name: str, model: Any, path: Path, table: pd.DataFrame, options: argparse.Namespace) -> None:
    """Print one line per number of rows."""
    with open_model(path) as worker:
        bound = bind_model(worker, table, ["no", "yes"], "binary")
        for rows in (10, *options.rows):
            part = table[:rows]
            repeats = options.repeats * (20 if rows == 10 else 1)
            here, there = alternate(lambda: model.predict_proba(part), lambda: score(bound, part), repeats)  # noqa: B023
            print(
                f"{name:20} {rows:>9,} rows   in process {here * 1e3:9.1f} ms   worker {there * 1e3:9.1f} ms"
                f"   ratio {there / here:5.2f}   difference {(there - here) * 1e3:+8.1f} ms"
            )


def alternate(first: Callable[[], Any], second: Callable[[], Any], repeats: int) -> tuple[float, float]:
    """The median seconds of two calls that take turns."""
    seconds: tuple[list[float], list[float]] = ([], [])
    for _ in range(repeats):
        for call, taken in zip((first, second), seconds, strict=True):
            began = time.perf_counter()
            call()
            taken.append(time.perf_counter() - began)
    return median(seconds[0]), median(seconds[1])


def time_start(path: Path) -> None:
    """Print how long a model takes to open, with and without a worker that waits for it."""
    drop_workers()
    cold, warm = [], []
    for _ in range(3):
        began = time.perf_counter()
        open_model(path).close()
        cold.append(time.perf_counter() - began)
        prepare_workers()
        time.sleep(2 * cold[0])
        began = time.perf_counter()
        open_model(path).close()
        warm.append(time.perf_counter() - began)
    print(f"opening a model: {median(cold) * 1e3:.0f} ms; with a prepared worker {median(warm) * 1e3:.1f} ms")


if __name__ == "__main__":
    main()
