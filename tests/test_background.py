from __future__ import annotations

import contextlib
import io
import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
import pytest
from bombs import full_sheet
from sklearn.neighbors import KNeighborsClassifier

import evallib.jobs
from evallib.background import Line
from evallib.core.errors import BadInput, Cancelled
from evallib.runs import RunStore, new_run_id
from evallib.workspace import Workspace

Ask = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def line(monkeypatch) -> tuple[Line, io.StringIO]:
    """A line of this process that knows three jobs, and what it has written."""

    def work(progress, *, steps):
        for step in range(steps):
            progress(step, steps, "Working")
        return {"steps": steps}

    def fail(progress, *, error):
        raise error

    monkeypatch.setattr("evallib.background.JOBS", {"work": work, "fail": fail})
    written = io.StringIO()
    return Line(written), written


def answers(written: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(text) for text in written.getvalue().splitlines()]


def test_a_job_reports_progress_and_then_its_result(line):
    line, written = line
    line.answer({"id": "7", "job": "work", "arguments": {"steps": 1000}})
    first, *_, last = answers(written)
    assert first == {"id": "7", "progress": [0, 1000, "Working"]}
    assert last == {"id": "7", "done": {"steps": 1000}}
    assert len(answers(written)) < 500  # the same step is not reported a thousand times


def test_errors_are_sentences(line, caplog):
    line, written = line
    for error in (BadInput("No such file."), Cancelled("Cancelled."), KeyError("secret path")):
        line.answer({"id": "1", "job": "fail", "arguments": {"error": error}})
    bad, cancelled, internal = answers(written)
    assert bad == {"id": "1", "error": "No such file.", "kind": "bad input"}
    assert cancelled == {"id": "1", "error": "Cancelled.", "kind": "cancelled"}
    assert internal["kind"] == "internal"
    assert "secret" not in internal["error"]
    assert internal["error_id"] in internal["error"]
    assert internal["error_id"] in caplog.text
    line.answer({"id": "2", "job": "no such job", "arguments": {}})
    line.answer({"id": "3", "job": "work", "arguments": {"colour": "red"}})
    assert [one["kind"] for one in answers(written)[3:]] == ["internal", "internal"]


def test_a_result_that_is_no_json_is_an_error_and_not_a_broken_line(line, monkeypatch):
    line, written = line
    monkeypatch.setattr("evallib.background.JOBS", {"odd": lambda progress: {"x": float("nan")}})
    line.answer({"id": "1", "job": "odd", "arguments": {}})
    assert [one["kind"] for one in answers(written)] == ["internal"]


def test_a_running_job_can_be_cancelled(line, monkeypatch):
    line, written = line
    started = threading.Event()

    def forever(progress):
        while True:
            progress(0, 1, "Waiting")
            started.set()

    monkeypatch.setattr("evallib.background.JOBS", {"forever": forever})
    monkeypatch.setattr("evallib.background.os._exit", lambda code: None)
    job = threading.Thread(target=line.answer, args=({"id": "9", "job": "forever", "arguments": {}},), daemon=True)
    job.start()
    started.wait(30)
    line.listen(io.StringIO('{"cancel": "9"}\n'))
    job.join(30)
    assert answers(written)[-1] == {"id": "9", "error": "Cancelled.", "kind": "cancelled"}


@pytest.fixture
def workspace(tmp_path, monkeypatch) -> Workspace:
    monkeypatch.setenv("EVALLIB_HOME", str(tmp_path / "home"))
    return Workspace.from_environment()


