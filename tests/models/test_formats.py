"""Every family of models in every format says what it says here. Files made by the test itself are loaded in place."""

import io
import os

import joblib
import numpy as np
import pandas as pd
import pytest
import sklearn
import skops.io
from asking import answers, load
from booster_families import BOOSTERS
from model_files import export, family_names, mixed_features, write
from scikit_families import NUMBERS, label_only_models
from sklearn.cluster import KMeans
from sklearn.compose import make_column_transformer
from sklearn.ensemble import RandomForestRegressor
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.multioutput import MultiOutputClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler
from sklearn.tree import DecisionTreeClassifier

from evallib.models.formats.loaded import Refused
from evallib.models.formats.pickled import read_pickle

FILES = [
    *((name, ending) for name in family_names() for ending in (".pkl", ".joblib")),
    *((name, ".skops") for name in family_names()),
    *BOOSTERS.items(),
    ("XGBoost categories", ".json"),
]


@pytest.mark.parametrize(("name", "ending"), FILES)
def test_a_loaded_model_answers_as_the_original(name, ending, families, tmp_path):
    family = families[name]
    loaded = load(write(family.model, tmp_path / f"model{ending}"))
    given = answers(loaded, family.features, family.classes, family.task)
    got = given.value if family.task == "regression" else given.probability
    np.testing.assert_allclose(got, family.expected, rtol=0, atol=1e-12)
    if family.task != "regression":
        names = np.array(family.classes)[given.label]
        assert list(names) == family.labels


@pytest.mark.parametrize("name", label_only_models())
def test_a_model_without_probabilities_gives_labels_alone(name, families, tmp_path):
    features = mixed_features()[NUMBERS].fillna(0.0)
    target = np.where(features["age"] > 0, "yes", "no")
    model = label_only_models()[name].fit(features, target)
    given = answers(load(write(model, tmp_path / "m.skops")), features, ("no", "yes"), "binary")
    assert given.probability is None
    assert list(np.array(["no", "yes"])[given.label]) == list(model.predict(features))


ONNX = [
    *("logistic regression", "random forest", "neighbours", "neural network", "naive Bayes", "decision tree"),
    *("gradient boosting", "extra trees", "discriminant analysis", "stochastic gradient descent"),
    *("polynomial pipeline", "principal components", "grid search"),
]
ONNX_REGRESSIONS = ["ridge", "forest regression", "support vectors", "neighbours regression"]
"""These have no map of classes."""


@pytest.mark.parametrize(
    ("name", "zipmap"),
    [*((name, zipmap) for name in ONNX for zipmap in (False, True)), *((name, False) for name in ONNX_REGRESSIONS)],
)
def test_an_onnx_model_answers_as_the_original(name, zipmap, families, tmp_path):
    family = families[name]
    features = family.features.astype(np.float32)
    path = export(family.model, features.to_numpy()[:1], tmp_path / "m.onnx", zipmap=zipmap)
    loaded = load(path)
    assert loaded.description.n_features == len(NUMBERS)
    given = answers(loaded, features, family.classes, family.task)
    got = given.value if family.task == "regression" else given.probability
    np.testing.assert_allclose(got, family.expected, rtol=1e-5, atol=1e-5)


def test_an_onnx_model_with_one_input_per_column_gets_each_by_its_name(families, tmp_path):
    features = mixed_features().fillna({"gain": 0.0, "city": "Oslo"}).drop(columns="member")
    features = features.astype(dict.fromkeys(NUMBERS, np.float32))
    columns = make_column_transformer((OneHotEncoder(), ["city", "job"]), remainder="passthrough")
    model = make_pipeline(columns, LogisticRegression()).fit(features, features["age"] > 0)
    loaded = load(export(model, features[:1], tmp_path / "m.onnx", zipmap=True))
    assert loaded.description.features == ("age", "hours_per_week", "gain", "load", "children", "city", "job")
    assert (loaded.description.types["city"], loaded.description.types["children"]) == ("text", "number")
    given = answers(loaded, features[features.columns[::-1]], ("False", "True"), "binary")
    np.testing.assert_allclose(given.probability, model.predict_proba(features)[:, 1], rtol=0, atol=1e-5)


def test_onnx_data_in_another_file_are_refused(tmp_path):
    onnx = pytest.importorskip("onnx")
    weight = onnx.numpy_helper.from_array(np.ones((4, 1), np.float32), "w")
    sides = [onnx.helper.make_tensor_value_info(name, 1, [None, width]) for name, width in (("x", 4), ("z", 1))]
    node = onnx.helper.make_node("MatMul", ["x", "w"], ["z"])
    graph = onnx.helper.make_graph([node], "g", sides[:1], sides[1:], [weight])
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17)], ir_version=8)
    onnx.external_data_helper.set_external_data(model.graph.initializer[0], "/etc/passwd")
    model.graph.initializer[0].ClearField("raw_data")
    path = tmp_path / "m.onnx"
    path.write_bytes(model.SerializeToString())
    with pytest.raises(Refused, match="another file"):
        load(path)


