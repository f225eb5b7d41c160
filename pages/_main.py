"""The frame around every page: configuration, menu, and the global selectors."""

from pathlib import Path

import streamlit as st

from ui.chart import load_library
from ui.departures import note_presence
from ui.navigation import all_pages, by_section, leave
from ui.security import warn_unprotected
from ui.selectors import show_run_state, show_selectors
from ui.turns import take_turn

IMAGES = Path(__file__).parents[1] / "ui"

with take_turn():
    st.set_page_config(page_title="evallib", page_icon=str(IMAGES / "icon.svg"), layout="wide")
    st.logo(str(IMAGES / "logo.svg"), size="large")
    st.html(IMAGES / "page.css")
    load_library()
    note_presence()
    pages = all_pages()
    page = st.navigation(by_section(pages), expanded=True)
    with st.sidebar:
        changed = show_selectors()
    leave()
    warn_unprotected()
    show_run_state(changed)
    page.run()
