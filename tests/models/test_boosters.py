"""Boosters in files and pickles: how they were trained decides what they are asked, and what they are refused for."""

import json
import re

import catboost
import lightgbm
import numpy as np
import pandas as pd
import pytest
import xgboost
from asking import answers, load
from model_files import mixed_features, write
from scikit_families import NUMBERS
from sklearn.multioutput import MultiOutputRegressor

from evallib.core.errors import BadInput
from evallib.models.formats.loaded import Refused

MIXED = mixed_features()
X = MIXED[NUMBERS].fillna(0.0)
SCORE = (X["age"] + 0.5 * X["load"]).to_numpy()
BINARY = (SCORE > 0).astype(int)
THREE = np.digitize(SCORE, [-0.5, 0.5])
QUIET = {"verbose": -1, "min_data_in_leaf": 5}
CATBOOST = {"iterations": 4, "allow_writing_files": False, "logging_level": "Silent"}
CITIES = pd.Categorical(["Rome", "Oslo", "Bern"] * 80)


def xgboost_trained(options, target, features=X, rounds=4, **more):
    return xgboost.train(options, xgboost.DMatrix(features, target, enable_categorical=True), rounds, **more)


def lightgbm_trained(options, target, features=X, **more):
    return lightgbm.train({**options, **QUIET}, lightgbm.Dataset(features, target, **more), 4)


def catboost_trained(loss, target, features=X, **more):
    return catboost.CatBoost({**CATBOOST, "loss_function": loss}).fit(features, target, **more)


def saved(model, path):
    """The path, with the booster in the format of its ending."""
    model.save_model(str(path))
    return path


@pytest.mark.parametrize("ending", [".ubj", ".pkl"])
def test_a_bare_booster_of_xgboost_answers_as_itself(ending, tmp_path):
    booster = xgboost_trained({"objective": "binary:logistic"}, BINARY)
    path = tmp_path / f"m{ending}"
    loaded = load(saved(booster, path) if ending == ".ubj" else write(booster, path))
    given = answers(loaded, X, ("no", "yes"), "binary")
    np.testing.assert_array_equal(given.probability, booster.predict(xgboost.DMatrix(X)))


@pytest.mark.parametrize("ending", [".txt", ".pkl"])
def test_a_bare_booster_of_lightgbm_answers_as_itself(ending, tmp_path):
    booster = lightgbm_trained({"objective": "multiclass", "num_class": 3}, THREE)
    path = tmp_path / f"m{ending}"
    loaded = load(saved(booster, path) if ending == ".txt" else write(booster, path))
    given = answers(loaded, X, ("a", "b", "c"), "multiclass")
    np.testing.assert_allclose(given.probability, booster.predict(X), rtol=0, atol=1e-12)


@pytest.mark.parametrize("ending", [".cbm", ".pkl"])
def test_a_bare_model_of_catboost_answers_as_itself(ending, tmp_path):
    model = catboost_trained("CrossEntropy", BINARY)
    path = tmp_path / f"m{ending}"
    loaded = load(saved(model, path) if ending == ".cbm" else write(model, path))
    given = answers(loaded, X, ("no", "yes"), "binary")
    np.testing.assert_allclose(
        given.probability, model.predict(X, prediction_type="Probability")[:, 1], rtol=0, atol=1e-12
    )


def test_softmax_of_xgboost_gives_probabilities_too(tmp_path):
    hard = xgboost_trained({"objective": "multi:softmax", "num_class": 3}, THREE)
    soft = xgboost_trained({"objective": "multi:softprob", "num_class": 3}, THREE)
    given = answers(load(saved(hard, tmp_path / "m.json")), X, ("a", "b", "c"), "multiclass")
    np.testing.assert_allclose(given.probability, soft.predict(xgboost.DMatrix(X)), rtol=0, atol=1e-6)
    assert list(given.label) == list(hard.predict(xgboost.DMatrix(X)).astype(int))


