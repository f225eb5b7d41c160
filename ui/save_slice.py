"""Keeping a rule as a slice: under a name, in folders, in one of the saved sets."""

from __future__ import annotations

import streamlit as st

from evallib.core.errors import BadInput
from evallib.core.named_rules import NamedRule
from evallib.slice_set import LONGEST_NAME, SliceSet
from ui import state
from ui.services import slice_store
from ui.text import escape, visible


@st.fragment
def offer_saving(rule: str, key: str) -> None:
    """A button that asks for the name and the set under which the rule is saved."""
    if st.button("Save as a slice", icon=":material/bookmark_add:", type="tertiary", key=f"{key}.save"):
        _ask(rule)


@st.dialog("Save as a slice")
def _ask(rule: str) -> None:
    st.code(visible(rule), language=None, wrap_lines=True)
    with st.form("save_slice", border=False):
        name = st.text_input("Name", placeholder="Folder / Name", help="Folders before it, with slashes between.")
        target = _choose_set()
        saved = st.form_submit_button("Save", type="primary")
    if saved:
        _save(name, rule, target)


def _choose_set() -> str:
    """The name of a set, that of an existing one or a new one."""
    names = [one.content.name for one in slice_store().all()]
    last = state.recall("slice_set")
    chosen = st.selectbox(
        "Set",
        names,
        index=names.index(last) if last in names else 0 if names else None,
        accept_new_options=True,
        placeholder="Name a new set",
        help="Choose one, or type the name of a new one.",
    )
    return str(chosen or "")[: LONGEST_NAME + 1]


def _save(name: str, rule: str, target: str) -> None:
    """Save the slice, and say so, or why not."""
    try:
        if not name.strip():
            st.warning("Give the slice a name, such as Customers / Young.")
            return
        added = NamedRule.of(name, rule)
        target = _add(added, SliceSet(name=target))
    except BadInput as error:
        st.error(escape(str(error)), icon=":material/error:")
        return
    state.remember("slice_set", target)
    st.toast(f"{escape(added.label)} is saved in {escape(target)}.", icon=":material/bookmark_added:")
    st.rerun()


def _add(added: NamedRule, empty: SliceSet) -> str:
    """The name of the set that has the slice now: the one that is called like the empty one, or that one."""
    wanted = empty.name.casefold()
    found = next((one for one in slice_store().all() if one.content.name.casefold() == wanted), None)
    if found is None:
        slice_store().add(empty.with_slice(added))
        return empty.name
    slice_store().change(found.id, lambda content: content.with_slice(added))
    return found.content.name
