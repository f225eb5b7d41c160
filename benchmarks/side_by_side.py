"""Sides that take turns at the same work, each in a fresh process and an environment of its own: seconds and memory.

A benchmark names its sides and the folder of their scripts: `prepare.py` writes what all of them read, and
`<name>_side.py` prints `ready`, does the work, and prints `seconds`. The sides take turns, so that a busy machine
disturbs all of them.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

PYTHON = "3.11"
PATIENT = {"OMP_WAIT_POLICY": "PASSIVE"}
"""Threads that wait sleep instead of spinning, as in evallib's own worker; on a busy machine spinning costs seconds."""


@dataclass(frozen=True)
class Side:
    """One of those compared: its pins (none: this very environment), and the most rows that it is asked about."""

    name: str
    pins: tuple[str, ...] = ()
    most_rows: int = 10_000_000


@dataclass
class Measured:
    """The seconds of every repeat, and the peak memory in MB of the process and those that it started."""

    seconds: list[float] = field(default_factory=list)
    memory: list[float] = field(default_factory=list)


def compare(sides: Sequence[Side], scripts: Path, about: str | None, rows: list[int]) -> None:
    """Print a table per number of rows, as the command line asks; rows are those where it names none."""
    known = {side.name: side for side in sides}
    options = _options(about, rows, list(known))
    pythons = {name: environment(known[name], options.envs) for name in options.sides}
    for number in options.rows:
        names = [name for name in options.sides if number <= known[name].most_rows]
        measured = {name: Measured() for name in names}
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run([sys.executable, str(scripts / "prepare.py"), str(number), folder], check=True)
            for _ in range(options.repeats):
                for name in names:
                    _measure([pythons[name], str(scripts / f"{name}_side.py"), str(number), folder], measured[name])
        print(table(number, measured), flush=True)


def _options(about: str | None, rows: list[int], names: list[str]) -> argparse.Namespace:
    arguments = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--rows", type=int, nargs="+", default=rows)
    arguments.add_argument("--repeats", type=int, default=3)
    arguments.add_argument("--sides", nargs="+", choices=names, default=names)
    arguments.add_argument("--envs", type=Path, default=Path(".bench"), help="where the peers' environments lie")
    return arguments.parse_args()


def environment(side: Side, envs: Path) -> str:
    """The interpreter of the side's environment, which is made where it is missing or has other pins."""
    if not side.pins:
        return sys.executable
    folder = envs.resolve() / side.name
    stamp, python = folder / "pins.txt", str(folder / "bin" / "python")
    pins = "\n".join(side.pins)
    if not stamp.exists() or stamp.read_text(encoding="utf-8") != pins:
        print(f"Installing {side.pins[0]} into {folder}", flush=True)
        uv = [sys.executable, "-m", "uv"]
        subprocess.run([*uv, "venv", "--quiet", "--clear", "--python", PYTHON, str(folder)], check=True)
        subprocess.run([*uv, "pip", "install", "--quiet", "--python", python, *side.pins], check=True)
        stamp.write_text(pins, encoding="utf-8")
    return python


def _measure(command: list[str], measured: Measured) -> None:
    """One more repeat of a side, in a fresh process; a side that fails is left without a number."""
    with (
        tempfile.TemporaryFile("w+") as errors,
        subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=errors, text=True, env=os.environ | PATIENT
        ) as process,
    ):
        watch = _Watch(process.pid)
        for line in process.stdout or ():
            if line.startswith("ready"):
                watch.start()
            if line.startswith("seconds"):
                measured.seconds.append(float(line.split()[1]))
                measured.memory.append(watch.stop())
        if process.wait():
            errors.seek(0)
            print("Failed:", *command, *errors.readlines()[-5:], sep="\n", flush=True)


class _Watch(threading.Thread):
    """Looks ten times a second at how much memory a process and those that it started hold together."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self._pid = pid
        self._over = threading.Event()
        self._peak = 0.0

    def run(self) -> None:
        """Look until told to stop."""
        while not self._over.is_set():
            self._peak = max(self._peak, sum(map(_megabytes, _family(self._pid))))
            time.sleep(0.1)

    def stop(self) -> float:
        """The peak in MB."""
        self._over.set()
        self.join()
        return self._peak


def _family(pid: int) -> Iterator[int]:
    """The process and all below it."""
    yield pid
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            children = task.read_text(encoding="ascii").split()
        except OSError:
            continue
        for child in children:
            yield from _family(int(child))


def _megabytes(pid: int) -> float:
    """The process's memory, shared pages divided by those who share them; 0 where it is gone."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("Pss:")), 0.0)


def table(rows: int, measured: dict[str, Measured]) -> str:
    """Medians in Markdown, and how many times as long as evallib each side took."""
    ours = median(measured["evallib"].seconds) if measured.get("evallib", Measured()).seconds else float("nan")
    lines = [f"\n{rows:,} rows\n", "| side | seconds (all) | × evallib | peak MB |", "|---|---|---|---|"]
    for name, one in measured.items():
        if one.seconds:
            every = ", ".join(f"{seconds:.2f}" for seconds in sorted(one.seconds))
            middle = median(one.seconds)
            lines.append(f"| {name} | {middle:.2f} ({every}) | {middle / ours:.2f} | {median(one.memory):,.0f} |")
        else:
            lines.append(f"| {name} | failed | | |")
    return "\n".join(lines)
