"""Model files made for tests: of every usual family of scikit-learn, and of classes written as source text."""

from __future__ import annotations

import contextlib
import pickle
import textwrap
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
import skops.io
from booster_families import BOOSTERS, WRAPPED, make_boosters
from scikit_families import NUMBERS, binary, mixed_pipeline, multiclass, ordinal_pipeline, regressions, text_pipeline
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

ROWS = 240


@dataclass(frozen=True, eq=False)
class Family:
    """A fitted model, the features that it was fitted on and may be asked about, and what it predicts.

    model_input: the features as the model takes them.     coded: whether it was fitted on codes of its classes.
    """

    model: Any
    features: pd.DataFrame
    model_input: Any
    classes: tuple[str, ...]
    task: str
    coded: bool = False

    @property
    def labels(self) -> list[str]:
        """The classes that the model itself chooses in this process."""
        given = np.ravel(self.model.predict(self.model_input))
        return [self.classes[label] for label in given] if self.coded else [str(label) for label in given]

    @property
    def expected(self) -> np.ndarray:
        """What the model says in this process, as `Answers` has it."""
        if self.task == "regression":
            return self.model.predict(self.model_input)
        probability = self.model.predict_proba(self.model_input)
        return probability[:, 1] if self.task == "binary" else probability


def mixed_features() -> pd.DataFrame:
    """Numbers, whole numbers, booleans and texts, with gaps in a number and in a text."""
    rng = np.random.default_rng(7)
    table = pd.DataFrame(rng.normal(size=(ROWS, len(NUMBERS))), columns=NUMBERS)
    table["children"] = rng.integers(0, 4, ROWS)
    table["member"] = rng.random(ROWS) > 0.5
    table["city"] = rng.choice(["Rome", "Oslo", "Łódź"], ROWS)
    table["job"] = rng.choice(["clerk", "smith"], ROWS)
    table.loc[3, "gain"] = np.nan
    table.loc[[4, 9], "city"] = np.nan
    return table


def make_families() -> dict[str, Family]:
    """Every family, fitted."""
    mixed = mixed_features()
    numbers = mixed[NUMBERS].fillna(0.0)
    score = numbers["age"] + 0.5 * numbers["load"]
    yes_no = np.where(score > 0, "yes", "no")
    three = np.array(["low", "mid", "top"])[np.digitize(score, [-0.5, 0.5])]
    texts = pd.DataFrame({"text": np.where(score > 0, "good cheap fun", "bad dear dull")})
    whole = (score > 0).astype(int).to_numpy()
    with warnings.catch_warnings(action="ignore"):
        return {
            **{name: _fit(model, numbers, yes_no) for name, model in binary().items()},
            **{name: _fit(model, numbers, three) for name, model in multiclass().items()},
            **{name: _fit(model, numbers, score.to_numpy()) for name, model in regressions().items()},
            "mixed pipeline": _fit(mixed_pipeline(), mixed, yes_no),
            "native categories": _fit(HistGradientBoostingClassifier(max_iter=5), _categories(mixed), yes_no),
            "ordinal pipeline": _fit(ordinal_pipeline(), mixed, three),
            "text and numbers": _fit(text_pipeline(), numbers.assign(note=texts["text"]), three),
            "text": _fit(make_pipeline(TfidfVectorizer(), LogisticRegression()), texts, yes_no),
            "without names": _fit(LogisticRegression(), numbers, whole, as_matrix=True),
            **make_boosters(mixed, numbers, score.to_numpy(), _fit),
        }


def family_names() -> tuple[str, ...]:
    """The names of all families, without fitting any."""
    special = ("mixed pipeline", "native categories", "ordinal pipeline", "text and numbers", "text", "without names")
    return (*binary(), *multiclass(), *regressions(), *special, *BOOSTERS, *WRAPPED)


def _categories(mixed: pd.DataFrame) -> pd.DataFrame:
    return mixed.astype({"city": "category", "job": "category"})


def _fit(model: Any, features: pd.DataFrame, target: np.ndarray, *, as_matrix: bool = False) -> Family:
    model_input = features.get("text", features.to_numpy() if as_matrix else features)
    if target.dtype.kind == "f":
        return Family(model.fit(model_input, target), features, model_input, (), "regression")
    names, codes = np.unique(target, return_inverse=True)
    coded = "XGBClassifier" in repr(model)
    fitted = model.fit(model_input, codes if coded else target)
    task = "binary" if len(names) == 2 else "multiclass"
    return Family(fitted, features, model_input, tuple(str(name) for name in names), task, coded)


def write(model: Any, path: Any) -> Any:
    """The path, with the model in the format of its ending."""
    if path.suffix == ".skops":
        skops.io.dump(model, path)
    elif path.suffix == ".onnx":
        export(model, np.zeros((1, model.n_features_in_), np.float32), path, zipmap=True)
    elif path.suffix == ".joblib":
        joblib.dump(model, path, compress=3)
    elif path.suffix == ".txt":
        model.booster_.save_model(path)
    elif path.suffix in (".ubj", ".json", ".cbm"):
        model.save_model(path)
    else:
        path.write_bytes(pickle.dumps(model))
    return path


def export(model: Any, example: Any, path: Any, *, zipmap: bool) -> Any:
    """The path, with the model as ONNX for inputs like the example."""
    from skl2onnx import to_onnx  # noqa: PLC0415  (slow, and few tests need it)

    options = {id(model): {"zipmap": zipmap}} if hasattr(model, "classes_") else None
    with warnings.catch_warnings(action="ignore"):
        path.write_bytes(to_onnx(model, example, options=options).SerializeToString())
    return path


def gone(pid: int) -> bool:
    """Whether there is no such process."""
    return not Path(f"/proc/{pid}").exists()


def others_in_session(pid: int) -> list[int]:
    """The living processes of the session that `pid` led."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            state, _, _, session = stat.read_text().rsplit(")", 1)[1].split()[:4]
            if int(session) == pid and state != "Z":
                found.append(int(stat.parent.name))
    return found


def within(seconds: float, condition: Callable[[], bool]) -> bool:
    """Whether the condition came true in so many seconds."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def open_descriptors() -> set[Path]:
    """What this process has open."""
    return set(Path("/proc/self/fd").iterdir())


class FromSource:
    """Pickles to an object of the class `Model` in a source text, which is run when the file is loaded.

    names: what the source may use besides.
    """

    def __init__(self, source: str, **names: Any) -> None:
        self.source = textwrap.dedent(source)
        self.names = names

    def __reduce__(self) -> Any:
        run = f"(lambda space: (exec({self.source!r}, space), space['Model']())[1])(dict(names))"
        return eval, (run, {"names": self.names})


def write_source(source: str, path: Any) -> Any:
    """The path of a pickle that runs the source and is an object of the class `Model` in it."""
    path.write_bytes(pickle.dumps(FromSource(source)))
    return path
