"""Model files made for tests: of every usual family of scikit-learn, and of classes written as source text."""

from __future__ import annotations

import contextlib
import pickle
import textwrap
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
import skops.io
from booster_families import BOOSTERS, WRAPPED, make_boosters
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.cross_decomposition import PLSRegression
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis, QuadraticDiscriminantAnalysis
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import (
    AdaBoostClassifier,
    AdaBoostRegressor,
    BaggingClassifier,
    BaggingRegressor,
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
    StackingClassifier,
    StackingRegressor,
    VotingClassifier,
    VotingRegressor,
)
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.feature_selection import SelectKBest
from sklearn.gaussian_process import GaussianProcessClassifier, GaussianProcessRegressor
from sklearn.impute import SimpleImputer
from sklearn.kernel_ridge import KernelRidge
from sklearn.linear_model import (
    BayesianRidge,
    ElasticNet,
    HuberRegressor,
    LinearRegression,
    LogisticRegression,
    LogisticRegressionCV,
    Perceptron,
    QuantileRegressor,
    Ridge,
    RidgeClassifier,
    SGDClassifier,
)
from sklearn.model_selection import GridSearchCV, RandomizedSearchCV, TunedThresholdClassifierCV
from sklearn.multiclass import OneVsRestClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor, RadiusNeighborsClassifier
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, PolynomialFeatures, StandardScaler
from sklearn.svm import SVC, SVR, LinearSVC
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor, ExtraTreeClassifier

ROWS = 240
NUMBERS = ["age", "hours per week", "gain", "load"]


@dataclass(frozen=True, eq=False)
class Family:
    """A fitted model, the features that it was fitted on and may be asked about, and what it predicts.

    model_input: the features as the model takes them.     coded: whether it was fitted on codes of its classes.
    """

    model: Any
    features: pd.DataFrame
    model_input: Any
    classes: tuple[str, ...]
    task: str
    coded: bool = False

    @property
    def labels(self) -> list[str]:
        """The classes that the model itself chooses in this process."""
        given = np.ravel(self.model.predict(self.model_input))
        return [self.classes[label] for label in given] if self.coded else [str(label) for label in given]

    @property
    def expected(self) -> np.ndarray:
        """What the model says in this process, as `Answers` has it."""
        if self.task == "regression":
            return self.model.predict(self.model_input)
        probability = self.model.predict_proba(self.model_input)
        return probability[:, 1] if self.task == "binary" else probability


def mixed_features() -> pd.DataFrame:
    """Numbers, whole numbers, booleans and texts, with gaps in a number and in a text."""
    rng = np.random.default_rng(7)
    table = pd.DataFrame(rng.normal(size=(ROWS, len(NUMBERS))), columns=NUMBERS)
    table["children"] = rng.integers(0, 4, ROWS)
    table["member"] = rng.random(ROWS) > 0.5
    table["city"] = rng.choice(["Rome", "Oslo", "Łódź"], ROWS)
    table["job"] = rng.choice(["clerk", "smith"], ROWS)
    table.loc[3, "gain"] = np.nan
    table.loc[[4, 9], "city"] = np.nan
    return table


def make_families() -> dict[str, Family]:
    """Every family, fitted."""
    mixed = mixed_features()
    numbers = mixed[NUMBERS].fillna(0.0)
    score = numbers["age"] + 0.5 * numbers["load"]
    yes_no = np.where(score > 0, "yes", "no")
    three = np.array(["low", "mid", "top"])[np.digitize(score, [-0.5, 0.5])]
    texts = pd.DataFrame({"text": np.where(score > 0, "good cheap fun", "bad dear dull")})
    whole = (score > 0).astype(int).to_numpy()
    with warnings.catch_warnings(action="ignore"):
        return {
            **{name: _fit(model, numbers, yes_no) for name, model in _binary().items()},
            **{name: _fit(model, numbers, three) for name, model in _multiclass().items()},
            **{name: _fit(model, numbers, score.to_numpy()) for name, model in _regressions().items()},
            "mixed pipeline": _fit(_mixed_pipeline(), mixed, yes_no),
            "native categories": _fit(HistGradientBoostingClassifier(max_iter=5), _categories(mixed), yes_no),
            "ordinal pipeline": _fit(_ordinal_pipeline(), mixed, three),
            "text": _fit(make_pipeline(TfidfVectorizer(), LogisticRegression()), texts, yes_no),
            "without names": _fit(LogisticRegression(), numbers, whole, as_matrix=True),
            **make_boosters(mixed, numbers, score.to_numpy(), _fit),
        }