def test_the_best_round_counts_where_the_estimator_saved_the_file(tmp_path):
    noise = np.random.default_rng(0).permutation(BINARY)
    model = xgboost.XGBClassifier(n_estimators=60, early_stopping_rounds=3).fit(
        X[:120], BINARY[:120], eval_set=[(X[120:], noise[120:])], verbose=False
    )
    assert model.best_iteration < 50
    given = answers(load(saved(model, tmp_path / "m.ubj")), X, ("0", "1"), "binary")
    np.testing.assert_array_equal(given.probability, model.predict_proba(X)[:, 1])
    model.get_booster().set_attr(scikit_learn=None)
    given = answers(load(saved(model.get_booster(), tmp_path / "m.ubj")), X, ("0", "1"), "binary")
    np.testing.assert_array_equal(given.probability, model.get_booster().predict(xgboost.DMatrix(X)))


@pytest.mark.parametrize("loss", ["Poisson", "Tweedie:variance_power=1.5", "MAE"])
def test_catboost_values_are_those_of_its_regressor(loss, tmp_path):
    model = catboost.CatBoostRegressor(loss_function=loss, **CATBOOST).fit(X, np.exp(SCORE))
    given = answers(load(saved(model, tmp_path / "m.cbm")), X, (), "regression")
    np.testing.assert_allclose(given.value, model.predict(X), rtol=0, atol=1e-12)


@pytest.mark.parametrize(
    ("model", "ending"),
    [
        (lambda: lightgbm_trained({"objective": "multiclassova", "num_class": 3}, THREE), ".txt"),
        (lambda: catboost_trained("MultiClassOneVsAll", THREE), ".cbm"),
    ],
)
def test_one_against_all_gives_labels_alone(model, ending, tmp_path):
    fitted = model()
    given = answers(load(saved(fitted, tmp_path / f"m{ending}")), X, ("0", "1", "2"), "multiclass")
    raw = fitted.predict(X)
    assert given.probability is None
    assert list(given.label) == list(raw.argmax(axis=1))


def test_a_category_that_xgboost_does_not_know_is_named(tmp_path):
    features = X.assign(city=CITIES)
    booster = xgboost_trained({"objective": "binary:logistic"}, (CITIES == "Rome").astype(int), features)
    loaded = load(saved(booster, tmp_path / "m.json"))
    text = features.astype({"city": object})
    assert loaded.description.types["city"] == "text"
    np.testing.assert_array_equal(
        answers(loaded, text[::-1], ("0", "1"), "binary").probability, booster.predict(_matrix(features))[::-1]
    )
    with pytest.raises(Refused, match=r'^does not know the category "Lima" of the column "city"$'):
        answers(loaded, text.replace("Rome", "Lima"), ("0", "1"), "binary")


def _matrix(features):
    return xgboost.DMatrix(features, enable_categorical=True)


def test_categories_that_xgboost_did_not_store_are_refused(tmp_path):
    booster = xgboost_trained({"objective": "binary:logistic"}, BINARY, X.assign(city=CITIES))
    content = json.loads(saved(booster, tmp_path / "m.json").read_text())
    del content["learner"]["gradient_booster"]["model"]["cats"]
    (tmp_path / "m.json").write_text(json.dumps(content, separators=(",", ":")))
    with pytest.raises(Refused, match=r"codes of categories in the column city, .* XGBoost 3\.1 or newer"):
        load(tmp_path / "m.json")


def test_categories_that_xgboost_garbled_are_refused(tmp_path):
    booster = xgboost_trained(
        {"objective": "binary:logistic"}, BINARY, X.assign(city=CITIES.rename_categories(str.lower))
    )
    load(saved(booster, tmp_path / "m.ubj"))
    names = {"Rome": "Rzym", "Oslo": "Oslo", "Bern": "Łódź"}
    booster = xgboost_trained({"objective": "binary:logistic"}, BINARY, X.assign(city=CITIES.rename_categories(names)))
    with pytest.raises(Refused, match='letters beyond ASCII in the column "city", whose names XGBoost loses'):
        load(saved(booster, tmp_path / "m.ubj"))


