"""The way in from a notebook: `evallib.evaluate(...)`, with files, tables and fitted models as they are at hand."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from pickle import PicklingError
from typing import Any

import joblib
import pandas as pd

import evallib.run
from evallib.core.errors import BadInput
from evallib.core.progress import Progress, no_progress
from evallib.data import DataSource, read_table, write_arrow
from evallib.models import drop_workers
from evallib.output_folder import replacing
from evallib.own_model import Function, OwnModel
from evallib.plan import EvaluationPlan, plan_from, read_plan
from evallib.runs import Run


def evaluate(  # noqa: PLR0913 - the way in: one argument for each thing that a user may have at hand
    data: str | Path | pd.DataFrame | EvaluationPlan,
    target: str | None = None,
    *,
    models: Mapping[str, Any] | None = None,
    labels: Mapping[str, Any] | None = None,
    probabilities: Mapping[str, Any] | None = None,
    roles: Mapping[str, str] | None = None,
    classes: Mapping[str, Sequence[Any]] | None = None,
    methods: Sequence[str] | Mapping[str, Mapping[str, Any]] | None = None,
    out: str | Path | None = None,
    progress: Progress = no_progress,
    **settings: Any,
) -> Run:
    """The run: `run.findings()` is a table, `run.result("reliability")` has those of a method.

    data: a file, a table, a plan, or the path of an evaluation.yaml; the last two need nothing else.
    models: by name a model file, which runs in a worker of its own, or a fitted estimator, which is asked right here.
    labels, probabilities: by name a column of the data, several for the probabilities of several classes, or values,
        or a function that gives them for a table of features, which is asked right here, too.
    classes: by the name of a model what its classes are, in its own order, such as ["no", "yes"] for 0 and 1.
    methods: keys, or parameters by key; by default every quick method.
    out: the folder of the run, which must be new or a run; a temporary one, gone with the run, where none is given.
    settings: whatever else `DataSource` and `EvaluationPlan` have, such as positive, weight, where, seed, name.
    Raises `BadInput` with one sentence.
    """
    with _folder(out) as folder:
        given = _Given(folder, {"role": dict(roles or {}), "classes": dict(classes or {})})
        if isinstance(data, EvaluationPlan):
            plan = data
        elif not isinstance(data, pd.DataFrame) and Path(data).suffix in {".yaml", ".yml"}:
            plan = read_plan(data)
        else:
            given.add(models or {}, given.add_model)
            given.add(labels or {}, given.add_labels)
            given.add(probabilities or {}, given.add_probabilities)
            plan = given.plan(data, {"target": target, "methods": methods} | settings)
        try:
            evallib.run.evaluate(plan, folder, progress, own_models=given.own_models)
        finally:
            drop_workers()
    return Run.open(folder if out is None else out)


@contextmanager
def _folder(out: str | Path | None) -> Iterator[Path]:
    """The empty folder for a run; a temporary one is gone when Python ends."""
    if out is None:
        folder = Path(tempfile.mkdtemp(prefix="evallib-"))
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        yield folder
    else:
        with replacing(Path(out)) as beside:
            yield beside


class _Given:
    """What the caller has at hand, put into the run's folder as a plan needs it."""

    def __init__(self, folder: Path, about: Mapping[str, dict[str, Any]]) -> None:
        self.own_models: dict[str, OwnModel] = {}
        self._folder = folder
        self._about = about
        self._systems: list[dict[str, Any]] = []
        self._columns: dict[str, Any] = {}

    def add(self, given: Mapping[str, Any], take: Callable[[str, Any], dict[str, Any]]) -> None:
        """Add the system of every name; `take` tells where its answers come from."""
        for name, one in given.items():
            about = {key: of_systems.pop(name) for key, of_systems in self._about.items() if name in of_systems}
            self._systems.append({"name": name} | take(name, one) | about)

    def add_model(self, name: str, model: Any) -> dict[str, Any]:
        """A model file, or an estimator, of which a copy is kept so that the run can be repeated."""
        if isinstance(model, str | Path):
            return {"model": str(Path(model).absolute())}
        return self._add_own(OwnModel.of_estimator(name, model), model)

    def _add_own(self, own: OwnModel, estimator: Any = None) -> dict[str, Any]:
        """A model of this process; of a function no copy is kept, so a run with one is repeated from a notebook."""
        self.own_models[own.name] = own
        target = self._folder.absolute() / "models" / f"{len(self.own_models)}.joblib"
        if estimator is not None:
            target.parent.mkdir(parents=True, exist_ok=True)
            with suppress(PicklingError, TypeError, AttributeError):
                joblib.dump(estimator, target)
        return {"model": str(target)}

    def add_labels(self, name: str, labels: Any) -> dict[str, Any]:
        """A column of labels or values, or a function that gives them."""
        if callable(labels):
            return self._add_own(OwnModel(name, Function(labels, probabilities=False)))
        return {"label": labels if isinstance(labels, str) else self._new_column(name, labels)}

    def add_probabilities(self, name: str, given: Any) -> dict[str, Any]:
        """One column of probabilities, or one per class (a table's columns are named for them), or a function."""
        if callable(given):
            return self._add_own(OwnModel(name, Function(given, probabilities=True)))
        if isinstance(given, str) or (isinstance(given, list | tuple) and all(isinstance(one, str) for one in given)):
            return {"probability": given}
        table = pd.DataFrame(given)
        if table.shape[1] == 1:
            return {"probability": self._new_column(name, table.iloc[:, 0])}
        return {"probability": [self._new_column(f"{name}: {column}", table[column]) for column in table]}

    def _new_column(self, name: str, values: Any) -> str:
        self._columns[name] = pd.Series(values).to_numpy()
        return name

    def plan(self, data: str | Path | pd.DataFrame, settings: dict[str, Any]) -> EvaluationPlan:
        """The plan; a table, and a file that answers were added to, are written into the folder of the run."""
        for key, of_systems in self._about.items():
            if of_systems:
                what = "is a role" if key == "role" else "are classes"
                raise BadInput(f"There {what} for {next(iter(of_systems))!r}, but no system of that name.")
        source = {key: settings.pop(key) for key in list(settings) if key in DataSource.model_fields}
        raw = {"data": {"path": str(self._written(data))} | _without_none(source), "systems": self._systems}
        return plan_from(raw | _without_none(settings), Path.cwd(), "evaluate()")

    def _written(self, data: str | Path | pd.DataFrame) -> Path:
        if not isinstance(data, pd.DataFrame) and not self._columns:
            return Path(data).absolute()
        table = data if isinstance(data, pd.DataFrame) else read_table(data)
        for name, values in self._columns.items():
            if len(values) != len(table):
                raise BadInput(f"{name} has {len(values):,} answers where the data has {len(table):,} rows.")
            if name in table:
                raise BadInput(f"The data has a column {name!r} already; give the answers another name.")
        self._folder.mkdir(parents=True, exist_ok=True)
        write_arrow(table.assign(**self._columns), self._folder.absolute() / "data.arrow")
        return self._folder.absolute() / "data.arrow"


def _without_none(settings: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in settings.items() if value is not None}
