from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from toy import TOY, compute_toy, toy_with

import evallib.groundwork
import evallib.run
from evallib.core.errors import BadInput, Cancelled
from evallib.core.finding import Outcome
from evallib.core.result import Basis
from evallib.methods import METHODS
from evallib.plan import EvaluationPlan, plan_from
from evallib.run import evaluate
from evallib.runs import Run
from evallib.sampling import stratified_sample

# Eight rows: 3 of 8 are "yes"; of the four young ones 1 is.
ROWS = pd.DataFrame(
    {
        "age": [10, 20, 30, 40, 50, 60, 70, 80],
        "said": ["yes", "no", "no", "yes", "yes", "no", "no", None],
        "p": [0.9, 0.1, 0.2, 0.6, 0.7, 0.4, 0.3, None],
        "truth": ["yes", "no", "no", "no", "yes", "yes", "no", "no"],
    }
)


@pytest.fixture
def plan(tmp_path: Path) -> EvaluationPlan:
    ROWS.to_csv(tmp_path / "rows.csv", index=False)
    return small_plan(tmp_path)


def small_plan(folder: Path, **changes: object) -> EvaluationPlan:
    data = {"path": "rows.csv", "target": "truth", "positive": "yes"}
    systems = [{"name": "clerk", "label": "said", "role": "human"}, {"name": "score", "probability": "p"}]
    return plan_from({"data": data, "systems": systems} | changes, folder, "test")


@pytest.mark.usefixtures("toy")
def test_a_run_holds_everything_that_was_evaluated(tmp_path, plan):
    run = evaluate(plan, tmp_path / "run")
    assert (run.state, run.name, run.task, run.classes, run.positive) == ("done", "rows", "binary", ("no", "yes"), 1)
    assert {name: str(role) for name, role in run.models.items()} == {"clerk": "human", "score": "candidate"}
    assert (run.details.rows, run.details.total_rows, run.details.seed) == (8, 8, 0)
    assert list(run.columns) == list(ROWS.columns)
    assert run.plan.data.path == plan.data.path
    assert run.methods["toy"].basis == Basis(8, 8)
    assert list(run.result("toy").share["share"]) == [3 / 8, 3 / 8]
    names = sorted(entry.name for entry in (tmp_path / "run").iterdir())
    assert names == ["evaluation.yaml", "predictions.arrow", "run.json", "tables"]
    assert {"evallib", "python", "pandas"} <= run.details.versions.keys()
    assert set(run.details.seconds) == {"reading", "scoring", "methods"}


@pytest.mark.usefixtures("toy")
def test_the_same_plan_gives_the_same_fingerprints(tmp_path, plan):
    one, two = evaluate(plan, tmp_path / "one"), evaluate(plan, tmp_path / "two")
    assert one.details.fingerprints == two.details.fingerprints
    other = ROWS.assign(p=ROWS["p"] / 2)
    other.to_csv(tmp_path / "rows.csv", index=False)
    three = evaluate(plan, tmp_path / "three")
    assert three.details.fingerprints["data"] != one.details.fingerprints["data"]


@pytest.mark.usefixtures("toy")
def test_only_the_rows_of_the_rule_are_evaluated(tmp_path, plan):
    run = evaluate(plan.model_copy(update={"where": "age < 45"}), tmp_path / "run")
    assert run.methods["toy"].basis == Basis(4, 8, where="age < 45")
    assert list(run.result("toy").share["share"]) == [1 / 4, 1 / 4]
    with pytest.raises(BadInput, match=r"No row of rows\.csv has age > 99"):
        evaluate(plan.model_copy(update={"where": "age > 99"}), tmp_path / "none")


def test_a_method_that_fails_takes_nothing_along(tmp_path, plan, toy, monkeypatch, caplog):
    monkeypatch.setitem(METHODS, "broken", toy_with(key="broken", title="Broken"))
    monkeypatch.setitem(METHODS, "silent", toy_with(key="silent"))
    methods = {"broken": {"fail": "a bug"}, "silent": {"fail": "not applicable"}, "toy": {}}
    run = evaluate(plan.model_copy(update={"methods": methods}), tmp_path / "run")
    assert run.state == "done"
    broken, silent = run.methods["broken"], run.methods["silent"]
    assert (broken.outcome, silent.outcome) == (Outcome.SKIPPED, Outcome.NOT_APPLICABLE)
    assert silent.reason == "The toy does not apply."
    assert broken.error_id
    assert broken.error_id in broken.reason
    assert "a bug" not in broken.reason
    assert broken.error_id in caplog.text
    assert "a bug" in caplog.text
    assert len(run.result("toy").share) == 2


def test_a_method_that_needs_what_is_not_there_says_so(tmp_path, plan, toy, monkeypatch):
    monkeypatch.setitem(METHODS, "toy", toy_with(needs="models"))
    run = evaluate(plan, tmp_path / "run")
    assert run.methods["toy"].outcome is Outcome.NOT_APPLICABLE
    assert "model file" in run.methods["toy"].reason


