"""The format of a model file, by its content and checked against its name."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path
from typing import Literal

from evallib.core.errors import BadInput
from evallib.models.limits import pickle_allowed

Format = Literal["skops", "onnx", "xgboost", "lightgbm", "catboost", "mlflow", "torchscript", "keras", "pickle"]

EXTENSIONS: dict[str, Format] = {
    ".skops": "skops",
    ".onnx": "onnx",
    ".json": "xgboost",
    ".ubj": "xgboost",
    ".xgb": "xgboost",
    ".txt": "lightgbm",
    ".lgb": "lightgbm",
    ".lgbm": "lightgbm",
    ".cbm": "catboost",
    ".zip": "mlflow",
    ".pt": "torchscript",
    ".pth": "torchscript",
    ".keras": "keras",
    ".pkl": "pickle",
    ".pickle": "pickle",
    ".joblib": "pickle",
    ".sav": "pickle",
    ".cloudpickle": "pickle",
    ".dill": "pickle",
}
"""The formats that a file's name can promise; a name with another ending promises nothing."""

COMPRESSIONS = (
    b"\x1f\x8b",
    b"BZh",
    b"\xfd7zXZ\x00",
    b"\x5d\x00\x00",
    b"\x04\x22\x4d\x18",
    b"\x78\x01",
    b"\x78\x5e",
    b"\x78\x9c",
    b"\x78\xda",
)
"""How the gzip, bz2, xz, lzma, lz4 and zlib files begin that joblib writes and reads."""

NAMES: dict[Format, str] = {
    "skops": "a skops file",
    "onnx": "an ONNX model",
    "xgboost": "an XGBoost model",
    "lightgbm": "a LightGBM model",
    "catboost": "a CatBoost model",
    "mlflow": "a zipped MLflow model",
    "torchscript": "a TorchScript model",
    "keras": "a Keras model",
    "pickle": "a pickle or joblib file",
}

DATA_ONLY: frozenset[Format] = frozenset({"catboost", "lightgbm", "onnx", "skops", "xgboost"})
"""The formats that are loaded without running code from the file; all others need a lock."""

ZIPPED: dict[Format, bytes] = {"mlflow": b"MLmodel", "torchscript": rb"data\.pkl", "keras": rb"model\.weights\.h5"}
"""By format, the file at the top of a zip file, or in its one folder, that no other format has."""

DIRECTORY = 1 << 16
"""How many bytes at the end of a zip file, where its directory is, are searched for these."""


def open_model_file(path: Path, name: str | None = None) -> tuple[int, Format]:
    """A read-only descriptor of the model file (the caller closes it), and its format.

    name: what the user calls it; an upload lies on disk under another name.

    Raises `BadInput` if there is no such file, if it is empty, no model, not what its name says, or a pickle where
    the operator switched these off.
    """
    name = name or path.name
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError as error:
        raise BadInput(f"The model file {name} cannot be read: {error.strerror}.") from None
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise BadInput(f"{name} is a folder or a device, not a model file.")  # noqa: TRY301
        return descriptor, _checked_format(name, _promised(path.name), descriptor)
    except BaseException:
        os.close(descriptor)
        raise


def _checked_format(name: str, promised: Format | None, descriptor: int) -> Format:
    start = os.pread(descriptor, 64, 0)
    if not start:
        raise BadInput(f"The model file {name} is empty.")
    found = format_of(start)
    if found == "skops":
        found = _zipped_format(_end(descriptor))
    if found is None:
        raise BadInput(
            f"{name} is not {NAMES[promised] if promised else 'a model file'}: its content is none of skops, ONNX,"
            " XGBoost, LightGBM, CatBoost, MLflow, TorchScript, Keras, pickle and joblib; save it in one of these."
        )
    if promised not in (None, found):
        raise BadInput(f"{name} is not {NAMES[promised]}: its content is that of {NAMES[found]}; rename the file.")
    if found not in DATA_ONLY and not pickle_allowed():
        raise BadInput(
            f"{name} is {NAMES[found]}, which can hold code, and this server accepts no such file"
            " (EVALLIB_ALLOW_PICKLE=0); save the model as skops or ONNX."
        )
    return found


def _zipped_format(directory: bytes) -> Format:
    entry = rb"PK\x01\x02.{42}(?:[^/\x00]{1,200}/)?"
    found = (name for name, file in ZIPPED.items() if re.search(entry + file, directory, re.DOTALL))
    return next(found, "skops")


def _end(descriptor: int) -> bytes:
    return os.pread(descriptor, DIRECTORY, max(0, os.fstat(descriptor).st_size - DIRECTORY))


def _promised(name: str) -> Format | None:
    return next((EXTENSIONS[ending] for ending in reversed(Path(name.lower()).suffixes) if ending in EXTENSIONS), None)


def format_of(start: bytes) -> Format | None:
    """The format of a file that begins so, at least 64 bytes of it; "skops" for every zip file."""
    if start.startswith(b"PK\x03\x04"):
        return "skops"
    if start.startswith(b"CBM1"):
        return "catboost"
    if start.startswith((b"tree\nversion=", b"tree\r\nversion=")):
        return "lightgbm"
    # As JSON or as binary JSON, the first name in the file is "learner", or comes after a short "version".
    if start.startswith(b"{") and b"learner" in start:
        return "xgboost"
    if start.startswith(COMPRESSIONS) or _begins_as_pickle(start):
        return "pickle"
    return "onnx" if _begins_as_onnx(start) else None


def _begins_as_pickle(start: bytes) -> bool:
    return start[0] == 0x80 and len(start) > 1 and start[1] <= 5


def _begins_as_onnx(start: bytes) -> bool:
    """ModelProto begins with its first field, ir_version, a small number; then a field 2 to 25 follows."""
    return start[0] == 0x08 and len(start) > 2 and start[1] < 0x40 and 2 <= start[2] >> 3 <= 25
