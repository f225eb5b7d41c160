"""What knows Streamlit and is no page: state, controls, jobs, uploads, and the generic page of a method."""
