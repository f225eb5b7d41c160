"""The only place that names session keys and URL parameters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

if TYPE_CHECKING:
    from evallib.runs import Run

RUN, MODELS, POSITIVE, WHERE, DATA = "run", "models", "positive", "where", "data"
CHOOSE = "choose"
_OPEN, _CURRENT, _SELECTION, _OWN = "_open_run", "_current_run", "_selection", "_own_files"


@dataclass(frozen=True)
class Selection:
    """What the global selectors say: which models are shown, what counts as positive, and on which rows."""

    models: tuple[str, ...] = ()
    positive: str | None = None
    where: str = ""


def open_run(run_id: str) -> None:
    """Show this run from the next script run on."""
    st.session_state[_OPEN] = run_id


def run_to_open() -> str | None:
    """The run that was asked for since the last script run."""
    found = st.session_state.get(_OPEN)
    return str(found) if found else None


def take_opened_run() -> str | None:
    """The run that was asked for, once."""
    found = run_to_open()
    st.session_state.pop(_OPEN, None)
    return found


def set_current(run: Run | None, selection: Selection) -> None:
    """Note what the frame found, for the page."""
    st.session_state[_CURRENT] = run
    st.session_state[_SELECTION] = selection


def current_run() -> Run | None:
    """The run that the frame opened, or None."""
    run: Run | None = st.session_state.get(_CURRENT)
    return run


def selection() -> Selection:
    """What the global selectors say."""
    found: Selection = st.session_state.get(_SELECTION, Selection())
    return found


def session_id() -> str:
    """What tells this session from all others."""
    context = get_script_run_ctx()
    return context.session_id if context else ""


def own(stored_id: str) -> None:
    """Note a stored file that this session brought, or whose address it knows, which nobody can guess."""
    st.session_state.setdefault(_OWN, set()).add(stored_id)


def owned() -> frozenset[str]:
    """The stored files of this session."""
    return frozenset(st.session_state.get(_OWN, ()))


def widget_key(*parts: str) -> str:
    """A key for a widget, from what it stands for; also its name in the URL where it is bound."""
    return ".".join(parts)


def remember(name: str, value: Any) -> None:
    """Keep a value of this session under a name of its own."""
    st.session_state[f"_{name}"] = value


def recall(name: str, default: Any = None) -> Any:
    """The value kept under a name, or the default."""
    return st.session_state.get(f"_{name}", default)