def test_long_methods_are_computed_only_when_asked_for(tmp_path, plan, toy, monkeypatch):
    order: list[str] = []

    def note(key):
        return lambda data, params, progress: (order.append(key), compute_toy(data, params, progress))[1]

    monkeypatch.setitem(METHODS, "toy", toy_with(long="It is slow", compute=note("toy")))
    monkeypatch.setitem(METHODS, "quick", toy_with(key="quick", compute=note("quick")))
    run = evaluate(plan, tmp_path / "run")
    assert order == ["quick"]
    assert run.methods["toy"].outcome is Outcome.SKIPPED
    assert "by hand" in run.methods["toy"].reason
    evaluate(plan.model_copy(update={"methods": {"toy": {}, "quick": {}}}), tmp_path / "both")
    assert sorted(order) == ["quick", "quick", "toy"]


@pytest.mark.usefixtures("toy")
def test_bad_input_is_kept_as_the_reason(tmp_path, plan):
    wrong = plan.model_copy(update={"data": plan.data.model_copy(update={"target": "trth"})})
    with pytest.raises(BadInput, match="truth"):
        evaluate(wrong, tmp_path / "run")
    run = Run.open(tmp_path / "run")
    assert (run.state, run.active) == ("failed", False)
    assert "truth" in run.reason
    assert not (tmp_path / "run" / "tables").exists()


@pytest.mark.usefixtures("toy")
def test_cancelling_keeps_what_was_done(tmp_path, plan, monkeypatch):
    monkeypatch.setitem(METHODS, "last", toy_with(key="last", title="Last"))

    def stop(done, total, text):
        if text == "Last":
            raise Cancelled("Cancelled.")

    with pytest.raises(Cancelled):
        evaluate(plan, tmp_path / "run", stop)
    run = Run.open(tmp_path / "run")
    assert run.state == "cancelled"
    assert list(run.methods) == ["toy"]
    assert len(run.result("toy").share) == 2


@pytest.mark.usefixtures("toy")
def test_a_defect_of_ours_is_a_failed_run_with_an_id(tmp_path, plan, monkeypatch):
    monkeypatch.setattr(evallib.groundwork, "fingerprint", lambda table: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        evaluate(plan, tmp_path / "run")
    run = Run.open(tmp_path / "run")
    assert run.state == "failed"
    assert run.details.error_id
    assert run.details.error_id in run.reason


def test_many_rows_are_previewed_on_a_sample_first(tmp_path, toy, monkeypatch):
    monkeypatch.setattr(evallib.run, "PREVIEW_ABOVE", 999)
    monkeypatch.setattr(evallib.run, "PREVIEW_ROWS", 100)
    seen: list[tuple[str, Basis, float]] = []

    def look(data, params, progress):
        if not data.sampled:
            run = Run.open(tmp_path / "run")
            seen.append((run.state, run.methods["toy"].basis, run.result("toy").share["share"][0]))
        return compute_toy(data, params, progress)

    monkeypatch.setitem(METHODS, "toy", replace(TOY, compute=look))
    table = pd.concat([ROWS] * 125, ignore_index=True)
    table.to_csv(tmp_path / "rows.csv", index=False)
    stale: list[Run] = []
    run = evaluate(
        small_plan(tmp_path),
        tmp_path / "run",
        lambda done, total, text: stale.append(Run.open(tmp_path / "run")) if text == "Toy" else None,
        preview=True,
    )
    # Of 375 "yes" and 625 "no" a tenth each, rounded up.
    assert seen == [("preview", Basis(38 + 63, 1000, sampled=True), 38 / 101)]
    assert run.methods["toy"].basis == Basis(1000, 1000)
    assert run.result("toy").share["share"][0] == 3 / 8
    assert not (tmp_path / "run" / "preview").exists()
    assert stale[0].record("toy").basis.sampled
    assert stale[0].result("toy").share["share"][0] == 3 / 8
    seen.clear()
    evaluate(small_plan(tmp_path), tmp_path / "without")
    assert not (tmp_path / "without" / "preview").exists()


def test_a_sample_has_every_class_in_its_share():
    y = np.array([0] * 700 + [1] * 299 + [2], dtype=np.int32)
    rows = stratified_sample(y, 100, seed=1)
    assert list(np.bincount(y[rows])) == [70, 30, 1]
    assert list(rows) == sorted(set(rows))
    assert list(stratified_sample(y, 100, seed=1)) == list(rows)
    assert list(stratified_sample(y, 100, seed=2)) != list(rows)
    assert len(stratified_sample(np.linspace(0, 1, 1000), 100, seed=1)) == 100
    assert list(stratified_sample(y, 5_000, seed=1)) == list(range(1000))


@pytest.mark.usefixtures("toy")
def test_the_training_rows_give_their_labels(tmp_path, plan, monkeypatch):
    found = {}

    def note(data, params, progress):
        found["training"] = None if data.training_y is None else list(data.training_y)
        return compute_toy(data, params, progress)

    monkeypatch.setitem(METHODS, "toy", replace(TOY, compute=note))
    evaluate(plan, tmp_path / "without")
    assert found["training"] is None
    pd.DataFrame({"truth": ["no", "yes", "yes"]}).to_csv(tmp_path / "train.csv", index=False)
    data = plan.data.model_copy(update={"training": tmp_path / "train.csv"})
    evaluate(plan.model_copy(update={"data": data}), tmp_path / "with")
    assert found["training"] == [0, 1, 1]
