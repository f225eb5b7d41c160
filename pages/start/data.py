"""Data and models: bring a data set, say what its columns are, add the systems to judge, evaluate."""

import streamlit as st

from ui.draft import open_dataset, read_draft
from ui.navigation import show_run
from ui.setup_columns import assign_columns
from ui.setup_data import bring_data, bring_training, show_dataset
from ui.setup_evaluation import evaluate_button
from ui.setup_systems import bring_systems, models_are_opening

st.title("Data and models")
st.markdown(":gray[What is judged, on which rows, and against what?]")
dataset = open_dataset()
st.subheader("1 · Data")
if dataset is None:
    bring_data()
    st.stop()
show_dataset(dataset)
st.subheader("2 · Columns")
plan = assign_columns(dataset, read_draft(dataset))
plan = bring_training(dataset, plan)
st.subheader("3 · Systems")
bring_systems(dataset, plan)
st.subheader("4 · Evaluate")
run_id = evaluate_button(dataset, plan, ready=not models_are_opening(dataset))
if run_id is not None:
    show_run(run_id)
