"""Models of imbalanced-learn: pipelines with samplers, which choose or make rows for the training, and ensembles."""

import numpy as np
import pandas as pd
import pytest
from asking import answers, load
from model_files import mixed_features, write
from scikit_families import NUMBERS
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.tree import DecisionTreeClassifier

from evallib.models import bind_model

pytest.importorskip("imblearn")

from imblearn.combine import SMOTEENN, SMOTETomek
from imblearn.ensemble import (
    BalancedBaggingClassifier,
    BalancedRandomForestClassifier,
    EasyEnsembleClassifier,
    RUSBoostClassifier,
)
from imblearn.over_sampling import ADASYN, SMOTE, SMOTENC, BorderlineSMOTE, RandomOverSampler
from imblearn.pipeline import make_pipeline
from imblearn.under_sampling import EditedNearestNeighbours, NearMiss, RandomUnderSampler, TomekLinks

MIXED = mixed_features().fillna({"gain": 0.0, "city": "Oslo"})
X = MIXED[NUMBERS]
RARE = np.where(X["age"] + 0.5 * X["load"] > 1, "yes", "no")

SAMPLERS = [
    *(
        SMOTE(random_state=0),
        BorderlineSMOTE(random_state=0),
        ADASYN(random_state=0),
        RandomOverSampler(random_state=0),
    ),
    *(RandomUnderSampler(random_state=0), NearMiss(), TomekLinks(), EditedNearestNeighbours()),
    *(SMOTEENN(random_state=0), SMOTETomek(random_state=0)),
]
ENSEMBLES = [
    BalancedRandomForestClassifier(5, random_state=0),
    EasyEnsembleClassifier(3, random_state=0),
    BalancedBaggingClassifier(n_estimators=3, random_state=0),
    RUSBoostClassifier(n_estimators=3, random_state=0),
]
MODELS = {type(model).__name__: model for model in ENSEMBLES} | {
    type(sampler).__name__: make_pipeline(StandardScaler(), sampler, LogisticRegression()) for sampler in SAMPLERS
}


@pytest.mark.parametrize("ending", [".joblib", ".skops"])
@pytest.mark.parametrize("name", MODELS)
def test_a_loaded_model_answers_as_the_original(name, ending, tmp_path):
    model = MODELS[name].fit(X, RARE)
    loaded = load(write(model, tmp_path / f"m{ending}"))
    assert loaded.description.features == tuple(NUMBERS)
    given = answers(loaded, X, ("no", "yes"), "binary")
    np.testing.assert_allclose(given.probability, model.predict_proba(X)[:, 1], rtol=0, atol=1e-12)
    assert list(np.array(["no", "yes"])[given.label]) == list(model.predict(X))


def test_the_columns_after_a_sampler_are_known(tmp_path):
    """What comes first in the pipeline lets every row pass; the types are those of the step behind it."""
    columns = make_column_transformer((OneHotEncoder(), ["city", "job"]), (StandardScaler(), NUMBERS))
    sampler = SMOTENC(["city", "job"], random_state=0)
    model = make_pipeline(sampler, columns, DecisionTreeClassifier(max_depth=3))
    model.fit(MIXED[[*NUMBERS, "city", "job"]], RARE)
    description = load(write(model, tmp_path / "m.skops")).description
    assert description.features == (*NUMBERS, "city", "job")
    assert description.types == dict.fromkeys(["city", "job"], "text")


@pytest.mark.parametrize("ending", [".pkl", ".skops"])
def test_a_pipeline_with_a_sampler_answers_from_its_worker_as_it_does_here(ending, opened, tmp_path):
    model = MODELS["SMOTE"].fit(X, RARE)
    bound = bind_model(opened(write(model, tmp_path / f"m{ending}")), X[X.columns[::-1]], ("no", "yes"), "binary")
    assert bound.model.card.kind == "StandardScaler → SMOTE → LogisticRegression"
    given = bound.predict(pd.DataFrame(X))
    np.testing.assert_allclose(given.probability, model.predict_proba(X)[:, 1], rtol=0, atol=1e-12)
