"""Models that were trained on codes of their classes, asked about data with names: each by itself and inside others."""

import numpy as np
import pytest
from asking import answers, load
from model_files import export, mixed_features, write
from scikit_families import NUMBERS
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import StackingClassifier, VotingClassifier
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.model_selection import GridSearchCV
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import LabelEncoder, StandardScaler
from xgboost import XGBClassifier

X = mixed_features()[NUMBERS].fillna(0.0)
SCORE = X["age"] + 0.5 * X["load"]
NAMES = {
    "two": np.where(SCORE > 0, "bad", "good"),
    "three": np.array(["top", "low", "mid"])[np.digitize(SCORE, [-0.5, 0.5])],
}


def booster():
    return XGBClassifier(n_estimators=3, max_depth=2)


MODELS = {
    "logistic regression": LogisticRegression,
    "booster": booster,
    "calibrated": lambda: CalibratedClassifierCV(booster(), cv=2),
    "voting": lambda: VotingClassifier([("a", booster()), ("b", GaussianNB())], voting="soft"),
    "stacking": lambda: StackingClassifier([("a", booster()), ("b", GaussianNB())], cv=2),
    "grid search": lambda: GridSearchCV(booster(), {"max_depth": [1, 2]}, cv=2),
    "pipeline": lambda: make_pipeline(StandardScaler(), booster()),
    "calibrated in a pipeline": lambda: make_pipeline(StandardScaler(), CalibratedClassifierCV(booster(), cv=2)),
}


@pytest.mark.parametrize("ending", [".joblib", ".skops"])
@pytest.mark.parametrize("number", NAMES)
@pytest.mark.parametrize("name", MODELS)
def test_codes_become_names(name, number, ending, tmp_path):
    """The positive class, which comes last in the data, is the one that LabelEncoder puts first."""
    encoder = LabelEncoder()
    model = MODELS[name]().fit(X, encoder.fit_transform(NAMES[number]))
    in_order = tuple(encoder.classes_)
    classes = in_order[::-1] if number == "two" else in_order
    given = answers(
        load(write(model, tmp_path / f"m{ending}")), X, classes, "binary" if number == "two" else "multiclass"
    )
    expected = model.predict_proba(X)
    np.testing.assert_allclose(given.probability, expected[:, 0] if number == "two" else expected, rtol=0, atol=1e-12)
    assert list(np.array(classes)[given.label]) == list(encoder.inverse_transform(model.predict(X)))


def test_the_codes_of_an_onnx_model_become_names(tmp_path):
    encoder = LabelEncoder()
    model = LogisticRegression().fit(X, encoder.fit_transform(NAMES["three"]))
    rows = X.astype(np.float32)
    path = export(model, rows.to_numpy()[:1], tmp_path / "m.onnx", zipmap=False)
    given = answers(load(path), rows, tuple(encoder.classes_), "multiclass")
    np.testing.assert_allclose(given.probability, model.predict_proba(X), rtol=0, atol=1e-5)


def test_labels_in_codes_become_names(tmp_path):
    encoder = LabelEncoder()
    model = RidgeClassifier().fit(X, encoder.fit_transform(NAMES["three"]))
    given = answers(load(write(model, tmp_path / "m.pkl")), X, tuple(encoder.classes_), "multiclass")
    assert list(encoder.classes_[given.label]) == list(encoder.inverse_transform(model.predict(X)))
