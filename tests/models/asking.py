"""Model files loaded in place, by format, and asked as a worker asks them."""

import os

from evallib.models.answers import checked_answers
from evallib.models.binding import bind
from evallib.models.card import ModelCard
from evallib.models.formats.catboost_file import read_catboost
from evallib.models.formats.lightgbm_file import read_lightgbm
from evallib.models.formats.mlflow_folder import read_mlflow
from evallib.models.formats.onnx_file import read_onnx
from evallib.models.formats.pickled import read_pickle
from evallib.models.formats.skops_file import read_skops
from evallib.models.formats.xgboost_file import read_xgboost
from evallib.models.frames import Shipment, column_of, frame_in, map_rows

READERS = {
    **{".pkl": read_pickle, ".joblib": read_pickle, ".skops": read_skops, ".onnx": read_onnx},
    **{".ubj": read_xgboost, ".json": read_xgboost, ".txt": read_lightgbm, ".cbm": read_catboost, ".zip": read_mlflow},
}


def load(path):
    with path.open("rb") as file:
        return READERS[path.suffix](file)


def answers(loaded, features, classes, task):
    """What the loaded model says, asked as a worker asks it."""
    binding = bind(ModelCard.of(loaded.description, "M", "pickle"), features, classes, task)
    columns = {feature: column_of(features[name]) for feature, name in binding.columns.items()}
    shipment = Shipment(columns, range(len(features)))
    memory = map_rows(os.dup(shipment.memory.descriptor))
    rows = frame_in(memory, shipment.layout, loaded.description.categorical)
    answer = loaded.answer(rows, binding.give)
    return checked_answers("M", binding, answer.numbers, answer.names, range(len(features)))