def _binary() -> dict[str, Any]:
    two = [("a", LogisticRegression()), ("b", GaussianNB())]
    return {
        "logistic regression": LogisticRegression(),
        "random forest": RandomForestClassifier(8, n_jobs=2, random_state=0),
        "gradient boosting": GradientBoostingClassifier(n_estimators=5),
        "histogram boosting": HistGradientBoostingClassifier(max_iter=5),
        "neighbours": KNeighborsClassifier(),
        "neural network": MLPClassifier((5,), max_iter=20, random_state=0),
        "ada boost": AdaBoostClassifier(n_estimators=5),
        "bagging": BaggingClassifier(n_estimators=3, n_jobs=2, random_state=0),
        "calibrated": CalibratedClassifierCV(LogisticRegression(), method="isotonic", cv=2),
        "voting": VotingClassifier(two, voting="soft"),
        "stacking": StackingClassifier(two, cv=2),
        "logistic regression with search": LogisticRegressionCV(
            Cs=2, cv=2, l1_ratios=(0.0,), use_legacy_attributes=False, scoring="accuracy"
        ),
        "stochastic gradient descent": SGDClassifier(loss="log_loss", random_state=0),
        "gaussian process classification": GaussianProcessClassifier(),
        "neighbours within a radius": RadiusNeighborsClassifier(5.0),
        "support vectors with probabilities": CalibratedClassifierCV(SVC(), cv=2),
        "dummy": DummyClassifier(strategy="prior"),
        "tuned threshold": TunedThresholdClassifierCV(LogisticRegression(), scoring="balanced_accuracy", cv=2),
    }


def _multiclass() -> dict[str, Any]:
    return {
        "naive Bayes": GaussianNB(),
        "decision tree": DecisionTreeClassifier(max_depth=3),
        "extra trees": ExtraTreesClassifier(5, random_state=0),
        "discriminant analysis": LinearDiscriminantAnalysis(),
        "quadratic discriminant analysis": QuadraticDiscriminantAnalysis(),
        "extra tree": ExtraTreeClassifier(max_depth=3, random_state=0),
        "polynomial pipeline": make_pipeline(PolynomialFeatures(), SelectKBest(k=5), LogisticRegression(max_iter=500)),
        "principal components": make_pipeline(StandardScaler(), PCA(2), GaussianNB()),
        "random search": RandomizedSearchCV(DecisionTreeClassifier(), {"max_depth": [2, 3]}, n_iter=2, cv=2),
        "grid search": GridSearchCV(LogisticRegression(), {"C": [0.5, 1.0]}, cv=2),
        "one against the rest": OneVsRestClassifier(LogisticRegression()),
    }


def _regressions() -> dict[str, Any]:
    return {
        "ridge": Ridge(),
        "forest regression": RandomForestRegressor(5, random_state=0),
        "boosted regression": HistGradientBoostingRegressor(max_iter=5),
        "support vectors": SVR(),
        "gaussian process": GaussianProcessRegressor(),
        "linear regression": LinearRegression(),
        "elastic net": ElasticNet(0.01),
        "Bayesian ridge": BayesianRidge(),
        "Huber regression": HuberRegressor(),
        "quantile regression": QuantileRegressor(quantile=0.9, alpha=0.0),
        "boosted quantile": HistGradientBoostingRegressor(max_iter=5, loss="quantile", quantile=0.9),
        "gradient boosted regression": GradientBoostingRegressor(n_estimators=5),
        "tree regression": DecisionTreeRegressor(max_depth=3),
        "extra trees regression": ExtraTreesRegressor(5, random_state=0),
        "ada boost regression": AdaBoostRegressor(n_estimators=3, random_state=0),
        "bagging regression": BaggingRegressor(n_estimators=3, random_state=0),
        "neighbours regression": KNeighborsRegressor(),
        "neural network regression": MLPRegressor(hidden_layer_sizes=(5,), max_iter=20, random_state=0),
        "kernel ridge": KernelRidge(),
        "partial least squares": PLSRegression(2),
        "stacking regression": StackingRegressor([("a", Ridge()), ("b", DecisionTreeRegressor(max_depth=2))], cv=2),
        "voting regression": VotingRegressor([("a", Ridge()), ("b", KNeighborsRegressor())]),
        "transformed target": TransformedTargetRegressor(Ridge(), func=np.sinh, inverse_func=np.arcsinh),
    }


