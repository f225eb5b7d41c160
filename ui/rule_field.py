"""The field that rules are written in: Streamlit's own, and below it what is to be said while somebody types."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit as st

from evallib.core.rule_functions import NAMES
from evallib.core.rules import column_text
from ui import state
from ui.rule_questions import Field, Ground, fields
from ui.text import visible

if TYPE_CHECKING:
    from evallib.runs import Run

HERE = Path(__file__).parent

_verdicts = st.components.v2.component(
    "evallib_rules",
    html='<div class="evallib-choices" role="listbox" hidden></div><div class="evallib-verdicts"></div>',
    css=(HERE / "rule_field.css").read_text("utf-8"),
    js=(HERE / "rule_field.js").read_text("utf-8"),
    isolate_styles=False,
)


def ground_of(run: Run, where: str = "") -> Ground:
    """What rules are tried on: the rows of a run that a filter leaves, once it has any."""
    return Ground(run.id, run.columns, where, run.state == "done")


def rule_field(label: str, key: str, ground: Ground | None, **options: Any) -> str:
    """The rule, once it is left or confirmed with Enter; the verdict on it stands below the field while it is typed.

    options: those of `st.text_input`. Without a ground to try rules on, no verdict is given.
    """
    with st.container(key=f"rule.{key}", gap=None):
        typed = st.text_input(label, key=key, **options)
        _show_verdicts(key, ground, several=False)
    return (typed or "").strip()


def rules_field(label: str, key: str, ground: Ground | None, **options: Any) -> tuple[str, ...]:
    """The same for several rules, one per line, each with a name before it or without."""
    with st.container(key=f"rule.{key}", gap=None):
        typed = st.text_area(label, key=key, **options)
        _show_verdicts(key, ground, several=True)
    return tuple(line.strip() for line in (typed or "").splitlines() if line.strip())


def _show_verdicts(key: str, ground: Ground | None, *, several: bool) -> None:
    if ground is None:
        return
    name = f"rule_token.{key}"
    token = fields.give(Field(state.session_id(), ground, named=several), state.recall(name))
    state.remember(name, token)
    _verdicts(
        key=f"verdicts.{key}",
        data={
            "url": f"./api/rule/{token}",
            "about": [ground.run, ground.where, ground.counted],
            "several": several,
            "columns": [[column_text(column), visible(column), kind] for column, kind in ground.columns.items()],
            "functions": sorted(NAMES),
        },
    )
