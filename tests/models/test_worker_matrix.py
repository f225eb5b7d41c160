"""Every family of models in a locked worker says what it says here, or is refused with the right sentence.

Some of each kind have a worker of their own in test_isolated.py; all are read and asked in the one of these tests.
"""

import warnings

import numpy as np
import pytest
from booster_families import BOOSTERS
from catboost import CatBoostClassifier, CatBoostRegressor
from lightgbm import LGBMRanker
from model_files import FromSource, export, family_names, mixed_features, write
from scikit_families import NUMBERS, label_only_models
from shelf import Shelf
from sklearn.cluster import KMeans
from sklearn.ensemble import IsolationForest, RandomForestRegressor
from sklearn.linear_model import LogisticRegression, Ridge, RidgeClassifier
from sklearn.multiclass import OneVsRestClassifier
from sklearn.multioutput import ClassifierChain, MultiOutputClassifier, MultiOutputRegressor
from sklearn.neural_network import MLPClassifier
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier
from test_formats import ONNX, ONNX_REGRESSIONS
from xgboost import XGBClassifier, XGBRegressor

from evallib.models import prepare_workers

FILES = [
    *((name, ending) for name in family_names() for ending in (".pkl", ".skops")),
    *BOOSTERS.items(),
    *((name, ".onnx") for name in (*ONNX, *ONNX_REGRESSIONS)),
]
LABELS = label_only_models()
LIBRARIES = ("xgboost", "lightgbm", "catboost")
X = mixed_features()[NUMBERS].fillna(0.0)
YES_NO = np.where(X["age"] > 0, "yes", "no")
SEVERAL = "M predicts several targets at once; save one model per target."
OUTLIERS = "M finds clusters or outliers; only classifiers and regressions can be evaluated."
VALUES = np.column_stack([X["age"], -X["age"]])
BOTH = (VALUES > [0, 1]).astype(int)
CATBOOST = {"iterations": 2, "allow_writing_files": False, "logging_level": "Silent"}

REFUSED = {
    "tree of several classes": (lambda: DecisionTreeClassifier().fit(X, BOTH), "probabilities", SEVERAL),
    "one against the rest of several": (
        lambda: OneVsRestClassifier(LogisticRegression()).fit(X, BOTH),
        "probabilities",
        SEVERAL,
    ),
    "network of several classes": (lambda: MLPClassifier((3,), max_iter=5).fit(X, BOTH), "probabilities", SEVERAL),
    "ridge of several classes": (lambda: RidgeClassifier().fit(X, BOTH), "labels", SEVERAL),
    "one model each": (lambda: MultiOutputClassifier(LogisticRegression()).fit(X, BOTH), "probabilities", SEVERAL),
    "chain": (lambda: ClassifierChain(LogisticRegression()).fit(X, BOTH), "probabilities", SEVERAL),
    "XGBoost of several classes": (lambda: XGBClassifier(n_estimators=2).fit(X, BOTH), "probabilities", SEVERAL),
    "CatBoost of several classes": (
        lambda: CatBoostClassifier(loss_function="MultiLogloss", **CATBOOST).fit(X, BOTH),
        "probabilities",
        SEVERAL,
    ),
    "ridge of several values": (lambda: Ridge().fit(X, VALUES), "values", SEVERAL),
    "forest of several values": (lambda: RandomForestRegressor(2).fit(X, VALUES), "values", SEVERAL),
    "a model for each value": (lambda: MultiOutputRegressor(Ridge()).fit(X, VALUES), "values", SEVERAL),
    "XGBoost of several values": (lambda: XGBRegressor(n_estimators=2).fit(X, VALUES), "values", SEVERAL),
    "CatBoost of several values": (
        lambda: CatBoostRegressor(loss_function="MultiRMSE", **CATBOOST).fit(X, VALUES),
        "values",
        SEVERAL,
    ),
    "XGBoost of several quantiles": (
        lambda: XGBRegressor(n_estimators=2, objective="reg:quantileerror", quantile_alpha=[0.1, 0.9]).fit(X, X["age"]),
        "values",
        "M predicts 2 quantiles at once; save one model per quantile.",
    ),
    "CatBoost of several quantiles": (
        lambda: CatBoostRegressor(loss_function="MultiQuantile:alpha=0.1,0.9", **CATBOOST).fit(X, X["age"]),
        "values",
        "M predicts 2 quantiles at once; save one model per quantile.",
    ),
    "ranker": (
        lambda: LGBMRanker(n_estimators=2, verbose=-1).fit(X, BOTH[:, 0], group=[10] * 24),
        "values",
        "M ranks rows; only classifiers and regressions can be evaluated.",
    ),
    "isolation forest": (lambda: IsolationForest(n_estimators=2).fit(X), "values", OUTLIERS),
    "clusters": (lambda: KMeans(2).fit(X), "values", OUTLIERS),
    "scores alone": (
        lambda: FromSource("class Model:\n    def decision_function(self, rows): return rows['age']"),
        "values",
        "M holds a Model, not a model with predict or predict_proba; save the fitted model itself.",
    ),
    "transformer": (
        lambda: StandardScaler().fit(X),
        "values",
        "M holds a StandardScaler, not a model with predict or predict_proba; save the fitted model itself.",
    ),
}
"""By name a model, what it is asked for, and why it is refused: when it is read, or where it does not tell, then."""


