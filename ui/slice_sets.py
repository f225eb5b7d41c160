"""The saved sets of slices on a page: look into one, use it, change it, and take it along as a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import streamlit as st

from evallib.core.errors import BadInput
from evallib.data import plain
from evallib.slice_set import LONGEST_NAME, SliceSet, read_slice_set
from ui import state
from ui.services import slice_store
from ui.text import counted, escape, visible
from ui.upload import upload

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from evallib.slice_store import StoredSet

SHOWN = 220
"""Pixels that the slices of a set take at most."""


def offer_slice_sets(key: str, rules: Sequence[str]) -> None:
    """All that can be done with sets, a click away.

    key: of the field for own slices, into which a set is loaded.   rules: what is in it.
    """
    popover = st.popover(
        "Slice sets", icon=":material/bookmarks:", type="tertiary", key=f"{key}.sets", on_change="rerun"
    )
    if popover.open:
        with popover:
            _show_sets(key, rules)


def _show_sets(key: str, rules: Sequence[str]) -> None:
    st.caption("Slices that were saved under a name, for every evaluation on this server.")
    known = slice_store().all()
    if known:
        _show_one(known, key, rules)
    with st.expander("Save own slices as a new set", icon=":material/bookmark_add:"):
        _offer_saving(key, rules)
    with st.expander("Open a set from a file", icon=":material/upload_file:"):
        _offer_upload(key)


def _show_one(known: list[StoredSet], key: str, rules: Sequence[str]) -> None:
    of = {one.content.name: one for one in known}
    last = state.recall("slice_set")
    index = list(of).index(last) if last in of else 0
    chosen = of[st.selectbox("Set", list(of), index=index, key=f"{key}.set")]
    entries = chosen.content.slices
    st.code(visible("\n".join(entries)) or "No slice yet.", language=None, wrap_lines=True, height=_height(entries))
    with st.container(horizontal=True):
        _load("Use them", entries, key, "Own slices of this page become these.")
        if rules:
            _load("Add them", [*dict.fromkeys([*rules, *entries])], key, "They are put below own slices of this page.")
        st.download_button(
            "Download",
            data=chosen.content.text(),
            file_name="slices.yaml",
            mime="application/yaml",
            key=f"{key}.download",
            icon=":material/download:",
            type="tertiary",
            help="For: python -m evallib run evaluation.yaml --slices slices.yaml --out DIR",
            on_click="ignore",
        )
    with st.expander("Change or delete", icon=":material/edit:"):
        _offer_changes(chosen, key, rules)


def _height(entries: Sequence[str]) -> int | Literal["content"]:
    return SHOWN if sum(1 + len(entry) // 45 for entry in entries) > 8 else "content"


def _load(label: str, entries: Sequence[str], key: str, about: str) -> None:
    text = "\n".join(entries)
    st.button(label, key=f"{key}.{label}", on_click=state.write, args=(key, text), help=about, disabled=not entries)


def _offer_changes(chosen: StoredSet, key: str, rules: Sequence[str]) -> None:
    name = st.text_input(
        "New name",
        value=chosen.content.name,
        max_chars=LONGEST_NAME,
        key=f"{key}.name.{chosen.id}.{chosen.content.name}",
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button("Rename", key=f"{key}.rename"):
            _do(lambda: slice_store().change(chosen.id, lambda content: content.renamed(name)), name)
        sure = st.checkbox("Yes, for everybody", key=f"{key}.sure.{chosen.id}")
        if rules and st.button("Put own slices in it", key=f"{key}.replace", disabled=not sure):
            _do(lambda: slice_store().change(chosen.id, lambda content: content.holding(rules)), chosen.content.name)
        if st.button("Delete", key=f"{key}.delete", icon=":material/delete:", disabled=not sure):
            _do(lambda: slice_store().delete(chosen.id))


def _offer_saving(key: str, rules: Sequence[str]) -> None:
    if not rules:
        st.caption("There are no own slices on this page yet; write some below Settings.")
        return
    st.caption(f"{counted(len(rules), 'own slice')} of this page.")
    name = st.text_input("Name of the set", max_chars=LONGEST_NAME, key=f"{key}.new")
    if st.button("Save", key=f"{key}.save", type="primary"):
        _do(lambda: slice_store().add(SliceSet(name=name, slices=tuple(rules))), name)


def _offer_upload(key: str) -> None:
    arrived = upload("Drop a set of slices here, or click to choose one", "YAML", f"{key}.upload")
    if arrived is None:
        return
    try:
        content = read_slice_set(arrived.path, plain(arrived.name))
    except BadInput as error:
        st.error(escape(str(error)), icon=":material/error:")
        return
    finally:
        arrived.path.unlink(missing_ok=True)
    _do(lambda: slice_store().add(content), content.name)


def _do(work: Callable[[], object], name: str | None = None) -> None:
    """Do it and draw the page again, with the set of this name; or say why not."""
    try:
        work()
    except BadInput as error:
        st.error(escape(str(error)), icon=":material/error:")
        return
    state.remember("slice_set", None if name is None else " ".join(name.split()))
    st.rerun()
