"""evallib: `evaluate` of a plan that names a Parquet file and a model file, until every quick method is on disk.

Reading both files is part of it. As in the app, the process is warm and a worker waits for the model.
"""

import gc
import sys
import tempfile
import time
from pathlib import Path

from workload import measure

from evallib.allocator import keep_freed_memory
from evallib.data import DataSource, System
from evallib.methods import METHODS
from evallib.models import drop_workers, prepare_workers
from evallib.plan import EvaluationPlan
from evallib.rehearsal import rehearse
from evallib.run import evaluate

WORKER_STARTS = 3.0
"""Seconds until the worker waits for its model."""

folder = Path(sys.argv[2])
plan = EvaluationPlan(
    data=DataSource(path=folder / "rows.parquet", target="event"),
    systems=(System(name="candidate", model=folder / "model.joblib"),),
    methods={key: {} for key, method in METHODS.items() if not method.long},
)
keep_freed_memory()
prepare_workers()
rehearse()
gc.collect()
gc.freeze()
time.sleep(WORKER_STARTS)
with tempfile.TemporaryDirectory() as out:
    measure(lambda: evaluate(plan, Path(out) / "run"))
drop_workers()
