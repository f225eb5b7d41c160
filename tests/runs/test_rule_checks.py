"""Rules tried on the rows of a run, and the values that are offered for them."""

from __future__ import annotations

import pandas as pd
import pytest

from evallib.core.errors import BadInput
from evallib.jobs import JOBS
from evallib.plan import plan_from
from evallib.rule_checks import check_rules, column_values
from evallib.run import evaluate
from evallib.runs import Run

TABLE = pd.DataFrame(
    {
        "age": [10, 20, 30, 40],
        "p": [0.9, 0.2, 0.6, 0.1],
        "at": pd.to_datetime(["2024-01-01"] * 4),
        "job": ["it's", "b", "b", None],
        "truth": ["yes", "no", "no", "no"],
    }
)


@pytest.fixture
def run(tmp_path, toy) -> Run:
    TABLE.to_parquet(tmp_path / "rows.parquet")
    data = {"path": "rows.parquet", "target": "truth", "positive": "yes"}
    plan = plan_from({"data": data, "systems": [{"name": "m", "probability": "p"}]}, tmp_path, "test")
    return evaluate(plan, tmp_path / "runs" / "20260101-000000-00000000")


def test_rules_are_counted_on_the_rows_that_the_filter_leaves(run):
    rules = ["age < 35", "age > 100", "agge > 1"]
    verdicts, rows = check_rules(run.folder, rules)
    assert (verdicts[:2], rows) == ([{"rows": 3}, {"rows": 0}], 4)
    assert "error" in verdicts[2]
    assert check_rules(run.folder, rules[:1], "age > 15") == ([{"rows": 2}], 3)
    assert check_rules(run.folder, ["Young: age < 35"], named=True) == ([{"rows": 3}], 4)


def test_values_are_offered_as_a_rule_writes_them_the_most_frequent_first(run):
    assert column_values(run.folder, "job") == ["'b'", '"it\'s"']
    assert sorted(column_values(run.folder, "age")) == ["10", "20", "30", "40"]
    assert column_values(run.folder, "p") == column_values(run.folder, "at") == []
    with pytest.raises(BadInput, match="no column 'nothing'"):
        column_values(run.folder, "nothing")


def test_the_background_can_be_asked(run, monkeypatch):
    monkeypatch.setenv("EVALLIB_HOME", str(run.folder.parents[1]))
    ask = {"run": run.id, "rules": ["age < 35"]}
    assert JOBS["check_rules"](lambda *_: None, **ask) == {"verdicts": [{"rows": 3}], "of": 4}
    assert JOBS["column_values"](lambda *_: None, run=run.id, column="job") == {"values": ["'b'", '"it\'s"']}
