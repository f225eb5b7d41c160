"""Whether what the error analysis tells is real, and how long it takes.

    python benchmarks/errors.py rates [--sets 300]      how often each part speaks, without and with a failing part
    python benchmarks/errors.py speed [--rows 1000000]  the whole method, and its tree against scikit-learn's

`rates` draws sets of 2,000 rows and 12 columns in which a model is wrong in a tenth of the rows, and more often where
two columns have certain values. `speed` has 20 columns and two models; scikit-learn grows one tree of the same depth
for each model on the same half of the rows, with an indicator for every slice.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from statistics import median

import numpy as np
import pandas as pd
from sklearn.tree import DecisionTreeClassifier

from evallib.core.evaluation_set import Columns, EvaluationSet, Predictions
from evallib.core.halves import searched_half
from evallib.core.progress import no_progress
from evallib.methods.errors.columns import Columns as SlicedColumns
from evallib.methods.errors.compute import ErrorsParams, compute_errors
from evallib.methods.errors.findings import find_gathered_errors
from evallib.methods.errors.growing import Growth
from evallib.methods.errors.rows import ErrorRows

ERROR = 0.1


def made(rows: int, columns: int, lift: float, seed: int, models: int = 1) -> EvaluationSet:
    """Half of the columns are categories, half are numbers; more rows are wrong where c0 is "a" and x0 above 0.5."""
    random = np.random.default_rng(seed)
    categories = {
        f"c{place}": pd.Categorical.from_codes(random.integers(0, 6, rows), list("abcdef"))
        for place in range(columns // 2)
    }
    numbers = {f"x{place}": random.normal(size=rows) for place in range(columns - columns // 2)}
    table = pd.DataFrame(categories | numbers)
    inside = ((table["c0"] == "a") & (table["x0"] > 0.5)).to_numpy()
    y = random.integers(0, 2, rows).astype(np.int32)
    predictions = {}
    for name in list("abcdefgh")[:models]:
        wrong = random.random(rows) < ERROR + lift * inside
        predictions[name] = Predictions(np.where(wrong, 1 - y, y).astype(np.int32), name=name)
    return EvaluationSet("binary", y, table.assign(y=y), Columns("y"), predictions, ("no", "yes"))


def told(lift: float, seed: int) -> set[str]:
    """What is said of one set."""
    result = compute_errors(made(2000, 12, lift, seed), ErrorsParams(), no_progress)
    said = {one.code for one in find_gathered_errors(result)}
    said |= {"a tree grew"} if len(result.tree) > 1 else set()
    said |= {"a column"} if (result.contrast["q_value"] <= 0.05).any() else set()
    said |= {"a pair"} if (result.pairs["q_value"] <= 0.05).any() else set()
    rules = result.tree.loc[result.tree["leaf"], "rule"]
    return said | ({"the planted leaf"} if any("c0 == 'a'" in rule and "x0 > 0." in rule for rule in rules) else set())


def rates(sets: int) -> None:
    """Print how often each part of the method speaks, by how much more often rows of the planted part are wrong."""
    parts = ("a tree grew", "the planted leaf", "ERR001", "ERR003", "a column", "a pair")
    print(f"{sets:,} sets each; shares of the sets\n{'planted':>8}" + "".join(f"{part:>18}" for part in parts))
    with ProcessPoolExecutor() as pool:
        for lift in (0.0, 0.2, 0.4):
            counts = Counter(one for said in pool.map(partial(told, lift), range(sets)) for one in said)
            print(f"{lift:>+8.1f}" + "".join(f"{counts[part] / sets:18.3f}" for part in parts))


def speed(rows: int, repeats: int) -> None:
    """Print the seconds of the whole method, of its trees, and of scikit-learn's."""
    data = made(rows, 20, 0.2, 0, models=2)
    columns, half = SlicedColumns.of(data, 5), searched_half(data)
    searched = [ErrorRows.of(data, name, columns.slices, half) for name in data.predictions]
    indicators = [
        np.hstack([np.eye(size, dtype=np.float32)[codes] for codes, size in zip(one.codes, columns.sizes, strict=True)])
        for one in searched
    ]
    whole, ours, theirs = [], [], []
    for _ in range(repeats):
        whole.append(_seconds(lambda: compute_errors(data, ErrorsParams(), no_progress)))
        ours.append(_seconds(lambda: [Growth(one, columns, len(one) // 100).grown(3) for one in searched]))
        theirs.append(_seconds(lambda: [_peer(one, x) for one, x in zip(searched, indicators, strict=True)]))
    print(f"{rows:,} rows, 20 columns, two models: the whole method {median(whole):.2f} s")
    print(
        f"trees {median(ours):.2f} s   scikit-learn {median(theirs):.2f} s   ratio {median(theirs) / median(ours):.1f}"
    )


def _peer(rows: ErrorRows, indicators: np.ndarray) -> DecisionTreeClassifier:
    tree = DecisionTreeClassifier(max_depth=3, min_samples_leaf=max(len(rows) // 100, 1))
    return tree.fit(indicators, rows.loss)


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def main() -> None:
    """Run one of the two."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["rates", "speed"])
    parser.add_argument("--sets", type=int, default=300)
    parser.add_argument("--rows", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    if options.what == "rates":
        rates(options.sets)
        return
    for rows in options.rows:
        speed(rows, options.repeats)


if __name__ == "__main__":
    main()
