"""Performance and baselines of two models against the scikit-learn calls that give the same point values.

    python benchmarks/metrics.py [--rows 200000 1000000] [--repeats 5]

evallib's side has intervals, paired differences, confusion matrices and the exact expectations of guessing besides;
scikit-learn's has the values of ten metrics per model, of the dummies that guess, and of a tree of depth one. The sides
take turns. Prints medians and ratios.
"""

from __future__ import annotations

import statistics

import numpy as np
import pandas as pd
from scipy import special
from sklearn import metrics as reference
from sklearn.dummy import DummyClassifier
from sklearn.tree import DecisionTreeClassifier
from turns import asked, seconds

from evallib.core.evaluation_set import Columns, EvaluationSet, Predictions, Role
from evallib.core.progress import no_progress
from evallib.methods import METHODS

OF_LABELS = (
    reference.accuracy_score,
    reference.balanced_accuracy_score,
    reference.precision_score,
    reference.recall_score,
    reference.f1_score,
)
OF_SCORES = (
    reference.roc_auc_score,
    reference.average_precision_score,
    reference.log_loss,
    reference.brier_score_loss,
)
FEATURES = 20


def made(n: int) -> EvaluationSet:
    """n binary rows with 20 numeric features, an incumbent and a candidate."""
    random = np.random.default_rng(0)
    y = (random.random(n) < 0.25).astype(np.int32)
    table = pd.DataFrame({f"x{place}": random.normal(size=n) + 0.05 * place * y for place in range(FEATURES)})
    predictions = {}
    for name, role, distance in (("old", Role.INCUMBENT, 1.2), ("new", Role.CANDIDATE, 1.3)):
        p = special.ndtr(random.normal(size=n) + distance * (y - 0.7))
        predictions[name] = Predictions((p >= 0.5).astype(np.int32), p, name=name, role=role)
    columns = Columns("y", features=tuple(table.columns))
    return EvaluationSet("binary", y, table.assign(y=y), columns, predictions, ("no", "yes"))


def ours(data: EvaluationSet, key: str) -> None:
    """One method as the product runs it, its findings included."""
    method = METHODS[key]
    method.findings(method.compute(data, method.params(), no_progress))


def values(data: EvaluationSet, names: tuple[str, ...] = ("old", "new")) -> None:
    """The values of the same metrics of every model."""
    for name in names:
        said = data.predictions[name]
        for score in OF_LABELS:
            score(data.y, said.label)
        for score in OF_SCORES:
            score(data.y, said.probability)
        reference.confusion_matrix(data.y, said.label)


def dummies(data: EvaluationSet) -> None:
    """The values of the models again, those of one draw of guessing, of the zero rule, and of a tree of depth one."""
    values(data)
    features = data.features
    for model in (
        DummyClassifier(strategy="uniform", random_state=0),
        DummyClassifier(strategy="stratified", random_state=0),
        DummyClassifier(strategy="prior"),
        DecisionTreeClassifier(max_depth=1),
    ):
        model.fit(features, data.y)
        p = model.predict_proba(features)[:, 1]
        label = model.predict(features)
        for score in OF_LABELS:
            score(data.y, label, **({"zero_division": np.nan} if score in OF_LABELS[2:] else {}))
        for score in OF_SCORES:
            score(data.y, p)


def main() -> None:
    """Both sides in turns, at every number of rows."""
    args = asked(__doc__, repeats=5)
    print(f"{'rows':>10} {'method':<12} {'evallib':>9} {'sklearn':>9} {'ratio':>6}")
    for n in args.rows:
        data = made(n)
        for key, peer in (("performance", values), ("baselines", dummies)):
            took = [(seconds(lambda: ours(data, key)), seconds(lambda: peer(data))) for _ in range(args.repeats)]  # noqa: B023
            one, two = (statistics.median(side) for side in zip(*took, strict=True))
            print(f"{n:>10,} {key:<12} {one:>8.3f}s {two:>8.3f}s {one / two:>6.2f}")


if __name__ == "__main__":
    main()
