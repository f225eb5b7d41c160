"""Sets of slices on a page: saved from a rule, loaded into the field for own slices, renamed and deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from streamlit.testing.v1 import AppTest

from evallib.slice_set import SliceSet
from evallib.slice_store import SliceStore
from evallib.workspace import Workspace
from ui.upload import Upload

if TYPE_CHECKING:
    from pathlib import Path

SETS = """
from ui import slice_sets
from ui.rule_field import rules_field

rules = rules_field("Own slices", "rules", None, value="")
slice_sets._show_sets("rules", rules)
"""

SAVING = """
from ui.save_slice import _save, offer_saving
import streamlit as st

offer_saving("age < 30", "toy")
if st.session_state.get("name") is not None:
    _save(st.session_state["name"], "age < 30", st.session_state["set"])
"""


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SliceStore:
    made = SliceStore(Workspace(tmp_path / "home").slices)
    for module in ("save_slice", "slice_sets"):
        monkeypatch.setattr(f"ui.{module}.slice_store", lambda: made)
    return made


def show() -> AppTest:
    page = AppTest.from_string(SETS, default_timeout=60).run()
    assert not page.exception
    return page


def test_a_set_is_used_or_added_to_what_is_there(store: SliceStore) -> None:
    store.add(SliceSet(name="Board", slices=("Age / Young: age < 30", "age > 80")))
    page = show()
    assert page.code[0].value == "Age / Young: age < 30\nage > 80"
    page.button(key="rules.Use them").click().run()
    assert page.text_area(key="rules").value == "Age / Young: age < 30\nage > 80"
    page.text_area(key="rules").set_value("x > 1\nage > 80").run()
    page.button(key="rules.Add them").click().run()
    assert page.text_area(key="rules").value == "x > 1\nage > 80\nAge / Young: age < 30"
    assert not page.exception


def test_own_slices_are_saved_as_a_set_under_a_name_that_is_free(store: SliceStore) -> None:
    page = show()
    page.text_area(key="rules").set_value("A: x > 1\n\n x > 2 ").run()
    page.text_input(key="rules.new").set_value("Mine").run()
    page.button(key="rules.save").click().run()
    assert [one.content for one in store.all()] == [SliceSet(name="Mine", slices=("A: x > 1", "x > 2"))]
    page.button(key="rules.save").click().run()
    assert page.error[0].value.startswith("There is a set “Mine” already")
    page.text_area(key="rules").set_value("A: x > 1\nA: x > 2").run()
    page.text_input(key="rules.new").set_value("Other").run()
    page.button(key="rules.save").click().run()
    assert page.error[0].value.startswith("Two slices are called “A”")
    assert len(store.all()) == 1


def test_a_set_is_renamed_and_deleted(store: SliceStore) -> None:
    kept = store.add(SliceSet(name="Board"))
    page = show()
    page.text_input(key=f"rules.name.{kept}.Board").set_value("*Bold*").run()
    page.button(key="rules.rename").click().run()
    assert store.get(kept).name == "*Bold*"
    assert page.button(key="rules.delete").disabled
    page.checkbox(key=f"rules.sure.{kept}").check().run()
    page.button(key="rules.delete").click().run()
    assert store.all() == []
    assert not page.exception


def test_own_slices_take_the_place_of_those_of_a_set(store: SliceStore) -> None:
    kept = store.add(SliceSet(name="Board", slices=("x > 1",)))
    page = show()
    page.text_area(key="rules").set_value("A: x > 2").run()
    assert page.button(key="rules.replace").disabled
    page.checkbox(key=f"rules.sure.{kept}").check().run()
    page.button(key="rules.replace").click().run()
    assert store.get(kept) == SliceSet(name="Board", slices=("A: x > 2",))


@pytest.mark.parametrize(
    ("content", "says"), [("name: Brought\nslices: ['A: x > 1']", ""), ("name: ''", "The set has no name")]
)
def test_a_set_is_opened_from_a_file(
    store: SliceStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str, says: str
) -> None:
    brought = tmp_path / "upload"
    brought.write_text(content)
    arrived = [Upload(brought, "../mine.yaml")]
    monkeypatch.setattr("ui.slice_sets.upload", lambda *_: arrived.pop() if arrived else None)
    page = show()
    assert not brought.exists()
    assert [one.content.name for one in store.all()] == ([] if says else ["Brought"])
    assert says in "".join(told.value for told in page.error)


@pytest.mark.parametrize(
    ("name", "target", "says"),
    [
        (" ", "Board", "Give the slice a name"),
        ("a: b", "Board", "a colon, a slash, a quote"),
        ("a", " ", "The set has no name"),
        ("a", "x" * 81, "at most 80 characters"),
        ("taken", "board", "Two slices are called “taken”"),
    ],
)
def test_what_cannot_be_saved_is_said(store: SliceStore, name: str, target: str, says: str) -> None:
    store.add(SliceSet(name="Board", slices=("taken: x > 1",)))
    page = AppTest.from_string(SAVING, default_timeout=60)
    page.session_state["name"], page.session_state["set"] = name, target
    page.run()
    assert not page.exception
    assert any(says in told.value.replace("\\", "") for told in [*page.error, *page.warning])
    assert [one.content.slices for one in store.all()] == [("taken: x > 1",)]


def test_a_rule_is_saved_into_a_set_that_is_there_or_new(store: SliceStore) -> None:
    store.add(SliceSet(name="Board", slices=("old: x > 1",)))
    for name, target in (("Age / Young", "board"), ("Young", "New")):
        page = AppTest.from_string(SAVING, default_timeout=60)
        page.session_state["name"], page.session_state["set"] = name, target
        page.session_state["_slice_set"] = None
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("ui.save_slice.st.rerun", lambda: None)
            page.run()
        assert not page.exception
    assert [one.content for one in store.all()] == [
        SliceSet(name="Board", slices=("old: x > 1", "Age / Young: age < 30")),
        SliceSet(name="New", slices=("Young: age < 30",)),
    ]
