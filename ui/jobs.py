"""Long work in warm background processes: progress, cancel, and no session that blocks another."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import uuid
from collections import deque
from dataclasses import dataclass, field
from typing import Any, Literal

from evallib.core.priority import COMPUTING, lower_priority
from evallib.error_log import session_name
from ui.job_limits import check_jobs, waiting

Lane = Literal["long", "quick"]
State = Literal["queued", "running", "done", "failed", "cancelled"]

LANES: dict[Lane, int] = {"long": 2, "quick": 1}
"""Processes per lane: long evaluations never keep a small recomputation waiting."""

COMMAND = [sys.executable, "-m", "evallib.background"]

OPTIONS: dict[Lane, list[str]] = {"long": [], "quick": ["--spare-readers", "0"]}
"""What processes of a lane are started with: those of the quick one read no uploads."""

REMEMBERED = 500

FIRST_VISIT = 6.0
"""Seconds until the first process starts by itself; a job that comes earlier does not wait for them."""

TRIES = 5
"""How often in a row a process may end before it was ready, until its jobs are refused instead."""


@dataclass
class Job:
    """One piece of work and where it stands; only the pool writes to it."""

    name: str
    arguments: dict[str, Any]
    lane: Lane
    session: str = ""
    id: str = field(default_factory=lambda: uuid.uuid4().hex)
    state: State = "queued"
    share: float = 0.0
    text: str = "Waiting for a free process"
    result: Any = None
    error: str = ""

    @property
    def active(self) -> bool:
        """True until the job has ended in one way or another."""
        return self.state in {"queued", "running"}


class JobPool:
    """Background processes that wait with everything imported, and the queue before them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._jobs: dict[str, Job] = {}
        self._queues: dict[Lane, deque[Job]] = {lane: deque() for lane in LANES}
        self.processes = [
            _Process(self, lane) for turn in range(max(LANES.values())) for lane in LANES if turn < LANES[lane]
        ]
        self._soon = threading.Timer(FIRST_VISIT, self.start_next)
        self._soon.daemon = True

    def start(self) -> None:
        """Start the processes soon and one after another, so that the first job finds one warm.

        Each imports for seconds: at once and side by side they would leave no processor to the first visitor.
        """
        self._soon.start()

    def start_next(self, lane: Lane | None = None) -> None:
        """Start the next process that has never been started, of this lane or of any."""
        with self._lock:
            process = next((one for one in self.processes if one.unstarted and lane in {None, one.lane}), None)
            if process is not None:
                process.start()

    def stop(self) -> None:
        """End every process and whatever it runs."""
        self._soon.cancel()
        for process in self.processes:
            process.kill()

    def submit(self, name: str, arguments: dict[str, Any], lane: Lane = "long", session: str = "") -> Job:
        """The job that does this; one with the same name and arguments that is still active is shared.

        session: whose job it is. Raises `BadInput` where this session, or all of them, have too many already.
        """
        with self._lock:
            active = [job for job in self._jobs.values() if job.active]
            for job in active:
                if (job.name, job.arguments) == (name, arguments):
                    return job
            check_jobs(active, session)
            job = Job(name, arguments, lane, session)
            self._jobs[job.id] = job
            self._queues[lane].append(job)
            self._forget_old()
        if all(process.unstarted for process in self.processes if process.lane == lane):
            self.start_next(lane)
        self._give_out()
        return job

    def get(self, job_id: str) -> Job | None:
        """The job with this id, or None where the server no longer knows it."""
        return self._jobs.get(job_id)

    def active(self, name: str, **arguments: Any) -> Job | None:
        """The active job of this name whose arguments include these."""
        return next((job for job in self.matching(name, **arguments) if job.active), None)

    def matching(self, name: str, **arguments: Any) -> list[Job]:
        """The jobs of this name whose arguments include these, the oldest first, also those that have ended."""
        with self._lock:
            same = [job for job in self._jobs.values() if job.name == name]
        return [job for job in same if arguments.items() <= job.arguments.items()]

    def take(self, job_id: str) -> Job | None:
        """The job, which the pool forgets: of several who ask for it one gets it."""
        with self._lock:
            return self._jobs.pop(job_id, None)

    def failure(self, **arguments: Any) -> str:
        """Why the last job whose arguments include these failed; empty where none did, or where it is forgotten."""
        with self._lock:
            failed = [job for job in self._jobs.values() if job.error and arguments.items() <= job.arguments.items()]
        return failed[-1].error if failed else ""

    def cancel(self, job_id: str) -> None:
        """Stop the job, whatever it is doing; its process is replaced by a fresh one."""
        job = self._jobs.get(job_id)
        if job is None or not job.active:
            return
        with self._lock:
            job.state, job.text = "cancelled", "Cancelled"
            if job in self._queues[job.lane]:
                self._queues[job.lane].remove(job)
        self._give_out()
        for process in self.processes:
            if process.job is job:
                process.restart()

    def _give_out(self) -> None:
        with self._lock:
            for process in self.processes:
                queue = self._queues[process.lane]
                if queue and process.idle:
                    process.take(queue.popleft())
            for queue in self._queues.values():
                for before, job in enumerate(queue):
                    job.text = waiting(before)

    def _forget_old(self) -> None:
        ended = [job_id for job_id, job in self._jobs.items() if not job.active]
        for job_id in ended[: max(0, len(self._jobs) - REMEMBERED)]:
            del self._jobs[job_id]

    def report(self, job: Job, message: dict[str, Any]) -> None:
        """Note what a process says of its job."""
        if job.state == "cancelled":
            return
        if "progress" in message:
            done, total, text = message["progress"]
            job.share, job.text = min(max(done / total if total else 0.0, 0.0), 1.0), str(text)
            return
        if "done" in message:
            job.result, job.share, job.state = message["done"], 1.0, "done"
        else:
            job.error, job.state = str(message.get("error", "The job ended without an answer.")), "failed"
        self.freed()

    def freed(self) -> None:
        """Let the next job have the process that has become free."""
        self._give_out()


