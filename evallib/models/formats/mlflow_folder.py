"""Model folders of MLflow, zipped: the one model file that its flavour names is read, without MLflow."""

from __future__ import annotations

import encodings.cp437  # noqa: F401  (zipfile decodes the names of files with it)
import importlib
import io
import zipfile
from collections.abc import Callable
from typing import Any, BinaryIO

import yaml

from evallib.models.detection import format_of
from evallib.models.formats.extras import BOOSTER_LIBRARIES, about_missing
from evallib.models.formats.loaded import LoadedModel, Refused
from evallib.models.formats.onnx_file import read_onnx
from evallib.models.formats.pickled import read_pickle
from evallib.models.formats.skops_file import read_skops

FLAVOURS = {"sklearn": "pickled_model", "xgboost": "data", "lightgbm": "data", "catboost": "data", "onnx": "data"}
"""The flavours that can be opened, and the key under which each names its model file."""

READERS: dict[str | None, Callable[[BinaryIO], LoadedModel]] = {
    "pickle": read_pickle,
    "skops": read_skops,
    "onnx": read_onnx,
}
"""What reads a model file by its format; boosters are imported for their files alone."""

LONGEST_DESCRIPTION = 1 << 20


def read_mlflow(file: BinaryIO) -> LoadedModel:
    """The model in the folder. Raises `Refused` on a flavour that is none of `FLAVOURS`, or without its file."""
    try:
        with zipfile.ZipFile(file) as folder:
            content = _model_file(folder)
    except zipfile.BadZipFile:
        raise Refused("is a damaged zip file") from None
    return _read(content)


def _model_file(folder: zipfile.ZipFile) -> bytes:
    descriptions = sorted((name for name in folder.namelist() if name.split("/")[-1] == "MLmodel"), key=len)
    if not descriptions:
        raise Refused("has no file MLmodel; zip the whole folder of the model")
    description = descriptions[0]
    named = _named_file(_flavours(folder.read(description)))
    path = f"{description.removesuffix('MLmodel')}{named}"
    if named.startswith("/") or ".." in named.split("/"):
        raise Refused(f"names a model file outside of its folder, {named}; save the model again")
    if path not in folder.namelist():
        raise Refused(f"has no file {named}, which MLmodel names; zip the whole folder of the model")
    return folder.read(path)


def _flavours(description: bytes) -> dict[str, Any]:
    try:
        if len(description) <= LONGEST_DESCRIPTION:
            return {str(name): dict(facts) for name, facts in yaml.safe_load(description)["flavors"].items()}
    except (yaml.YAMLError, AttributeError, KeyError, TypeError, ValueError):
        pass
    raise Refused("has an MLmodel file that names no flavours; save the model again with MLflow")


def _named_file(flavours: dict[str, Any]) -> str:
    for flavour, key in FLAVOURS.items():
        if key in flavours.get(flavour, {}):
            return str(flavours[flavour][key])
    general = flavours.get("python_function", {})
    if str(general.get("loader_module")).removeprefix("mlflow.") in FLAVOURS and "model_path" in general:
        return str(general["model_path"])
    raise Refused(
        f"is an MLflow model of the flavour {', '.join(flavours)}, and only those of {', '.join(FLAVOURS)} can be"
        " opened; save the model itself in a file"
    )


def _read(content: bytes) -> LoadedModel:
    found = format_of(content[:64]) if content else None
    if found in BOOSTER_LIBRARIES:
        return _booster_reader(found)(io.BytesIO(content))
    if found in READERS:
        return READERS[found](io.BytesIO(content))
    raise Refused("names a model file that is none of skops, ONNX, XGBoost, LightGBM, CatBoost, pickle and joblib")


def _booster_reader(library: str) -> Callable[[BinaryIO], LoadedModel]:
    """What reads its files. Raises `Refused` where it is missing, upon which a worker is started that imports it."""
    try:
        importlib.import_module(library)
    except ModuleNotFoundError:
        raise Refused(about_missing(library)) from None
    read: Callable[[BinaryIO], LoadedModel] = getattr(
        importlib.import_module(BOOSTER_LIBRARIES[library]), f"read_{library}"
    )
    return read
