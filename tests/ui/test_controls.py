"""Knobs as widgets: what a field may name."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest

PAGE = """
import streamlit as st
from pydantic import Field

from evallib.core.params import View
from ui.controls import Choices, ask


class Chosen(View):
    truth: str | None = Field(
        None, title="Truth", json_schema_extra={"widget": "class", "tasks": ["binary", "multiclass"]}
    )


task = "regression" if st.query_params.get("task") == "regression" else "binary"
found = ask(Chosen, "toy", Choices(columns=["age"], models=["new"], task=task, classes=["no", "*yes*"]))
st.session_state["found"] = found.truth
"""


def test_a_class_is_chosen_among_those_of_the_run() -> None:
    app = AppTest.from_string(PAGE).run()
    (box,) = app.selectbox
    assert box.options == ["automatic", "no", "*yes*"]
    assert app.session_state["found"] is None
    box.select("*yes*").run()
    assert app.session_state["found"] == "*yes*"


def test_a_task_without_classes_is_not_asked_for_one() -> None:
    app = AppTest.from_string(PAGE)
    app.query_params["task"] = "regression"
    app.run()
    assert not app.exception
    assert not app.selectbox
    assert app.session_state["found"] is None