class _Process:
    """One background process; a thread of its own starts it and listens to it."""

    def __init__(self, pool: JobPool, lane: Lane) -> None:
        self.lane = lane
        self.job: Job | None = None
        self._pool = pool
        self._child: subprocess.Popen[str] | None = None
        self.failures = 0
        self.unstarted = True

    @property
    def idle(self) -> bool:
        return self.job is None and (self._child is not None or self.failures >= TRIES)

    def start(self) -> None:
        self.unstarted = False
        child = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            [*COMMAND, *OPTIONS[self.lane]],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        lower_priority(child.pid, COMPUTING)
        self._child = child
        threading.Thread(target=self._listen, args=(child,), daemon=True).start()

    def take(self, job: Job) -> None:
        self.job, job.state, job.text = job, "running", "Starting"
        try:
            who = session_name(job.session)
            self._write({"id": job.id, "job": job.name, "arguments": job.arguments, "session": who})
        except (BrokenPipeError, OSError):
            job.state, job.error = "failed", "The background process has ended. Please try again."
            self.job = None

    def restart(self) -> None:
        self.kill()
        self.job = None
        self.start()
        self._pool.freed()

    def kill(self) -> None:
        child, self._child = self._child, None
        if child is not None and child.poll() is None:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()

    def _write(self, request: dict[str, Any]) -> None:
        if self._child is None or self._child.stdin is None:
            raise BrokenPipeError
        self._child.stdin.write(json.dumps(request) + "\n")
        self._child.stdin.flush()

    def _listen(self, child: subprocess.Popen[str]) -> None:
        with child:
            for line in child.stdout or ():
                self._hear(json.loads(line))
        if child is self._child:
            self._died()

    def _hear(self, message: dict[str, Any]) -> None:
        if "ready" in message:
            self.failures = 0
            self._pool.start_next()
        job = self.job
        if job is None or message.get("id") != job.id:
            return
        if "progress" not in message:
            self.job = None
        self._pool.report(job, message)

    def _died(self) -> None:
        job, self.job, self._child = self.job, None, None
        self.failures += 1
        if self.failures < TRIES:
            self.start()
        else:
            self._pool.start_next()
        if job is not None:
            self._pool.report(job, {"error": "The background process ended unexpectedly (perhaps out of memory)."})