@pytest.fixture
def process(workspace) -> Iterator[subprocess.Popen[str]]:
    """The background process, as the app starts it, once it is ready."""
    command = [sys.executable, "-W", "error", "-m", "evallib.background"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert json.loads(process.stdout.readline()) == {"ready": True}
    yield process
    process.kill()
    process.communicate()


def ask(process: subprocess.Popen[str], job: str, **arguments: Any) -> dict[str, Any]:
    """The answer to a request; its progress is passed over."""
    process.stdin.write(json.dumps({"id": "1", "job": job, "arguments": arguments}) + "\n")
    process.stdin.flush()
    for text in process.stdout:
        message = json.loads(text)
        if "progress" not in message:
            return message
    raise AssertionError("the process has ended")


def test_from_upload_to_recomputation(process, workspace):
    rows = pd.DataFrame({"age": range(40), "p": [0.1, 0.8] * 20, "y": ["no", "yes"] * 20})
    upload = workspace.incoming / "token"
    rows.to_csv(upload, index=False)
    done = ask(process, "ingest", file=str(upload), name="../my rows.csv")["done"]
    assert (done["name"], done["rows"], done["columns"]) == ("my rows.csv", 40, 3)
    assert not upload.exists()
    plan = workspace.home / "evaluation.yaml"
    stored = workspace.get("data", done["id"]).path
    plan.write_text(
        f"data: {{path: {stored}, target: y}}\nsystems: [{{name: s, probability: p}}]\nmethods: [reliability]"
    )
    run_id = new_run_id()
    assert ask(process, "evaluate", plan=str(plan), run=run_id) == {"id": "1", "done": {"run": run_id}}
    run = RunStore(workspace.runs).get(run_id)
    assert (run.state, run.name) == ("done", "my rows")
    key = ask(process, "recompute", run=run_id, method="reliability", where="age < 20")["done"]["variation"]
    assert run.result("reliability", key).basis.rows == 20
    answer = ask(process, "recompute", run=run_id, method="reliability", where="age <")
    assert answer["kind"] == "bad input"
    answer = ask(process, "recompute", run="../../etc", method="reliability")
    assert answer["kind"] == "bad input"
    answer = ask(process, "ingest", file="/etc/passwd", name="x")
    assert answer["error"] == "passwd was not uploaded here; upload it first."


def test_an_upload_that_breaks_its_reader_takes_nothing_along(workspace, monkeypatch, request):
    monkeypatch.setenv("EVALLIB_MAX_READ_MEMORY_MB", "400")
    process = request.getfixturevalue("process")
    upload = workspace.incoming / "token"
    upload.write_bytes(full_sheet(200_000, 8))
    answer = ask(process, "ingest", file=str(upload), name="rows.xlsx")
    assert answer["kind"] == "bad input"
    assert "EVALLIB_MAX_READ_MEMORY_MB" in answer["error"]
    assert not upload.exists()
    assert list((workspace.home / "data").iterdir()) == []
    upload.write_text("a,b\n1,2\n")
    assert ask(process, "ingest", file=str(upload), name="rows.csv")["done"]["rows"] == 1
    assert process.poll() is None


def children(pid: int) -> set[int]:
    """The processes that a process has started."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return {int(child) for task in tasks for child in (task / "children").read_text().split()}


def await_end(pid: int) -> None:
    """Return once the process has ended, whether or not somebody has asked how."""
    deadline = time.monotonic() + 60
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        while Path(f"/proc/{pid}/cmdline").read_bytes():
            assert time.monotonic() < deadline
            time.sleep(0.02)


@pytest.fixture
def slow_plan(workspace) -> Path:
    """An evaluation whose model takes minutes."""
    random = np.random.default_rng(0)
    rows = pd.DataFrame(random.normal(size=(200_000, 20)), columns=[f"x{place}" for place in range(20)])
    y = (rows["x0"] > 0).astype(int)
    model = KNeighborsClassifier(algorithm="brute").fit(rows.head(20_000), y.head(20_000))
    joblib.dump(model, workspace.home / "slow.joblib")
    rows.assign(y=y).to_parquet(workspace.home / "rows.parquet")
    plan = workspace.home / "evaluation.yaml"
    plan.write_text("data: {path: rows.parquet, target: y}\nsystems: [{name: m, model: slow.joblib}]")
    return plan


def start_scoring(process: subprocess.Popen[str], plan: Path) -> str:
    """The id of a run whose model is being scored now."""
    run_id = new_run_id()
    request = {"id": "1", "job": "evaluate", "arguments": {"plan": str(plan), "run": run_id}}
    process.stdin.write(json.dumps(request) + "\n")
    process.stdin.flush()
    while "Scoring" not in json.loads(process.stdout.readline())["progress"][2]:
        pass
    return run_id


def test_a_cancelled_evaluation_ends_and_the_process_goes_on(process, workspace, slow_plan):
    run_id = start_scoring(process, slow_plan)
    assert RunStore(workspace.runs).get(run_id).active
    process.stdin.write('{"cancel": "1"}\n')
    process.stdin.flush()
    while "progress" in (answer := json.loads(process.stdout.readline())):
        pass
    assert answer == {"id": "1", "error": "Cancelled.", "kind": "cancelled"}
    assert RunStore(workspace.runs).get(run_id).state == "cancelled"
    assert "done" in ask(process, "prepare_demo", key="kidney_stones")


@pytest.mark.parametrize("how", ["its input ends", "it is killed"])
def test_the_end_of_the_process_ends_the_models_of_a_running_evaluation(process, workspace, slow_plan, how):
    run_id = start_scoring(process, slow_plan)
    workers = children(process.pid)
    assert workers
    if how == "it is killed":
        process.kill()
    else:
        process.stdin.close()
        process.stdin = None
    process.wait(60)
    for pid in workers:
        await_end(pid)
    run = RunStore(workspace.runs).get(run_id)
    assert (run.state, run.active) == ("failed", False)
    assert "interrupted" in run.reason


def test_the_process_does_not_outlive_whoever_started_it():
    parent = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import subprocess, sys\n"
            "child = subprocess.Popen([sys.executable, '-m', 'evallib.background'], stdin=subprocess.PIPE)\n"
            "print(child.pid, flush=True)\n"
            "child.wait()",
        ],
        stdout=subprocess.PIPE,
        text=True,
    )
    pid = int(parent.stdout.readline())
    assert json.loads(parent.stdout.readline()) == {"ready": True}
    parent.kill()
    parent.wait(30)
    await_end(pid)
    parent.stdout.close()


def test_a_request_that_is_none_ends_the_process(process):
    process.stdin.write("\n")
    process.stdin.flush()
    assert process.wait(30) == 1


def test_every_job_is_known_by_name():
    about_models = {"inspect_model", "try_endpoint"}
    runs = {"evaluate", "evaluate_demo", "prepare_demo", "recompute"}
    about_rules = {"check_rules", "column_values"}
    assert set(evallib.jobs.JOBS) == {"ingest"} | about_models | runs | about_rules
