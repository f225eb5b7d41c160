"""Real models in real workers."""

import threading
import time

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from model_files import ROWS, gone, open_descriptors, write, write_source

from evallib.core.errors import BadInput, Cancelled
from evallib.models import bind_model, chunks, open_model, score
from evallib.own_model import OwnModel

WORKERS = [
    ("mixed pipeline", ".joblib"),
    ("ordinal pipeline", ".skops"),
    ("random forest", ".pkl"),
    ("native categories", ".skops"),
    ("text", ".joblib"),
    ("without names", ".pkl"),
    ("naive Bayes", ".onnx"),
    ("transformed target", ".pkl"),
    ("tuned threshold", ".pkl"),
    ("XGBoost categories", ".ubj"),
    ("XGBoost pipeline", ".joblib"),
    ("LightGBM categories", ".txt"),
    ("LightGBM calibrated", ".pkl"),
    ("CatBoost categories", ".cbm"),
    ("CatBoost multiclass", ".skops"),
]


@pytest.mark.parametrize(("name", "ending"), WORKERS)
def test_a_model_answers_from_its_worker_as_it_does_here(name, ending, families, opened, tmp_path, monkeypatch):
    """In several chunks, with the columns of the data in another order and with one that the model does not know."""
    monkeypatch.setattr(chunks, "FIRST_ROWS", 100)
    monkeypatch.setattr(chunks, "MOST_ROWS", 70)
    monkeypatch.setattr(chunks, "MOST_ROWS_OF_NUMBERS", 70)
    family = families[name]
    model = opened(write(family.model, tmp_path / f"model{ending}"))
    features = family.features
    tolerance = 1e-5 if ending == ".onnx" else 1e-12
    if model.card.features:
        features = features[features.columns[::-1]].assign(unknown=1)
    bound = bind_model(model, features, family.classes, family.task)
    given = bound.predict(features)
    got = given.value if family.task == "regression" else given.probability
    np.testing.assert_allclose(got, family.expected, rtol=0, atol=tolerance)
    if family.task != "regression":
        labels = np.array(family.classes)[given.label]
        assert list(labels) == family.labels


@pytest.mark.parametrize("storage", ["object", "category", "str", "string", pd.ArrowDtype(pa.string())])
def test_text_may_be_stored_in_any_way(storage, families, opened_pipeline):
    family = families["mixed pipeline"]
    stored = family.features.astype({"city": storage, "job": storage})
    given = bind_model(opened_pipeline, stored, family.classes, family.task).predict(stored)
    np.testing.assert_allclose(given.probability, family.expected, rtol=0, atol=1e-12)


@pytest.fixture(scope="module")
def opened_pipeline(families, tmp_path_factory):
    path = write(families["mixed pipeline"].model, tmp_path_factory.mktemp("models") / "pipeline.joblib")
    with open_model(path) as model:
        yield model


def test_the_card_tells_what_the_file_is(opened_pipeline):
    card = opened_pipeline.card
    assert (card.name, card.format, card.classes) == ("pipeline", "pickle", ("no", "yes"))
    assert card.kind == "ColumnTransformer → LogisticRegression"


def test_a_few_rows_and_no_rows(families, opened_pipeline):
    family = families["mixed pipeline"]
    bound = bind_model(opened_pipeline, family.features, family.classes, family.task)
    np.testing.assert_allclose(bound.predict(family.features[:3]).probability, family.expected[:3], atol=1e-12)
    nothing = bound.predict(family.features[:0])
    assert (len(nothing.label), len(nothing.probability)) == (0, 0)


def test_more_classes_move_no_probability(families, opened_pipeline):
    family = families["mixed pipeline"]
    bound = bind_model(opened_pipeline, family.features, ("maybe", "yes"), "binary")
    assert bound.binding.classes == ("maybe", "yes", "no")
    wider = bound.with_classes((*bound.binding.classes, "never"))
    given = wider.predict(family.features)
    np.testing.assert_allclose(given.probability[:, 1], family.expected, atol=1e-12)
    np.testing.assert_allclose(given.probability[:, 2], 1 - family.expected, atol=1e-12)
    assert not given.probability[:, [0, 3]].any()
    assert set(given.label) == {1, 2}


