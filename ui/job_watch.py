"""A background job on a page: its step and progress, a way to cancel, and what came of it."""

from __future__ import annotations

from typing import Any

import streamlit as st

from ui.services import jobs
from ui.text import escape

REFRESH_SECONDS = 0.4


def watch(job_id: str) -> Any | None:
    """The job's result once it is done; until then its progress is on the page, and None comes back."""
    job = jobs().get(job_id)
    if job is None:
        return None
    if job.state == "failed":
        st.error(escape(job.error), icon=":material/error:")
        return None
    if job.state == "cancelled":
        st.info("Cancelled. Nothing was changed.", icon=":material/cancel:")
        return None
    if job.active:
        _progress(job_id)
        return None
    return job.result


@st.fragment(run_every=REFRESH_SECONDS)
def _progress(job_id: str) -> None:
    job = jobs().get(job_id)
    if job is None or not job.active:
        st.rerun()
    with st.container(horizontal=True, vertical_alignment="center"):
        st.progress(job.share, escape(job.text))
        st.button("Cancel", on_click=jobs().cancel, args=(job_id,), key=f"cancel.{job_id}")
