"""From a plan to a run on disk: read, score, compute every method, and keep what is done at every step."""

from __future__ import annotations

import math
import platform
import shutil
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import joblib
from threadpoolctl import threadpool_limits

from evallib.computing import compute, skipped
from evallib.core.at_once import Joint, gathered
from evallib.core.errors import BadInput, Cancelled
from evallib.core.progress import Progress, no_progress, part_of
from evallib.data import System
from evallib.error_log import error_id
from evallib.files import writing
from evallib.groundwork import Groundwork
from evallib.methods import METHODS
from evallib.plan import plan_content, write_plan
from evallib.rows import answers_in_columns, read_rows
from evallib.runs import Run, RunRecord
from evallib.runs.predictions import write_predictions
from evallib.runs.record import SystemRecord
from evallib.runs.writer import RunWriter
from evallib.sampling import stratified_sample
from evallib.scoring import Models, repeatable
from evallib.workspace import display_name

if TYPE_CHECKING:
    from evallib.core.evaluation_set import EvaluationSet, Predictions
    from evallib.core.method import Method
    from evallib.own_model import OwnModel
    from evallib.plan import EvaluationPlan
    from evallib.rows import Rows
    from evallib.scoring import Bound

READ, SCORED = 0.1, 0.75
"""The shares of the work, as the progress bar shows it, after reading and after scoring."""

PREVIEW_ABOVE, PREVIEW_ROWS = 50_000, 20_000

THREADS_ABOVE = 100_000

PREVIEW_SHARE = 0.1
"""The most that the preview may take of the time for which the models are expected to be busy."""

TABLES, PREVIEW_FOLDER = "tables", "preview"

PACKAGES = ("evallib", "numpy", "pandas", "pyarrow", "scikit-learn", "scipy")


def evaluate(
    plan: EvaluationPlan,
    out: Path,
    progress: Progress = no_progress,
    *,
    preview: bool = False,
    own_models: Mapping[str, OwnModel] | None = None,
) -> Run:
    """The run of the plan in the folder `out`, which is made, and which grows while it is computed.

    preview: for many rows, compute the quick methods on a random sample first, for whoever is watching.
    own_models: estimators of this process, by the name of their system, which are asked right here.
    A method that fails is skipped and the others go on. Raises `BadInput` or `Cancelled` where the run as a whole
    cannot be finished; its record says so, and what was computed stays.
    """
    out.mkdir(mode=0o700, parents=True, exist_ok=True)
    plan = plan.model_copy(update={"name": plan.name or Path(display_name(plan.data.path)).stem})
    writer = RunWriter(out, _begun(plan, out))
    with writing(out), _its_end_noted(writer):
        writer.note(state="running")
        write_plan(plan, out / "evaluation.yaml")
        _Evaluation(plan, writer, progress).run(preview, own_models or {})
        writer.note(state="done")
        shutil.rmtree(out / PREVIEW_FOLDER, ignore_errors=True)
    return Run.open(out)


def _begun(plan: EvaluationPlan, out: Path) -> RunRecord:
    return RunRecord(
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        plan=plan_content(plan, out),
        seed=plan.seed,
        versions=_versions(),
    )


@cache
def _versions() -> dict[str, str]:
    return {"python": platform.python_version()} | {name: version(name) for name in PACKAGES}


@contextmanager
def _its_end_noted(writer: RunWriter) -> Iterator[None]:
    """What ends the run before its time is in its record, too."""
    try:
        yield
    except (Cancelled, KeyboardInterrupt):
        writer.note(state="cancelled", reason="The evaluation was cancelled; what had been computed is kept.")
        raise
    except BadInput as error:
        writer.note(state="failed", reason=str(error))
        raise
    except Exception as error:
        found = error_id(error)
        reason = f"The evaluation failed (error {found}); the log has the details."
        writer.note(state="failed", reason=reason, error_id=found)
        raise


@dataclass(frozen=True, eq=False)
class _Ready:
    """Everything that is there before anything is scored."""

    rows: Rows
    groundwork: Groundwork
    bound: Mapping[str, Bound]
    in_columns: Mapping[str, Predictions]