@pytest.mark.parametrize("values", [["Rome", "Oslo", "Łódź"], [30, 10, 20], [True, False, True]])
def test_categories_reach_lightgbm_as_they_were_trained(values, tmp_path):
    """Codes in the order of training, whatever the rows hold; what was not there counts as missing."""
    features = X.assign(city=pd.Categorical(values * 80))
    target = (features["city"] == values[0]).astype(int).to_numpy()
    booster = lightgbm_trained({"objective": "binary"}, target, features)
    loaded = load(saved(booster, tmp_path / "m.txt"))
    rows = features.astype({"city": object if isinstance(values[0], str) else type(values[0])})[::3]
    given = answers(loaded, rows, ("0", "1"), "binary")
    np.testing.assert_allclose(given.probability, booster.predict(features[::3]), rtol=0, atol=1e-12)
    if isinstance(values[0], str):
        unknown = rows.assign(city="Lima")
        given = answers(loaded, unknown, ("0", "1"), "binary")
        known = features[::3].assign(city=pd.Categorical([np.nan] * len(rows), categories=values))
        np.testing.assert_allclose(given.probability, booster.predict(known), rtol=0, atol=1e-12)


def test_categories_of_unknown_columns_are_refused(tmp_path):
    """Ordered categories are numbers to LightGBM, and it does not write down which columns had them."""
    features = X.assign(city=CITIES, size=pd.Categorical(["s", "m", "l"] * 80, ordered=True))
    with pytest.raises(Refused, match="trained on 2 columns of categories, and the file does not tell which"):
        load(saved(lightgbm_trained({"objective": "binary"}, BINARY, features), tmp_path / "m.txt"))


def test_codes_of_categories_stay_numbers_to_lightgbm(tmp_path):
    features = X.assign(city=CITIES.codes)
    booster = lightgbm_trained(
        {"objective": "binary"}, (CITIES == "Rome").astype(int), features, categorical_feature=[4]
    )
    loaded = load(saved(booster, tmp_path / "m.txt"))
    assert loaded.description.types["city"] == "number"
    given = answers(loaded, features, ("0", "1"), "binary")
    np.testing.assert_allclose(given.probability, booster.predict(features), rtol=0, atol=1e-12)


def test_catboost_takes_texts_and_categories_without_gaps(tmp_path):
    words = pd.Series(np.where(BINARY, "good cheap", "bad dear"))
    features = X.assign(code=np.arange(240) % 3, flag=MIXED["member"], words=words)
    model = catboost.CatBoostClassifier(cat_features=["code", "flag"], text_features=["words"], **CATBOOST)
    model.fit(features, np.where(BINARY, "yes", "no"))
    loaded = load(saved(model, tmp_path / "m.cbm"))
    assert loaded.description.no_gaps == ("code", "flag", "words")
    assert loaded.description.types["words"] == "text"
    given = answers(loaded, features.astype({"code": float}), ("no", "yes"), "binary")
    np.testing.assert_allclose(given.probability, model.predict_proba(features)[:, 1], rtol=0, atol=1e-12)
    with pytest.raises(BadInput, match=r'^M takes no missing values in "code"; fill it as in its training\.$'):
        answers(loaded, features.assign(code=features["code"].where(features["code"] > 0)), ("no", "yes"), "binary")
    rows = features.assign(flag=features["flag"].astype(object).where(features["code"] > 0))
    with pytest.raises(Refused, match=r'^takes no missing values in the column "flag"; fill them as when it was'):
        loaded.answer(rows, "probabilities")
    with pytest.raises(Refused, match=r'^takes categories in the column "code", which holds fractions$'):
        loaded.answer(features.assign(code=0.5), "probabilities")


def test_booleans_with_gaps_are_numbers(tmp_path):
    features = X.assign(member=MIXED["member"].astype(float).where(MIXED.index > 5))
    rows = X.assign(member=MIXED["member"].astype(object).where(MIXED.index > 5))
    for model, ending in (
        (xgboost.XGBClassifier(n_estimators=3), ".ubj"),
        (catboost.CatBoostClassifier(**CATBOOST), ".cbm"),
    ):
        loaded = load(saved(model.fit(features, BINARY), tmp_path / f"m{ending}"))
        given = answers(loaded, rows, ("0", "1"), "binary")
        np.testing.assert_allclose(given.probability, model.predict_proba(features)[:, 1], rtol=0, atol=1e-12)


GROUPS = np.repeat(np.arange(24), 10)
SEVERAL = np.column_stack([SCORE, -SCORE])


