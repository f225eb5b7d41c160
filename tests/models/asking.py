"""Model files loaded in place, by format, and asked as a worker asks them."""

import os

from evallib.models.answers import checked_answers
from evallib.models.binding import bind
from evallib.models.card import ModelCard
from evallib.models.formats.catboost_file import load_catboost
from evallib.models.formats.lightgbm_file import load_lightgbm
from evallib.models.formats.mlflow_folder import load_mlflow
from evallib.models.formats.onnx_file import load_onnx
from evallib.models.formats.pickled import load_pickle
from evallib.models.formats.skops_file import load_skops
from evallib.models.formats.xgboost_file import load_xgboost
from evallib.models.frames import Shipment, column_of, read_rows

LOADERS = {
    **{".pkl": load_pickle, ".joblib": load_pickle, ".skops": load_skops, ".onnx": load_onnx},
    **{".ubj": load_xgboost, ".json": load_xgboost, ".txt": load_lightgbm, ".cbm": load_catboost, ".zip": load_mlflow},
}


def load(path):
    return LOADERS[path.suffix](os.open(path, os.O_RDONLY))


def answers(loaded, features, classes, task):
    """What the loaded model says, asked as a worker asks it."""
    binding = bind(ModelCard.of(loaded.description, "M", "pickle"), features, classes, task)
    columns = {feature: column_of(features[name]) for feature, name in binding.columns.items()}
    shipment = Shipment(columns, range(len(features)))
    rows = read_rows(os.dup(shipment.descriptor), shipment.layout, loaded.description.categorical)
    answer = loaded.answer(rows, binding.give)
    return checked_answers("M", binding, answer.numbers, answer.names, range(len(features)))
