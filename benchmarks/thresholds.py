"""The threshold sweep against scikit-learn's curves, the whole method, and one move of a slider; in one run.

    .venv/bin/python benchmarks/thresholds.py [ROWS ...]

The medians of five rounds, in which every contender takes its turn, so that a busy machine slows all of them alike.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable

import numpy as np
import pandas as pd
from sklearn.metrics import precision_recall_curve, roc_curve

from evallib.core.evaluation_set import Columns, EvaluationSet, Predictions
from evallib.core.progress import no_progress
from evallib.core.tie_blocks import TieBlocks
from evallib.drawing.colours import colours_of
from evallib.methods.thresholds import METHOD
from evallib.methods.thresholds.compute import RATES
from evallib.methods.thresholds.decision import confusion_at, costs_at, kept_at, rates_of
from evallib.methods.thresholds.sweep import Sweep

ROUNDS = 5
GOAL = 0.6


def main() -> int:
    """0 where the sweep takes at most 0.6 of the time of scikit-learn at every size, else 1."""
    sizes = [int(text) for text in sys.argv[1:]] or [100_000, 1_000_000]
    ratios = [compare(rows) for rows in sizes]
    return int(max(ratios) > GOAL)


def compare(rows: int) -> float:
    """The ratio of the sweep to scikit-learn at so many rows; prints everything that was measured."""
    data = three_models(rows)
    p, event = data.event_probability("A"), data.event
    result, colours = METHOD.compute(data, METHOD.params(), no_progress), colours_of(data.predictions)
    view = METHOD.view()  # type: ignore[misc]
    seconds = medians(
        {
            "8 metrics at every distinct threshold": lambda: sweep_of_eight(p, event),
            "scikit-learn, roc_curve + precision_recall_curve": lambda: (
                roc_curve(event, p),
                precision_recall_curve(event, p),
            ),
            "the whole method, 3 models": lambda: METHOD.compute(data, METHOD.params(), no_progress),
            "one move of a slider, numbers": lambda: numbers(result),
            "one move of a slider, numbers and charts": lambda: METHOD.look(result, view, colours),  # type: ignore[misc]
        }
    )
    print(f"\n{rows:,} rows, {len(np.unique(p)):,} distinct thresholds")
    for name, found in seconds.items():
        print(f"  {name:50} {found * 1000:9.1f} ms")
    sweep, peer = list(seconds.values())[:2]
    print(f"  {'ratio of the first to the second (goal 0.6)':50} {sweep / peer:9.2f}")
    return sweep / peer


def three_models(rows: int) -> EvaluationSet:
    """A calibrated model, a blurred one and a sharpened one on the same rows, 29 % positive."""
    rng = np.random.default_rng(0)
    p = rng.beta(1, 2.5, rows)
    y = (rng.random(rows) < p).astype(np.int32)
    scores = {"A": p, "B": np.clip(p + rng.normal(0, 0.05, rows), 0, 1), "C": p**1.5}
    answers = {name: Predictions((q >= 0.5).astype(np.int32), q, name=name) for name, q in scores.items()}
    return EvaluationSet("binary", y, pd.DataFrame({"y": y}), Columns("y"), answers, ("no", "yes"))


def sweep_of_eight(p: np.ndarray, event: np.ndarray) -> list[np.ndarray]:
    """Seven rates and the cost per row at equal costs, at every distinct threshold."""
    counts = Sweep.of(TieBlocks.of(p, event)).confusion
    return [*(getattr(counts, name) for name in RATES), (counts.fp + counts.fn) / counts.n]


def numbers(result: object) -> None:
    """Everything that a page reads from the result when a slider moves."""
    confusion = confusion_at(result, 0.37)  # type: ignore[arg-type]
    rates_of(confusion, 1, 3)
    costs_at(result, confusion, 1, 3)  # type: ignore[arg-type]
    kept_at(result, 0.8)  # type: ignore[arg-type]


def medians(work: dict[str, Callable[[], object]]) -> dict[str, float]:
    """The median seconds of every piece of work."""
    taken: dict[str, list[float]] = {name: [] for name in work}
    for _ in range(ROUNDS):
        for name, do in work.items():
            began = time.perf_counter()
            do()
            taken[name].append(time.perf_counter() - began)
    return {name: statistics.median(found) for name, found in taken.items()}


if __name__ == "__main__":
    sys.exit(main())
