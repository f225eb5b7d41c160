"""Home: a demo in one click, one's own data in two, and what was evaluated before."""

import streamlit as st

from evallib.data import DEMOS
from ui.navigation import link_to, show_run
from ui.services import run_store
from ui.start import start_demo
from ui.text import counted, escape

st.title("Is this model any good?")
st.markdown(
    ":gray[Bring a labelled data set and the answers of one or several systems: models, a human's decisions, "
    "the solution you have today. Learn whether the candidate is good, calibrated, robust, fair on every slice, "
    "and better than what you have.]"
)
st.subheader("Start with a demo")
cards = st.grid(min_column_width=260, gap="medium")
for demo in DEMOS.values():
    with cards.container(border=True, height="stretch", vertical_alignment="distribute"):
        with st.container():
            st.markdown(f"**{demo.title}**")
            st.markdown(demo.question)
            st.caption(f"{demo.rows:,} rows · {demo.licence}")
        if st.button(f"Open {demo.title}", key=f"demo.{demo.key}", type="primary"):
            show_run(start_demo(demo.key))
st.subheader("Bring your own")
link_to("data", "Upload data and models", ":material/upload_file:")
runs = run_store().list()
if len(runs):
    st.subheader("Evaluated before")
    for run in runs.head(12).to_dict("records"):
        with st.container(horizontal=True, vertical_alignment="center"):
            if st.button(escape(run["name"]), key=f"run.{run['id']}", type="tertiary"):
                show_run(run["id"])
            issues = counted(run["issues"], "issue")
            st.caption(f"{run['created']:%Y-%m-%d %H:%M} · {run['rows']:,} rows · {issues} · {run['state']}")
