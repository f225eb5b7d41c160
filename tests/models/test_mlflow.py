"""Zipped model folders as MLflow writes them, the file MLmodel written out by hand."""

import zipfile

import numpy as np
import pytest
from asking import answers, load
from model_files import write

from evallib.core.errors import BadInput
from evallib.models import bind_model
from evallib.models.formats.loaded import Refused

SKLEARN = """
artifact_path: model
flavors:
  python_function:
    env: {{conda: conda.yaml, virtualenv: python_env.yaml}}
    loader_module: mlflow.sklearn
    model_path: {file}
    predict_fn: predict
  sklearn:
    code: null
    pickled_model: {file}
    serialization_format: cloudpickle
    sklearn_version: 1.9.1
mlflow_version: 3.17.2
"""

DATA = """
flavors:
  python_function: {{data: {file}, loader_module: mlflow.{library}}}
  {library}: {{code: null, data: {file}}}
"""

GENERAL = """
flavors:
  python_function: {{loader_module: mlflow.sklearn, model_path: {file}}}
"""

WRITTEN = [
    ("mixed pipeline", SKLEARN, "model.pkl", ""),
    ("ordinal pipeline", SKLEARN, "model.skops", "model/"),
    ("text", GENERAL, "data/model.pkl", ""),
    ("XGBoost categories", DATA.replace("{library}", "xgboost"), "model.ubj", ""),
    ("LightGBM categories", DATA.replace("{library}", "lightgbm"), "model.txt", "my model/"),
    ("LightGBM multiclass", DATA.replace("{library}", "lightgbm"), "model.skops", ""),
    ("CatBoost regression", DATA.replace("{library}", "catboost"), "model.cbm", ""),
    ("naive Bayes", DATA.replace("{library}", "onnx"), "model.onnx", ""),
]


@pytest.mark.parametrize(("name", "description", "file", "folder"), WRITTEN)
def test_the_model_in_a_folder_answers_as_the_original(name, description, file, folder, families, tmp_path):
    family = families[name]
    content = write(family.model, tmp_path / file.rpartition("/")[2]).read_bytes()
    path = tmp_path / "m.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{folder}conda.yaml", "name: env")
        archive.writestr(f"{folder}MLmodel", description.format(file=file))
        archive.writestr(f"{folder}{file}", content)
    given = answers(load(path), family.features, family.classes, family.task)
    got = given.value if family.task == "regression" else given.probability
    tolerance = 1e-5 if file.endswith(".onnx") else 1e-12
    np.testing.assert_allclose(got, family.expected, rtol=0, atol=tolerance)


REFUSED = {
    "another flavour": ("flavors: {pytorch: {model_data: data}}", "flavour pytorch, and only those of sklearn, xgb"),
    "code": (
        "flavors: {python_function: {loader_module: mlflow.pyfunc.model, python_model: a.pkl}}",
        "python_function",
    ),
    "a missing file": (SKLEARN.format(file="gone.pkl"), "has no file gone.pkl, which MLmodel names; zip the whole"),
    "a file outside": (SKLEARN.format(file="../../etc/passwd"), "outside of its folder, ../../etc/passwd; save"),
    "a file from the root": (SKLEARN.format(file="/etc/passwd"), "outside of its folder, /etc/passwd; save"),
    "a file that is no model": (SKLEARN.format(file="MLmodel"), "names a model file that is none of skops, ONNX"),
    "no flavours": ("flavors: 3", "names no flavours; save the model again with MLflow"),
    "no YAML": ("flavors: [", "names no flavours"),
    "a long description": (SKLEARN.format(file="m.pkl") + "#" * (1 << 20), "names no flavours"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_folder_without_a_usable_model_is_one_sentence(name, tmp_path):
    description, why = REFUSED[name]
    path = tmp_path / "m.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("MLmodel", description)
        archive.writestr("../../etc/passwd", "root")
    with pytest.raises(Refused) as caught:
        load(path)
    assert why in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_damaged_folder_is_one_sentence(tmp_path):
    path = tmp_path / "m.zip"
    path.write_bytes(b"PK\x03\x04" + b"damaged" * 20)
    with pytest.raises(Refused, match="is a damaged zip file"):
        load(path)


def test_a_worker_imports_the_booster_of_a_folder(families, opened, tmp_path):
    family = families["XGBoost regression"]
    path = tmp_path / "m.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("MLmodel", DATA.format(library="xgboost", file="model.ubj"))
        archive.writestr("model.ubj", write(family.model, tmp_path / "m.ubj").read_bytes())
    given = bind_model(opened(path), family.features, (), "regression").predict(family.features)
    np.testing.assert_allclose(given.value, family.expected, rtol=0, atol=1e-12)


def test_a_worker_opens_a_folder(families, opened, tmp_path, monkeypatch):
    family = families["mixed pipeline"]
    content = write(family.model, tmp_path / "m.pkl").read_bytes()
    path = tmp_path / "m.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("model/model.pkl", content)
        archive.writestr("model/MLmodel", SKLEARN.format(file="model.pkl"))
    model = opened(path)
    assert model.card.format == "mlflow"
    given = bind_model(model, family.features, family.classes, family.task).predict(family.features)
    np.testing.assert_allclose(given.probability, family.expected, rtol=0, atol=1e-12)
    monkeypatch.setenv("EVALLIB_ALLOW_PICKLE", "0")
    with pytest.raises(BadInput, match="is a zipped MLflow model, which can hold code, and this server accepts no"):
        opened(path)
