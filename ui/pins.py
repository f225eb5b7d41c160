"""Pinned lines: those of a table that all charts of its page show, until somebody lets go of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from evallib.drawing.display import MOST_PINS
from ui import state
from ui.text import counted, visible

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

FIELD = "pinned"
"""What the field of a view is called that holds them."""


def pins_field(label: str, key: str, known: Callable[[], Sequence[str]], **options: Any) -> tuple[str, ...]:
    """What is pinned, each to be taken away, and a way back to none; nothing is seen of it then.

    known: all that may be pinned; what the address names beside it is left out. options: those of `st.multiselect`.
    """
    # What the address names may be still to come: on a page that is opened, and on the browser's way back.
    asked = list(dict.fromkeys([*state.held(key), *st.query_params.get_all(key)]))
    names = {visible(name): name for name in known()} if asked else {}
    there = [text for text in asked if text in names]
    # Hidden by page.css without its button, not left out: only a field that is there takes what the address brings.
    with st.container(key=f"pins.{key}", horizontal=True, vertical_alignment="bottom"):
        chosen = st.multiselect(label, there, key=key, max_selections=MOST_PINS, wrap=True, **options)
        if chosen:
            st.button(
                "Show the worst again",
                key=f"{key}.back",
                icon=":material/keep_off:",
                type="tertiary",
                on_click=state.write,
                args=(key, []),
            )
    return tuple(names[text] for text in chosen)


def offer_pins(chosen: Sequence[str], key: str) -> None:
    """A button by which the charts of a page show some lines of its table.

    chosen: what the view calls them.    key: that of the table, which begins with its page's.
    """
    if len(chosen) > MOST_PINS:
        st.caption(f"{counted(len(chosen), 'line')} are chosen; at most {MOST_PINS} can be compared.")
        return
    texts = [visible(one) for one in chosen]
    field = state.widget_key(key.partition(".")[0], "view", FIELD)
    if state.held(field) == texts:
        st.caption(f"The charts above show these {len(texts)} slices.")
        return
    st.button(
        "Compare these",
        key=f"{key}.pin",
        icon=":material/keep:",
        type="tertiary",
        help=f"All charts of this page show these {len(texts)} slices, in the order of the table.",
        on_click=state.write,
        args=(field, texts),
    )
