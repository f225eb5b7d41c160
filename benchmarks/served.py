"""A server to measure: a large evaluation among older ones in a workspace of its own, and the app on top of it."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from run import table

from evallib.core.evaluation_set import Role
from evallib.data import DataSource, System
from evallib.plan import EvaluationPlan
from evallib.run import evaluate
from evallib.runs import RunStore, new_run_id
from evallib.workspace import Workspace

ROOT = Path(__file__).parents[1]
TICK = 0.01


def evaluation(home: Path, rows: int, older: int) -> str:
    """The id of a run of so many rows and two models below `home`, the newest of `older` more of the same."""
    store = RunStore(Workspace(home).runs)
    if found := store.ids():
        return found[0]
    data = table(rows)
    random = np.random.default_rng(2)
    truth = (data["outcome"] == "yes").to_numpy(float)
    for name, noise in (("candidate_p", 1.0), ("incumbent_p", 1.4)):
        logit = 1.6 * (truth - 0.5) + random.normal(0, noise, rows)
        data[name] = 1 / (1 + np.exp(-logit))
    data.to_parquet(home / "rows.parquet")
    systems = (
        System(name="candidate", role=Role.CANDIDATE, probability=("candidate_p",)),
        System(name="incumbent", role=Role.INCUMBENT, probability=("incumbent_p",)),
    )
    source = DataSource(path=home / "rows.parquet", target="outcome", positive="yes")
    plan = EvaluationPlan(name=f"{rows:,} rows", data=source, systems=systems)
    first = evaluate(plan, store.folder_of(new_run_id()))
    for _ in range(older):
        time.sleep(0.001)
        shutil.copytree(first.folder, store.folder_of(new_run_id()), copy_function=os.link)
    return store.ids()[0]


class Server:
    """The app in a process of its own; `ready` is the seconds from its start to the first 200 of its health route."""

    def __init__(self, home: Path, script: str = "app.py", health: str = "readyz") -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        options = ["--server.port", str(self.port), "--server.address", "127.0.0.1"]
        environment = {**os.environ, "EVALLIB_HOME": str(home)}
        began = time.perf_counter()
        with (home / "server.log").open("ab") as log:
            command = [sys.executable, "-m", "streamlit", "run", script, *options]
            self.process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
        self._wait_until_ready(f"{self.url}/{health}")
        self.ready = time.perf_counter() - began

    def _wait_until_ready(self, address: str) -> None:
        while self.process.poll() is None:
            with contextlib.suppress(OSError), urllib.request.urlopen(address, timeout=5) as answer:
                if answer.status == 200:
                    return
            time.sleep(TICK)
        raise RuntimeError("The server ended before it was ready; server.log in its workspace says why.")

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait(20)

    @property
    def memory(self) -> float:
        """MB that the server process holds, its background processes not counted."""
        return _resident(self.process.pid)

    @property
    def cpu(self) -> float:
        """Seconds of processor time that the server process has used."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    @contextlib.contextmanager
    def peak(self) -> Iterator[list[float]]:
        """A list whose last number is the most MB held since the block was entered."""
        seen, stop = [self.memory], threading.Event()

        def watch() -> None:
            while not stop.wait(TICK):
                seen.append(max(seen[-1], self.memory))

        watching = threading.Thread(target=watch, daemon=True)
        watching.start()
        try:
            yield seen
        finally:
            stop.set()
            watching.join()


def _resident(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS:")) / 1024