class _Evaluation:
    """One evaluation on its way; `writer` gets whatever is done."""

    def __init__(self, plan: EvaluationPlan, writer: RunWriter, progress: Progress) -> None:
        self._plan = plan
        self._writer = writer
        self._progress = progress

    def run(self, preview: bool, own_models: Mapping[str, OwnModel]) -> None:
        """Read, score, and compute every method."""
        with Models(self._plan.systems, own_models) as models:
            with self._timed("reading"):
                ready = self._read(models)
            with self._timed("scoring"):
                # Not with an endpoint: it would be asked about the sample's rows twice.
                previewed = preview and len(ready.rows) > PREVIEW_ABOVE and not models.endpoints
                data = self._score(models, ready, previewed)
            if not any(method.needs == "models" and not self._by_hand(method) for method in self._methods()):
                models.release()
            with self._timed("methods"):
                self._compute(data, part_of(self._progress, SCORED, 1.0))

    def _read(self, models: Models) -> _Ready:
        self._progress(0, 1, f"Reading {display_name(self._plan.data.path)}")
        rows, table = read_rows(self._plan)
        sliced = any(method.section == "slices" for method in self._methods())
        groundwork = Groundwork(table, rows.labelled.table, rows.labelled.columns.features if sliced else ())
        groundwork.lay_until(models.have_opened)
        models.await_opened(part_of(self._progress, READ / 2, READ))
        labelled, bound = models.bind(rows.labelled)
        in_columns, notes = answers_in_columns(labelled, self._plan)
        self._writer.note(
            task=labelled.task,
            classes=labelled.classes,
            positive=labelled.classes[labelled.positive] if labelled.classes else None,
            rows=len(rows),
            total_rows=rows.total,
            systems=[_system(system, models, bound) for system in self._plan.systems],
            warnings=[
                *(warning for one in bound.values() for warning in one.binding.warnings),
                *(one.about_cost(len(rows)) for one in models.endpoints.values()),
                *notes,
            ],
        )
        return _Ready(replace(rows, labelled=labelled), groundwork, bound, in_columns)

    def _score(self, models: Models, ready: _Ready, preview: bool) -> EvaluationSet:
        """The rows with everybody's answers. While the models are busy: the columns, and the preview."""
        rows = ready.rows
        sample = stratified_sample(rows.labelled.y, PREVIEW_ROWS, self._plan.seed) if preview else None
        part = rows if sample is None else rows.take(sample)
        began = time.perf_counter()
        first = {} if sample is None else models.score(ready.bound, part.labelled.table)
        scored = models.score(ready.bound, rows.labelled.table, part_of(self._progress, READ, SCORED))
        self._writer.note(columns=ready.groundwork.kinds)
        if sample is not None:
            answers = {name: one.take(sample) for name, one in ready.in_columns.items()} | gathered(first)
            expected = (time.perf_counter() - began) * len(rows) / len(part) if scored else math.inf
            self._preview(self._assemble(part, answers, ready), PREVIEW_SHARE * expected)
        ready.groundwork.lay_until(lambda: all(one.done() for one in scored.values()))
        data = self._assemble(rows, {**ready.in_columns, **gathered(scored)}, ready)
        write_predictions(self._writer.folder, data.predictions)
        found = {"data": ready.groundwork.fingerprint, "evaluation_set": data.fingerprint}
        self._writer.note(fingerprints=found)
        return data

    def _assemble(self, rows: Rows, answers: Mapping[str, Predictions], ready: _Ready) -> EvaluationSet:
        in_order = [answers[system.name] for system in self._plan.systems]
        return rows.evaluation_set(in_order, repeatable(ready.bound), fingerprint=ready.groundwork.fingerprint)

    def _preview(self, data: EvaluationSet, seconds: float) -> None:
        """The methods on a sample; where `seconds` are over, the others are left to the computation on all rows."""
        end = time.perf_counter() + seconds
        for method in self._methods():
            if time.perf_counter() > end:
                break
            if not method.long:
                self._keep(method, data, no_progress, PREVIEW_FOLDER)
                self._writer.note(state="preview")

    def _compute(self, data: EvaluationSet, progress: Progress) -> None:
        """Every method; many rows by as many at once as there are processors."""
        methods = self._methods()
        joint = Joint(progress, len(methods))
        # For few rows the time goes into Python's own work, where threads stand in each other's way.
        threads = ThreadPoolExecutor(joblib.cpu_count() if len(data) > THREADS_ABOVE else 1, "methods")
        try:
            # Threads of a library would wait, spinning, for the processors that the other methods use.
            with threadpool_limits(1, "blas"):
                chosen = self._slowest_first(methods)
                gathered({m.key: threads.submit(self._one, m, data, joint.share(m.key)) for m in chosen})
        finally:
            threads.shutdown(cancel_futures=True)

    def _slowest_first(self, methods: list[Method]) -> list[Method]:
        """The order in which threads that share the methods are done soonest, as far as the preview tells."""
        previewed = self._writer.record.methods
        return sorted(methods, key=lambda m: previewed[m.key].seconds if m.key in previewed else 0.0, reverse=True)

    def _one(self, method: Method, data: EvaluationSet, progress: Progress) -> None:
        progress(0, 1, method.title)
        if self._by_hand(method) and method.why_not(data) is None:
            self._writer.note_method(
                method.key, skipped(self._plan.params(method.key), f"{method.long}, so it is started by hand."), {}
            )
        else:
            self._keep(method, data, progress, TABLES)
        progress(1, 1, method.title)

    def _keep(self, method: Method, data: EvaluationSet, progress: Progress, folder: str) -> None:
        record, tables = compute(method, data, self._plan.params(method.key), progress)
        self._writer.note_method(method.key, record.model_copy(update={"folder": folder}), tables)

    def _methods(self) -> list[Method]:
        """The methods of the plan in the order of the registry, long ones last."""
        chosen = [method for key, method in METHODS.items() if self._plan.methods is None or key in self._plan.methods]
        return sorted(chosen, key=lambda method: bool(method.long))

    def _by_hand(self, method: Method) -> bool:
        """True for a long method that the plan does not name."""
        return bool(method.long) and self._plan.methods is None

    @contextmanager
    def _timed(self, step: str) -> Iterator[None]:
        began = time.perf_counter()
        yield
        self._writer.note(seconds=self._writer.record.seconds | {step: round(time.perf_counter() - began, 3)})


def _system(system: System, models: Models, bound: Mapping[str, Bound]) -> SystemRecord:
    if system.name not in bound:
        return SystemRecord(name=system.name, role=system.role)
    return SystemRecord(
        name=system.name,
        role=system.role,
        can_predict=system.endpoint is None,
        sha256=models.sha256(system.name),
        classes=bound[system.name].binding.model_classes,
        warnings=bound[system.name].binding.warnings,
    )
