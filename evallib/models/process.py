"""One worker process: a fresh interpreter that holds nothing of its parent, watched in every wait."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
import weakref
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Literal

import joblib

from evallib.core.errors import BadInput
from evallib.core.priority import MODELS, lower_priority
from evallib.models.limits import LAYERS, Layer
from evallib.models.protocol import LENGTH, LONGEST, READY, send

TICK = 0.05
"""Seconds between two looks at what a busy worker takes."""

MOST_THREADS = max(256, 16 * joblib.cpu_count())
"""The kernel's own limit on threads counts those of all processes of a user, and does not bind root."""

START = """
import sys, types
for name in ("evallib", "evallib.models"):
    sys.modules[name] = types.ModuleType(name)
    sys.modules[name].__path__ = [sys.argv[1] + "/" + name.replace(".", "/")]
from evallib.models.worker import main
main(*sys.argv[2:])
"""
"""A worker imports single files of evallib, and nothing that the packages around them import for their users."""

FOLDER = str(Path(__file__).parents[2])

Work = Literal["serving", "probes"]
"""What a worker is for: a model, or finding out what a worker cannot do."""

SIGNALS = {int(one): one.name for one in signal.Signals}


class WorkerFailure(Exception):
    """The worker is gone: it took too long, too much memory, ended by itself, or answered nonsense."""

    def __init__(self, reason: Literal["time", "memory", "threads", "ended", "nonsense"], detail: str = "") -> None:
        super().__init__(reason, detail)
        self.reason = reason
        self.detail = detail


class _Spawner:
    """The one long-lived thread that starts workers: a worker dies with the thread that started it."""

    def __init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        """Nothing; the thread is there, also in a process that was forked from one that had it."""
        self._thread = ThreadPoolExecutor(1, "model-workers")

    def spawn(self, *work: str) -> tuple[subprocess.Popen[bytes], socket.socket]:
        """A started worker and our end of the line to it. work: its memory in MB, its layers, its module."""
        return self._thread.submit(_spawn, *work).result()


def _spawn(*work: str) -> tuple[subprocess.Popen[bytes], socket.socket]:
    ours, theirs = socket.socketpair()
    arguments = [FOLDER, str(theirs.fileno()), str(os.getpid()), *work]
    with theirs:
        process = subprocess.Popen(  # noqa: S603
            [sys.executable, "-I", "-B", "-c", START, *arguments],
            env=_environment(),
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            pass_fds=[theirs.fileno()],
        )
    lower_priority(process.pid, MODELS)
    return process, ours


def _environment() -> dict[str, str]:
    cores = str(joblib.cpu_count())
    return {
        "LANG": "C.UTF-8",
        "HOME": "/nonexistent",
        # A locked worker cannot find out itself how many cores its control group has.
        "LOKY_MAX_CPU_COUNT": cores,
        "OMP_NUM_THREADS": cores,
        "OPENBLAS_NUM_THREADS": cores,
        "MKL_NUM_THREADS": cores,
        # Several models are often scored at once; threads that spin while they wait would steal each other's cores.
        "OMP_WAIT_POLICY": "PASSIVE",
        "OPENBLAS_THREAD_TIMEOUT": "14",
    }


_spawner = _Spawner()
os.register_at_fork(after_in_child=_spawner.begin)


