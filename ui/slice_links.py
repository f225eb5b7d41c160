"""From a slice in a table, or a point of a chart, to its rows: its rule becomes the page's filter, or a saved slice."""

from __future__ import annotations

import streamlit as st

from evallib.core.rule_grammar import LENGTH
from evallib.drawing.links import settings_of
from evallib.methods import METHODS
from ui import state
from ui.save_slice import offer_saving


def offer_link(link: str, key: str) -> None:
    """Buttons for where a point of a chart leads; see `evallib.drawing.links`."""
    settings = settings_of(link)
    if settings is None:
        offer_rows(link, key)
        return
    label, icon = "Look at these rows", METHODS["rows"].icon
    if st.button(label, key=f"{key}.rows", icon=icon, type="tertiary", on_click=state.look_at_rows, args=(settings,)):
        st.rerun()


def offer_rows(rule: str, key: str) -> None:
    """Buttons for the rows that the rule selects among those that are looked at, and to keep it as a slice.

    key: that of the table, which begins with its page's.
    """
    where = state.selection().where
    narrowed = f"({where}) and ({rule})" if where not in {"", rule} else rule
    if not rule or len(narrowed) > LENGTH:
        st.caption("No filter selects this slice: its rule would be too long.")
        return
    here = key.partition(".")[0]
    with st.container(horizontal=True):
        chosen = [
            st.button(
                label,
                key=f"{key}.{page}",
                icon=icon,
                type="tertiary",
                on_click=state.look_at,
                args=(page, narrowed),
            )
            for page, label, icon in (
                ("rows", "Look at its rows", METHODS["rows"].icon),
                (here, "See this page on its rows alone", ":material/filter_alt:"),
            )
        ]
        offer_saving(narrowed, key)
    if any(chosen):
        st.rerun()
