"""Models in runs: files in their workers, estimators of the caller's process, and both of them failing."""

from __future__ import annotations

import hashlib
import time
from contextlib import suppress
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.tree import DecisionTreeClassifier
from toy import compute_toy, toy_with

import evallib
from evallib.core.errors import BadInput, Cancelled
from evallib.core.evaluation_set import Role
from evallib.methods import METHODS
from evallib.models import drop_workers
from evallib.plan import EvaluationPlan, plan_from
from evallib.recompute import load_set, recompute
from evallib.run import evaluate


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    random = np.random.default_rng(0)
    rows = pd.DataFrame(random.normal(size=(200, 3)).round(3), columns=["a", "b", "c"])
    rows["truth"] = np.where(rows["a"] + random.normal(size=200) > 0, "yes", "no")
    return rows


@pytest.fixture(scope="module")
def folder(table, tmp_path_factory) -> Path:
    """Data and two models, one of which does not take all columns."""
    folder = tmp_path_factory.mktemp("models")
    table.to_parquet(folder / "rows.parquet")
    joblib.dump(LogisticRegression().fit(table[["a", "b", "c"]], table["truth"]), folder / "logistic.joblib")
    joblib.dump(DecisionTreeClassifier(max_depth=2).fit(table[["b", "a"]], table["truth"]), folder / "tree.joblib")
    return folder


OTHERS: set[str] = set()
"""Workers that other tests keep while one of these runs."""


@pytest.fixture(autouse=True)
def no_worker_stays():
    drop_workers()
    OTHERS.clear()
    OTHERS.update(all_workers())
    yield
    drop_workers()


def plan_of(folder: Path, *models: str, **changes: object) -> EvaluationPlan:
    systems = [{"name": model, "model": f"{model}.joblib", "role": "incumbent"} for model in models]
    data = {"path": "rows.parquet", "target": "truth", "positive": "yes"}
    return plan_from({"data": data, "systems": systems} | changes, folder, "test")


def workers() -> int:
    """How many workers of models a test has started and not yet ended; other tests may have a server running."""
    return len(all_workers() - OTHERS)


def all_workers() -> set[str]:
    """The numbers of the workers of models that are children of this process."""
    children: list[str] = []
    for thread in Path("/proc/self/task").iterdir():
        with suppress(FileNotFoundError):  # it has ended meanwhile
            children += (thread / "children").read_text().split()
    return {pid for pid in children if b"evallib.models.worker" in Path("/proc", pid, "cmdline").read_bytes()}


@pytest.mark.usefixtures("toy")
def test_models_are_scored_and_their_workers_end(tmp_path, folder, table):
    run = evaluate(plan_of(folder, "logistic", "tree"), tmp_path / "run")
    assert list(run.models) == ["logistic", "tree"]
    predictions = load_set(run).predictions
    assert predictions["tree"].role is Role.INCUMBENT
    for name, columns in (("logistic", ["a", "b", "c"]), ("tree", ["b", "a"])):
        model = joblib.load(folder / f"{name}.joblib")
        np.testing.assert_allclose(predictions[name].probability, model.predict_proba(table[columns])[:, 1], atol=1e-12)
    content = (folder / "tree.joblib").read_bytes()
    assert run.details.systems[1].sha256 == hashlib.sha256(content).hexdigest()
    assert [system.can_predict for system in run.details.systems] == [True, True]
    assert workers() == 0


def test_methods_can_ask_the_models_in_a_run_and_when_recomputing(tmp_path, folder, toy, monkeypatch):
    asked = []

    def ask(data, params, progress):
        asked.append({name: model.predict(data.features.head(3)).probability for name, model in data.models.items()})
        return compute_toy(data, params, progress)

    monkeypatch.setitem(METHODS, "toy", toy_with(needs="models", compute=ask))
    run = evaluate(plan_of(folder, "tree"), tmp_path / "run")
    recompute(run.folder, "toy", {"factor": 2}, where="a > 0")
    known = load_set(run)
    np.testing.assert_array_equal(asked[0]["tree"], known.predictions["tree"].probability[:3])
    young = np.flatnonzero(known.table["a"] > 0)[:3]
    np.testing.assert_array_equal(asked[1]["tree"], known.predictions["tree"].probability[young])
    assert workers() == 0


@pytest.mark.usefixtures("toy")
def test_a_class_that_only_a_model_knows_joins_the_others(tmp_path, folder, table):
    truth = np.where(table["b"] > 1, "perhaps", table["truth"])
    joblib.dump(DecisionTreeClassifier(max_depth=2).fit(table[["a", "b", "c"]], truth), tmp_path / "three.joblib")
    table.assign(p=0.25).to_parquet(tmp_path / "rows.parquet")
    plan = plan_of(tmp_path, "three")
    run = evaluate(plan, tmp_path / "run")
    assert (run.task, run.classes, run.positive) == ("multiclass", ("no", "yes", "perhaps"), 1)
    assert load_set(run).predictions["three"].probability.shape == (200, 3)
    assert "perhaps" in run.details.warnings[0]


