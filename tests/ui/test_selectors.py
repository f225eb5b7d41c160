"""The run that all pages show."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from streamlit.testing.v1 import AppTest

from evallib.runs import RunStore, new_run_id

if TYPE_CHECKING:
    from pathlib import Path

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