def saved(name, ending, families, folder):
    """The path of a file with the model of the family in the format of the ending."""
    model, path = families[name].model, folder / f"{name}{ending}"
    return export(model, X.to_numpy(np.float32)[:1], path, zipmap=False) if ending == ".onnx" else write(model, path)


@pytest.fixture(scope="module")
def shelf(families, tmp_path_factory):
    # One is started anew for every library that the files turn out to need.
    prepare_workers(1 + len(LIBRARIES))
    folder = tmp_path_factory.mktemp("shelf")
    files = {f"{name}{ending}": saved(name, ending, families, folder) for name, ending in FILES}
    files |= {name: write(model.fit(X, YES_NO), folder / f"{name}.skops") for name, model in LABELS.items()}
    with warnings.catch_warnings(action="ignore"):
        files |= {name: write(model(), folder / f"{name}.pkl") for name, (model, *_) in REFUSED.items()}
    with Shelf(files, LIBRARIES, folder) as opened:
        yield opened


@pytest.mark.parametrize(("name", "ending"), FILES)
def test_a_model_in_a_locked_worker_answers_as_the_original(name, ending, families, shelf):
    family = families[name]
    features = family.features.astype(np.float32) if ending == ".onnx" else family.features
    given = shelf.answers(f"{name}{ending}", features, family.classes, family.task)
    got = given.value if family.task == "regression" else given.probability
    tolerance = 1e-5 if ending == ".onnx" else 1e-12
    np.testing.assert_allclose(got, family.expected, rtol=tolerance if ending == ".onnx" else 0, atol=tolerance)
    if family.task != "regression" and ending != ".onnx":
        assert list(np.array(family.classes)[given.label]) == family.labels


@pytest.mark.parametrize("name", LABELS)
def test_a_model_without_probabilities_in_a_locked_worker_gives_labels_alone(name, shelf):
    given = shelf.answers(name, X, ("no", "yes"), "binary")
    assert given.probability is None
    assert list(np.array(["no", "yes"])[given.label]) == list(LABELS[name].predict(X))


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_evaluated_is_refused_in_one_sentence(name, shelf):
    _, give, why = REFUSED[name]
    assert shelf.refusal(name, X, give) == why


def test_the_worker_is_locked(shelf):
    """Seccomp filters it, and it can gain no rights."""
    assert "Seccomp:\t2" in shelf.status
    assert "NoNewPrivs:\t1" in shelf.status
