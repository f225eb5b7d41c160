"""The pages and their addresses; those of the methods follow from the registry."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import streamlit as st

from evallib.methods import METHODS
from ui import state
from ui.method_page import show_method
from ui.state import MODELS, POSITIVE, RUN, WHERE

if TYPE_CHECKING:
    from collections.abc import Callable

    from streamlit.navigation.page import Page

KEPT = (RUN, MODELS, POSITIVE, WHERE)
"""What a link to another page takes along."""

SECTIONS = {
    "start": "Start",
    "decide": "Decide",
    "trust": "Trust",
    "stress": "Stress",
    "slices": "Slices",
    "about": "About this server",
}

_FILES = {
    "home": ("start", "start/home.py", "Home", ":material/home:"),
    "data": ("start", "start/data.py", "Data and models", ":material/upload_file:"),
    "overview": ("decide", "decide/overview.py", "Overview", ":material/fact_check:"),
    "security": ("about", "about/security.py", "Security", ":material/shield_lock:"),
}


def all_pages() -> dict[str, Page]:
    """Every page by its address, in the order of the menu."""
    pages = {
        key: st.Page(path, title=title, icon=icon, url_path=key, default=key == "home")
        for key, (_, path, title, icon) in _FILES.items()
    }
    for key, method in METHODS.items():
        pages[key] = st.Page(_page_of(key), title=method.title, icon=method.icon, url_path=key, help=method.question)
    return pages


def by_section(pages: dict[str, Page]) -> dict[str, list[Page]]:
    """The same pages under the headings of the menu."""
    section_of = {key: section for key, (section, *_) in _FILES.items()}
    section_of |= {key: method.section for key, method in METHODS.items()}
    return {
        title: [page for key, page in pages.items() if section_of[key] == section]
        for section, title in SECTIONS.items()
        if section in section_of.values()
    }


def _page_of(key: str) -> Callable[[], None]:
    page = functools.partial(show_method, METHODS[key])
    functools.update_wrapper(page, show_method)
    page.__name__ = key  # type: ignore[attr-defined]
    return page


def link_to(key: str, label: str, icon: str | None = None) -> None:
    """A link to a page that keeps the run and the selectors."""
    kept = [(name, value) for name in KEPT for value in st.query_params.get_all(name)]
    st.page_link(all_pages()[key], label=label, icon=icon, query_params=kept)


def show_run(run_id: str) -> None:
    """Open a run on the overview, from whatever page and whatever run."""
    state.open_run(run_id)
    st.rerun()


def leave() -> None:
    """Go to the page that was asked for; the frame calls it once the address holds the run and the filter."""
    page, settings = state.take_page()
    if page is not None:
        st.switch_page(all_pages()[page], query_params=settings)
