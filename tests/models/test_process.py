"""Worker processes: how they start, wait, and never outlive those that need them."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pandas as pd
import pytest
from model_files import gone, open_descriptors, within, write, write_source

from evallib.core.errors import BadInput
from evallib.models import Limits, bind_model, drop_workers, open_model, prepare_workers, process, spares


def test_a_prepared_worker_serves_one_model_alone(families, tmp_path):
    drop_workers()
    path = write(families["ridge"].model, tmp_path / "m.pkl")
    prepare_workers(1)
    (waiting,) = spares._spares._waiting
    prepare_workers(1)
    assert spares._spares._waiting == [waiting]
    with open_model(path) as first, open_model(path) as second:
        assert first.pid == waiting[1].pid
        assert second.pid != first.pid
    prepare_workers(1, Limits(memory_mb=700))
    (waiting,) = spares._spares._waiting
    drop_workers()
    assert gone(waiting[1].pid)


def test_a_worker_dies_with_the_process_that_started_it(families, tmp_path):
    path = write(families["ridge"].model, tmp_path / "m.pkl")
    program = (
        "import sys, time; from evallib.models import open_model;"
        f"model = open_model({str(path)!r}); print(model.pid, flush=True); time.sleep(60)"
    )
    parent = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    worker = int(parent.stdout.readline())
    assert not gone(worker)
    parent.kill()
    parent.communicate()
    assert within(10, lambda: ended(worker))


def test_a_worker_outlives_the_thread_that_opened_it(families, tmp_path):
    path = write(families["ridge"].model, tmp_path / "m.pkl")
    opened = []
    thread = threading.Thread(target=lambda: opened.append(open_model(path)))
    thread.start()
    thread.join()
    time.sleep(0.2)
    with opened[0] as model:
        assert not ended(model.pid)


def test_a_model_that_nobody_holds_is_ended(families, tmp_path):
    model = open_model(write(families["ridge"].model, tmp_path / "m.pkl"))
    number = model.pid
    del model
    assert gone(number)


def test_a_worker_that_cannot_start_says_why(families, tmp_path, monkeypatch):
    drop_workers()
    path = write(families["ridge"].model, tmp_path / "m.pkl")
    before = open_descriptors()
    monkeypatch.setattr(process, "FOLDER", str(tmp_path))
    with pytest.raises(BadInput, match=r"m was not opened, as its process did not start: exit code 1\."):
        open_model(path)
    monkeypatch.undo()
    with pytest.raises(BadInput, match=r"did not start: it took longer than 0\.01 s\."):
        open_model(path, limits=Limits(start_seconds=0.01))
    assert open_descriptors() == before


def test_a_failing_start_is_told_by_the_worker(families, tmp_path, monkeypatch):
    """Too little memory for its own imports: the reason reaches the parent."""
    drop_workers()
    path = write(families["ridge"].model, tmp_path / "m.pkl")
    monkeypatch.setattr(process, "START", process.START.replace("main(*", "sys.argv[4] = '-6100'; main(*"))
    with pytest.raises(BadInput, match="m was not opened, as its process did not start: "):
        open_model(path)


def test_a_stopped_worker_is_killed(families, tmp_path):
    model = open_model(write(families["ridge"].model, tmp_path / "m.pkl"))
    os.kill(model.pid, signal.SIGSTOP)
    model.close()
    assert gone(model.pid)


def test_what_a_model_starts_ends_with_it(opened, tmp_path):
    source = """
        import os
        class Model:
            def predict(self, rows):
                child = os.fork()
                if child == 0:
                    import time
                    time.sleep(60)
                return [float(child)] * len(rows)
    """
    features = pd.DataFrame({"a": [1.0]})
    model = opened(write_source(source, tmp_path / "m.pkl"), limits=Limits(layers=()))
    child = int(bind_model(model, features, (), "regression").predict(features).value[0])
    assert not gone(child)
    model.close()
    assert within(5, lambda: ended(child))


def ended(number):
    """Whether the process is gone, or dead and only waits for a parent to notice."""
    try:
        return Path(f"/proc/{number}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except FileNotFoundError:
        return True
