"""The pool against real processes that run a small stand-in for the background module."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

import pytest

from evallib.core.errors import BadInput
from ui import job_limits, jobs
from ui.jobs import TRIES, Job, JobPool

if TYPE_CHECKING:
    from collections.abc import Iterator

CHILD = """
import json, sys, time
print(json.dumps({"ready": True}), flush=True)
for line in sys.stdin:
    request = json.loads(line)
    job, arguments = request["job"], request["arguments"]
    print(json.dumps({"id": request["id"], "progress": [1, 4, "Working"]}), flush=True)
    if job == "die":
        sys.exit(1)
    if job == "sleep":
        time.sleep(arguments["seconds"])
    answer = {"error": "No such column."} if job == "refuse" else {"done": arguments}
    print(json.dumps({"id": request["id"]} | answer), flush=True)
"""


@pytest.fixture
def pool(monkeypatch: pytest.MonkeyPatch) -> Iterator[JobPool]:
    monkeypatch.setattr(jobs, "COMMAND", [sys.executable, "-c", CHILD])
    started = JobPool()
    started.start()
    yield started
    started.stop()


def ended(job: Job, seconds: float = 20) -> Job:
    deadline = time.monotonic() + seconds
    while job.active and time.monotonic() < deadline:
        time.sleep(0.01)
    return job


def running(job: Job) -> Job:
    deadline = time.monotonic() + 20
    while job.text != "Working" and time.monotonic() < deadline:
        time.sleep(0.01)
    return job


def test_a_job_gives_its_result(pool: JobPool) -> None:
    job = ended(pool.submit("echo", {"x": 1}))
    assert (job.state, job.result, job.share) == ("done", {"x": 1}, 1.0)
    assert pool.get(job.id) is job


def test_a_refusal_is_told_in_its_own_words(pool: JobPool) -> None:
    job = ended(pool.submit("refuse", {}))
    assert (job.state, job.error) == ("failed", "No such column.")


def test_equal_active_jobs_are_one(pool: JobPool) -> None:
    first, second = pool.submit("sleep", {"seconds": 1}), pool.submit("sleep", {"seconds": 1})
    assert first is second
    assert pool.active("sleep", seconds=1) is first
    assert pool.active("sleep", seconds=2) is None


def test_of_several_who_take_a_job_one_gets_it(pool: JobPool) -> None:
    job = ended(pool.submit("echo", {"x": 1, "y": 2}))
    assert pool.matching("echo", x=1) == [job]
    assert pool.matching("echo", x=2) == []
    assert (pool.take(job.id), pool.take(job.id)) == (job, None)
    assert pool.matching("echo", x=1) == []


def test_a_running_job_is_cancelled_at_once_and_the_next_one_runs(pool: JobPool) -> None:
    job = running(pool.submit("sleep", {"seconds": 60}, "quick"))
    pool.cancel(job.id)
    assert job.state == "cancelled"
    assert ended(pool.submit("echo", {"x": 2}, "quick")).result == {"x": 2}
    assert job.state == "cancelled"


def test_a_waiting_job_is_cancelled_without_ever_running(pool: JobPool) -> None:
    running(pool.submit("sleep", {"seconds": 60}, "quick"))
    waiting = pool.submit("echo", {"x": 3}, "quick")
    assert waiting.state == "queued"
    pool.cancel(waiting.id)
    assert waiting.state == "cancelled"


def test_a_waiting_job_says_how_many_are_before_it(pool: JobPool) -> None:
    first = running(pool.submit("sleep", {"seconds": 60}, "quick"))
    second, third, fourth = (pool.submit("echo", {"x": number}, "quick") for number in range(3))
    assert second.text == "Waiting for a free process; this job is next"
    assert third.text == "Waiting for a free process; 1 job is before this one"
    assert fourth.text == "Waiting for a free process; 2 jobs are before this one"
    pool.cancel(second.id)
    assert third.text == "Waiting for a free process; this job is next"
    pool.cancel(first.id)
    assert ended(fourth).result == {"x": 2}


def test_a_session_and_all_of_them_may_have_so_many_jobs(pool: JobPool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job_limits, "PER_SESSION", 2)
    monkeypatch.setattr(job_limits, "IN_ALL", 3)
    first, _ = (pool.submit("sleep", {"seconds": 60 + number}, "quick", "a") for number in range(2))
    with pytest.raises(BadInput, match=r"2 jobs of yours are waiting or running.*EVALLIB_MAX_SESSION_JOBS"):
        pool.submit("echo", {"x": 1}, "quick", "a")
    assert pool.submit("sleep", {"seconds": 60}, "quick", "a") is first
    pool.submit("echo", {"x": 2}, "quick", "b")
    with pytest.raises(BadInput, match=r"3 jobs are waiting or running on this server.*EVALLIB_MAX_JOBS"):
        pool.submit("echo", {"x": 3}, "quick", "c")
    pool.cancel(first.id)
    assert ended(pool.submit("echo", {"x": 3}, "long", "c")).result == {"x": 3}


def test_a_process_that_dies_fails_its_job_and_is_replaced(pool: JobPool) -> None:
    job = ended(pool.submit("die", {}, "quick"))
    assert job.state == "failed"
    assert "ended unexpectedly" in job.error
    assert ended(pool.submit("echo", {"x": 4}, "quick")).result == {"x": 4}


def test_a_process_that_cannot_start_is_given_up_and_its_jobs_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "COMMAND", [sys.executable, "-c", "raise SystemExit(1)"])
    pool = JobPool()
    pool.start()
    deadline = time.monotonic() + 60
    while any(process.failures < TRIES for process in pool.processes) and time.monotonic() < deadline:
        time.sleep(0.05)
    job = ended(pool.submit("echo", {}))
    assert job.state == "failed"
    assert "Please try again" in job.error
    pool.stop()
