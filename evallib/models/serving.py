"""The work of a worker process: it loads the one model that it is given, then answers for rows until nobody asks.

Importing this imports what loading and answering scikit-learn's models need, which most models are. What another
format needs is imported when the format of the file is known; then the worker locks itself in; then it reads the
file. The model and the rows come as open descriptors: from then on nothing is opened.
"""

from __future__ import annotations

import dataclasses
import importlib
import os
import socket
import warnings
import weakref
from collections.abc import Callable, Collection
from typing import Any, BinaryIO

import joblib

import evallib.models.formats.pickled  # noqa: F401  (the format that most models have)
from evallib.models.formats.extras import import_libraries, library_asked_for
from evallib.models.formats.loaded import LoadedModel, Refused
from evallib.models.frames import frame_in, map_rows, write_answers
from evallib.models.protocol import receive, send
from evallib.models.threads import Threads
from evallib.models.warmup import warm_up
from evallib.sandbox.confinement import lock

# What a model would do in processes of its own it does in threads: there are no further processes here.
joblib.parallel_config(backend="threading")
warm_up()

READERS = {
    "catboost": "catboost_file",
    "keras": "keras_file",
    "lightgbm": "lightgbm_file",
    "mlflow": "mlflow_folder",
    "onnx": "onnx_file",
    "pickle": "pickled",
    "skops": "skops_file",
    "torchscript": "torchscript_file",
    "xgboost": "xgboost_file",
}
"""By format, the module with the function that reads it."""


def serve(channel: socket.socket, layers: Collection[str]) -> None:
    """Nothing; returns when the parent hung up, or when the model cannot be loaded."""
    warnings.simplefilter("ignore")
    try:
        loaded = _load(channel, layers)
        while loaded is not None:
            _answer(channel, *loaded)
    except (EOFError, ConnectionError):
        return


def _load(channel: socket.socket, layers: Collection[str]) -> tuple[LoadedModel, Threads] | None:
    message, (file,) = receive(channel)
    try:
        read = reader_of(message["format"])
        import_libraries(message["libraries"])
        threads = Threads()
        lock(layers)
        with os.fdopen(file, "rb") as opened:
            model = read(opened)
    except BaseException as error:
        complaint = _complaint(error)
        complaint["complaint"]["library"] = library_asked_for(error)
        send(channel, complaint)
        return None
    send(channel, {"description": dataclasses.asdict(model.description)})
    return model, threads


def reader_of(model_format: str) -> Callable[[BinaryIO], LoadedModel]:
    """What reads the format. A library that only one format needs is imported with its first file: 7 to 14 MB each."""
    module = importlib.import_module(f"evallib.models.formats.{READERS[model_format]}")
    read: Callable[[BinaryIO], LoadedModel] = getattr(module, f"read_{model_format}")
    return read


def _answer(channel: socket.socket, model: LoadedModel, threads: Threads) -> None:
    message, (rows, room) = receive(channel)
    try:
        threads.use(message["threads"])
        memory = map_rows(rows)
        held = weakref.ref(memory)
        frame = frame_in(memory, message["layout"], model.description.categorical)
        del memory
        answer = model.answer(frame, message["give"])
        del frame  # Of the descriptors that a model may have, the answers need the one that its rows had.
        head: dict[str, Any] = {"columns": answer.numbers.shape[1], "names": answer.names}
        if head["columns"] <= message["most_columns"]:
            write_answers(room, answer.numbers)
        del answer
        head["keeps_rows"] = held() is not None
    except BaseException as error:
        send(channel, _complaint(error))
    else:
        send(channel, {"answer": head})
    finally:
        os.close(room)


def _complaint(error: BaseException) -> dict[str, Any]:
    if isinstance(error, Refused):
        return {"complaint": {"kind": "refused", "text": str(error)}}
    if isinstance(error, MemoryError):
        return {"complaint": {"kind": "memory"}}
    try:
        text = str(error)
    except Exception:
        text = ""
    return {"complaint": {"kind": "raised", "text": f"{type(error).__name__}: {text}"[:1000]}}
