"""The first step: bring a data set, and see what is in it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from evallib.core.errors import BadInput
from evallib.data import plain
from evallib.plan import read_plan
from evallib.workspace import display_name
from ui import state
from ui.dataset import dataset as dataset_by_id
from ui.draft import change_source, choose_dataset, dataset_of, save_draft
from ui.intake import MAX_BYTES
from ui.job_watch import watch
from ui.services import jobs, workspace
from ui.tables import show_table, shown_table
from ui.text import escape
from ui.upload import upload

if TYPE_CHECKING:
    from evallib.plan import EvaluationPlan
    from ui.dataset import Dataset

FORMATS = "CSV or TSV (also .gz, .zst), Parquet, Feather, JSON Lines or Excel"
FOLDER = os.environ.get("EVALLIB_DATA_FOLDER", "")


def bring_data() -> None:
    """A drop zone, the files of the operator's data folder where there is one, and evaluation.yaml files."""
    limit = f"{FORMATS}, up to {MAX_BYTES // 2**20:,} MB"
    found = read_upload("Drop a labelled data set here, or click to choose one", limit, "data_file")
    if FOLDER:
        _offer_folder(Path(FOLDER), "data_file")
    if found is not None:
        choose_dataset(found)
        st.rerun()
    with st.expander("Open an evaluation.yaml", icon=":material/description:"):
        st.caption("Upload its data and models first; it finds them by their names among what you have uploaded.")
        _open_plan()


def read_upload(label: str, note: str, key: str) -> str | None:
    """The id of the data set that was dropped here, once it has been read in the background."""
    arrived = upload(label, note, key)
    if arrived is not None:
        _read(arrived.path, arrived.name, key)
    job_id = state.recall(f"reading.{key}")
    found = watch(job_id) if job_id else None
    if found is None:
        return None
    state.remember(f"reading.{key}", None)
    state.own(str(found["id"]))
    return str(found["id"])


def _read(path: Path, name: str, key: str) -> None:
    state.remember(
        f"reading.{key}", jobs().submit("ingest", {"file": str(path), "name": name}, session=state.session_id()).id
    )


def _offer_folder(folder: Path, key: str) -> None:
    files = sorted(path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    chosen = st.selectbox("Or a file of the data folder", files, index=None, placeholder="Choose a file")
    if chosen and st.button("Read it"):
        _read(folder / chosen, chosen.name, key)
        st.rerun()


def _open_plan() -> None:
    arrived = upload("Drop an evaluation.yaml here, or click to choose one", "YAML", "plan_file")
    if arrived is None:
        return
    try:
        plan = workspace().localised(read_plan(arrived.path, plain(arrived.name)), state.owned())
    except BadInput as error:
        st.error(escape(str(error)), icon=":material/error:")
        return
    finally:
        arrived.path.unlink(missing_ok=True)
    opened = dataset_of(plan)
    save_draft(opened, plan)
    choose_dataset(opened.id)
    st.rerun()


def bring_training(dataset: Dataset, plan: EvaluationPlan) -> EvaluationPlan:
    """The plan with the training set that was dropped here, from which baselines take their class shares."""
    training = plan.data.training
    label = "Training data (optional)" if training is None else f"Training data: {display_name(training)}"
    with st.expander(escape(label), icon=":material/school:"):
        st.caption("The rows that the models were trained on. Baselines then learn from them instead of the test rows.")
        found = read_upload("Drop the training set here, or click to choose one", FORMATS, f"training.{dataset.id}")
        if found is None:
            return plan
        return change_source(dataset, plan, training=dataset_by_id(found).stored.path)


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
            show_table(shown_table(dataset.profile.columns), "profile.table")