def family_names() -> tuple[str, ...]:
    """The names of all families, without fitting any."""
    special = ("mixed pipeline", "native categories", "ordinal pipeline", "text", "without names")
    return (*_binary(), *_multiclass(), *_regressions(), *special, *BOOSTERS, *WRAPPED)


def label_only_models() -> dict[str, Any]:
    """Unfitted classifiers without probabilities."""
    return {
        "ridge classifier": RidgeClassifier(),
        "support vector classifier": SVC(),
        "linear support vectors": LinearSVC(),
        "perceptron": Perceptron(),
        "hinge loss": SGDClassifier(random_state=0),
        "hard voting": VotingClassifier([("a", RidgeClassifier()), ("b", GaussianNB())]),
    }


def _mixed_pipeline() -> Any:
    numbers = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    texts = make_pipeline(SimpleImputer(strategy="most_frequent"), OneHotEncoder(handle_unknown="ignore"))
    columns = ColumnTransformer(
        [("numbers", numbers, [*NUMBERS, "children"]), ("texts", texts, ["city", "job"]), ("rest", "drop", ["member"])],
        n_jobs=2,
    )
    return make_pipeline(columns, LogisticRegression())


def _ordinal_pipeline() -> Any:
    codes = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
    columns = ColumnTransformer([("texts", codes, ["city", "job"])], remainder="passthrough")
    return make_pipeline(columns, HistGradientBoostingClassifier(max_iter=5))


def _categories(mixed: pd.DataFrame) -> pd.DataFrame:
    return mixed.astype({"city": "category", "job": "category"})


def _fit(model: Any, features: pd.DataFrame, target: np.ndarray, *, as_matrix: bool = False) -> Family:
    model_input = features.get("text", features.to_numpy() if as_matrix else features)
    if target.dtype.kind == "f":
        return Family(model.fit(model_input, target), features, model_input, (), "regression")
    names, codes = np.unique(target, return_inverse=True)
    coded = "XGBClassifier" in repr(model)
    fitted = model.fit(model_input, codes if coded else target)
    task = "binary" if len(names) == 2 else "multiclass"
    return Family(fitted, features, model_input, tuple(str(name) for name in names), task, coded)


def write(model: Any, path: Any) -> Any:
    """The path, with the model in the format of its ending."""
    if path.suffix == ".skops":
        skops.io.dump(model, path)
    elif path.suffix == ".onnx":
        export(model, np.zeros((1, model.n_features_in_), np.float32), path, zipmap=True)
    elif path.suffix == ".joblib":
        joblib.dump(model, path, compress=3)
    elif path.suffix == ".txt":
        model.booster_.save_model(path)
    elif path.suffix in (".ubj", ".json", ".cbm"):
        model.save_model(path)
    else:
        path.write_bytes(pickle.dumps(model))
    return path


def export(model: Any, example: Any, path: Any, *, zipmap: bool) -> Any:
    """The path, with the model as ONNX for inputs like the example."""
    from skl2onnx import to_onnx  # noqa: PLC0415  (slow, and few tests need it)

    options = {id(model): {"zipmap": zipmap}} if hasattr(model, "classes_") else None
    with warnings.catch_warnings(action="ignore"):
        path.write_bytes(to_onnx(model, example, options=options).SerializeToString())
    return path


def gone(pid: int) -> bool:
    """Whether there is no such process."""
    return not Path(f"/proc/{pid}").exists()


def others_in_session(pid: int) -> list[int]:
    """The living processes of the session that `pid` led."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            state, _, _, session = stat.read_text().rsplit(")", 1)[1].split()[:4]
            if int(session) == pid and state != "Z":
                found.append(int(stat.parent.name))
    return found


def within(seconds: float, condition: Callable[[], bool]) -> bool:
    """Whether the condition came true in so many seconds."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def open_descriptors() -> set[Path]:
    """What this process has open."""
    return set(Path("/proc/self/fd").iterdir())


class FromSource:
    """Pickles to an object of the class `Model` in a source text, which is run when the file is loaded."""

    def __init__(self, source: str) -> None:
        self.source = textwrap.dedent(source)

    def __reduce__(self) -> Any:
        return eval, (f"(lambda space: (exec({self.source!r}, space), space['Model']())[1])({{}})",)


def write_source(source: str, path: Any) -> Any:
    """The path of a pickle that runs the source and is an object of the class `Model` in it."""
    path.write_bytes(pickle.dumps(FromSource(source)))
    return path
