"""Whether what the slice finder tells is real, and how fast it finds it.

    python benchmarks/finder.py rates [--sets 1000]     realised false discovery rate and power, on simulated sets
    python benchmarks/finder.py speed [--rows 1000000]  the search against the same counts by pandas group-bys

`rates` draws sets of 4,000 rows and 8 columns in which a model's errors depend on nothing, or on two planted slices of
two columns, with columns that are independent, copies of each other, or follow from one hidden cause. A discovery is
false when the share of planted rows in it is no higher than in all other rows. They are searched by wrong labels, by
log loss, or by wrong labels of rows with weights that scatter (log-normal) and are four times as large in one slice.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import combinations, product
from statistics import median
from typing import TypeVar

import numpy as np
import pandas as pd

from evallib.core.crossings import CodedRows
from evallib.core.evaluation_set import Columns, EvaluationSet, Predictions
from evallib.core.progress import no_progress
from evallib.core.slice_search import Search
from evallib.core.slices import Partition
from evallib.core.state_losses import StateLosses
from evallib.methods.finder.compute import FinderParams, compute_finder, confirmed

T = TypeVar("T")
ROWS, COLUMNS, VALUES = 4000, 8, 4
ERROR = 0.15
NOMINAL = (0.05, 0.1)
SEARCHED = ("accuracy", "log_loss", "weighted")


def independent(random: np.random.Generator) -> np.ndarray:
    """(n, m) codes that have nothing to do with each other."""
    return random.integers(0, VALUES, (ROWS, COLUMNS))


def copied(random: np.random.Generator) -> np.ndarray:
    """Every second column repeats the one before in nine rows of ten."""
    codes = independent(random)
    repeats = random.random((ROWS, COLUMNS // 2)) < 0.9
    codes[:, 1::2] = np.where(repeats, codes[:, ::2], codes[:, 1::2])
    return codes


def caused(random: np.random.Generator) -> np.ndarray:
    """All columns follow from one hidden cause, more or less."""
    hidden = random.normal(size=(ROWS, 1))
    shown = hidden * np.linspace(0.2, 1.5, COLUMNS) + random.normal(size=(ROWS, COLUMNS))
    return np.digitize(shown, [-0.8, 0.0, 0.8])


STRUCTURES: dict[str, Callable[[np.random.Generator], np.ndarray]] = {
    "independent": independent,
    "copied": copied,
    "one cause": caused,
}


@dataclass(frozen=True)
class Drawn:
    """What became of one simulated set: discoveries and false ones at each nominal rate, planted slices found."""

    told: tuple[int, ...]
    false: tuple[int, ...]
    found: int


def simulate(of: str, structure: str, lift: float, seed: int) -> Drawn:
    """One set, searched and judged."""
    random = np.random.default_rng(seed)
    codes = STRUCTURES[structure](random)
    planted = [(codes[:, a] == 0) & (codes[:, b] == 1) for a, b in ((0, 2), (4, 6))] if lift else []
    inside = np.logical_or.reduce(planted) if planted else np.zeros(ROWS, dtype=bool)
    y = random.integers(0, 2, ROWS)
    wrong = random.random(ROWS) < ERROR + lift * inside
    table = pd.DataFrame(codes, columns=[f"c{place}" for place in range(COLUMNS)]).astype(str).assign(y=y)
    label = np.where(wrong, 1 - y, y).astype(np.int32)
    sure = np.clip(random.beta(4, 1, ROWS), 0.5, 0.99)
    answers = {"model": Predictions(label, np.where(label == 1, sure, 1 - sure), name="model")}
    weight = random.lognormal(size=ROWS) * np.where(codes[:, 1] == 2, 4.0, 1.0) if of == "weighted" else None
    data = EvaluationSet("binary", y.astype(np.int32), table, Columns("y"), answers, ("no", "yes"), weight=weight)
    params = FinderParams(support=0.01, metric="log_loss" if of == "log_loss" else "accuracy")
    slices = compute_finder(data, params, no_progress).slices
    told, false = [], []
    for rate in NOMINAL:
        held = [_rows(table, rule) for rule in slices["rule"][confirmed(slices, rate)]]
        told.append(len(held))
        false.append(sum(int(inside[rows].mean() <= inside[~rows].mean()) for rows in held))
    held = [_rows(table, rule) for rule in slices["rule"][confirmed(slices)]]
    found = sum(any((one & rows).sum() > (one | rows).sum() / 2 for rows in held) for one in planted)
    return Drawn(tuple(told), tuple(false), found)


def _rows(table: pd.DataFrame, rule: str) -> np.ndarray:
    conditions = [condition.split(" == ") for condition in rule.split(" and ")]
    return np.logical_and.reduce([(table[name] == value.strip("'")).to_numpy() for name, value in conditions])


def rates(of: str, sets: int) -> None:
    """Print, for every structure and effect, the realised rates and how many of the planted slices were told."""
    print(f"{of}: {sets:,} sets of {ROWS:,} rows and {COLUMNS} columns of {VALUES} values; {ERROR:.0%} errors")
    print(
        f"{'columns':14}{'planted':>10}" + "".join(f"{f'FDR at {rate:.0%}':>14}" for rate in NOMINAL) + f"{'power':>10}"
    )
    with ProcessPoolExecutor() as pool:
        for structure, lift in product(STRUCTURES, (0.0, 0.05, 0.1, 0.2)):
            drawn = list(pool.map(partial(simulate, of, structure, lift), range(sets), chunksize=10))
            shares = [
                np.mean([one.false[place] / max(one.told[place], 1) for one in drawn]) for place in range(len(NOMINAL))
            ]
            power = np.mean([one.found / 2 for one in drawn]) if lift else np.nan
            print(f"{structure:14}{lift:>+10.2f}" + "".join(f"{share:14.3f}" for share in shares) + f"{power:10.2f}")


SIZES = (2, 3, 4, 5, 6, 8, 10, 12, 14, 16, 18, 20, 5, 5, 5, 5)
PLANTED = (
    (((3, 2),), 0.04),
    (((0, 1), (4, 3)), 0.08),
    (((5, 1), (12, 2)), 0.12),
    (((1, 1), (2, 2), (13, 1)), 0.12),
    (((0, 0), (6, 4), (14, 3)), 0.15),
)


def speed(rows: int, repeats: int) -> None:
    """Print the seconds of counting and searching all slices of up to three columns, and of the counts by pandas."""
    columns, wrong = planted_rows(rows)
    table = pd.DataFrame({one.column: one.codes for one in columns}).assign(wrong=wrong)
    _found(columns, wrong)
    ours, theirs = [], []
    for _ in range(repeats):
        seconds, found = _timed(lambda: _found(columns, wrong))
        ours.append(seconds)
        theirs.append(_timed(lambda: _counted(table))[0])
    among = sum(conditions in found for conditions, _ in PLANTED)
    print(f"{rows:,} rows, {len(SIZES)} columns, slices of up to three: {among} of {len(PLANTED)} planted ones found")
    print(f"all slices searched {median(ours):6.2f} s   counted by pandas {median(theirs):6.2f} s", end="")
    print(f"   ratio {median(theirs) / median(ours):.1f}")


def planted_rows(rows: int) -> tuple[list[Partition], np.ndarray]:
    """Sixteen columns, and (n,) 1 where the model is wrong: in a tenth of the rows, and more in five slices."""
    random = np.random.default_rng(0)
    codes = [random.integers(0, size, rows).astype(np.uint8) for size in SIZES]
    chance = np.full(rows, 0.1)
    for conditions, lift in PLANTED:
        chance += lift * np.logical_and.reduce([codes[column] == value for column, value in conditions])
    columns = [
        Partition(f"c{place}", one, tuple(map(str, range(size))), ("",) * size)
        for place, (one, size) in enumerate(zip(codes, SIZES, strict=True))
    ]
    return columns, (random.random(rows) < chance).astype(np.intp)


def _timed(work: Callable[[], T]) -> tuple[float, T]:
    began = time.perf_counter()
    found = work()
    return time.perf_counter() - began, found


def _found(columns: list[Partition], wrong: np.ndarray) -> list[tuple[tuple[int, int], ...]]:
    """The first ten slices, each as columns with their values."""
    coded = CodedRows.of(columns, wrong, 2)
    crossings = coded.crossings(3, len(wrong) // 200)
    search = Search(coded, StateLosses.equal(np.array([0.0, 1.0])), len(wrong) // 200)
    return [crossings.conditions(told.place) for told in search.found(crossings, 10)]


def _counted(table: pd.DataFrame) -> int:
    """How many slices there are, each with its rows and errors."""
    names = [name for name in table if name != "wrong"]
    return sum(
        len(table.groupby(list(crossed))["wrong"].agg(["size", "sum"]))
        for order in (1, 2, 3)
        for crossed in combinations(names, order)
    )


def main() -> None:
    """Run one of the two."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["rates", "speed"])
    parser.add_argument("--sets", type=int, default=1000)
    parser.add_argument("--of", nargs="+", choices=SEARCHED, default=SEARCHED)
    parser.add_argument("--rows", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    if options.what == "rates":
        for of in options.of:
            rates(of, options.sets)
        return
    for rows in options.rows:
        speed(rows, options.repeats)


if __name__ == "__main__":
    main()
