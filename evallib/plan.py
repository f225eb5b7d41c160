"""evaluation.yaml and the plan that it describes: which data, whose answers, which methods, with which settings."""

from __future__ import annotations

import difflib
import os
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from evallib.core.errors import BadInput
from evallib.core.params import Params
from evallib.data import DataSource, System
from evallib.methods import METHODS
from evallib.yaml_files import read_yaml, yaml_text

HEADER = "# Evaluate again with: python -m evallib run evaluation.yaml --out DIR\n"


class EvaluationPlan(BaseModel):
    """What is evaluated, and how. Paths are absolute, or relative to the current directory.

    methods: parameters by the key of the method; None for every method with its defaults.
    where: a rule over columns; only the rows that it holds for are evaluated.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: Literal[1] = 1
    name: str = ""
    data: DataSource
    systems: tuple[System, ...] = ()
    methods: dict[str, dict[str, Any]] | None = None
    where: str = ""
    seed: int = Field(0, ge=0)

    @property
    def title(self) -> str:
        """The name, or that of the data file where none was given."""
        return self.name or self.data.path.stem

    @field_validator("methods", mode="before")
    @classmethod
    def _list_of_methods(cls, value: object) -> object:
        """Methods may be listed by key alone, and a key without parameters has none."""
        if isinstance(value, list | tuple):
            return {key: {} for key in map(str, value)}
        return {key: params or {} for key, params in value.items()} if isinstance(value, Mapping) else value

    @model_validator(mode="after")
    def _names_are_unique(self) -> Self:
        twice = [name for name, count in Counter(system.name for system in self.systems).items() if count > 1]
        if twice:
            raise ValueError(f"Two systems are named {twice[0]!r}; give every system a name of its own.")
        return self

    def params(self, method: str) -> Params:
        """The parameters of a method: those of the plan, else the defaults."""
        return checked_params(method, (self.methods or {}).get(method, {}))


def read_plan(path: Path | str, name: str | None = None) -> EvaluationPlan:
    """The plan in an evaluation.yaml; the paths in it are relative to its folder.

    name: what the user calls the file, where it lies under another name. Raises `BadInput` with one sentence that names
    the file and the key that is wrong.
    """
    path = Path(path)
    name = name or path.name
    raw = read_yaml(path, name)
    return plan_from(raw, path.parent, name)


def write_plan(plan: EvaluationPlan, path: Path) -> None:
    """Write the plan as an evaluation.yaml whose paths are relative to its folder."""
    path.write_text(plan_text(plan, path.parent), encoding="utf-8")


def plan_text(plan: EvaluationPlan, folder: Path | None = None) -> str:
    """The evaluation.yaml of a plan, as it would lie in `folder`; paths stay as they are where none is given."""
    content = plan_content(plan, folder)
    return HEADER + yaml_text(content)


def plan_content(plan: EvaluationPlan, folder: Path | None = None) -> dict[str, Any]:
    """The plan as plain data, without what is at its default; paths relative to `folder` where one is given."""
    content: dict[str, Any] = {"version": plan.version, "name": plan.title}
    content |= plan.model_dump(mode="json", exclude_defaults=True)
    data = content["data"]
    for key in {"path", "training"} & data.keys():
        data[key] = _seen_from(folder, data[key])
    if plan.systems:
        content["systems"] = [_system_content(system, folder) for system in plan.systems]
    return content


def _system_content(system: System, folder: Path | None) -> dict[str, Any]:
    content = {"name": system.name, "role": system.role.value}
    content |= system.model_dump(mode="json", exclude_defaults=True, exclude={"name", "role"})
    if system.model is not None:
        content["model"] = _seen_from(folder, str(system.model))
    if system.probability is not None and len(system.probability) == 1:
        content["probability"] = system.probability[0]
    return content


def plan_from(raw: object, folder: Path, origin: str) -> EvaluationPlan:
    """The plan that plain data describes; its relative paths start at `folder`, and `origin` is named in errors.

    Raises `BadInput` for an unknown key, a wrong type, or parameters that a method does not have.
    """
    if not isinstance(raw, Mapping):
        raise BadInput(f"{origin} must hold keys such as data and systems; see the README for an example.")
    try:
        plan = EvaluationPlan.model_validate(raw)
    except ValidationError as error:
        raise BadInput(f"{origin}: {sentence(error, EvaluationPlan)}") from error
    for method, params in (plan.methods or {}).items():
        try:
            checked_params(method, params)
        except BadInput as error:
            raise BadInput(f"{origin}: {error}") from error
    return _resolved(plan, folder)


def checked_params(method: str, params: Mapping[str, Any]) -> Params:
    """The parameters of a method, checked. Raises `BadInput` with one sentence."""
    if method not in METHODS:
        raise BadInput(f"There is no method {method!r}{_meant(method, METHODS)}")
    try:
        return METHODS[method].params.model_validate(dict(params))
    except ValidationError as error:
        raise BadInput(sentence(error, METHODS[method].params, ("methods", method))) from error


def sentence(error: ValidationError, model: type[BaseModel], above: tuple[str, ...] = ()) -> str:
    """The first thing that is wrong, in plain words; `above` are the keys under which `model` stands."""
    first = error.errors(include_url=False)[0]
    keys = tuple(first["loc"])
    name = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in (*above, *keys)).lstrip(".")
    match first["type"]:
        case "missing":
            return f"{name} is missing."
        case "extra_forbidden":
            return f"There is no setting {name}{_meant(str(keys[-1]), _fields(model, keys[:-1]))}"
        case "value_error":
            return first["msg"].removeprefix("Value error, ")
    shown = repr(first["input"])
    return f"{name} is {shown if len(shown) <= 60 else shown[:60] + '…'}; {first['msg'].replace('Input', 'it', 1)}."


def _fields(model: type[BaseModel], keys: tuple[int | str, ...]) -> Mapping[str, object]:
    nested: dict[tuple[int | str, ...], type[BaseModel]] = {("data",): DataSource, ("systems",): System}
    return nested.get(keys[:1], model).model_fields


def _meant(name: str, known: Mapping[str, object]) -> str:
    near = difflib.get_close_matches(name, known, n=1)
    return f"; did you mean {near[0]}?" if near else f"; there are {', '.join(known)}." if known else "."


def _resolved(plan: EvaluationPlan, folder: Path) -> EvaluationPlan:
    def at(path: Path | None) -> Path | None:
        return None if path is None else Path(os.path.normpath(folder.absolute() / path))

    data = plan.data.model_copy(update={"path": at(plan.data.path), "training": at(plan.data.training)})
    systems = tuple(system.model_copy(update={"model": at(system.model)}) for system in plan.systems)
    return plan.model_copy(update={"data": data, "systems": systems})


def _seen_from(folder: Path | None, path: str) -> str:
    """The path relative to the folder, unless the two have nothing but the root in common."""
    if folder is None:
        return path
    whole = Path(path).absolute()
    apart = Path(os.path.commonpath([whole, folder.absolute()])) == Path(whole.anchor)
    return str(whole) if apart else os.path.relpath(whole, folder.absolute())
