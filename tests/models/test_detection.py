"""Model files told by their content, checked against their names."""

import os

import pytest
from model_files import open_descriptors

from evallib.core.errors import BadInput
from evallib.models import Limits
from evallib.models.detection import open_model_file

PICKLE, SKOPS, ONNX = b"\x80\x04N.", b"PK\x03\x04rest", b"\x08\x0a\x12\x08skl2onnx"
MLFLOW = SKOPS + b"PK\x01\x02" + bytes(42) + b"model/MLmodel" + b"PK\x05\x06"
XGBOOST = b'{"learner":{"attributes":{},"feature_names":[]'
BINARY_JSON = b"{L\x00\x00\x00\x00\x00\x00\x00\x07learner{L"
LIGHTGBM = b"tree\nversion=v4\nnum_class=1\n"
CATBOOST = b"CBM10\x1f\x00\x00"


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("m.pkl", PICKLE, "pickle"),
        ("m.joblib", b"\x78\x9crest", "pickle"),
        ("M.PKL.gz", b"\x1f\x8brest", "pickle"),
        ("m.skops", SKOPS, "skops"),
        ("m.onnx", ONNX, "onnx"),
        ("m.v1.2", ONNX, "onnx"),
        ("m.json", XGBOOST, "xgboost"),
        ("m.json", b'{"version":[3,2,0],"learner":{', "xgboost"),
        ("m.ubj", BINARY_JSON, "xgboost"),
        ("m.txt", LIGHTGBM, "lightgbm"),
        ("m.lgb", LIGHTGBM.replace(b"\n", b"\r\n"), "lightgbm"),
        ("m.cbm", CATBOOST, "catboost"),
        ("m.zip", MLFLOW, "mlflow"),
        ("upload", MLFLOW.replace(b"model/", b""), "mlflow"),
        ("m.model", XGBOOST, "xgboost"),
        ("upload", PICKLE, "pickle"),
    ],
)
def test_the_content_tells_the_format(name, content, expected, tmp_path):
    (tmp_path / name).write_bytes(content)
    descriptor, found = open_model_file(tmp_path / name)
    with os.fdopen(descriptor, "rb") as file:
        assert (found, file.read()) == (expected, content)


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("m.pkl", b"", "The model file m.pkl is empty."),
        ("m.skops", PICKLE, "m.skops is not a skops file: its content is that of a pickle or joblib file; rename"),
        ("m.onnx", SKOPS, "m.onnx is not an ONNX model: its content is that of a skops file"),
        ("m.pkl", ONNX, "m.pkl is not a pickle or joblib file: its content is that of an ONNX model"),
        ("m.pkl", b"age,job\n1,2\n", "m.pkl is not a pickle or joblib file: its content is none of"),
        ("m.json", PICKLE, "m.json is not an XGBoost model: its content is that of a pickle or joblib file; rename"),
        (
            "m.json",
            b'{"age": 1}',
            "m.json is not an XGBoost model: its content is none of skops, ONNX, XGBoost, LightGBM",
        ),
        ("m.txt", b"a tree\n", "m.txt is not a LightGBM model: its content is none of"),
        ("m.cbm", LIGHTGBM, "m.cbm is not a CatBoost model: its content is that of a LightGBM model; rename"),
        ("m.skops", MLFLOW, "m.skops is not a skops file: its content is that of a zipped MLflow model; rename"),
        ("m.zip", SKOPS, "m.zip is not a zipped MLflow model: its content is that of a skops file; rename"),
        ("m.csv", b"age,job\n1,2\n", "m.csv is not a model file: its content is none of"),
    ],
)
def test_what_is_not_what_its_name_says(name, content, sentence, tmp_path):
    (tmp_path / name).write_bytes(content)
    before = open_descriptors()
    with pytest.raises(BadInput) as caught:
        open_model_file(tmp_path / name)
    assert str(caught.value).startswith(sentence)
    assert open_descriptors() == before


def test_what_cannot_be_opened(tmp_path):
    with pytest.raises(BadInput, match=r"The model file gone\.pkl cannot be read: No such file"):
        open_model_file(tmp_path / "gone.pkl")
    with pytest.raises(BadInput, match="is a folder or a device"):
        open_model_file(tmp_path)
    os.mkfifo(tmp_path / "pipe.pkl")
    with pytest.raises(BadInput, match="is a folder or a device"):
        open_model_file(tmp_path / "pipe.pkl")


def test_pickles_can_be_switched_off(tmp_path, monkeypatch):
    monkeypatch.setenv("EVALLIB_ALLOW_PICKLE", "0")
    (tmp_path / "m.pkl").write_bytes(PICKLE)
    with pytest.raises(BadInput, match=r"accepts no such file .*; save the model as skops or ONNX"):
        open_model_file(tmp_path / "m.pkl")
    (tmp_path / "m.skops").write_bytes(SKOPS)
    os.close(open_model_file(tmp_path / "m.skops")[0])


def test_limits_come_from_the_environment(monkeypatch):
    monkeypatch.setenv("EVALLIB_MODEL_MEMORY_MB", "512")
    monkeypatch.setenv("EVALLIB_MODEL_SECONDS", "2.5")
    assert (Limits.from_environment().memory_mb, Limits.from_environment().seconds) == (512, 2.5)
    monkeypatch.setenv("EVALLIB_MODEL_SECONDS", "soon")
    with pytest.raises(BadInput, match="EVALLIB_MODEL_SECONDS must be a number above 0; it is 'soon'"):
        Limits.from_environment()
