"""Reversals that are planted, and how many of them are flagged; and how often one is flagged where there is none.

    python benchmarks/reversals.py [--sets 200] [--rows 500 2000 10000]

Every set has eight columns. In a planted set one of them has three strata in each of which the first side is ahead by
so many points, and is behind over all rows, because it has more of the rows on which both are bad. Without one the
sides have the same mix of strata, and the first is ahead by as much. Three situations: the outcome in two groups,
accuracy of two systems on their own rows, precision of two systems on the same rows. The scan is over all columns and
metrics; a set counts as flagged where any row of the scan is, by how sure the page says it is.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial

import numpy as np
import pandas as pd

from evallib.core.evaluation_set import Columns, EvaluationSet, Predictions, Role
from evallib.core.progress import no_progress
from evallib.methods.reversals.compute import ReversalsParams, compute_reversals
from evallib.methods.reversals.kinds import Grade, Kind

BASE = np.array([0.85, 0.6, 0.35])
"""How often both sides succeed in each stratum, the lead aside."""

MIXES = {True: ((0.1, 0.3, 0.6), (0.6, 0.3, 0.1)), False: ((0.34, 0.33, 0.33), (0.34, 0.33, 0.33))}
"""The part of each side's rows in each stratum, where a reversal is planted and where not."""

LEADS = (0.02, 0.05, 0.1)
FLAGGED = [str(kind) for kind in Kind if kind.flagged]
OTHER_COLUMNS = 7

Random = np.random.Generator


def outcomes(random: Random, rows: int, lead: float, planted: bool) -> EvaluationSet:
    """The outcome of two groups of rows."""
    side, stratum = _mixed(random, rows, planted)
    y = (random.random(rows) < BASE[stratum] + lead * (side == 0)).astype(np.int32)
    table = _table(random, stratum).assign(group=np.where(side == 0, "a", "b"), y=y)
    return EvaluationSet("binary", y, table, Columns("y", group=None, sensitive=("group",)), {}, ("0", "1"))


def own_rows(random: Random, rows: int, lead: float, planted: bool) -> EvaluationSet:
    """Two systems that answered half of the rows each."""
    side, stratum = _mixed(random, rows, planted)
    y = random.integers(0, 2, rows).astype(np.int32)
    label = np.where(random.random(rows) < BASE[stratum] + lead * (side == 0), y, 1 - y)
    said = {name: np.where(side == place, label, -1).astype(np.int32) for place, name in enumerate("ab")}
    return _of_systems(_table(random, stratum).assign(y=y), y, said)


def same_rows(random: Random, rows: int, lead: float, planted: bool) -> EvaluationSet:
    """Two systems on the same rows; the first one's calls are right more often in every stratum."""
    stratum, event = random.integers(0, 3, rows), np.array([0.5, 0.5, 0.5])
    y = (random.random(rows) < event[stratum]).astype(np.int32)
    said = {}
    for place, (name, mix) in enumerate(zip("ab", MIXES[planted], strict=True)):
        right = BASE[stratum] + lead * (place == 0)
        called = 0.5 * np.array(mix)[stratum] / max(map(max, MIXES[planted]))
        chance = np.where(y == 1, right, 1 - right) * called / 0.5
        said[name] = (random.random(rows) < chance).astype(np.int32)
    return _of_systems(_table(random, stratum).assign(y=y), y, said)


SITUATIONS: dict[str, tuple[Callable[[Random, int, float, bool], EvaluationSet], str | None]] = {
    "outcome of two groups": (outcomes, None),
    "accuracy, own rows": (own_rows, "accuracy"),
    "precision, same rows": (same_rows, "precision"),
}


def simulate(situation: str, rows: int, lead: float, planted: bool, seed: int) -> tuple[bool, bool, bool, bool]:
    """Whether the planted one is flagged, and supported; and whether any is flagged beyond noise, and supported."""
    make, metric = SITUATIONS[situation]
    data = make(np.random.default_rng(seed), rows, lead, planted)
    scan = compute_reversals(data, ReversalsParams(), no_progress).scan
    flagged = scan[scan["kind"].isin(FLAGGED)]
    here = flagged[(flagged["column"] == "stratum") & ((metric is None) | (flagged["metric"] == metric))]
    sure = (str(Grade.SUPPORTED), str(Grade.MODERATE))
    return (
        len(here) > 0,
        bool((here["grade"] == str(Grade.SUPPORTED)).any()),
        bool(flagged["grade"].isin(sure).any()),
        bool((flagged["grade"] == str(Grade.SUPPORTED)).any()),
    )


def _mixed(random: Random, rows: int, planted: bool) -> tuple[np.ndarray, np.ndarray]:
    """(n,) side and stratum of every row."""
    side = random.integers(0, 2, rows)
    edges = np.cumsum(MIXES[planted], axis=1)[side]
    return side, (random.random(rows)[:, None] > edges[:, :2]).sum(axis=1)


def _table(random: Random, stratum: np.ndarray) -> pd.DataFrame:
    others = {f"other {k}": random.choice(list("uvwx"), len(stratum)) for k in range(OTHER_COLUMNS)}
    return pd.DataFrame({"stratum": np.array(["easy", "middle", "hard"])[stratum]} | others)


def _of_systems(table: pd.DataFrame, y: np.ndarray, said: dict[str, np.ndarray]) -> EvaluationSet:
    systems = {
        name: Predictions(label, name=name, role=Role.CANDIDATE if name == "a" else Role.INCUMBENT)
        for name, label in said.items()
    }
    return EvaluationSet("binary", y, table, Columns("y"), systems, ("0", "1"))


def main() -> None:
    """Print recall and false flags of every situation, number of rows and lead."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sets", type=int, default=200)
    parser.add_argument("--rows", type=int, nargs="+", default=[500, 2_000, 10_000])
    options = parser.parse_args()
    print(f"{options.sets:,} sets each")
    print(f"{'situation':24}{'rows':>8}{'lead':>6}  planted: flagged, supported   none: beyond noise, supported")
    with ProcessPoolExecutor() as pool:
        for situation in SITUATIONS:
            for rows in options.rows:
                for lead in LEADS:
                    found = {
                        planted: np.mean(
                            list(pool.map(partial(simulate, situation, rows, lead, planted), range(options.sets))),
                            axis=0,
                        )
                        for planted in (True, False)
                    }
                    line = f"{found[True][0]:16.3f}{found[True][1]:11.3f}{found[False][2]:21.3f}{found[False][3]:11.3f}"
                    print(f"{situation:24}{rows:8,}{lead:6.2f}{line}", flush=True)


if __name__ == "__main__":
    main()