def _ranked_by_xgboost():
    return xgboost.train({"objective": "rank:ndcg"}, xgboost.DMatrix(X, BINARY, group=[10] * 24), 2)


def _ranker():
    return lightgbm.LGBMRanker(n_estimators=2, verbose=-1).fit(X, BINARY, group=[10] * 24)


REFUSED = {
    "XGBoost ranks": (_ranked_by_xgboost, ".ubj", 'was trained for "rank:ndcg", whose answers are no'),
    "XGBoost margins": (lambda: xgboost_trained({"objective": "binary:logitraw"}, BINARY), ".ubj", '"binary:logitraw"'),
    "XGBoost quantiles": (
        lambda: xgboost_trained({"objective": "reg:quantileerror", "quantile_alpha": [0.1, 0.9]}, SCORE),
        ".ubj",
        "predicts 2 quantiles at once; save one model per quantile",
    ),
    "XGBoost targets": (lambda: xgboost_trained({}, SEVERAL), ".ubj", "predicts several targets at once"),
    "LightGBM ranks": (
        lambda: lightgbm_trained({"objective": "lambdarank"}, BINARY, group=[10] * 24),
        ".txt",
        'was trained for "lambdarank", whose answers are no probabilities',
    ),
    "LightGBM's own objective": (
        lambda: lightgbm_trained({"objective": lambda guess, data: (guess, np.ones(240))}, BINARY),
        ".txt",
        'was trained for "an objective of its own"',
    ),
    "CatBoost ranks": (lambda: catboost_trained("YetiRank", BINARY, group_id=GROUPS), ".cbm", 'trained for "YetiRank"'),
    "CatBoost targets": (lambda: catboost_trained("MultiRMSE", SEVERAL), ".cbm", None),
    "CatBoost quantiles": (
        lambda: catboost_trained("MultiQuantile:alpha=0.1,0.9", SCORE),
        ".cbm",
        "2 quantiles at once",
    ),
    "a ranker in a pickle": (_ranker, ".pkl", "^ranks rows; only classifiers and regressions"),
    "forest of targets": (lambda: MultiOutputRegressor(lightgbm.LGBMRegressor(**QUIET)).fit(X, SEVERAL), ".pkl", None),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_gives_no_class_and_no_value_is_refused(name, tmp_path):
    make, ending, why = REFUSED[name]
    path = tmp_path / f"m{ending}"
    model = make()
    with pytest.raises(Refused, match=why or "predicts several targets at once"):
        answers(load(write(model, path) if ending == ".pkl" else saved(model, path)), X, (), "regression")


@pytest.mark.parametrize("ending", [".ubj", ".json", ".txt", ".cbm"])
def test_a_damaged_booster_is_one_sentence(ending, tmp_path):
    """Cut in the middle; LightGBM's is damaged at its start, as what is damaged later can crash the process."""
    path = tmp_path / f"m{ending}"
    if ending == ".txt":
        path.write_text("tree\nversion=v4\nnum_class=1\n")
    elif ending == ".cbm":
        saved(catboost_trained("RMSE", SCORE), path)
    else:
        saved(xgboost_trained({}, SCORE), path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // (1 if ending == ".txt" else 2)])
    with pytest.raises(Refused, match=r"^is damaged, or was saved by an? .* cannot read$"):
        load(path)


def test_a_model_of_catboost_that_was_cut_is_refused_whatever_lies_behind_it_in_memory(tmp_path):
    path = saved(catboost_trained("RMSE", SCORE), tmp_path / "m.cbm")
    content = path.read_bytes()
    for cut in (1, len(content) // 2, len(content) - 6):
        for _ in range(20):
            path.write_bytes(content)
            load(path)
            path.write_bytes(content[:-cut])
            with pytest.raises(Refused, match=r"^is damaged"):
                load(path)


def test_a_text_that_stops_the_process_of_lightgbm_is_one_sentence(families, opened, tmp_path):
    path = write(families["LightGBM regression"].model, tmp_path / "m.txt")
    path.write_text(re.sub(r"left_child=\S+", "left_child=99999999", path.read_text()))
    with pytest.raises(
        BadInput, match=r"^M ended its own process \(SIG\w+\) when asked to load; the file may be damaged"
    ):
        opened(path)
