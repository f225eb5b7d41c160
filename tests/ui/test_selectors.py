"""The run that all pages show."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from streamlit.testing.v1 import AppTest

from evallib.runs import RunStore, new_run_id
from ui import state

if TYPE_CHECKING:
    from pathlib import Path

SELECTORS = """
from ui import selectors

selectors.show_selectors()
selectors.state.take_page()
"""

PAGE = """
import streamlit as st
from ui import selectors

changed = selectors.show_selectors()
st.session_state["drawn"] = st.session_state.get("drawn", 0) + 1
if st.session_state["drawn"] == 1:
    selectors.run_store().end(st.session_state["run"], "failed", "It ended")
selectors.show_run_state(changed)
"""


def test_a_run_that_ends_while_its_page_is_drawn_is_drawn_again(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    store = RunStore(tmp_path)
    run_id = new_run_id()
    store.create(run_id)
    for module in ("selectors", "results", "start"):
        monkeypatch.setattr(f"ui.{module}.run_store", lambda: store)
    for module in ("selectors", "start"):
        monkeypatch.setattr(f"ui.{module}.evaluation_job", lambda _run_id: None)
    page = AppTest.from_string(PAGE, default_timeout=60)
    page.session_state["run"] = run_id
    page.run()
    assert not page.exception
    assert page.session_state["drawn"] == 2
    assert [warning.value for warning in page.warning] == ["It ended"]


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> tuple[AppTest, str, str]:
    """A page on which a second run has been opened while the first was shown, and both of their ids."""
    store = RunStore(tmp_path)
    first, second = f"{new_run_id()[:-8]}00000001", f"{new_run_id()[:-8]}00000002"
    for run_id in (first, second):
        store.create(run_id)
    monkeypatch.setattr("ui.selectors.run_store", lambda: store)
    monkeypatch.setattr("ui.results.run_store", lambda: store)
    page = AppTest.from_string(SELECTORS, default_timeout=60)
    page.session_state["run"] = first
    page.run()
    page.session_state["_open_run"] = second
    page.run()
    assert page.session_state["run"] == second
    return page, first, second


def test_what_a_browser_sent_before_it_knew_of_the_opened_run_does_not_bring_the_former_back(
    opened: tuple[AppTest, str, str],
) -> None:
    page, first, second = opened
    page.text_input(key="run").set_value(first).run()
    assert not page.exception
    assert page.session_state["run"] == second


def test_a_while_later_one_can_go_back(opened: tuple[AppTest, str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    page, first, _ = opened
    monkeypatch.setattr(state, "SETTLING", 0.0)
    page.text_input(key="run").set_value(first).run()
    assert page.session_state["run"] == first
