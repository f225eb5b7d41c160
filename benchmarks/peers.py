"""evallib side by side with explainerdashboard, shapash and Evidently: seconds, ratios and peak memory.

Run `.venv/bin/python benchmarks/peers.py [--rows 10000 50000 200000] [--repeats 3] [--sides evallib evidently …]`.
Each peer gets a virtual environment of its own with pinned versions below `--envs`, made when first needed; the files
in `sides/` say which call is measured of each. What is measured starts with the model and the data in memory and the
packages imported, and ends when everything that the peer shows is ready (evallib starts from files). The sides take
turns, so that a busy machine disturbs all of them.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

SIDES = Path(__file__).with_name("sides")
PYTHON = "3.11"
PATIENT = {"OMP_WAIT_POLICY": "PASSIVE"}
"""Threads that wait sleep instead of spinning, as in evallib's own worker; on a busy machine spinning costs seconds."""


@dataclass(frozen=True)
class Side:
    """One of those compared: its pins (none: this very environment), and the most rows that it is asked about."""

    name: str
    pins: tuple[str, ...] = ()
    most_rows: int = 10_000_000


ALL_SIDES = {
    side.name: side
    for side in (
        Side("floor"),
        Side("evallib"),
        Side(
            "evidently",
            ("evidently==0.7.21", "plotly==5.24.1", "scikit-learn==1.7.2", "pandas==2.3.3", "numpy==2.2.6"),
        ),
        Side(
            "explainerdashboard",
            (
                *("explainerdashboard==0.5.8", "dash==4.4.1", "plotly==7.1.0", "setuptools==75.8.0"),
                *("shap==0.46.0", "numba==0.60.0", "scikit-learn==1.5.2", "pandas==2.2.3", "numpy==1.26.4"),
            ),
        ),
        Side(
            "shapash",
            (
                *("shapash==2.7.9", "dash==4.4.1", "plotly==5.24.1"),
                *("shap==0.46.0", "numba==0.60.0", "scikit-learn==1.5.2", "pandas==2.2.3", "numpy==1.26.4"),
            ),
            most_rows=200_000,
        ),
    )
}


@dataclass
class Measured:
    """The seconds of every repeat, and the peak memory in MB of the process and those that it started."""

    seconds: list[float] = field(default_factory=list)
    memory: list[float] = field(default_factory=list)


def main() -> None:
    """Print a table per number of rows."""
    options = _options()
    pythons = {name: environment(ALL_SIDES[name], options.envs) for name in options.sides}
    for rows in options.rows:
        sides = [name for name in options.sides if rows <= ALL_SIDES[name].most_rows]
        measured = {name: Measured() for name in sides}
        with tempfile.TemporaryDirectory() as folder:
            _python(sys.executable, "prepare.py", rows, folder)
            for _ in range(options.repeats):
                for name in sides:
                    _measure(pythons[name], name, rows, folder, measured[name])
        print(table(rows, measured), flush=True)


def _options() -> argparse.Namespace:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--rows", type=int, nargs="+", default=[10_000, 50_000, 200_000])
    arguments.add_argument("--repeats", type=int, default=3)
    arguments.add_argument("--sides", nargs="+", choices=list(ALL_SIDES), default=list(ALL_SIDES))
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


def _python(python: str, script: str, rows: int, folder: str) -> None:
    subprocess.run([python, str(SIDES / script), str(rows), folder], check=True)


def _measure(python: str, name: str, rows: int, folder: str, measured: Measured) -> None:
    """One more repeat of a side, in a fresh process; a side that fails is left without a number."""
    command = [python, str(SIDES / f"{name}_side.py"), str(rows), folder]
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
            print(f"{name} failed at {rows:,} rows:", *errors.readlines()[-5:], sep="\n", flush=True)


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


if __name__ == "__main__":
    main()
