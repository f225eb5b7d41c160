"""Security: how this server locks models in, and what it takes and refuses."""

import streamlit as st

from ui.security import show_data_files, show_formats, show_isolation, show_limits

st.title("Security")
st.markdown(":gray[A model file is somebody else's program. How does this server keep it in, and what does it take?]")
show_isolation()
show_formats()
show_data_files()
show_limits()
