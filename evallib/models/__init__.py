"""Model files -> predictors, each file loaded in a worker process of its own and never in this one.

with open_model("model.joblib") as model:
    bound = bind_model(model, features, classes, task)   # bound.binding.warnings, bound.binding.classes
    answers = score(bound, features, progress)           # or bound.predict(features)
"""

from evallib.models.binding import Binding
from evallib.models.card import ModelCard
from evallib.models.detection import EXTENSIONS
from evallib.models.isolated import IsolatedModel, open_model
from evallib.models.isolation import Isolation, find_isolation, unprotected
from evallib.models.limits import Limits
from evallib.models.room import Room, take_room
from evallib.models.scoring import BoundModel, bind_model, score
from evallib.models.spares import drop_workers, prepare_workers

__all__ = [
    "EXTENSIONS",
    "Binding",
    "BoundModel",
    "IsolatedModel",
    "Isolation",
    "Limits",
    "ModelCard",
    "Room",
    "bind_model",
    "drop_workers",
    "find_isolation",
    "open_model",
    "prepare_workers",
    "score",
    "take_room",
    "unprotected",
]
