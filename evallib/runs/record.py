"""run.json: everything about a run that is no table."""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import asdict
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, PlainSerializer

import evallib
from evallib.core.evaluation_set import Role, Task
from evallib.core.finding import Finding, Outcome
from evallib.core.result import Basis

State = Literal["waiting", "running", "preview", "done", "failed", "cancelled"]
"""waiting: for a free process; preview: running, with the results of a sample of the rows to look at."""

FORMAT = 1


def _from_json(found: object) -> object:
    if not isinstance(found, list | tuple):
        return found
    return [one if isinstance(one, Finding) else one | {"evidence": _pairs(one["evidence"])} for one in found]


def _pairs(evidence: dict[str, Any]) -> list[tuple[str, Any]]:
    return [(name, math.nan if value is None else value) for name, value in evidence.items()]


def _to_json(findings: tuple[Finding, ...]) -> list[dict[str, Any]]:
    return [asdict(one) | {"evidence": {name: _number(value) for name, value in one.evidence}} for one in findings]


def _number(value: float | str) -> float | str | None:
    """JSON has neither NaN nor infinity: an undefined number is written as null."""
    return value if isinstance(value, str) else float(value) if math.isfinite(value) else None


Findings = Annotated[tuple[Finding, ...], BeforeValidator(_from_json), PlainSerializer(_to_json)]


class Record(BaseModel):
    """Base of what is kept in run.json; unknown keys of a later version are passed over."""

    model_config = ConfigDict(frozen=True, extra="ignore", ser_json_inf_nan="null")


class SystemRecord(Record):
    """A system as it was evaluated.

    sha256: that of its model file, where it has one.
    classes: what the data call the model's classes, in the model's order, where it knows their order.
    """

    name: str
    role: Role
    sha256: str | None = None
    can_predict: bool = False
    classes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


class MethodRecord(Record):
    """How a method ended: its outcome, what it found, and where its tables are.

    outcome: that of its gravest finding, `passed` where it found nothing; `not applicable` and `skipped` have a reason.
    folder: the folder of its tables below that of the run.
    """

    outcome: Outcome
    reason: str = ""
    error_id: str | None = None
    params: dict[str, Any] = {}
    basis: Basis | None = None
    findings: Findings = ()
    seconds: float = 0.0
    folder: str = "tables"

    @property
    def computed(self) -> bool:
        """True where there are tables to read."""
        return self.basis is not None


class Variation(Record):
    """A method computed again with other parameters, another positive class or a filter."""

    method: str
    params: dict[str, Any] = {}
    positive: str | None = None
    where: str = ""
    version: str = evallib.__version__

    @property
    def key(self) -> str:
        """The folder of its tables: equal questions have equal keys."""
        content = json.dumps(self.model_dump(mode="json"), sort_keys=True)
        return hashlib.blake2b(content.encode(), digest_size=10).hexdigest()


class VariationRecord(MethodRecord):
    """How a variation ended."""

    variation: Variation


class RunRecord(Record):
    """The content of run.json.

    plan: the evaluation.yaml as data, its paths relative to the folder of the run.
    fingerprints: content hashes of the data ("data") and of everything evaluated together ("evaluation_set").
    columns: the kind of every column of the data.        seconds: how long every step took.
    rows: how many rows were evaluated; total_rows: how many the data has.
    """

    format: int = FORMAT
    state: State = "waiting"
    reason: str = ""
    error_id: str | None = None
    created: str = ""
    plan: dict[str, Any] = {}
    seed: int = 0
    versions: dict[str, str] = {}
    fingerprints: dict[str, str] = {}
    task: Task | None = None
    classes: tuple[str, ...] = ()
    positive: str | None = None
    rows: int = 0
    total_rows: int = 0
    columns: dict[str, str] = {}
    systems: tuple[SystemRecord, ...] = ()
    warnings: tuple[str, ...] = ()
    seconds: dict[str, float] = {}
    methods: dict[str, MethodRecord] = {}