def test_the_columns_that_a_pipeline_drops_are_not_needed(families, tmp_path):
    loaded = load(write(families["mixed pipeline"].model, tmp_path / "m.pkl"))
    assert "member" not in loaded.description.features
    assert loaded.description.types == {
        **dict.fromkeys([*NUMBERS, "children"], "number"),
        **dict.fromkeys(["city", "job"], "text"),
    }


def test_a_model_trained_on_categories_says_which(families, tmp_path):
    description = load(write(families["native categories"].model, tmp_path / "m.pkl")).description
    assert description.categorical == ("city", "job")


@pytest.mark.parametrize("ending", [".pkl", ".skops"])
def test_an_older_scikit_learn_is_told(ending, families, tmp_path, monkeypatch):
    with monkeypatch.context() as older:
        older.setattr("sklearn.base.__version__", "1.5.0")
        path = write(families["logistic regression"].model, tmp_path / f"m{ending}")
    description = load(path).description
    assert description.libraries == (("scikit-learn", "1.5.0", sklearn.__version__),)
    assert description.warnings == (
        f"was saved with scikit-learn 1.5.0 and runs on {sklearn.__version__}, so its predictions may differ",
    )


def shout(x):
    return x


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ({"model": LogisticRegression()}, "holds a dict, not a model"),
        (LogisticRegression, "holds a LogisticRegression, not a model"),
        (StandardScaler(), "holds a StandardScaler, not a model"),
        (KMeans(2), "finds clusters"),
    ],
)
def test_what_is_no_model_is_refused(content, why, tmp_path):
    with pytest.raises(Refused, match=why):
        load(write(content, tmp_path / "m.pkl"))


def test_a_type_that_was_not_reviewed_is_refused_by_name(tmp_path):
    model = make_pipeline(FunctionTransformer(shout), LogisticRegression())
    with pytest.raises(Refused, match=r"reviewed ones: .*shout"):
        load(write(model, tmp_path / "m.skops"))


def test_a_skops_file_cannot_add_to_the_reviewed_types(families, tmp_path):
    """The list is the repository's: a file that names its own trust is read like any other."""
    path = write(make_pipeline(FunctionTransformer(os.system), LogisticRegression()), tmp_path / "m.skops")
    assert "posix.system" in skops.io.get_untrusted_types(file=path)
    with pytest.raises(Refused, match=r"posix\.system"):
        load(path)


def test_missing_libraries_and_code_are_named(tmp_path):
    path = tmp_path / "m.pkl"
    path.write_bytes(b"\x80\x04cboost_lib_x\nBooster\n.")
    with pytest.raises(Refused, match="library boost_lib_x, which is not installed"):
        load(path)
    path.write_bytes(b"\x80\x04c_boost_lib_x\nLoss\n.")
    with pytest.raises(Refused, match="asks for _boost_lib_x, an inner part of another version of its library; save"):
        load(path)
    path.write_bytes(b"\x80\x04cmodel_files\nGone\n.")
    with pytest.raises(Refused, match="needs code that is not installed here"):
        load(path)


@pytest.mark.parametrize(
    "model",
    [DecisionTreeClassifier(), RandomForestRegressor(2), MultiOutputClassifier(DecisionTreeClassifier()), Ridge()],
)
def test_several_targets_at_once_are_refused(model, tmp_path):
    """When loaded, or where the model does not tell, at its first answer."""
    features = pd.DataFrame({"a": [0.0, 1.0, 2.0, 3.0]})
    path = write(model.fit(features, [[0, 1], [1, 0], [0, 1], [1, 1]]), tmp_path / "m.pkl")
    with pytest.raises(Refused, match="several targets"):
        load(path).answer(features, "values")


@pytest.mark.parametrize("ending", [".ubj", ".txt", ".cbm", ".pkl"])
def test_a_quantile_is_told(ending, families, tmp_path):
    name = {".ubj": "XGBoost", ".txt": "LightGBM", ".cbm": "CatBoost", ".pkl": "XGBoost"}[ending]
    (warning,) = load(write(families[f"{name} quantile"].model, tmp_path / f"m{ending}")).description.warnings
    assert warning == (
        "predicts the quantile 0.9 of the target, not its mean: 90 % of the true values should lie below its"
        " predictions"
    )


@pytest.mark.parametrize("name", ["quantile regression", "boosted quantile"])
def test_a_quantile_of_scikit_learn_is_told(name, families, tmp_path):
    description = load(write(families[name].model, tmp_path / "m.pkl")).description
    assert "predicts the quantile 0.9 of the target" in description.warnings[0]


@pytest.mark.parametrize("compress", [("gzip", 1), ("bz2", 1), ("xz", 1), ("lzma", 1), ("zlib", 1), 0])
def test_compressed_joblib_files_are_read(compress, families):
    buffer = io.BytesIO()
    joblib.dump(families["logistic regression"].model, buffer, compress=compress)
    descriptor = os.memfd_create("model")
    os.write(descriptor, buffer.getvalue())
    with os.fdopen(descriptor, "rb") as file:
        assert read_pickle(file).description.classes == ("no", "yes")