def test_a_model_of_codes_keeps_its_classes_whatever_others_add(tmp_path, table, toy, monkeypatch):
    """In the run, where another model knows a third class, and when a method asks it again."""
    asked = []

    def ask(data, params, progress):
        asked.append(data.models["codes"].predict(data.features).probability)
        return compute_toy(data, params, progress)

    monkeypatch.setitem(METHODS, "toy", toy_with(needs="models", compute=ask))
    features = table[["a", "b", "c"]]
    truth = np.where(table["b"] > 1, "perhaps", table["truth"])
    codes = DecisionTreeClassifier(max_depth=2).fit(features, (table["truth"] == "yes").astype(int))
    joblib.dump(codes, tmp_path / "codes.joblib")
    joblib.dump(DecisionTreeClassifier(max_depth=2).fit(features, truth), tmp_path / "three.joblib")
    table.to_parquet(tmp_path / "rows.parquet")
    data = {"path": "rows.parquet", "target": "truth", "positive": "no"}
    run = evaluate(plan_of(tmp_path, "codes", "three", data=data), tmp_path / "run")
    assert any("taken for 0 = no, 1 = yes: the order in which LabelEncoder" in one for one in run.details.warnings)
    assert run.details.systems[0].classes == ("no", "yes")
    recompute(run.folder, "toy", {"factor": 2}, positive="yes")
    for given in asked:
        np.testing.assert_allclose(given[:, run.classes.index("yes")], codes.predict_proba(features)[:, 1], atol=1e-12)
        assert not given[:, run.classes.index("perhaps")].any()


@pytest.mark.usefixtures("toy")
def test_the_order_of_codes_may_be_said_in_a_notebook(table):
    features = table[["a", "b", "c"]]
    model = LogisticRegression().fit(features, (table["truth"] == "no").astype(int))
    run = evallib.evaluate(table, "truth", positive="yes", models={"m": model}, classes={"m": ["yes", "no"]})
    given = load_set(run).predictions["m"].probability
    np.testing.assert_allclose(given, model.predict_proba(features)[:, 0], atol=1e-12)
    assert 'm answers 0 = yes, 1 = no, as its setting "classes" says.' in run.details.warnings


@pytest.mark.usefixtures("toy")
@pytest.mark.parametrize(
    ("content", "said"),
    [(b"", "is empty"), (b"nonsense", "not a pickle or joblib file"), (None, "cannot be read")],
)
def test_a_model_file_that_is_none(tmp_path, folder, content, said):
    if content is not None:
        (tmp_path / "wrong.joblib").write_bytes(content)
    plan = plan_of(folder, "tree")
    wrong = plan.systems[0].model_copy(update={"name": "wrong", "model": tmp_path / "wrong.joblib"})
    with pytest.raises(BadInput, match=said):
        evaluate(plan.model_copy(update={"systems": (wrong,)}), tmp_path / "run")
    drop_workers()
    assert workers() == 0


@pytest.mark.usefixtures("toy")
def test_features_that_are_missing_and_models_of_another_kind(tmp_path, folder, table):
    table.drop(columns="a").to_parquet(tmp_path / "rows.parquet")
    joblib.dump(LinearRegression().fit(table[["b"]], table["a"]), tmp_path / "line.joblib")
    with pytest.raises(BadInput, match='needs the column "a"'):
        evaluate(plan_of(folder, "tree", data={"path": tmp_path / "rows.parquet", "target": "truth"}), tmp_path / "one")
    kept = {"path": folder / "rows.parquet", "target": "truth", "exclude": ["a"]}
    with pytest.raises(BadInput, match='tree needs "a", set as no feature'):
        evaluate(plan_of(folder, "tree", data=kept), tmp_path / "kept")
    with pytest.raises(BadInput, match="predicts numbers, but the target holds classes"):
        evaluate(plan_of(tmp_path, "line"), tmp_path / "two")


@pytest.mark.usefixtures("toy")
def test_gaps_that_a_model_does_not_take_are_told_before_it_is_asked(tmp_path, table):
    notes = table.assign(note=np.where(table["a"] > 0, "good cheap", "bad dear"))
    words = make_pipeline(make_column_transformer((TfidfVectorizer(), "note")), LogisticRegression())
    joblib.dump(words.fit(notes[["note"]], notes["truth"]), tmp_path / "words.joblib")
    notes.assign(note=notes["note"].where(notes.index > 3)).to_parquet(tmp_path / "rows.parquet")
    with pytest.raises(BadInput, match=r'^words takes no missing values in "note"; fill it as in its training\.$'):
        evaluate(plan_of(tmp_path, "words"), tmp_path / "run")


