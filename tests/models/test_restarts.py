"""Workers that end and are replaced once, and workers that turn out to need a library."""

import os
import signal

import numpy as np
import pandas as pd
import pytest
from model_files import gone, open_descriptors, write, write_source

from evallib.core.errors import BadInput
from evallib.models import bind_model, isolated, open_model
from evallib.models.formats.extras import LIBRARIES, library_asked_for

ROWS = pd.DataFrame({"a": np.arange(30.0), "b": np.arange(30.0) % 7})

OBEDIENT = """
    import os
    class Model:
        def predict(self, rows):
            if rows["a"].iloc[0] < 0:
                os._exit(7)
            return rows["a"]
"""


def test_a_worker_that_was_killed_is_replaced_once(opened, tmp_path):
    model = opened(write_source(OBEDIENT, tmp_path / "m.pkl"))
    bound = bind_model(model, ROWS, (), "regression")
    first = model.pid
    os.kill(first, signal.SIGKILL)
    (tmp_path / "m.pkl").unlink()
    assert list(bound.predict(ROWS).value) == list(ROWS["a"])
    assert model.pid != first
    assert gone(first)
    os.kill(model.pid, signal.SIGKILL)
    with pytest.raises(BadInput, match=r"M ended its own process \(SIGKILL\)"):
        bound.predict(ROWS)
    with pytest.raises(BadInput, match="M is closed"):
        bound.predict(ROWS)


def test_a_model_that_ends_every_worker_is_reported(opened, tmp_path):
    model = opened(write_source(OBEDIENT, tmp_path / "m.pkl"))
    first = model.pid
    with pytest.raises(BadInput, match=r"M ended its own process \(exit code 7\) when asked for rows 1 to 30"):
        bind_model(model, ROWS, (), "regression").predict(-1 - ROWS)
    assert model.pid != first
    assert gone(first)
    assert gone(model.pid)


def test_a_file_that_ends_its_worker_is_tried_twice_and_leaves_nothing(tmp_path, monkeypatch):
    path = write_source("import os; os._exit(3)", tmp_path / "m.pkl")
    started = []
    take = isolated.take_worker
    monkeypatch.setattr(isolated, "take_worker", lambda limits: started.append(take(limits)) or started[-1])
    before = open_descriptors()
    with pytest.raises(BadInput, match=r"exit code 3\) when asked to load"):
        open_model(path)
    assert len(started) == 2
    assert all(gone(worker.pid) for worker in started)
    assert len(open_descriptors() - before) <= 1, "only the line to a prepared worker"


def test_a_closed_model_is_not_started_again(opened, tmp_path):
    model = opened(write_source(OBEDIENT, tmp_path / "m.pkl"))
    bound = bind_model(model, ROWS, (), "regression")
    model.close()
    with pytest.raises(BadInput, match="M is closed"):
        bound.predict(ROWS)
    assert gone(model.pid)


@pytest.mark.parametrize("library", ["xgboost", "lightgbm"])
def test_a_pickle_gets_the_library_that_it_needs(library, opened, tmp_path):
    package = pytest.importorskip(library)
    options = {"xgboost": {}, "lightgbm": {"verbose": -1, "min_child_samples": 2}}[library]
    kind = {"xgboost": "XGBClassifier", "lightgbm": "LGBMClassifier"}[library]
    original = getattr(package, kind)(n_estimators=4, **options).fit(ROWS, ROWS["b"] > 3)
    model = opened(write(original, tmp_path / "m.pkl"))
    given = bind_model(model, ROWS, ("False", "True"), "binary").predict(ROWS)
    np.testing.assert_allclose(given.probability, original.predict_proba(ROWS)[:, 1], rtol=0, atol=1e-6)


def test_a_library_that_is_not_on_the_list_is_not_imported(opened, tmp_path):
    path = tmp_path / "m.pkl"
    path.write_bytes(b"\x80\x04cantigravity\nfly\n.")
    assert "antigravity" not in LIBRARIES
    with pytest.raises(BadInput, match="needs the Python library antigravity"):
        opened(path)


def test_the_library_is_found_behind_the_error_that_it_caused():
    missing = ModuleNotFoundError("No module", name="xgboost.sklearn")
    try:
        try:
            raise missing
        except ModuleNotFoundError:
            raise ValueError("something else") from None
    except ValueError as error:
        assert library_asked_for(error) == "xgboost"
    assert library_asked_for(ModuleNotFoundError("No module", name="os")) == ""
    assert library_asked_for(ValueError()) == ""
