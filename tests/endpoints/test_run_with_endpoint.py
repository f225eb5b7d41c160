"""An evaluation in which one system is behind an API."""

import json

import numpy as np
import pandas as pd
import pytest

from evallib.core.errors import BadInput
from evallib.plan import plan_from, read_plan
from evallib.recompute import recompute
from evallib.run import evaluate


@pytest.fixture
def plan_of(tmp_path, api):
    random = np.random.default_rng(0)
    rows = pd.DataFrame({"a": random.normal(size=300), "b": random.normal(size=300)})
    rows["outcome"] = np.where(rows["a"] + random.normal(size=300) > 0, "yes", "no")
    rows.to_csv(tmp_path / "rows.csv", index=False)
    api.answers(lambda body: {"predictions": [1 / (1 + np.exp(-row["a"])) for row in body["instances"]]})

    def make(**settings):
        endpoint = {"url": api.url, "per_second": 1000, "batch": 64, "cost_per_call": 0.01} | settings
        system = {"name": "vendor", "role": "existing", "endpoint": endpoint}
        return plan_from({"data": {"path": "rows.csv", "target": "outcome"}, "systems": [system]}, tmp_path, "plan")

    return make


def test_an_endpoint_is_judged_like_any_system_and_its_cost_is_noted(plan_of, tmp_path, api):
    run = evaluate(plan_of(), tmp_path / "run", preview=True)
    assert run.state == "done"
    assert "vendor is asked 5 times about 300 rows, which costs 0.05." in run.details.warnings
    assert len(api.asked) == 5
    assert api.asked[0]["instances"][0].keys() == {"a", "b"}, "the truth is never sent"
    assert run.result("performance").metrics.set_index("metric")["value"]["roc_auc"] > 0.7


def test_methods_never_ask_an_endpoint_again(plan_of, tmp_path, api):
    run = evaluate(plan_of(), tmp_path / "run")
    assert run.methods["perturbation"].outcome == "not applicable"
    recompute(run.folder, "baselines", {"rule": "a > 1"})
    assert len(api.asked) == 5


def test_an_endpoint_in_evaluation_yaml_comes_back_as_it_was(plan_of, tmp_path):
    plan = plan_of(headers={"Authorization": "Bearer ${VENDOR}"}, per_second=5, request={"rows": "$values"})
    with pytest.raises(BadInput, match="needs the secret VENDOR"):
        evaluate(plan, tmp_path / "run")
    assert read_plan(tmp_path / "run" / "evaluation.yaml").systems == plan.systems


def test_a_failing_endpoint_ends_the_run_in_words(plan_of, tmp_path, api):
    api.answering = lambda body: (500, json.dumps({}).encode())
    with pytest.raises(BadInput, match=r"vendor answered with status 500 \(Internal Server Error\)\."):
        evaluate(plan_of(retries=0), tmp_path / "run")
