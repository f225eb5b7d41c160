"""The least that a slider with a chart costs in Streamlit: the floor under the pages of the app."""

import plotly.graph_objects as go
import streamlit as st


@st.fragment
def chart() -> None:
    """A line that the slider turns."""
    slope = st.slider("Slope", 0.0, 1.0, 0.5, 0.005, key="bare.view.slope")
    st.plotly_chart(go.Figure(go.Scatter(x=[0, 1], y=[0, slope])), key="chart")


st.title("Bare")
chart()
