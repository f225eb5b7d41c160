"""Keras models from .keras files, run by whichever backend is installed."""

from __future__ import annotations

import importlib.util
import io
import os
import sys
from typing import Any, BinaryIO

import pandas as pd

from evallib.models.formats.extras import required
from evallib.models.formats.loaded import Answer, Description, Give, LoadedModel, Refused
from evallib.models.formats.network import GIVES, matrix, network_answer

BACKENDS = {"tensorflow": "tensorflow", "torch": "torch", "jax": "jax"}

os.environ["KERAS_BACKEND"] = next((b for b, library in BACKENDS.items() if importlib.util.find_spec(library)), "torch")
# PyTorch makes a folder for compiled code at its import, and so does what Keras draws with; a worker may make none.
os.environ["TORCHINDUCTOR_CACHE_DIR"] = "/"
sys.modules["matplotlib"] = None  # type: ignore[assignment]
required(BACKENDS[os.environ["KERAS_BACKEND"]])
keras: Any = required("keras")
saving: Any = importlib.import_module("keras.src.saving.saving_lib")


def read_keras(file: BinaryIO) -> LoadedModel:
    """The network in the file. Raises `Refused` where it holds code of its own, or takes several inputs."""
    content = io.BytesIO(file.read())
    try:
        # Keras itself opens paths alone, and a worker has none.
        model = saving._load_model_from_fileobj(content, custom_objects=None, compile=False, safe_mode=True)
    except (TypeError, ValueError, KeyError) as error:
        first = str(error).strip().partition("\n")[0]
        raise Refused(f"cannot be read by Keras {keras.__version__} ({first}); use built-in layers alone") from None
    return KerasModel(model)


class KerasModel:
    """The loaded model that a Keras network is."""

    def __init__(self, model: Any) -> None:
        self._model = model
        if len(model.inputs) != 1 or len(model.inputs[0].shape) != 2:
            raise Refused("takes something else than one matrix; let it take all columns as one input")
        self.description = Description(
            kind=f"Keras {type(model).__name__}", gives=GIVES, n_features=model.inputs[0].shape[1]
        )

    def answer(self, rows: pd.DataFrame, give: Give) -> Answer:
        """What the network gives for every row."""
        return network_answer(self._model.predict(matrix(rows), verbose=0, batch_size=4096), len(rows), give)


def _warm_up() -> None:
    """Nothing; whatever Keras and its backend look up at their first prediction is there."""
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(3, activation="softmax")])
    KerasModel(model).answer(pd.DataFrame([[0.0, 1.0]] * 9), "probabilities")


_warm_up()
