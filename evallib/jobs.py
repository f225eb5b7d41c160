"""What the background process can do: every job takes plain data and gives plain data back."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import evallib.recompute
import evallib.rule_checks
import evallib.run
from evallib.core.errors import BadInput
from evallib.core.progress import Progress, part_of
from evallib.data import DataSource, System, label_rows, prepare_demo, read_arrow
from evallib.endpoints import EndpointModel
from evallib.models import bind_model, open_model
from evallib.plan import read_plan
from evallib.runs import RunStore
from evallib.workspace import Workspace

if TYPE_CHECKING:
    from evallib.core.evaluation_set import Answers

TRIED_ROWS = 3

DATA_FOLDER = "EVALLIB_DATA_FOLDER"
"""The environment variable that names the folder whose files users may choose by name."""


def ingest(progress: Progress, *, file: str, name: str) -> dict[str, Any]:
    """Read a table that was uploaded, or that lies in the data folder, and keep it; its id and size."""
    workspace = Workspace.from_environment()
    path = _brought(workspace, file)
    try:
        stored = workspace.ingest(path, name, progress)
    finally:
        _used_up(workspace, path)
    return {"id": stored.id, "name": stored.name, **stored.details}


def inspect_model(
    progress: Progress, *, file: str, name: str, data: str | None = None, target: str | None = None
) -> dict[str, Any]:
    """Keep an uploaded model that opens and, where data and a target are given, fits them; what it says of itself."""
    workspace = Workspace.from_environment()
    path = _brought(workspace, file)
    try:
        stored = workspace.keep_model(path, name)
    finally:
        _used_up(workspace, path)
    progress(0, 2, f"Opening {stored.name}")
    try:
        with open_model(stored.path, stored.name, file_name=stored.name) as model:
            progress(1, 2, f"Matching {stored.name} to the data")
            card = model.card
            warnings = [f"{stored.name} {warning}." for warning in card.warnings]
            if data is not None and target is not None:
                table = read_arrow(workspace.get("data", data).path)
                rows = label_rows(table, DataSource(path=Path(name), target=target))
                features = table.iloc[:0][list(rows.columns.features)]
                warnings = list(bind_model(model, features, rows.classes, rows.task).binding.warnings)
    except BadInput:
        workspace.delete("models", stored.id)
        raise
    about = {
        "kind": card.kind,
        "format": card.format,
        "features": card.features,
        "classes": card.classes,
        "coded": card.coded,
    }
    workspace.note("models", stored.id, **about)
    return {"id": stored.id, "name": stored.name, "path": str(stored.path), "warnings": warnings, **about}


def try_endpoint(progress: Progress, *, system: dict[str, Any], data: str, target: str) -> dict[str, Any]:
    """Ask a system behind an API about the first rows; its answers in words, and the system as it was given."""
    given = System.model_validate(system)
    if given.endpoint is None:
        raise BadInput(f"{given.name} is no endpoint.")
    progress(0, 1, f"Asking {given.name}")
    table = read_arrow(Workspace.from_environment().get("data", data).path)
    rows = label_rows(table, DataSource(path=Path(given.name), target=target))
    features = rows.table[list(rows.columns.features)].head(TRIED_ROWS)
    model = EndpointModel(given.name, given.endpoint)
    with closing(model.caller):
        bound = model.bind(features, rows.classes, rows.task)
        answers = bound.predict(features)
    return {"system": system, "answers": _in_words(answers, rows.classes), "warnings": list(bound.binding.warnings)}


def _in_words(answers: Answers, classes: Sequence[str]) -> list[str]:
    if answers.value is not None:
        return [f"{value:.4g}" for value in answers.value]
    if answers.probability is not None and answers.probability.ndim == 1:
        return [f"{classes[1]} {chance:.1%}" for chance in answers.probability]
    codes: list[int] = [] if answers.label is None else answers.label.tolist()
    return [classes[code] if code >= 0 else "no answer" for code in codes]


def evaluate(progress: Progress, *, plan: str, run: str) -> dict[str, Any]:
    """Evaluate the plan in a file; the id of the run, which is also its folder below the runs of the workspace."""
    folder = _run_folder(run)
    evallib.run.evaluate(read_plan(Path(plan)), folder, progress, preview=True)
    return {"run": folder.name}


def evaluate_demo(progress: Progress, *, key: str, run: str, folder: str | None = None) -> dict[str, Any]:
    """Prepare a demo, then evaluate it."""
    plan = prepare_demo_files(part_of(progress, 0.0, 0.5), key=key, folder=folder)["plan"]
    return evaluate(part_of(progress, 0.5, 1.0), plan=plan, run=run)


def prepare_demo_files(progress: Progress, *, key: str, folder: str | None = None) -> dict[str, Any]:
    """Make a demo's data and models ready; where its evaluation.yaml is."""
    target = Workspace.from_environment().home / "demos" / (Path(folder).name if folder else key)
    return {"plan": str(prepare_demo(key, target, progress))}


def recompute(
    progress: Progress,
    *,
    run: str,
    method: str,
    params: dict[str, Any] | None = None,
    positive: str | None = None,
    where: str = "",
) -> dict[str, Any]:
    """Compute a method of a run again; the key of the variation, or None for the run's own result."""
    key = evallib.recompute.recompute(_run_folder(run), method, params or {}, progress, positive=positive, where=where)
    return {"variation": key}


def check_rules(
    _progress: Progress, *, run: str, rules: list[str], where: str = "", named: bool = False
) -> dict[str, Any]:
    """What is to be said of each rule, or entry with a name, and how many rows of the run it is tried on."""
    verdicts, rows = evallib.rule_checks.check_rules(_run_folder(run), rules, where, named=named)
    return {"verdicts": verdicts, "of": rows}


def column_values(_progress: Progress, *, run: str, column: str) -> dict[str, Any]:
    """The most frequent values of a column of the run's data, as a rule writes them."""
    return {"values": evallib.rule_checks.column_values(_run_folder(run), column)}


def _run_folder(run: str) -> Path:
    """The folder of a run, given by its id or by that folder; nothing outside the workspace."""
    return RunStore(Workspace.from_environment().runs).folder_of(Path(run).name)


def _brought(workspace: Workspace, file: str) -> Path:
    """The file, if it was uploaded or lies in the operator's data folder."""
    path = Path(file).resolve()
    allowed = [workspace.incoming, *([Path(os.environ[DATA_FOLDER])] if os.environ.get(DATA_FOLDER) else [])]
    if not any(path.is_relative_to(folder.resolve()) for folder in allowed):
        raise BadInput(f"{path.name} was not uploaded here; upload it first.")
    return path


def _used_up(workspace: Workspace, path: Path) -> None:
    if path.is_relative_to(workspace.incoming.resolve()):
        path.unlink(missing_ok=True)


JOBS: dict[str, Callable[..., dict[str, Any]]] = {
    "ingest": ingest,
    "inspect_model": inspect_model,
    "try_endpoint": try_endpoint,
    "evaluate": evaluate,
    "evaluate_demo": evaluate_demo,
    "prepare_demo": prepare_demo_files,
    "recompute": recompute,
    "check_rules": check_rules,
    "column_values": column_values,
}
"""Every job by its name."""

BEFORE_MODELS = frozenset({"ingest", "inspect_model", "evaluate", "evaluate_demo"})
"""The jobs after which a model is likely to be opened soon."""
