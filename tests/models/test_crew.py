"""Several processes of one model that share the rows."""

import numpy as np
import pandas as pd
import pytest
from model_files import gone, within, write_source

from evallib.core.errors import BadInput
from evallib.models import Limits, bind_model, chunks, crew, isolated
from evallib.models.processors import Processors

FEATURES = pd.DataFrame({"a": np.arange(600.0)})

TELLS_ITS_PROCESS = """
    import os, time
    class Model:
        def predict(self, rows):
            time.sleep(0.05)
            return rows["a"] + 1_000 * os.getpid()
"""


@pytest.fixture(autouse=True)
def many_chunks(monkeypatch):
    """Twenty rows a chunk, two processors, and help that is always worth it."""
    for name in ("FIRST_ROWS", "FEWEST_ROWS", "MOST_ROWS_OF_NUMBERS"):
        monkeypatch.setattr(chunks, name, 20)
    for name in ("OPENING", "OPENING_PREPARED"):
        monkeypatch.setattr(isolated, name, 0.0)
    processors = Processors(2)
    for module in (crew, isolated):
        monkeypatch.setattr(module, "PROCESSORS", processors)


def values(model, rows=FEATURES):
    return bind_model(model, rows, (), "regression").predict(rows).value


def test_two_processes_answer_each_row_once_and_end_with_the_model(opened, tmp_path):
    model = opened(write_source(TELLS_ITS_PROCESS, tmp_path / "m.pkl"))
    twin = model.twin(0)
    answers = values(model)
    processes = set(answers // 1_000)
    assert processes == {model.pid, twin.pid}
    np.testing.assert_array_equal(answers % 1_000, FEATURES["a"])
    model.close()
    assert all(within(5, lambda pid=pid: gone(int(pid))) for pid in processes)


def test_a_process_that_helped_once_is_kept_for_the_next_task(opened, tmp_path):
    model = opened(write_source(TELLS_ITS_PROCESS, tmp_path / "m.pkl"))
    while len(set(values(model) // 1_000)) < 2:
        pass
    assert set(values(model) // 1_000) == {model.pid, model.twin(0).pid}


@pytest.mark.parametrize(
    ("limits", "most_mb"), [(Limits(total_mb=8192), 4096), (Limits(), 1)], ids=["memory is bounded", "large model"]
)
def test_a_model_stays_alone(limits, most_mb, opened, tmp_path, monkeypatch):
    monkeypatch.setattr(isolated, "MOST_TWIN_MB", most_mb)
    model = opened(write_source(TELLS_ITS_PROCESS, tmp_path / "m.pkl"), limits=limits)
    assert set(values(model) // 1_000) == {model.pid}


def test_what_a_helper_raises_ends_the_task(opened, tmp_path):
    source = """
        import os, time
        FIRST = []
        class Model:
            def predict(self, rows):
                FIRST.append(float(rows["a"].iloc[0]))
                time.sleep(0.05)
                if FIRST[0] > 0:
                    raise ValueError("only the first process can do it")
                return rows["a"]
    """
    model = opened(write_source(source, tmp_path / "m.pkl"), name="Fickle")
    model.twin(0)
    with pytest.raises(BadInput, match=r"Fickle failed for rows .* only the first process can do it"):
        values(model)
    np.testing.assert_array_equal(values(model, FEATURES.head(20)), FEATURES["a"].head(20))


def test_the_task_is_done_also_where_no_further_process_opens(opened, tmp_path, monkeypatch):
    model = opened(write_source(TELLS_ITS_PROCESS, tmp_path / "m.pkl"))

    def refuse(*_):
        raise BadInput("There is no memory.")

    monkeypatch.setattr(model, "twin", refuse)
    assert set(values(model) // 1_000) == {model.pid}


def test_those_that_compute_share_the_processors():
    processors = Processors(4)
    assert (processors.idle, processors.share) == (4, 4)
    with processors.used_by("one"), processors.used_by("two"), processors.used_by("two"):
        assert (processors.idle, processors.share) == (2, 2)
        with processors.used_by("three"):
            assert (processors.idle, processors.share) == (1, 1)
        assert processors.share == 2
    assert processors.idle == 4


def test_a_model_computes_in_as_many_threads_as_its_share(opened, tmp_path):
    source = """
        import joblib
        from sklearn.utils._openmp_helpers import _openmp_effective_n_threads
        class Model:
            def predict(self, rows):
                return rows["a"] * 0 + 10 * joblib.cpu_count() + _openmp_effective_n_threads()
    """
    model = opened(write_source(source, tmp_path / "m.pkl"))
    few = FEATURES.head(20)
    assert set(values(model, few)) == {22}
    with crew.PROCESSORS.used_by("another"):
        assert set(values(model, few)) == {11}
    assert set(values(model, few)) == {22}
