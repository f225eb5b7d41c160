"""What the server says of its own security: the isolation of models, the formats that it takes, and its limits."""

from __future__ import annotations

import os
import sys
from ipaddress import ip_address

import pandas as pd
import streamlit as st

from evallib import data, models
from evallib.models import find_isolation, unprotected
from evallib.models.limits import MODELS_MEMORY, UNSAFE_LOCAL, Layer, pickle_allowed
from ui.intake import MAX_BYTES
from ui.text import escape

LEVELS = {
    "A": "A model reads and writes no file, opens no connection and starts no process. Two layers of the kernel, which "
    "do not depend on each other, see to it.",
    "B": "A model reads and writes no file, opens no connection and starts no process. One layer of the kernel sees to "
    "it, and a second one is missing.",
    "C": "Nothing here keeps the code of a model from files and network, so files that hold code are not accepted.",
}

UNPROTECTED = (
    f"**Models run unprotected.** {UNSAFE_LOCAL}=1 accepts files that hold code, and nothing on this machine locks "
    "them in: such a file can do whatever the person who started this server can. Open no file that you do not trust."
)

ALWAYS = (
    ("Process of its own", "A fresh interpreter per model, with an empty environment and only the file and the rows"),
    ("Resource limits", "Memory, files and descriptors are bounded; a model that takes too long is ended"),
    ("No new privileges", "Nothing that a model starts could have more rights than it has itself"),
)
NAMES = {"landlock": "Landlock", "seccomp": "seccomp"}

OF_READERS: dict[Layer, str] = {
    "landlock": "opens no file but the upload, and writes nowhere but in its folder",
    "seccomp": "reaches no network, starts no program, and disturbs no other process",
}

OF_FILES = {
    "file_bytes": ("A data file", "{:,} bytes"),
    "expanded_bytes": ("The same, unpacked", "{:,} bytes"),
    "ratio": ("How many times larger that may be", "{:,}"),
    "cells": ("Cells of a table", "{:,}"),
    "excel_cells": ("Cells of an Excel sheet", "{:,}"),
    "columns": ("Columns of a table", "{:,}"),
    "cell_bytes": ("Text in a cell", "{:,} bytes"),
    "read_seconds": ("Time to read a data file", "{:,} s"),
    "read_memory_mb": ("Memory to read a data file", "{:,} MB"),
}
"""What a limit of data files is called, and its value."""

CODE = "joblib, pickle, cloudpickle, dill, MLflow, TorchScript and Keras"
NO_CODE = "skops, ONNX, XGBoost, LightGBM and CatBoost"


def on_loopback_alone() -> bool:
    """Whether nobody but this machine can reach the server; False where another program than Streamlit serves it."""
    address = str(st.get_option("server.address") or "")
    try:
        loopback = address == "localhost" or ip_address(address).is_loopback
    except ValueError:
        loopback = False
    return loopback and "streamlit.web.cli" in sys.modules


def forget_unsafe_local() -> None:
    """Nothing; where others can reach the server, its processes do not learn that unprotected models were asked for."""
    if not on_loopback_alone():
        os.environ.pop(UNSAFE_LOCAL, None)


def warn_unprotected() -> None:
    """A red banner on every page while models that hold code run without a lock."""
    if unprotected():
        st.error(UNPROTECTED, icon=":material/gpp_bad:")


def show_isolation() -> None:
    """The level that a trial at the start of the server gave, and every layer with the reason why it is on or off."""
    found = find_isolation()
    st.subheader(f"Isolation: level {found.level}", anchor=False)
    st.markdown(LEVELS[found.level])
    for name, why in ALWAYS:
        _show_layer(name, why, on=True)
    for state in found.layers:
        _show_layer(NAMES[state.layer], state.why, on=state.on)


def _show_layer(name: str, why: str, *, on: bool) -> None:
    sign, word = (":green[:material/check_circle:]", "on") if on else (":red[:material/cancel:]", "off")
    st.markdown(f"{sign} **{name}** · {word} · {escape(why, 1000)}")


def show_formats() -> None:
    """Which model files are accepted, and why others are not."""
    st.subheader("Model files", anchor=False)
    st.markdown(f"- {NO_CODE}: accepted. They hold no code, and run in the same process of their own.")
    if not pickle_allowed():
        st.markdown(f"- {CODE}: refused, because the operator switched them off (EVALLIB\\_ALLOW\\_PICKLE=0).")
    elif unprotected():
        st.markdown(f"- {CODE}: accepted **unprotected**. They hold code.")
    elif find_isolation().level == "C":
        st.markdown(f"- {CODE}: refused. They hold code, and {escape(find_isolation().why, 1000)}.")
    else:
        st.markdown(f"- {CODE}: accepted. They hold code, which is locked in.")


def show_data_files() -> None:
    """What keeps a data file in, were it to take over the process that reads it."""
    st.subheader("Data files", anchor=False)
    states = {state.layer: state.on for state in find_isolation().layers}
    kept = [f"It {does}." for layer, does in OF_READERS.items() if states[layer]]
    if not all(states.values()):
        kept.append("Nothing here keeps more from it: a data file holds no code, so it is read all the same.")
    st.markdown(" ".join(["Every upload is read in a process of its own, with limits on memory and time.", *kept]))


def show_limits() -> None:
    """The limits in force, and the variable that changes each."""
    st.subheader("Limits", anchor=False)
    st.table(_limits().set_index("Limit"), border="horizontal")


def _limits() -> pd.DataFrame:
    model, file = models.Limits.from_environment(), data.Limits.from_environment()
    total = f"{model.total_mb:,} MB" if model.total_mb else "not set"
    rows = [
        ("Memory of one model", f"{model.memory_mb:,} MB", "EVALLIB_MODEL_MEMORY_MB"),
        ("Memory of all models at once", total, MODELS_MEMORY),
        ("Time to load a model, and for each answer", f"{model.seconds:,.0f} s", "EVALLIB_MODEL_SECONDS"),
        ("An upload", f"{MAX_BYTES // 2**20:,} MB", "EVALLIB_MAX_UPLOAD_MB"),
    ]
    rows += [
        (OF_FILES[name][0], OF_FILES[name][1].format(value), file.variable(name)) for name, value in vars(file).items()
    ]
    return pd.DataFrame(rows, columns=["Limit", "Value", "Set by"])
