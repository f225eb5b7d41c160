"""Pinned lines on a page: taken from the address, taken away one by one, let go of together."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest

PAGE = """
import streamlit as st
from pydantic import Field

from evallib.core.params import View
from ui.controls import Choices, ask
from ui.pins import offer_pins


class Chosen(View):
    pinned: tuple[str, ...] = Field((), title="Pinned", json_schema_extra={"widget": "pinned"})


known = [f"place: {number}" for number in range(40)] + ["place: a\\u202eb"]
found = ask(Chosen, "toy.view", Choices(pins=lambda: known))
st.session_state["found"] = found.pinned
offer_pins([known[place] for place in st.session_state.get("chosen", ())], "toy.look.table")
"""


def opened(*pinned: str, chosen: tuple[int, ...] = ()) -> AppTest:
    app = AppTest.from_string(PAGE)
    if pinned:
        app.query_params["toy.view.pinned"] = list(pinned)
    app.session_state["chosen"] = chosen
    return app.run()


def press(app: AppTest, label: str) -> None:
    next(one for one in app.button if one.label == label).click().run()


def test_the_address_says_what_is_pinned_and_unknown_ones_are_ignored() -> None:
    app = opened("place: 7", "nowhere", "place: 3")
    assert app.session_state["found"] == ("place: 7", "place: 3")
    assert app.multiselect[0].options == ["place: 7", "place: 3"]


def test_of_too_many_in_the_address_the_first_are_pinned() -> None:
    app = opened(*(f"place: {number}" for number in range(40)))
    assert not app.exception
    assert app.session_state["found"] == tuple(f"place: {number}" for number in range(20))


def test_chosen_lines_are_pinned_in_their_order_and_let_go_of() -> None:
    app = opened(chosen=(5, 2))
    assert app.session_state["found"] == ()
    assert [one.label for one in app.button] == ["Compare these"]
    press(app, "Compare these")
    assert app.session_state["found"] == ("place: 5", "place: 2")
    assert [one.label for one in app.button] == ["Show the worst again"]
    press(app, "Show the worst again")
    assert app.session_state["found"] == ()


def test_one_is_taken_away() -> None:
    app = opened("place: 1", "place: 2", "place: 3")
    app.multiselect[0].unselect("place: 2").run()
    assert app.session_state["found"] == ("place: 1", "place: 3")


def test_a_name_with_an_invisible_mark_is_pinned_as_it_is() -> None:
    app = opened(chosen=(40, 0))
    press(app, "Compare these")
    assert app.session_state["found"] == ("place: a\u202eb", "place: 0")
    assert app.multiselect[0].options[0] == "place: a\\u202eb"


def test_more_than_twenty_are_not_compared() -> None:
    app = opened(chosen=tuple(range(21)))
    assert not app.button
    assert app.caption[0].value == "21 lines are chosen; at most 20 can be compared."
