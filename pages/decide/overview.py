"""Overview: the verdict in one screen: every finding of every method, and the headline numbers."""

import streamlit as st

from evallib.methods import METHODS
from ui import state
from ui.method_page import nothing_chosen
from ui.overview import show_findings_by_method, show_headline, show_outcomes

st.title("Overview")
st.markdown(":gray[Is the candidate good enough, and better than what is in use?]")
run = state.current_run()
if run is None:
    nothing_chosen()
    st.stop()
show_outcomes(run)
show_headline(run, METHODS["performance"])
show_findings_by_method(run)
