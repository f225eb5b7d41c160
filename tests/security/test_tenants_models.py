"""Models of several sessions at once: none sees another's or takes it along, and none outlives the server."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pandas as pd
import pytest
from attack import EVERY_ATTACK
from model_files import within, write_source

from evallib.core.errors import BadInput
from evallib.data import DataSource
from evallib.models import Limits, bind_model, drop_workers, open_model
from evallib.plan import EvaluationPlan
from evallib.workspace import Workspace

ROWS = pd.DataFrame({"a": [1.0, 2.0]})

REMEMBERING = """
seen = []
class Model:
    def predict(self, rows):
        seen.append(len(rows))
        return [float(len(seen))] * len(rows)
"""

SLOW = """
import time
class Model:
    def predict(self, rows):
        time.sleep(rows["a"].iloc[0])
        return rows["a"]
"""

LIMITS = Limits(memory_mb=600, seconds=60)

SESSIONS = 20 if EVERY_ATTACK in os.environ else 4


@pytest.fixture(autouse=True)
def _own_folder(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))


def answers(model, rows=ROWS):
    return list(bind_model(model, rows, (), "regression").predict(rows).value)


def test_s2_the_same_content_of_two_sessions_is_two_files(tmp_path):
    workspace = Workspace(tmp_path / "home")
    (tmp_path / "rows.csv").write_text("a,y\n1,0\n2,1\n")
    mine, theirs = (workspace.ingest(tmp_path / "rows.csv", "rows.csv") for _ in range(2))
    assert mine.id != theirs.id
    plan = EvaluationPlan(data=DataSource(path=Path("rows.csv"), target="y"))
    assert workspace.localised(plan, {mine.id}).data.path == mine.path
    workspace.delete("data", theirs.id)
    assert workspace.get("data", mine.id) == mine
    with pytest.raises(BadInput, match="upload it first"):
        workspace.localised(plan, {theirs.id})


def test_s2_the_same_model_of_two_sessions_is_two_processes(tmp_path):
    path = write_source(REMEMBERING, tmp_path / "m.pkl")
    with open_model(path, "A", LIMITS) as mine, open_model(path, "B", LIMITS) as theirs:
        assert mine.pid != theirs.pid
        assert answers(mine) == [1.0, 1.0]
        assert answers(mine) == [2.0, 2.0]
        assert answers(theirs) == [1.0, 1.0]


def test_s3_a_model_goes_on_answering_while_another_is_killed(tmp_path):
    path = write_source(SLOW, tmp_path / "m.pkl")
    rows = pd.DataFrame({"a": [1.0, 3.0]})
    with (
        open_model(path, "A", LIMITS) as mine,
        open_model(path, "B", LIMITS) as theirs,
        ThreadPoolExecutor(2) as threads,
    ):
        asked = threads.submit(answers, theirs, rows)
        killed = threads.submit(answers, mine, rows)
        assert within(10, lambda: busy(mine.pid) and busy(theirs.pid))
        before = mine.pid
        os.killpg(before, signal.SIGKILL)
        assert asked.result() == [1.0, 3.0]
        assert killed.result() == [1.0, 3.0], "a worker that ended is replaced once"
        assert mine.pid != before


def busy(pid):
    """Whether the worker was woken to answer; between two questions it is stopped."""
    return state(pid) in {"R", "S"}


def state(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return "gone"


SERVER = """
import sys, time
from ui.jobs import JobPool
pool = JobPool()
pool.start()
pool.submit("inspect_model", {"file": sys.argv[1], "name": "m.pkl"}, session="a")
print("submitted", flush=True)
time.sleep(600)
"""

ENDLESS = "import time\ntime.sleep(600)\nclass Model:\n    def predict(self, rows):\n        return rows['a']"


def test_s4_nothing_outlives_a_server_that_is_killed(tmp_path):
    """The server's background processes, their workers and readers end by themselves, in the middle of their work."""
    workspace = Workspace(tmp_path / "home")
    write_source(ENDLESS, workspace.incoming / "upload")
    environment = {**os.environ, "EVALLIB_HOME": str(workspace.home)}
    command = [sys.executable, "-c", SERVER, str(workspace.incoming / "upload")]
    server = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, start_new_session=True)
    try:
        assert server.stdout.readline()
        assert within(60, lambda: any(is_worker(pid) for pid in below(server.pid)))
        started = below(server.pid)
    finally:
        server.kill()
        server.communicate()
    left = within(10, lambda: all(state(pid) in {"gone", "Z"} for pid in started))
    assert left, [Path(f"/proc/{pid}/cmdline").read_text()[:200] for pid in started if state(pid) not in {"gone", "Z"}]


def is_worker(pid):
    return "evallib.models.worker" in Path(f"/proc/{pid}/cmdline").read_text()


def below(pid):
    """The processes that a process has started, and those that they have started."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    own = [int(child) for task in tasks for child in (task / "children").read_text().split()]
    return own + [process for child in own for process in below(child)]


def test_s5_a_model_goes_on_when_the_thread_that_asked_ends(tmp_path):
    """As when a page is left while its model computes: nobody wants the answer, the next page asks the same model."""
    model = open_model(write_source(SLOW, tmp_path / "m.pkl"), "M", LIMITS)
    asking = threading.Thread(target=lambda: answers(model, pd.DataFrame({"a": [1.0]})))
    with model:
        pid = model.pid
        asking.start()
        assert within(10, lambda: busy(pid))
        assert answers(model, pd.DataFrame({"a": [0.0, 5.0]})) == [0.0, 5.0]
        asking.join()
        assert answers(model, pd.DataFrame({"a": [0.0]})) == [0.0]
        assert model.pid == pid


def test_s6_sessions_that_start_models_at_once_wait_for_memory(tmp_path):
    drop_workers()
    path = write_source(REMEMBERING, tmp_path / "m.pkl")
    bounded = Limits(memory_mb=512, seconds=60, total_mb=1_024)
    lock, open_now, most = threading.Lock(), 0, 0

    def session(number):
        nonlocal open_now, most
        with open_model(path, f"M{number}", bounded) as model:
            with lock:
                open_now += 1
                most = max(most, open_now)
            given = answers(model)
            with lock:
                open_now -= 1
        return given

    with ThreadPoolExecutor(SESSIONS) as threads:
        assert list(threads.map(session, range(SESSIONS))) == [[1.0, 1.0]] * SESSIONS
    assert most <= 2
