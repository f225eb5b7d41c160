"""Models that need a library which is not installed with evallib: taken where it is there, else told how to get it."""

import importlib
import re
import subprocess
import sys

import pandas as pd
import pytest
from asking import load
from booster_families import BOOSTERS
from model_files import write

from evallib.models import bind_model
from evallib.models.formats import extras
from evallib.models.formats.loaded import Refused

FEATURES = pd.DataFrame({"a": [1.0, -1.0, 0.5]})

PROGRAM = """
import sys, {library}
import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
LIMIT = 0.25
class Cut(ClassifierMixin, BaseEstimator):
    def fit(self, X, y):
        self.classes_ = np.unique(y)
        return self
    def predict(self, X):
        return self.classes_[(X["a"] > LIMIT).astype(int)]
    def predict_proba(self, X):
        return np.column_stack([X["a"] <= LIMIT, X["a"] > LIMIT]).astype(float)
with open(sys.argv[1], "wb") as file:
    {library}.dump(Cut().fit(None, ["no", "yes"]), file{options})
"""


def write_with(library, path):
    """The path, with a model whose class is in the file too."""
    # By default, dill leaves out what the functions of a script use.
    options = ", recurse=True" if library == "dill" else ""
    subprocess.run([sys.executable, "-c", PROGRAM.format(library=library, options=options), path], check=True)
    return path


@pytest.mark.parametrize("library", ["cloudpickle", "dill"])
def test_a_class_that_travels_with_its_model_is_taken(library, tmp_path, opened):
    path = write_with(library, tmp_path / f"m.{library}")
    bound = bind_model(opened(path), FEATURES, ("no", "yes"), "binary")
    assert list(bound.predict(FEATURES).probability) == [1.0, 0.0, 1.0]


@pytest.mark.parametrize("library", ["cloudpickle", "dill"])
def test_a_missing_pickling_library_is_told_how_to_get(library, tmp_path, monkeypatch):
    path = write_with(library, tmp_path / "m.pkl")
    for name in [name for name in sys.modules if name.partition(".")[0] == library]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(sys, "meta_path", [_Without(library), *sys.meta_path])
    with pytest.raises(Refused) as caught:
        load(path)
    assert re.fullmatch(
        rf"needs the Python library {library}, which is not installed here; install it with"
        rf" (\.venv/bin/)?pip install 'evallib\[{library}\]'",
        str(caught.value),
    )


class _Without:
    """Finds no library of this name, and nothing in it."""

    def __init__(self, library):
        self.library = library

    def find_spec(self, name, *_):
        if name.partition(".")[0] == self.library:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


@pytest.mark.parametrize("library", extras.BOOSTER_LIBRARIES)
def test_a_missing_booster_is_told_how_to_get(library, monkeypatch):
    ours = extras.BOOSTER_LIBRARIES[library]
    monkeypatch.delitem(sys.modules, ours, raising=False)
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(Refused, match=rf"needs the Python library {library}, .*pip install 'evallib\[{library}\]'$"):
        importlib.import_module(ours)


QUIET = """
import os, sys, warnings
warnings.simplefilter("ignore")
from evallib.models.detection import open_model_file
from evallib.models import bind_model
from evallib.models.serving import reader_of
from evallib.models.formats.extras import import_libraries
from pathlib import Path
import numpy as np, pandas as pd
descriptor, found = open_model_file(Path(sys.argv[1]))
read = reader_of(found)
import_libraries(sys.argv[3:])
rows = pd.read_pickle(sys.argv[2])
opened = []
def hook(event, arguments):
    if event in ("open", "import", "os.listdir", "os.scandir") and not isinstance(arguments[0], int):
        opened.append(str(arguments[0]))
sys.addaudithook(hook)
model = read(os.fdopen(descriptor, "rb"))
model.answer(rows[list(model.description.features)], model.description.gives[0])
os.write(1, repr(opened).encode())
"""


@pytest.mark.parametrize(
    ("name", "ending"),
    [
        *(pair for pair in BOOSTERS.items() if pair[0].endswith("categories")),
        ("XGBoost categories", ".pkl"),
        ("LightGBM categories", ".joblib"),
        ("CatBoost categories", ".skops"),
    ],
)
def test_nothing_is_imported_or_opened_once_a_booster_is_being_read(name, ending, families, tmp_path):
    """A process that may open no file any more can still load it and predict."""
    family = families[name]
    path = write(family.model, tmp_path / f"m{ending}")
    rows = family.features.astype(dict.fromkeys(family.features.select_dtypes("category"), object))
    rows = rows.rename(columns=lambda name: name.replace(" ", "_")) if "LightGBM" in name else rows
    rows.to_pickle(tmp_path / "rows")
    command = [sys.executable, "-c", QUIET, path, tmp_path / "rows", name.split()[0].lower()]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == "[]"
