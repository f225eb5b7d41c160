"""An evaluation on disk: what was evaluated, how every method ended, and its results, read when asked for."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import pandas as pd
from pydantic import ValidationError

from evallib.core.errors import BadInput, NotApplicable
from evallib.core.finding import Outcome
from evallib.core.params import Params
from evallib.files import being_written, read_tables
from evallib.methods import METHODS
from evallib.plan import EvaluationPlan, checked_params, plan_from
from evallib.runs.record import MethodRecord, RunRecord, State, Variation, VariationRecord
from evallib.runs.writer import RUN_FILE, VARIATION_FILE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from evallib.core.evaluation_set import Role, Task
    from evallib.core.finding import Finding
    from evallib.core.result import Result

BEING_COMPUTED = ("running", "preview")
INTERRUPTED = "The evaluation was interrupted before it ended; evaluate again."


class Run:
    """A run as its run.json stood when it was opened; open it again to see what has been added since."""

    def __init__(self, folder: Path, details: RunRecord) -> None:
        self.folder = folder
        self.details = details

    @classmethod
    def open(cls, folder: Path | str) -> Self:
        """The run in this folder. Raises `BadInput` where there is none, or where it is damaged."""
        folder = Path(folder)
        try:
            details = RunRecord.model_validate_json((folder / RUN_FILE).read_bytes())
        except OSError as error:
            raise BadInput(f"{folder.name} is no run: its {RUN_FILE} cannot be read.") from error
        except ValidationError as error:
            raise BadInput(f"The run {folder.name} is damaged: its {RUN_FILE} cannot be understood.") from error
        if details.state in BEING_COMPUTED and not being_written(folder):
            details = details.model_copy(update={"state": "failed", "reason": INTERRUPTED})
        return cls(folder, details)

    def __repr__(self) -> str:
        """What it is about, in one line."""
        return f"<Run {self.name}: {self.state}, {self.details.rows:,} rows, {', '.join(self.models) or 'no system'}>"

    @property
    def id(self) -> str:
        """The name of its folder."""
        return self.folder.name

    @property
    def name(self) -> str:
        """What the user calls it."""
        return str(self.details.plan.get("name") or self.id)

    @property
    def state(self) -> State:
        """Where it stands; a run whose process has ended without saying so has failed."""
        return self.details.state

    @property
    def active(self) -> bool:
        """True while it is being computed, or waits to be."""
        return self.state in {"waiting", *BEING_COMPUTED}

    @property
    def reason(self) -> str:
        """Why it failed, in one sentence."""
        return self.details.reason

    @property
    def task(self) -> Task | None:
        """What is predicted; None until the data has been read."""
        return self.details.task

    @property
    def classes(self) -> tuple[str, ...]:
        """The names of the classes; empty for a regression."""
        return self.details.classes

    @property
    def positive(self) -> int | None:
        """The place among the classes of the one that counts as the event; None for a regression."""
        return self.classes.index(self.details.positive) if self.details.positive is not None else None

    @property
    def models(self) -> dict[str, Role]:
        """The role of every system, by name, in the order of the plan."""
        return {system.name: system.role for system in self.details.systems}

    @property
    def columns(self) -> dict[str, str]:
        """The kind of every column of the data."""
        return self.details.columns

    @property
    def methods(self) -> Mapping[str, MethodRecord]:
        """How every method ended that has ended so far, in the order of the registry."""
        return {key: self.details.methods[key] for key in METHODS if key in self.details.methods}

    @cached_property
    def plan(self) -> EvaluationPlan:
        """What was evaluated."""
        return plan_from(self.details.plan, self.folder, RUN_FILE)

    def found(self) -> list[Finding]:
        """Every finding of every method, worst first."""
        return sorted((one for method in self.methods.values() for one in method.findings), key=lambda one: one.rank)

    def findings(self) -> pd.DataFrame:
        """A table of every finding of every method, worst first, and of the methods that have none to give."""
        rows = [
            (one.method, one.outcome, severity_of(one), one.code, one.sentence, one.model or "", one.slice or "")
            for one in self.found()
        ]
        silent = [(key, method) for key, method in self.methods.items() if not method.findings]
        rows += [(key, method.outcome, "", "", method.reason, "", "") for key, method in silent]
        columns = ["method", "outcome", "severity", "code", "sentence", "model", "slice"]
        return pd.DataFrame([[str(cell) for cell in row] for row in rows], columns=columns, dtype="str")

    def params(self, method: str) -> Params:
        """The parameters that a method was computed with, or would have been."""
        return self.plan.params(method)

    def variation_key(
        self, method: str, params: Params | Mapping[str, Any], positive: str | None = None, where: str = ""
    ) -> str | None:
        """The key of a method's result with these parameters, positive class and filter; None for the run's own.

        Raises `BadInput` for parameters that the method does not have.
        """
        asked = self.variation(method, params, positive, where)
        own = self.variation(method, self.params(method))
        return None if asked == own else asked.key

    def variation(
        self, method: str, params: Params | Mapping[str, Any], positive: str | None = None, where: str = ""
    ) -> Variation:
        """What a recomputation asks, with what is the run's own left out."""
        given = params.model_dump() if isinstance(params, Params) else params
        checked = checked_params(method, given).model_dump(mode="json")
        own = positive is None or positive == self.details.positive
        return Variation(method=method, params=checked, positive=None if own else positive, where=where.strip())

    def record(self, method: str, variation: str | None = None) -> MethodRecord | None:
        """How a method, or a variation of it, ended; None where it has not been computed."""
        if variation is None:
            return self.details.methods.get(method)
        path = self.folder / "variations" / variation / VARIATION_FILE
        try:
            return VariationRecord.model_validate_json(path.read_bytes())
        except (OSError, ValidationError):
            return None

    def result(self, method: str, variation: str | None = None) -> Result:
        """The result of a method, or that of a variation of it by its key.

        Raises `NotApplicable` with the reason where the method has none, and `BadInput` where its tables are damaged.
        """
        record = self.record(method, variation)
        if record is None:
            raise BadInput(f"This run has no such result of {method} yet.")
        if record.basis is None:
            raise NotApplicable(record.reason)
        kind = METHODS[method].result
        try:
            tables = read_tables(self.folder / record.folder, kind.schemas(), prefix=f"{method}.")
            return kind.from_tables(record.basis, tables)
        except FileNotFoundError:
            return self._result_moved(method, variation, record)
        except (OSError, TypeError, ValueError) as error:
            raise BadInput(
                f"The tables of {method} in this run are missing or of another version; evaluate again."
            ) from error

    def _result_moved(self, method: str, variation: str | None, known: MethodRecord) -> Result:
        """The result as the folder has it now: that of a preview gives way to that of all rows."""
        now = Run.open(self.folder)
        if now.record(method, variation) == known:
            raise BadInput(f"The tables of {method} in this run are missing or of another version; evaluate again.")
        return now.result(method, variation)


def severity_of(finding: Finding) -> str:
    """How grave an issue is; nothing for what is no issue."""
    return str(finding.severity) if finding.outcome is Outcome.ISSUE else ""
