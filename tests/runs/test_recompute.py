from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from toy import TOY, compute_toy, toy_with

import evallib.recompute
from evallib.core.errors import BadInput, NotApplicable
from evallib.core.finding import Outcome
from evallib.core.result import Basis
from evallib.methods import METHODS
from evallib.plan import plan_from
from evallib.recompute import load_set, recompute, size_of
from evallib.run import evaluate
from evallib.runs import Run, RunRecord
from evallib.runs.writer import RunWriter

TABLE = pd.DataFrame({"age": [10, 20, 30, 40], "p": [0.9, 0.2, 0.6, 0.1], "truth": ["yes", "no", "no", "no"]})


@pytest.fixture(autouse=True)
def nothing_remembered(monkeypatch):
    monkeypatch.setattr(evallib.recompute, "_sets", evallib.recompute._Sets(10**9))


@pytest.fixture
def run(tmp_path, toy) -> Run:
    TABLE.to_csv(tmp_path / "rows.csv", index=False)
    data = {"path": "rows.csv", "target": "truth", "positive": "yes"}
    plan = plan_from({"data": data, "systems": [{"name": "m", "probability": "p"}]}, tmp_path, "test")
    return evaluate(plan, tmp_path / "run")


def share(run: Run, key: str | None) -> float:
    return float(run.result("toy", key).share["share"][0])


def test_the_run_has_its_own_answer(run):
    assert recompute(run.folder, "toy", {}) is None
    assert recompute(run.folder, "toy", {"factor": 1}, positive="yes", where=" ") is None
    assert not (run.folder / "variations").exists()


def test_other_parameters_classes_and_rows(run):
    # One of four is "yes"; of the three older than 15 none is.
    assert share(run, recompute(run.folder, "toy", {"factor": 3})) == 3 / 4
    assert share(run, recompute(run.folder, "toy", {}, positive="no")) == 3 / 4
    older = recompute(run.folder, "toy", {}, where="age > 15")
    assert share(run, older) == 0
    assert run.result("toy", older).basis == Basis(3, 4, where="age > 15")
    assert share(run, recompute(run.folder, "toy", {"factor": 3}, positive="no", where="age < 25")) == 3 / 2
    assert share(Run.open(run.folder), None) == 1 / 4


def test_an_answer_is_computed_once(run, monkeypatch):
    key = recompute(run.folder, "toy", {"factor": 3})
    monkeypatch.setattr(evallib.recompute, "compute", lambda *_: pytest.fail("computed again"))
    assert recompute(run.folder, "toy", {"factor": 3}) == key
    assert key == run.variation_key("toy", {"factor": 3})


def test_a_rule_within_the_rule_of_the_run(run, tmp_path):
    inner = evaluate(run.plan.model_copy(update={"where": "age < 35"}), tmp_path / "inner")
    key = recompute(inner.folder, "toy", {}, where="age > 15")
    assert inner.result("toy", key).basis == Basis(2, 4, where="(age < 35) and (age > 15)")


def test_what_cannot_be_computed_says_why(run, caplog):
    key = recompute(run.folder, "toy", {"fail": "not applicable"})
    assert run.record("toy", key).outcome is Outcome.NOT_APPLICABLE
    with pytest.raises(NotApplicable, match="does not apply"):
        run.result("toy", key)
    key = recompute(run.folder, "toy", {"fail": "a bug"})
    first = run.record("toy", key)
    assert first.error_id in caplog.text
    recompute(run.folder, "toy", {"fail": "a bug"})
    assert run.record("toy", key).error_id != first.error_id  # a failure is tried again


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"where": "age >"}, "rule"),
        ({"where": "agee > 3"}, "agee"),
        ({"where": "age > 99"}, "No row of rows"),
        ({"positive": "maybe"}, "There is no class 'maybe'"),
        ({"params": {"factor": 0}}, "factor is 0"),
        ({"method": "tay"}, "did you mean toy"),
    ],
)
def test_a_question_that_makes_no_sense(run, asked, said):
    asked = {"method": "toy", "params": {}} | asked
    with pytest.raises(BadInput, match=said):
        recompute(run.folder, asked.pop("method"), asked.pop("params"), **asked)
    assert not (run.folder / "variations").exists()


def test_changed_data_is_noticed(run, tmp_path):
    TABLE.assign(age=1).to_csv(tmp_path / "rows.csv", index=False)
    with pytest.raises(BadInput, match=r"rows\.csv has changed since this run"):
        recompute(run.folder, "toy", {"factor": 2})
    (tmp_path / "rows.csv").unlink()
    with pytest.raises(BadInput, match=r"rows\.csv was not found"):
        recompute(run.folder, "toy", {"factor": 2})


def test_a_run_without_predictions_cannot_answer(tmp_path, toy):
    RunWriter(tmp_path, RunRecord(plan={"data": {"path": "a", "target": "y"}})).note(state="failed")
    with pytest.raises(BadInput, match="no predictions yet"):
        recompute(tmp_path, "toy", {"factor": 2})


def test_what_is_started_by_hand_becomes_the_run_s_own(tmp_path, run, monkeypatch):
    monkeypatch.setitem(METHODS, "toy", toy_with(long="It is slow"))
    again = evaluate(run.plan, tmp_path / "again")
    assert again.methods["toy"].outcome is Outcome.SKIPPED
    assert recompute(again.folder, "toy", {}) is None
    assert Run.open(again.folder).methods["toy"].computed
    assert share(Run.open(again.folder), None) == 1 / 4


def test_the_evaluation_set_comes_back_whole(run):
    data = load_set(run)
    assert data.fingerprint == run.details.fingerprints["evaluation_set"]
    np.testing.assert_array_equal(data.predictions["m"].probability, TABLE["p"])
    assert size_of(data) >= sum(TABLE[name].to_numpy().nbytes for name in ("age", "p"))


def test_sets_are_remembered_up_to_a_number_of_bytes(run, monkeypatch):
    loads = []
    monkeypatch.setattr(evallib.recompute, "load_set", lambda run: loads.append(run) or load_set(run))
    for factor in (2, 3):
        recompute(run.folder, "toy", {"factor": factor}, where="age > 15")
    assert len(loads) == 1
    seen = []
    monkeypatch.setitem(
        METHODS, "toy", replace(TOY, compute=lambda *given: (seen.append(given[0]), compute_toy(*given))[1])
    )
    for factor in (4, 5):
        recompute(run.folder, "toy", {"factor": factor}, where="age > 15")
    assert seen[0] is seen[1]
    monkeypatch.setattr(evallib.recompute, "_sets", evallib.recompute._Sets(0))
    for factor in (6, 7):
        recompute(run.folder, "toy", {"factor": factor}, where="age > 15")
    assert len(loads) == 3
