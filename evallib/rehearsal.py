"""A small evaluation of made-up rows, so that a process's first real one finds everything imported and warm."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

from evallib.plan import plan_from
from evallib.run import evaluate

ROWS = 600


def rehearse() -> None:
    """Nothing, after half a second; every quick method has been computed once, and the results are gone."""
    random = np.random.default_rng(0)
    truth, columns = random.integers(0, 2, ROWS), random.random((ROWS, 4))
    table = pd.DataFrame(columns, columns=["one", "other", "number", "value"])
    table = table.assign(truth=truth, letter=np.array(list("abcd"))[random.integers(0, 4, ROWS)], side=truth ^ 1)
    systems = [{"name": name, "probability": [name], "role": "candidate"} for name in ("one", "other")]
    with tempfile.TemporaryDirectory(prefix="evallib-") as folder:
        data = Path(folder) / "rows.csv"
        table.to_csv(data, index=False)
        plan = plan_from({"data": {"path": str(data), "target": "truth"}, "systems": systems}, Path(folder), "")
        evaluate(plan, Path(folder) / "run")
