"""Slices and reversals of two models against the pandas group-bys that give the same point values.

    python benchmarks/slices.py [--rows 200000 1000000] [--repeats 3]

evallib's side has intervals, tests, the rest of every slice, paired differences and false discovery rates besides.
The peer's has the values of eight metrics per slice and model (reversals: the rates of the groups in every stratum);
`auc` says whether it calls scikit-learn's ROC AUC per slice too, as evallib does. The sides take turns, and evallib
starts from a set that it has not seen. Prints medians and ratios.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
from scipy import special
from sklearn.metrics import roc_auc_score
from turns import asked, seconds

from evallib.core.evaluation_set import Columns, EvaluationSet, Predictions, Role
from evallib.core.progress import no_progress
from evallib.core.rules import parse_rule
from evallib.methods import METHODS

NUMBERS, CATEGORIES = 12, 8
RULE = "x0 > 0.5 and c0 in ['a', 'b'] or contains(c1, 'h')"


def made(n: int) -> EvaluationSet:
    """n binary rows with 12 numbers and 8 categories, the last two of two values, an incumbent and a candidate."""
    random = np.random.default_rng(0)
    y = (random.random(n) < 0.25).astype(np.int32)
    numbers = {f"x{place}": random.normal(size=n) + 0.05 * place * y for place in range(NUMBERS)}
    categories = {
        f"c{place}": pd.Categorical.from_codes(random.integers(0, size, n), list("abcdefghijkl")[:size])
        for place, size in enumerate([12] * (CATEGORIES - 2) + [2, 2])
    }
    predictions = {}
    for name, role, distance in (("old", Role.INCUMBENT, 1.2), ("new", Role.CANDIDATE, 1.3)):
        p = special.ndtr(random.normal(size=n) + distance * (y - 0.7))
        predictions[name] = Predictions((p >= 0.5).astype(np.int32), p, name=name, role=role)
    table = pd.DataFrame({"y": y} | numbers | categories)
    return EvaluationSet("binary", y, table, Columns("y"), predictions, ("no", "yes"))


def ours(data: EvaluationSet, key: str) -> None:
    """One method as the product runs it, its findings included."""
    method = METHODS[key]
    method.findings(method.compute(replace(data), method.params(), no_progress))


def divided(data: EvaluationSet) -> dict[str, pd.Series]:
    """Every column as a category: numbers in five bins of equal count."""
    table = data.table.drop(columns="y")
    return {
        name: pd.qcut(column, 5) if column.dtype.kind == "f" else column.astype("category")
        for name, column in table.items()
    }


def by_slice(data: EvaluationSet, auc: bool) -> None:
    """The values of the metrics per slice of every column, model by model."""
    y = data.y == 1
    for said in data.predictions.values():
        label, p = said.label == 1, said.probability
        frame = pd.DataFrame(
            {
                "right": label == y,
                "tp": label & y,
                "positive": y,
                "said": label,
                "log_loss": -np.log(np.clip(np.where(y, p, 1 - p), 1e-15, 1)),
                "brier": (p - y) ** 2,
            }
        )
        for column in divided(data).values():
            sums = frame.groupby(column, observed=True).sum()
            sums.assign(
                precision=sums["tp"] / sums["said"],
                recall=sums["tp"] / sums["positive"],
                f1=2 * sums["tp"] / (sums["said"] + sums["positive"]),
            )
            if auc:
                scores = pd.DataFrame({"y": y, "p": p})
                for _, rows in scores.groupby(column, observed=True):
                    roc_auc_score(rows["y"], rows["p"])


def by_group(data: EvaluationSet) -> None:
    """The rates of two pairs of groups, and the metrics of both models, in the strata of every column."""
    columns = divided(data)
    for group in ("c6", "c7"):
        for name, column in columns.items():
            if name != group:
                data.table["y"].groupby([column, columns[group]], observed=True).agg(["mean", "size"])
    by_slice(data, auc=True)


def main() -> None:
    """Both sides in turns, at every number of rows."""
    args = asked(__doc__, repeats=3)
    print(f"{'rows':>10} {'what':<16} {'evallib':>9} {'pandas':>9} {'ratio':>6}")
    for n in args.rows:
        data = made(n)
        rule = parse_rule(RULE, list(data.table.columns))
        contests: dict[str, tuple[Callable[[], None], Callable[[], None]]] = {
            "slices": (lambda: ours(data, "slices"), lambda: by_slice(data, auc=False)),  # noqa: B023
            "slices, auc": (lambda: ours(data, "slices"), lambda: by_slice(data, auc=True)),  # noqa: B023
            "reversals": (lambda: ours(data, "reversals"), lambda: by_group(data)),  # noqa: B023
            "rule": (
                lambda: rule.mask(data.table),  # noqa: B023
                lambda: data.table.query("x0 > 0.5 and c0 in ['a', 'b'] or c1.str.contains('h')"),  # noqa: B023
            ),
        }
        for what, sides in contests.items():
            took = [[seconds(side) for side in sides] for _ in range(args.repeats)]
            one, two = (statistics.median(side) for side in zip(*took, strict=True))
            print(f"{n:>10,} {what:<16} {one:>8.3f}s {two:>8.3f}s {one / two:>6.2f}", flush=True)


if __name__ == "__main__":
    main()