def test_whole_numbers_stay_whole_and_text_gaps_are_nan(opened, tmp_path):
    source = """
        class Model:
            def predict(self, rows):
                kinds = {name: rows[name].dtype.kind for name in rows}
                assert kinds == {"whole": "i", "yes": "b", "real": "f", "text": "O"}, kinds
                gap = rows["text"].iloc[1]
                assert isinstance(gap, float) and gap != gap, repr(gap)
                return rows["whole"]
    """
    features = pd.DataFrame({"whole": [1, 2], "yes": [True, False], "real": [0.5, None], "text": ["a", None]})
    model = opened(write_source(source, tmp_path / "m.pkl"))
    assert list(bind_model(model, features, (), "regression").predict(features).value) == [1.0, 2.0]


def test_a_model_may_change_its_rows(opened, tmp_path):
    source = """
        class Model:
            def predict(self, rows):
                rows.iloc[:, 0] += 1.0
                rows["a"] *= 2.0
                return rows["a"]
    """
    features = pd.DataFrame({"a": [1.0, 2.0], "b": [0.0, 0.0]})
    bound = bind_model(opened(write_source(source, tmp_path / "m.pkl")), features, (), "regression")
    assert list(bound.predict(features).value) == [4.0, 6.0]
    assert list(bound.predict(features).value) == [4.0, 6.0]
    assert list(features["a"]) == [1.0, 2.0]


def test_an_unnamed_choice_is_withheld_where_the_label_is_missing(opened, tmp_path):
    source = """
        class Model:
            def predict(self, rows):
                return [None if value < 0 else "yes" if value > 0 else "no" for value in rows["a"]]
    """
    features = pd.DataFrame({"a": [1.0, -1.0, 0.0]})
    bound = bind_model(opened(write_source(source, tmp_path / "m.pkl")), features, ("no", "yes"), "binary")
    assert list(bound.predict(features).label) == [1, -1, 0]


def test_progress_moves_and_cancels(opened, tmp_path):
    source = """
        import time
        class Model:
            def predict(self, rows):
                time.sleep(0.3 if len(rows) < 1_000 else 60)
                return rows["a"]
    """
    model = opened(write_source(source, tmp_path / "m.pkl"), name="Slow")
    features = pd.DataFrame({"a": np.zeros(5_000)})
    bound = bind_model(model, features, (), "regression")
    seen = []
    score(bound, features[:10], lambda *step: seen.append(step))
    assert seen[0] == (0, 10, "Scoring Slow")
    assert seen[-1] == (10, 10, "Scoring Slow")

    def cancel(done, total, text):
        raise Cancelled

    began = time.monotonic()
    with pytest.raises(Cancelled):
        score(bound, features, cancel)
    assert time.monotonic() - began < 30
    assert gone(model.pid)
    with pytest.raises(BadInput, match="Slow is closed"):
        bound.predict(features)


def test_threads_may_share_a_model(families, opened_pipeline):
    family = families["mixed pipeline"]
    bound = bind_model(opened_pipeline, family.features, family.classes, family.task)
    wrong = []

    def ask(start):
        part = family.features[start : start + 40]
        given = bound.predict(part).probability
        if not np.allclose(given, family.expected[start : start + 40], rtol=0, atol=1e-12):
            wrong.append(start)

    threads = [threading.Thread(target=ask, args=(start,)) for start in range(0, ROWS, 40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_nothing_is_left_of_a_closed_model(families, opened, tmp_path):
    before = open_descriptors()
    model = opened(write(families["ridge"].model, tmp_path / "m.pkl"))
    assert not gone(model.pid)
    bind_model(model, families["ridge"].features, (), "regression").predict(families["ridge"].features)
    model.close()
    assert gone(model.pid)
    model.close()
    assert len(open_descriptors() - before) <= 1, "only the line to the next prepared worker"


@pytest.mark.parametrize("name", ["XGBoost categories", "LightGBM categories", "CatBoost categories", "mixed pipeline"])
def test_a_model_of_the_caller_is_asked_in_the_same_way(name, families):
    family = families[name]
    bound = OwnModel.of_estimator("M", family.model).bind(
        family.features[family.features.columns[::-1]], family.classes, family.task
    )
    given = bound.predict(family.features)
    np.testing.assert_allclose(given.probability, family.expected, rtol=0, atol=1e-12)
    if name.startswith("XGBoost"):
        with pytest.raises(BadInput, match=r'^M does not know the category "Lima" of the column "city"\.$'):
            bound.predict(family.features.assign(city="Lima"))
