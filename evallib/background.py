"""The warm process behind the app: requests come in as lines of JSON, progress and answers go out as lines of JSON.

    in   {"id": "7", "job": "evaluate", "arguments": {...}, "session": "5be1c09aa3f1"}
         {"cancel": "7"}, while a job runs
    out  {"ready": true}, once everything is imported
         {"id": "7", "progress": [done, total, "Scoring"]}
         {"id": "7", "done": {...}}  or
         {"id": "7", "error": "One sentence.", "kind": "bad input" | "cancelled" | "internal", "error_id": "9f2c41aa"}

The session is the name that stands in the log. One job runs at a time. The process ends as soon as its input does, in
the middle of a job too, and the workers of the models end with it. Whatever a library prints goes to stderr.
"""

from __future__ import annotations

import argparse
import gc
import json
import logging
import os
import sys
import threading
import time
from queue import Empty, SimpleQueue
from typing import Any, TextIO

from evallib.allocator import keep_freed_memory
from evallib.core.errors import Cancelled, EvallibError
from evallib.error_log import ABOUT, error_id, log_as_json
from evallib.ingestion import prepare_reader
from evallib.jobs import BEFORE_MODELS, JOBS
from evallib.models import find_isolation, prepare_workers
from evallib.rehearsal import rehearse

log = logging.getLogger("evallib")

QUIET = 5.0
"""Seconds without a request until the rehearsal, so that it keeps no processor from a new server's first visitor."""

PAUSE = 0.1
"""Seconds between two reports of the same step."""


def main(spare_workers: int, spare_readers: int) -> None:
    """Answer requests until the input ends.

    After a job that leads to models, so many workers wait for them. spare_readers: 1 where a reader waits for the next
    upload, from the first quiet moment on.
    """
    log_as_json()
    os.umask(0o077)
    keep_freed_memory()
    line = Line(_own_stdout())
    gc.collect()
    gc.freeze()
    line.write({"ready": True})
    threading.Thread(target=line.listen, args=(sys.stdin,), daemon=True).start()
    patience: float | None = QUIET
    while True:
        try:
            request = line.requests.get(timeout=patience)
        except Empty:
            _rehearse()
            if spare_readers:
                prepare_reader()
        else:
            line.answer(request)
            if request.get("job") in BEFORE_MODELS:
                prepare_workers(spare_workers)
            if request.get("job") == "ingest" and spare_readers:
                prepare_reader()
        patience = None


def _rehearse() -> None:
    try:
        find_isolation()
        rehearse()
    except Exception:  # whatever it is, a real evaluation may do without the rehearsal
        log.exception("The rehearsal failed.")
    gc.collect()
    gc.freeze()


def _own_stdout() -> TextIO:
    """The real stdout, for answers alone; print() and C libraries write to stderr from now on."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    return answers


class Line:
    """The connection to whoever gives out the jobs."""

    def __init__(self, answers: TextIO) -> None:
        self.requests: SimpleQueue[dict[str, Any]] = SimpleQueue()
        self._answers = answers
        self._cancelled: set[str] = set()
        self._lock = threading.Lock()

    def listen(self, requests: TextIO) -> None:
        """Take in requests, until the other side is gone: then nobody wants the answer of the running job either."""
        try:
            for text in requests:
                request = json.loads(text)
                if "cancel" in request:
                    self._cancelled.add(request["cancel"])
                else:
                    self.requests.put(request)
        except ValueError:
            log.exception("A request is no JSON.")
            os._exit(1)
        os._exit(0)

    def answer(self, request: dict[str, Any]) -> None:
        """Do one job and write its answer."""
        job_id = request["id"]
        ABOUT["session"] = request.get("session", "")
        try:
            result = JOBS[request["job"]](_Reporter(self, job_id), **request["arguments"])
            self.write({"id": job_id, "done": result})
        except Exception as error:  # whatever a job dies of, the process serves the next one
            self.write({"id": job_id} | _explained(error))
        self._cancelled.discard(job_id)

    def cancelled(self, job_id: str) -> bool:
        """True once the other side has asked to stop the job."""
        return job_id in self._cancelled

    def write(self, message: dict[str, Any]) -> None:
        """Send one message."""
        with self._lock:
            self._answers.write(json.dumps(message, allow_nan=False) + "\n")
            self._answers.flush()


class _Reporter:
    """The progress of one job: passes on what is new, and raises `Cancelled` where the other side asked for it."""

    def __init__(self, line: Line, job_id: str) -> None:
        self._line = line
        self._id = job_id
        self._last = (-PAUSE, "")

    def __call__(self, done: float, total: float, text: str) -> None:
        if self._line.cancelled(self._id):
            raise Cancelled("Cancelled.")
        now = time.monotonic()
        if text != self._last[1] or now - self._last[0] >= PAUSE:
            self._last = (now, text)
            self._line.write({"id": self._id, "progress": [done, total, text]})


def _explained(error: Exception) -> dict[str, str]:
    if isinstance(error, Cancelled):
        return {"error": str(error), "kind": "cancelled"}
    if isinstance(error, EvallibError):
        return {"error": str(error), "kind": "bad input"}
    found = error_id(error)
    return {
        "error": f"Something went wrong (error {found}); the log has the details. Nothing computed is lost.",
        "kind": "internal",
        "error_id": found,
    }


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--spare-workers", type=int, default=2, help="model workers kept waiting (2)")
    arguments.add_argument("--spare-readers", type=int, default=1, help="readers of uploads kept waiting (1 or 0)")
    given = arguments.parse_args()
    main(given.spare_workers, given.spare_readers)
