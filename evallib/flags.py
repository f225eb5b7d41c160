"""What the flags of the command line say, as the content of an evaluation.yaml."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import yaml

from evallib.core.errors import BadInput
from evallib.data import DataSource

SOURCES = {"model": "--model", "labels": "--labels", "probability": "--probability"}


def plan_of_flags(flags: Mapping[str, Any]) -> dict[str, Any]:
    """The content of the evaluation.yaml that these flags stand for.

    Raises `BadInput` for a flag that is no NAME=VALUE, for a system that is named twice, and for what is said of none.
    """
    for needed in ("data", "target"):
        if needed not in flags:
            raise BadInput(f"--{needed} is missing; give it, or an evaluation.yaml.")
    content: dict[str, Any] = {key: flags[key] for key in ("name", "where", "seed") if key in flags}
    source = {key: value for key, value in flags.items() if key in DataSource.model_fields}
    content["data"] = {"path": flags["data"]} | source
    content["systems"] = _systems(flags)
    methods = methods_of_flags(flags)
    if methods:
        content["methods"] = methods
    return content


def methods_of_flags(flags: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The settings of each method that --method or --set names; those of a later --set go before an earlier one's.

    Values are read as those of an evaluation.yaml. Raises `BadInput` for a --set that is no METHOD.NAME=VALUE.
    """
    methods: dict[str, dict[str, Any]] = {key: {} for key in flags.get("method", ())}
    for text in flags.get("set", ()):
        place, _, value = text.partition("=")
        method, _, name = place.partition(".")
        if not (method and name and value):
            raise BadInput(f"--set {text}: write it as METHOD.NAME=VALUE, such as finder.metric=log_loss.")
        try:
            methods.setdefault(method, {})[name] = yaml.safe_load(value)
        except yaml.YAMLError as error:
            raise BadInput(f"--set {text}: the value cannot be read; write it as in an evaluation.yaml.") from error
    return methods


def _systems(flags: Mapping[str, Any]) -> list[dict[str, Any]]:
    systems: dict[str, dict[str, Any]] = {}
    for key, flag in SOURCES.items():
        for name, value in _pairs(flags.get(key, ()), flag):
            if name in systems:
                raise BadInput(f"{flag} {name}=…: two systems are named {name!r}; give every system a name of its own.")
            systems[name] = {"name": name, **_source(key, value)}
    for key in ("role", "classes"):
        for name, value in _pairs(flags.get(key, ()), f"--{key}"):
            if name not in systems:
                raise BadInput(
                    f"--{key} {name}={value}: there is no system {name!r}; there are {', '.join(systems) or 'none'}."
                )
            systems[name][key] = _listed(value) if key == "classes" else value
    return list(systems.values())


def _source(key: str, value: str) -> dict[str, Any]:
    if key == "probability":
        return {"probability": _listed(value)}
    return {"label" if key == "labels" else key: value}


def _listed(value: str) -> list[str]:
    return [one.strip() for one in value.split(",")]


def _pairs(texts: Iterable[str], flag: str) -> list[tuple[str, str]]:
    pairs = [text.partition("=") for text in texts]
    for name, sign, value in pairs:
        if not (name and sign and value):
            raise BadInput(f"{flag} {name}{sign}{value}: write it as NAME=VALUE.")
    return [(name, value) for name, _, value in pairs]
