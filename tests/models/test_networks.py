"""Networks of PyTorch and Keras; most of it where these are installed."""

import importlib.util
import os
import zipfile

import numpy as np
import pandas as pd
import pytest

from evallib.core.errors import BadInput
from evallib.models import bind_model

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

ROWS = pd.DataFrame({"a": np.linspace(-2, 2, 200), "b": np.linspace(1, 0, 200), "c": np.arange(200.0)})
CLASSES = ("no", "perhaps", "yes")

has = {name: importlib.util.find_spec(name) is not None for name in ("torch", "keras")}
needs_torch = pytest.mark.skipif(not has["torch"], reason="PyTorch is not installed")
needs_keras = pytest.mark.skipif(not has["keras"], reason="Keras is not installed")


def zip_of(path, *names):
    with zipfile.ZipFile(path, "w") as file:
        for name in names:
            file.writestr(name, "{}")
    return path


@pytest.mark.skipif(has["torch"], reason="PyTorch is installed")
@pytest.mark.parametrize(("name", "entry"), [("m.pt", "m/data.pkl"), ("m.keras", "model.weights.h5")])
def test_a_missing_library_is_named_with_the_line_that_installs_it(name, entry, opened, tmp_path):
    with pytest.raises(BadInput, match=r"M needs the Python library torch, .*pip install 'evallib\[torch\]'"):
        opened(zip_of(tmp_path / name, "config.json", entry))


@pytest.mark.parametrize(("name", "entry"), [("m.pt", "m/data.pkl"), ("m.keras", "model.weights.h5")])
def test_networks_are_code(name, entry, opened, tmp_path, monkeypatch):
    monkeypatch.setenv("EVALLIB_ALLOW_PICKLE", "0")
    with pytest.raises(BadInput, match="code, and this server accepts no such file"):
        opened(zip_of(tmp_path / name, entry))
    with pytest.raises(BadInput, match=r"is not a skops file: its content is that of"):
        opened(zip_of(tmp_path / "m.skops", entry))


@pytest.fixture
def layers():
    torch = pytest.importorskip("torch")
    torch.manual_seed(0)
    return torch.nn.Linear(3, 8), torch.nn.ReLU(), torch.nn.Linear(8, 3)


def scripted(path, *layers):
    import torch  # noqa: PLC0415

    module = torch.nn.Sequential(*layers)
    torch.jit.script(module).save(path)
    with torch.inference_mode():
        return path, module(torch.from_numpy(ROWS.to_numpy(np.float32).copy())).numpy()


@needs_torch
def test_a_scripted_classifier_and_a_regression(layers, opened, tmp_path):
    import torch  # noqa: PLC0415

    path, expected = scripted(tmp_path / "m.pt", *layers, torch.nn.Softmax(dim=1))
    bound = bind_model(opened(path), ROWS, CLASSES, "multiclass")
    np.testing.assert_allclose(bound.predict(ROWS).probability, expected, atol=1e-6)
    assert any("does not name its classes" in warning for warning in bound.binding.warnings)
    path, expected = scripted(tmp_path / "r.pt", *layers, torch.nn.Linear(3, 1))
    values = bind_model(opened(path), ROWS, (), "regression").predict(ROWS).value
    np.testing.assert_allclose(values, expected[:, 0], atol=1e-5)


@needs_torch
def test_scores_before_the_softmax_are_refused(layers, opened, tmp_path):
    path, _ = scripted(tmp_path / "m.pt", *layers)
    with pytest.raises(BadInput, match="M gives numbers that are no probabilities; let it end with a sigmoid"):
        bind_model(opened(path), ROWS, CLASSES, "multiclass").predict(ROWS)


@needs_torch
def test_weights_alone_are_refused(layers, opened, tmp_path):
    import torch  # noqa: PLC0415

    torch.save(torch.nn.Sequential(*layers).state_dict(), tmp_path / "m.pt")
    with pytest.raises(BadInput, match="M is no TorchScript model, perhaps weights alone; save it with torch"):
        opened(tmp_path / "m.pt")


@needs_keras
def test_a_keras_network(opened, tmp_path):
    os.environ.setdefault("KERAS_BACKEND", "torch")
    import keras  # noqa: PLC0415

    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(8), keras.layers.Dense(1, activation="sigmoid")])
    model.save(tmp_path / "m.keras")
    bound = bind_model(opened(tmp_path / "m.keras"), ROWS, ("no", "yes"), "binary")
    expected = model.predict(ROWS.to_numpy(np.float32), verbose=0)[:, 0]
    np.testing.assert_allclose(bound.predict(ROWS).probability, expected, atol=1e-6)
    with pytest.raises(BadInput, match="was trained on 3 columns without names, and the data have 2"):
        bind_model(opened(tmp_path / "m.keras"), ROWS[["a", "b"]], ("no", "yes"), "binary")


@needs_keras
def test_a_keras_network_with_code_of_its_own_is_refused(opened, tmp_path):
    os.environ.setdefault("KERAS_BACKEND", "torch")
    import keras  # noqa: PLC0415

    model = keras.Sequential([keras.Input((3,)), keras.layers.Lambda(lambda x: x), keras.layers.Dense(1)])
    model.save(tmp_path / "m.keras")
    with pytest.raises(BadInput, match="M cannot be read by Keras"):
        opened(tmp_path / "m.keras")


@needs_torch
def test_a_damaged_network_is_one_sentence(opened, tmp_path):
    with pytest.raises(BadInput, match="M is no TorchScript model") as caught:
        opened(zip_of(tmp_path / "m.pt", "m/data.pkl", "m/version"))
    assert "\n" not in str(caught.value)
