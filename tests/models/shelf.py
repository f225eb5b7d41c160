"""Many model files in one locked worker, each read and asked there as a worker of its own would do it.

A worker takes two seconds of a processor to start, for which a hundred models would wait one after another. This one's
model holds the contents of all files, unread: each is read once the worker is locked, when it is first asked about.
"""

from __future__ import annotations

import pickle
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from asking import load
from model_files import FromSource

from evallib.core.errors import BadInput
from evallib.models import open_model
from evallib.models.answers import checked_answers, widths
from evallib.models.binding import bind
from evallib.models.card import ModelCard
from evallib.models.frames import Shipment, column_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from evallib.core.evaluation_set import Answers
    from evallib.models.formats.loaded import Give

PLACE, GIVE = "place on the shelf", "what is asked for"
"""Columns that go with the rows: which of the files is asked, and for what."""

GIVES = ("probabilities", "values", "labels")

SOURCE = """
    import importlib, io
    import numpy as np
    from evallib.models.formats.mlflow_folder import READERS

    for library in LIBRARIES:
        importlib.import_module(library)

    def read(ending, content):
        library = {".ubj": "xgboost", ".txt": "lightgbm", ".cbm": "catboost"}.get(ending)
        if library is None:
            return READERS[{".pkl": "pickle"}.get(ending, ending[1:])](io.BytesIO(content))
        module = importlib.import_module(f"evallib.models.formats.{library}_file")
        return getattr(module, f"read_{library}")(io.BytesIO(content))

    class Model:
        def __init__(self):
            self.read = {}

        def predict_proba(self, rows):
            return self.ask(rows).numbers

        def predict(self, rows):
            answer = self.ask(rows)
            return np.array(answer.names, object)[answer.numbers[:, 0].astype(int)]

        def ask(self, rows):
            place, give = (int(rows.pop(name).iloc[0]) for name in (PLACE, GIVE))
            if place not in self.read:
                self.read[place] = read(*FILES[place])
            model = self.read[place]
            categories = dict.fromkeys(model.description.categorical, "category")
            return model.answer(rows.astype(categories), GIVES[give])
"""

FOLDER = "flavors: {sklearn: {pickled_model: shelf.pkl}}"
"""The readers of all formats are imported for a folder of MLflow, before its worker is locked."""


class Shelf:
    """The files, by name, in a worker; a context."""

    def __init__(self, files: Mapping[str, Path], libraries: Sequence[str], folder: Path) -> None:
        self._files = dict(files)
        contents = [(path.suffix, path.read_bytes()) for path in files.values()]
        names = {"FILES": contents, "LIBRARIES": libraries, "PLACE": PLACE, "GIVE": GIVE, "GIVES": GIVES}
        with zipfile.ZipFile(folder / "shelf.zip", "w") as archive:
            archive.writestr("MLmodel", FOLDER)
            archive.writestr("shelf.pkl", pickle.dumps(FromSource(SOURCE, **names)))
        self._model = open_model(folder / "shelf.zip", "M")

    def answers(self, name: str, features: pd.DataFrame, classes: Sequence[str], task: Any) -> Answers:
        """What the model in the file says in the worker."""
        description = load(self._files[name]).description
        binding = bind(ModelCard.of(description, "M", "pickle"), features, classes, task)
        rows = features[list(binding.columns.values())].set_axis(list(binding.columns), axis=1)
        numbers, names = self._ask(name, rows, binding.give, widths(binding))
        return checked_answers("M", binding, numbers, names, range(len(rows)))

    def refusal(self, name: str, features: pd.DataFrame, give: Give) -> str:
        """Why the worker refuses the file, or to answer for these rows. Raises where it does not."""
        try:
            self._ask(name, features, give, 10)
        except BadInput as refused:
            return str(refused)
        raise AssertionError(f"{name} is not refused.")

    def _ask(self, name: str, rows: pd.DataFrame, give: Give, most: int) -> tuple[Any, Sequence[str]]:
        asked = rows.assign(**{PLACE: float([*self._files].index(name)), GIVE: float(GIVES.index(give))})
        shipment = Shipment({column: column_of(asked[column]) for column in asked}, range(len(asked)))
        return self._model.answer(shipment, "labels" if give == "labels" else "probabilities", most)

    @property
    def status(self) -> str:
        """What the kernel says of the worker's process."""
        return Path(f"/proc/{self._model.pid}/status").read_text()

    def __enter__(self) -> Shelf:
        return self

    def __exit__(self, *_: object) -> None:
        self._model.close()
