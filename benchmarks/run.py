"""The whole evaluation against the floor: the time that predict_proba takes on the same rows, and the size of the data.

    python benchmarks/run.py [ROWS …]        200,000 and 1,000,000 rows where none are given

Once with one model and once with two, whose predict_proba are timed one after the other. Goals: total ≤ 1.3 ×
predict_proba + 1.5 s; first results of the sample ≤ scoring of 20,000 rows + 1 s; peak memory of the process and its
workers ≤ 3 × the data in memory, as pandas reads it, + 400 MB.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OrdinalEncoder

LEVELS = (2, 3, 5, 8, 12, 20, 40, 60)
NUMBERS = [f"number_{place}" for place in range(12)]
TEXTS = [f"category_{place}" for place in range(len(LEVELS))]
TICK = 0.05


def table(rows: int, seed: int = 0) -> pd.DataFrame:
    """Twelve numbers, eight categories, and a binary target that depends on some of them."""
    random = np.random.default_rng(seed)
    columns: dict[str, object] = {name: random.normal(size=rows).round(4) for name in NUMBERS}
    codes = {name: random.integers(0, count, rows) for name, count in zip(TEXTS, LEVELS, strict=True)}
    for name, count in zip(TEXTS, LEVELS, strict=True):
        columns[name] = np.array([f"level {level}" for level in range(count)], object)[codes[name]]
    logit = columns["number_0"] + 0.5 * columns["number_1"] - 0.7 * codes[TEXTS[0]] + 0.3 * (codes[TEXTS[3]] % 3)
    columns["outcome"] = np.where(random.random(rows) < 1 / (1 + np.exp(-logit)), "yes", "no")
    return pd.DataFrame(columns)


def train(folder: Path) -> Path:
    """A gradient-boosted pipeline of 100 iterations."""
    rows = table(50_000, seed=1)
    encode = ColumnTransformer([("texts", OrdinalEncoder(), TEXTS)], remainder="passthrough")
    model = make_pipeline(encode, HistGradientBoostingClassifier(max_iter=100, early_stopping=False))
    path = folder / "model.joblib"
    joblib.dump(model.fit(rows.drop(columns="outcome"), rows["outcome"]), path)
    return path


PREDICT = """
import json, sys, time, joblib, pandas as pd
model, rows = joblib.load(sys.argv[1]), pd.read_parquet(sys.argv[2]).drop(columns="outcome")
rows = rows.astype({name: object for name in rows.select_dtypes("str").columns})
model.predict_proba(rows.head(1000))
times = []
for part in (rows.head(20_000), rows):
    began = time.perf_counter()
    model.predict_proba(part)
    times.append(time.perf_counter() - began)
print(json.dumps(times))
"""

EVALUATE = """
import json, sys, time
from pathlib import Path
from evallib.allocator import keep_freed_memory
from evallib.models import prepare_workers
from evallib.plan import plan_from
from evallib.run import evaluate
from evallib.runs import Run
import evallib.methods

if __name__ == "__main__":
    model, data, out, models = sys.argv[1:]
    keep_freed_memory()
    prepare_workers(2)
    time.sleep(4)
    systems = [{"name": f"m{number}", "model": model} for number in range(int(models))]
    plan = plan_from({"data": {"path": data, "target": "outcome"}, "systems": systems}, Path(), "")
    first = []
    def note(done, total, text):
        if not first and Path(out, "run.json").exists() and '"preview"' in Path(out, "run.json").read_text()[:40]:
            first.append(time.perf_counter() - began)
    print("ready", flush=True)
    began = time.perf_counter()
    run = evaluate(plan, Path(out), note, preview=True)
    total = time.perf_counter() - began
    methods = {key: one.seconds for key, one in run.methods.items()}
    print(json.dumps([total, (first or [total])[0], run.details.seconds, methods]))
"""


def python(code: str, *arguments: object) -> subprocess.Popen[str]:
    """A fresh interpreter that runs the code."""
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def memory(pid: int) -> float:
    """MB that a process and its children hold, what they share counted once."""
    try:
        threads = Path(f"/proc/{pid}/task").iterdir()
        children = [child for thread in threads for child in (thread / "children").read_text().split()]
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0.0
    own = next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:")) / 1024
    return own + sum(memory(int(child)) for child in children)


def peak_memory(process: subprocess.Popen[str]) -> list[float]:
    """The list whose last number is the peak so far, in MB, kept up to date until the process ends."""
    peak = [0.0]

    def watch() -> None:
        while process.poll() is None:
            peak.append(max(peak[-1], memory(process.pid)))
            time.sleep(TICK)

    threading.Thread(target=watch, daemon=True).start()
    return peak


def measure(rows: int, models: int, model: Path, folder: Path) -> None:
    """Print one line for a table of so many rows and so many models."""
    data = folder / f"{rows}.parquet"
    if not data.exists():
        table(rows).to_parquet(data)
    size = pd.read_parquet(data).memory_usage(deep=True).sum() / 2**20
    sample, bare = (models * seconds for seconds in json.loads(python(PREDICT, model, data).communicate()[0]))
    run = EVALUATE, model, data, folder / f"run_{rows}_{models}", models
    total, first, steps, methods = json.loads(python(*run).communicate()[0].splitlines()[-1])
    # In a run of its own: to look at the memory takes processor time, and stops whoever asks for more.
    again = python(*run)
    peak = peak_memory(again)
    again.communicate()
    print(
        f"{rows:>9,} rows × {models}  predict_proba {bare:6.2f} s  "
        f"evaluate {total:6.2f} s (goal {1.3 * bare + 1.5:.2f})  first charts {first:.2f} s (goal {sample + 1:.2f})  "
        f"data {size:.0f} MB  peak {peak[-1]:.0f} MB "
        f"(goal {3 * size + 400:.0f})"
    )
    print(f"{'':>15}steps {steps}  methods {methods}")


def main() -> None:
    """Measure every size that was asked for."""
    sizes = [int(text.replace("_", "").replace(",", "")) for text in sys.argv[1:]] or [200_000, 1_000_000]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        model = train(folder)
        for rows in sizes:
            for models in (1, 2):
                measure(rows, models, model, folder)


if __name__ == "__main__":
    main()
