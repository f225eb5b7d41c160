"""Params become widgets: one control per field, from its type, its range, its title and its help."""

from __future__ import annotations

import contextlib
import math
import types
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeVar, Union, get_args, get_origin

import streamlit as st
from annotated_types import Ge, Gt, Le, Lt
from pydantic import ValidationError

from ui.pins import pins_field
from ui.rule_field import rule_field, rules_field
from ui.state import widget_key
from ui.text import escape, visible

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

    from evallib.core.params import Params
    from ui.rule_questions import Ground

P = TypeVar("P", bound="Params")
FEW_OPTIONS = 4
SLIDER_STEPS = 200


@dataclass(frozen=True)
class Choices:
    """What a field may name: the columns of the data, the models of the run, its classes, and folders of own slices.

    ground: what rules are tried on.    pins: all lines of a table that may be pinned.
    """

    columns: Sequence[str] = ()
    models: Sequence[str] = ()
    task: str | None = None
    classes: Sequence[str] = ()
    folders: Sequence[str] = ()
    ground: Ground | None = None
    pins: Callable[[], Sequence[str]] = tuple


def ask(params: type[P], prefix: str, choices: Choices, start: P | None = None) -> P:
    """The parameters that the user set, as widgets in the current container; the start values where they do not fit.

    Every widget is bound to the URL, so that the address reproduces the page. Streamlit checks ranges in the browser
    only, so that what comes back is checked again.
    """
    begin = start or params()
    values = {
        name: _widget(widget_key(prefix, name), field, getattr(begin, name), choices)
        for name, field in params.model_fields.items()
        if _fits(field, choices)
    }
    try:
        return params(**begin.model_dump() | values)
    except ValidationError as error:
        for problem in error.errors():
            name = str(problem["loc"][0]) if problem["loc"] else ""
            title = params.model_fields[name].title or name if name in params.model_fields else "Settings"
            st.warning(f"{title}: {escape(str(problem['msg']))}. The default is used instead.")
        return begin


def _named(choices: Choices) -> dict[str, Sequence[str]]:
    return {
        "column": choices.columns,
        "model": choices.models,
        "class": choices.classes,
        "folder": choices.folders,
    }


def _fits(field: FieldInfo, choices: Choices) -> bool:
    """Whether the field has something to say of this task, and a folder to name where it names one."""
    about = _extra(field)
    fitting = choices.task in about.get("tasks", [choices.task])
    return fitting and (about.get("widget") != "folder" or bool(choices.folders))


def _widget(key: str, field: FieldInfo, value: Any, choices: Choices) -> Any:
    kind, optional = _plain_type(field.annotation)
    label = field.title or key.rsplit(".", maxsplit=1)[-1].replace("_", " ").capitalize()
    common: dict[str, Any] = {"key": key, "help": field.description, "bind": "query-params"}
    hint = _extra(field).get("widget")
    named = _named(choices)
    if hint in named:
        options = list(named[hint])
        return _choice(label, [None, *options] if optional else options, value, common)
    if kind is bool:
        return st.toggle(label, value=value, **common)
    if get_origin(kind) is Literal:
        return _literal(label, list(get_args(kind)), value, common)
    if kind in {int, float}:
        return _number(label, kind, field, value, common)
    if get_origin(kind) is tuple:
        return _several(label, get_args(kind)[0], value, hint, choices, common)
    ground = choices.ground if hint == "rule" else None
    typed = rule_field(label, ground=ground, value=value or "", placeholder="e.g. age < 30", **common)
    return typed or (None if optional else "")


def _extra(field: FieldInfo) -> dict[str, Any]:
    return dict(field.json_schema_extra) if isinstance(field.json_schema_extra, dict) else {}


def _plain_type(annotation: Any) -> tuple[Any, bool]:
    if get_origin(annotation) in {Union, types.UnionType}:
        inner = [one for one in get_args(annotation) if one is not type(None)]
        return inner[0], len(inner) < len(get_args(annotation))
    return annotation, False


def _choice(label: str, options: list[Any], value: Any, common: dict[str, Any]) -> Any:
    index = options.index(value) if value in options else 0
    if not options:
        return None
    return st.selectbox(
        label,
        options,
        index=index,
        format_func=lambda option: "automatic" if option is None else visible(option),
        placeholder="automatic" if None in options else None,
        **common,
    )


def _literal(label: str, options: list[Any], value: Any, common: dict[str, Any]) -> Any:
    if len(options) <= FEW_OPTIONS:
        return st.segmented_control(label, options, default=value, required=True, format_func=_words, **common)
    return st.selectbox(label, options, index=options.index(value), format_func=_words, **common)


def _words(option: Any) -> str:
    return str(option).replace("_", " ")


def _number(label: str, kind: type, field: FieldInfo, value: Any, common: dict[str, Any]) -> Any:
    low = next(
        (kind(one.ge if isinstance(one, Ge) else one.gt) for one in field.metadata if isinstance(one, Ge | Gt)), None
    )
    high = next(
        (kind(one.le if isinstance(one, Le) else one.lt) for one in field.metadata if isinstance(one, Le | Lt)), None
    )
    if low is not None and high is not None and (kind is float or high - low <= SLIDER_STEPS):
        step = 1 if kind is int else (high - low) / SLIDER_STEPS
        return st.slider(label, low, high, value, step, **common)
    _drop_infinite(common["key"])
    return st.number_input(label, low, high, value, **common)


def _drop_infinite(key: str) -> None:
    """Take an infinite number out of the address: Streamlit takes out every other wrong value, and breaks at this."""
    for text in st.query_params.get_all(key):
        with contextlib.suppress(ValueError):
            if not math.isfinite(float(text)):
                del st.query_params[key]
                st.rerun()


def _several(label: str, kind: type, value: Any, hint: Any, choices: Choices, common: dict[str, Any]) -> Any:
    if get_origin(kind) is Literal:
        return tuple(st.multiselect(label, list(get_args(kind)), default=list(value), format_func=_words, **common))
    if hint == "pinned":
        return pins_field(label, known=choices.pins, **common)
    if hint in {"columns", "models"}:
        options = list(choices.columns if hint == "columns" else choices.models)
        return tuple(
            st.multiselect(
                label, options, default=[one for one in value if one in options], format_func=visible, **common
            )
        )
    if kind in {int, float}:
        text = st.text_input(label, value=", ".join(f"{one:g}" for one in value), **common)
        return tuple(part for part in (text or "").replace(",", " ").split())
    text, placeholder = "\n".join(value), "One per line, such as Young: age < 30"
    return rules_field(label, ground=choices.ground, value=text, placeholder=placeholder, **common)
