"""The first step: bring a data set, and see what is in it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from ui import state
from ui.displays import show_table
from ui.draft import choose_dataset
from ui.job_watch import watch
from ui.services import jobs
from ui.text import escape
from ui.upload import MAX_BYTES, upload

if TYPE_CHECKING:
    from ui.dataset import Dataset

FORMATS = "CSV or TSV (also .gz, .zst), Parquet, Feather, JSON Lines or Excel"
FOLDER = os.environ.get("EVALLIB_DATA_FOLDER", "")


def bring_data() -> None:
    """A drop zone, and the files of the operator's data folder where there is one; then the reading with progress."""
    arrived = upload(
        "Drop a labelled data set here, or click to choose one",
        f"{FORMATS}, up to {MAX_BYTES // 2**20:,} MB",
        "data_file",
    )
    if arrived is not None:
        _read(arrived.path, arrived.name)
    if FOLDER:
        _from_folder(Path(FOLDER))
    job_id = state.recall("reading")
    if job_id:
        done = watch(job_id)
        if done is not None:
            state.remember("reading", None)
            choose_dataset(done["id"])
            st.rerun()


def _from_folder(folder: Path) -> None:
    files = sorted(path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    chosen = st.selectbox("Or a file of the data folder", files, index=None, placeholder="Choose a file")
    if chosen and st.button("Read it"):
        _read(folder / chosen, chosen.name)


def _read(path: Path, name: str) -> None:
    job = jobs().submit("ingest", {"file": str(path), "name": name})
    state.remember("reading", job.id)


def show_dataset(dataset: Dataset) -> None:
    """What is in the data: size, warnings, and a row per column."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(
            f"**{escape(dataset.name)}** · {dataset.rows:,} rows × {len(dataset.columns):,} columns", width="content"
        )
        if st.button("Use other data", type="tertiary", icon=":material/swap_horiz:"):
            choose_dataset(None)
            st.rerun()
    for warning in dataset.warnings:
        st.warning(escape(warning), icon=":material/warning:")
    profile = st.expander("Columns of the data", icon=":material/view_column:", key="profile", on_change="rerun")
    if profile.open:
        with profile:
            show_table(dataset.profile.columns, "profile.table")