class WorkerProcess:
    """A worker, from its start to its end; ended by `close`, with this process, or when nobody holds it any more."""

    def __init__(self, memory_mb: int, layers: Sequence[Layer] = LAYERS, work: Work = "serving") -> None:
        if sys.platform != "linux":
            raise BadInput("Model files can be run on Linux only; bring the model's predictions as columns instead.")
        self._memory_mb = memory_mb
        process, self._socket = _spawner.spawn(str(memory_mb), " ".join(layers), work)
        self.pid = process.pid
        self._process = process
        self._end = weakref.finalize(self, _end, process, self._socket, os.getpid())

    def ask(
        self,
        message: Mapping[str, Any],
        descriptors: Sequence[int] = (),
        *,
        seconds: float,
        meanwhile: Callable[[], None] = lambda: None,
        heartbeat: Callable[[], None] = lambda: None,
    ) -> bytes:
        """The worker's reply, unread: JSON if the worker is honest.

        `meanwhile` is called once when the worker has its work, `heartbeat` again and again while it is waited for;
        either may raise to give up. Whatever is raised, the worker is ended. Raises `WorkerFailure`.
        Between two questions the worker stands still: a thread that it left behind neither computes nor grows.
        """
        deadline = time.monotonic() + seconds
        try:
            self._signal(signal.SIGCONT)
            self._send(message, descriptors, seconds)
            meanwhile()
            reply = self._receive(deadline, heartbeat)
            self._signal(signal.SIGSTOP)
            self._check_bounds()
        except BaseException:
            self.close()
            raise
        return reply

    def _signal(self, number: int) -> None:
        if self.alive:
            os.killpg(self.pid, number)

    def await_start(self, seconds: float) -> None:
        """Nothing, once the worker has imported what it needs and waits for a model. Raises `WorkerFailure`."""
        try:
            said = json.loads(self._receive(time.monotonic() + seconds, lambda: None))
        except WorkerFailure:
            self.close()
            raise
        if said != READY:
            self.close()
            raise WorkerFailure("ended", said["failed"])

    def _send(self, message: Mapping[str, Any], descriptors: Sequence[int], seconds: float) -> None:
        try:
            self._socket.settimeout(seconds)
            send(self._socket, message, descriptors)
        except TimeoutError:
            raise WorkerFailure("time") from None
        except OSError:
            raise WorkerFailure("ended", self._how_it_ended()) from None

    def _receive(self, deadline: float, heartbeat: Callable[[], None]) -> bytes:
        data = b""
        while len(data) < LENGTH.size or len(data) < LENGTH.size + LENGTH.unpack_from(data)[0]:
            if self._readable():
                data += self._next_part()
            else:
                self._check_life()
                self._check_bounds()
                heartbeat()
            if len(data) > LONGEST:
                raise WorkerFailure("nonsense", "its answer is too long")
            if time.monotonic() > deadline:
                raise WorkerFailure("time")
        return data[LENGTH.size :]

    def _next_part(self) -> bytes:
        with contextlib.suppress(OSError):
            part = self._socket.recv(1 << 16)
            if part:
                return part
        raise WorkerFailure("ended", self._how_it_ended())

    def _readable(self) -> bool:
        closed = self._socket.fileno() < 0
        return closed or _ready(self._socket.fileno(), TICK)

    def _check_life(self) -> None:
        # A process that a model started may hold the line open when the model's own is gone.
        if not self.alive and not _ready(self._socket.fileno(), 0):
            raise WorkerFailure("ended", self._how_it_ended())

    def _check_bounds(self) -> None:
        threads, memory_mb = self._size()
        if memory_mb > self._memory_mb:
            raise WorkerFailure("memory")
        if threads > MOST_THREADS:
            raise WorkerFailure("threads")

    @property
    def resident_mb(self) -> float:
        """The memory that the worker has in use, in MB; 0 where it has ended."""
        return self._size()[1]

    def _size(self) -> tuple[int, float]:
        """Threads, and resident memory in MB."""
        with contextlib.suppress(OSError):
            numbers = Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()
            return int(numbers[17]), int(numbers[21]) * os.sysconf("SC_PAGE_SIZE") / 2**20
        return 0, 0.0

    def _how_it_ended(self) -> str:
        self._await_exit()
        self.close()
        code = self._process.wait()
        return f"exit code {code}" if code >= 0 else SIGNALS.get(-code, f"signal {-code}")

    def _await_exit(self) -> None:
        # A worker that hung up is about to end by itself, and its own exit code says more than our signal.
        with contextlib.suppress(ProcessLookupError):
            descriptor = os.pidfd_open(self.pid)
            _ready(descriptor, 0.5)
            os.close(descriptor)

    @property
    def alive(self) -> bool:
        """Whether the process still runs. One that ended stays a zombie until `close`, which ends its children too."""
        if self._process.returncode is not None:
            return False
        return os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None

    def close(self) -> None:
        """Nothing; the worker and whatever it started are gone."""
        self._end()


def _ready(descriptor: int, seconds: float) -> bool:
    """Whether there is something to read, or nothing ever again, within so many seconds."""
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(seconds * 1000))


def _end(process: subprocess.Popen[bytes], channel: socket.socket, owner: int) -> None:
    if os.getpid() != owner:
        return
    channel.close()
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
