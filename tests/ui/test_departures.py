"""Sessions that end are noticed, and only what those brought is handed over that did not come back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from streamlit.runtime.caching import clear_session_resource_cache
from streamlit.testing.v1 import AppTest

from ui import departures as module
from ui.departures import Departures, departures

if TYPE_CHECKING:
    import pytest

A, B = Path("a"), Path("b")


def test_what_a_session_brought_is_handed_over_once_and_a_while_after_it_left(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(module.time, "monotonic", lambda: now[0])
    found = Departures()
    found.bring("one", A)
    found.bring("two", B)
    found.leave("one")
    assert found.take_left() == frozenset()
    now[0] += module.PATIENCE
    assert found.take_left() == {A}
    assert found.take_left() == frozenset()


def test_a_session_that_comes_back_keeps_what_it_brought() -> None:
    found = Departures()
    found.bring("one", A)
    found.leave("one")
    found.come("one")
    assert found.take_left(0) == frozenset()
    found.leave("one")
    assert found.take_left(0) == {A}


PAGE = """
import streamlit as st
from ui.departures import note_presence
from ui.state import session_id

note_presence()
st.text(session_id())
"""


def test_streamlit_tells_when_a_session_ends() -> None:
    app = AppTest.from_string(PAGE).run()
    session = app.text[0].value
    departures.bring(session, A)
    app.run()
    assert departures.take_left(0) == frozenset()
    clear_session_resource_cache(session)
    app.run()
    assert departures.take_left(0) == frozenset(), "it came back"
    clear_session_resource_cache(session)
    assert departures.take_left(0) == {A}
