import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from evallib.core.errors import BadInput, NotApplicable
from evallib.core.evaluation_set import Predictions, Role
from evallib.core.finding import Finding, Outcome, Severity
from evallib.core.result import Basis
from evallib.files import writing
from evallib.runs import MethodRecord, Run, RunRecord, VariationRecord
from evallib.runs.predictions import read_predictions, write_predictions
from evallib.runs.writer import RunWriter, write_variation


def test_a_run_is_reopened_as_it_was_written(tmp_path, write_run, result):
    write_run(tmp_path)
    run = Run.open(tmp_path)
    assert (run.name, run.state, run.task, run.classes, run.positive) == ("Loans", "done", "binary", ("no", "yes"), 1)
    assert run.models == {"a": Role.CANDIDATE, "b": Role.HUMAN}
    assert run.plan.data.path == tmp_path / "loans.csv"
    record = run.methods["toy"]
    assert (record.outcome, record.basis, record.seconds) == (Outcome.ISSUE, Basis(3, 4), 0.5)
    reopened = run.result("toy")
    assert type(reopened) is type(result)
    assert reopened.basis == result.basis
    pd.testing.assert_frame_equal(reopened.share, result.share)


def test_findings_survive_the_disk_with_their_undefined_numbers(tmp_path, write_run):
    write_run(tmp_path)
    text = (tmp_path / "run.json").read_text()
    assert "NaN" not in text
    assert json.loads(text)["methods"]["toy"]["findings"][0]["evidence"] == {"share": 0.75, "none": None}
    (finding,) = Run.open(tmp_path).found()
    assert finding.method == "toy"
    evidence = dict(finding.evidence)
    assert evidence["share"] == 0.75
    assert math.isnan(evidence["none"])


def test_findings_are_read_worst_first_and_methods_without_any_are_listed(tmp_path, write_run):
    writer = write_run(tmp_path)
    low, high = (Finding("TOY001", Outcome.ISSUE, s, Severity(s)) for s in ("low", "high"))
    record = writer.record.methods["toy"].model_copy(update={"findings": (low, high)})
    silent = MethodRecord(outcome=Outcome.SKIPPED, reason="Started by hand.")
    writer.note(methods={"toy": record, "gone": silent})
    run = Run.open(tmp_path)
    assert [one.sentence for one in run.found()] == ["high", "low"]
    assert list(run.methods) == ["toy"]  # a method that this version does not know is passed over
    table = run.findings()
    assert list(table["severity"]) == ["high", "low"]
    assert not table.isna().any().any()


def test_a_method_without_tables_says_why(tmp_path, write_run):
    writer = write_run(tmp_path)
    writer.note_method("toy", MethodRecord(outcome=Outcome.NOT_APPLICABLE, reason="It needs two classes."), {})
    run = Run.open(tmp_path)
    with pytest.raises(NotApplicable, match="It needs two classes"):
        run.result("toy")
    assert list(run.findings()["sentence"]) == ["It needs two classes."]


def test_damaged_tables_are_one_sentence(tmp_path, write_run):
    write_run(tmp_path)
    table = tmp_path / "tables" / "toy.share.parquet"
    table.write_bytes(b"nothing")
    with pytest.raises(BadInput, match="missing or of another version"):
        Run.open(tmp_path).result("toy")
    pd.DataFrame({"model": ["a"]}).to_parquet(table)
    with pytest.raises(BadInput, match="missing or of another version"):
        Run.open(tmp_path).result("toy")
    table.unlink()
    with pytest.raises(BadInput, match="missing or of another version"):
        Run.open(tmp_path).result("toy")


@pytest.mark.parametrize("content", ["", "{", "[]", '{"state": "asleep"}', '{"methods": 3}'])
def test_a_damaged_record_is_one_sentence(tmp_path, content):
    (tmp_path / "run.json").write_text(content)
    with pytest.raises(BadInput, match=r"damaged: its run\.json"):
        Run.open(tmp_path)


def test_a_later_version_may_add_keys(tmp_path, write_run):
    write_run(tmp_path)
    content = json.loads((tmp_path / "run.json").read_text())
    content["reviewers"] = ["someone"]
    (tmp_path / "run.json").write_text(json.dumps(content))
    assert Run.open(tmp_path).name == "Loans"


def test_a_run_is_running_only_while_somebody_writes_it(tmp_path):
    RunWriter(tmp_path, RunRecord()).note(state="running")
    with writing(tmp_path):
        assert Run.open(tmp_path).state == "running"
        assert Run.open(tmp_path).active
    run = Run.open(tmp_path)
    assert (run.state, run.active) == ("failed", False)
    assert "interrupted" in run.reason


def test_a_variation_is_named_by_its_question(tmp_path, write_run):
    write_run(tmp_path)
    run = Run.open(tmp_path)
    assert run.variation_key("toy", {}) is None
    assert run.variation_key("toy", {"factor": 1}, "yes") is None
    key = run.variation_key("toy", {"factor": 2})
    assert key == run.variation_key("toy", run.params("toy").model_copy(update={"factor": 2}), "yes", "  ")
    others = {run.variation_key("toy", {}, "no"), run.variation_key("toy", {}, None, "age > 3")}
    assert len(others | {key, None}) == 4
    with pytest.raises(BadInput, match=r"methods\.toy\.factor is 0"):
        run.variation_key("toy", {"factor": 0})


def test_a_variation_is_read_back(tmp_path, write_run, result):
    write_run(tmp_path)
    run = Run.open(tmp_path)
    asked = run.variation("toy", {"factor": 2})
    assert run.record("toy", asked.key) is None
    with pytest.raises(BadInput, match="no such result of toy yet"):
        run.result("toy", asked.key)
    record = VariationRecord(
        outcome=Outcome.PASSED, basis=Basis(2, 4), variation=asked, folder=f"variations/{asked.key}"
    )
    write_variation(tmp_path, record, result.tables())
    assert run.record("toy", asked.key) == record
    assert run.result("toy", asked.key).basis == Basis(2, 4)


def test_predictions_are_read_back_as_they_were(tmp_path: Path):
    label = np.array([0, 1, -1], dtype=np.int32)
    spread = np.array([[0.2, 0.3, 0.5], [0.1, 0.9, 0.0], [np.nan] * 3])
    answers = {
        "a": Predictions(label=label, probability=np.array([0.1, 0.9, np.nan]), name="a"),
        "b": Predictions(label=label, probability=spread, name="b", role=Role.HUMAN),
        "c": Predictions(value=np.array([1.5, np.nan, -2.0]), name="c"),
    }
    write_predictions(tmp_path, answers)
    found = read_predictions(tmp_path, {name: one.role for name, one in answers.items()})
    assert list(found) == ["a", "b", "c"]
    for name, one in answers.items():
        assert (found[name].name, found[name].role) == (name, one.role)
        for part in ("label", "probability", "value"):
            wanted, got = getattr(one, part), getattr(found[name], part)
            assert (got is None) == (wanted is None)
            if wanted is not None:
                np.testing.assert_array_equal(got, wanted)
                assert got.dtype == wanted.dtype


def test_no_predictions_are_no_predictions(tmp_path):
    write_predictions(tmp_path, {})
    assert read_predictions(tmp_path, {}) == {}
    (tmp_path / "predictions.arrow").unlink()
    with pytest.raises(BadInput, match="missing or damaged"):
        read_predictions(tmp_path, {"a": Role.CANDIDATE})
