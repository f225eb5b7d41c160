"""The only place that names session keys and URL parameters."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

if TYPE_CHECKING:
    from collections.abc import Mapping

    from evallib.runs import Run

RUN, MODELS, POSITIVE, WHERE, DATA = "run", "models", "positive", "where", "data"
CHOOSE = "choose"
_OPEN, _OPENED, _PAGE, _CURRENT, _SELECTION = "_open_run", "_opened_run", "_page", "_current_run", "_selection"
_OWN, _SETTINGS = "_own_files", "_page_settings"

SETTLING = 5.0
"""Seconds in which a browser may still send what it showed before another run was opened."""


@dataclass(frozen=True)
class Selection:
    """What the global selectors say: which models are shown, what counts as positive, and on which rows."""

    models: tuple[str, ...] = ()
    positive: str | None = None
    where: str = ""


def open_run(run_id: str) -> None:
    """Show the overview of this run from the next script run on."""
    st.session_state[_OPEN], st.session_state[_PAGE] = run_id, "overview"


def run_to_open() -> str | None:
    """The run that was asked for since the last script run."""
    found = st.session_state.get(_OPEN)
    return str(found) if found else None


def look_at(page: str, where: str) -> None:
    """Show a page from the next script run on, with this filter on the rows; for the callback of a button."""
    st.session_state[_PAGE], st.session_state[WHERE] = page, where


def look_at_rows(settings: Mapping[str, str]) -> None:
    """Show the page Rows from the next script run on, with these settings of its view; for the callback of a button."""
    st.session_state[_PAGE] = "rows"
    st.session_state[_SETTINGS] = {widget_key("rows.view", name): value for name, value in settings.items()}


def write(key: str, content: str | list[str]) -> None:
    """Put a text, or several, into the widget with this key; for the callback of a button."""
    st.session_state[key] = content


def held(key: str) -> list[str]:
    """The texts that a widget for several holds; none before it is there."""
    return list(st.session_state.get(key, ()))


def take_page() -> tuple[str | None, dict[str, str]]:
    """The page that was asked for and what its address says beside the selection, once."""
    st.session_state.pop(_OPEN, None)
    found = st.session_state.pop(_PAGE, None)
    settings: dict[str, str] = st.session_state.pop(_SETTINGS, {})
    return str(found) if found else None, settings


def settle(asked: str | None) -> None:
    """Have the address name the run that is asked for, and for some seconds not the one before it again.

    A page that refreshes itself sends all that it shows. What it had sent before it knew of the opened run arrives
    later, and would bring the former one back.
    """
    if asked is not None:
        st.session_state[_OPENED] = asked, _run_named(), time.monotonic()
        st.session_state[RUN] = asked
        return
    opened, before, since = st.session_state.get(_OPENED, ("", "", 0.0))
    if opened and _run_named() == before and time.monotonic() < since + SETTLING:
        st.session_state[RUN] = opened


def _run_named() -> str:
    """The run that the address names, as far as the browser or this session says; empty where none is open."""
    return str(st.session_state.get(RUN) or "")


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