@pytest.mark.usefixtures("toy")
def test_cancelling_while_scoring_ends_the_workers(tmp_path, folder):
    cancelled = []

    def stop(done, total, text):
        if text.startswith("Scoring"):
            cancelled.append(time.monotonic())
            raise Cancelled("Cancelled.")

    with pytest.raises(Cancelled):
        evaluate(plan_of(folder, "logistic", "tree"), tmp_path / "run", stop)
    assert time.monotonic() - cancelled[0] < 60
    assert workers() == 0


@pytest.mark.usefixtures("toy")
def test_a_notebook_may_give_what_it_has(table):
    features = table.drop(columns="truth")
    model = LogisticRegression().fit(features, table["truth"])
    run = evallib.evaluate(
        table,
        "truth",
        positive="yes",
        models={"logistic": model},
        labels={"always": ["yes"] * 200},
        probabilities={"half": np.full(200, 0.5), "both": pd.DataFrame({"no": [0.25] * 200, "yes": [0.75] * 200})},
        roles={"always": "baseline"},
    )
    assert run.models == dict.fromkeys(("logistic", "always", "half", "both"), Role.CANDIDATE) | {
        "always": Role.BASELINE
    }
    data = load_set(run)
    np.testing.assert_allclose(data.predictions["logistic"].probability, model.predict_proba(features)[:, 1])
    assert set(data.predictions["always"].label) == {1}
    assert set(data.predictions["both"].probability) == {0.75}
    assert data.columns.features == ("a", "b", "c")
    assert workers() == 0


@pytest.mark.usefixtures("toy")
def test_a_notebook_may_give_functions(table):
    run = evallib.evaluate(
        table,
        "truth",
        positive="yes",
        labels={"by a": lambda rows: np.where(rows["a"] > 0, "yes", "no")},
        probabilities={"of b": lambda rows: 1 / (1 + np.exp(-rows["b"]))},
    )
    data = load_set(run)
    assert (data.predictions["by a"].label == (table["a"] > 0)).all()
    np.testing.assert_allclose(data.predictions["of b"].probability, 1 / (1 + np.exp(-table["b"])))


@pytest.mark.usefixtures("toy")
def test_a_notebook_may_name_files_and_columns(tmp_path, folder, table):
    table.assign(p=0.5).to_csv(tmp_path / "rows.csv", index=False)
    run = evallib.evaluate(
        tmp_path / "rows.csv",
        target="truth",
        probabilities={"half": "p"},
        methods={"toy": {"factor": 2}},
        where="a > 0",
        out=tmp_path / "run",
    )
    assert run.folder == tmp_path / "run"
    assert run.params("toy").factor == 2
    again = evallib.evaluate(tmp_path / "run" / "evaluation.yaml", out=tmp_path / "again")
    assert again.details.fingerprints == run.details.fingerprints
    replaced = evallib.evaluate(evallib.read_plan(again.folder / "evaluation.yaml"), out=tmp_path / "run")
    assert replaced.details.fingerprints == run.details.fingerprints


@pytest.mark.usefixtures("toy")
@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"labels": {"x": ["yes"]}}, "x has 1 answers where the data has 200 rows"),
        ({"labels": {"a": ["yes"] * 200}}, "has a column 'a' already"),
        ({"labels": {"x": "b"}, "roles": {"y": "human"}}, "There is a role for 'y'"),
        ({"labels": {"x": "b"}, "classes": {"y": ["no", "yes"]}}, "There are classes for 'y'"),
        ({"labels": {"x": "b"}, "classes": {"x": ["no", "yes"]}}, "x is no model file"),
        ({"models": {"x": "none.joblib"}}, "none.joblib cannot be read"),
        ({"models": {"x": object()}}, "not a model"),
        ({"labels": {"x": lambda rows: ["yes"]}}, r"x gives labels of shape \(1,\) for 200 rows\."),
        ({"probabilities": {"x": lambda rows: rows["none"]}}, "x failed: KeyError: 'none'"),
        ({"models": {"x": LogisticRegression()}}, "x failed: NotFittedError"),
        ({"colour": "red"}, "no setting colour"),
    ],
)
def test_a_notebook_hears_what_is_wrong(tmp_path, table, given, said):
    with pytest.raises(BadInput, match=said):
        evallib.evaluate(table, "truth", out=tmp_path / "run", **given)
    assert list(tmp_path.iterdir()) == []
    assert workers() == 0
