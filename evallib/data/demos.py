"""The demos: shipped data with an evaluation.yaml each, made ready in a folder of one's own, models trained there."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evallib.core.errors import BadInput
from evallib.core.progress import Progress, no_progress
from evallib.data.reading import read_table

if TYPE_CHECKING:
    import pandas as pd

EXAMPLES = Path(__file__).parents[2] / "examples"
PLAN = "evaluation.yaml"


@dataclass(frozen=True)
class Demo:
    """A demo as a page offers it: what it is, the question it answers, its licence, and how many rows are judged."""

    key: str
    title: str
    question: str
    licence: str
    rows: int
    files: tuple[str, ...]
    train: Callable[[Path, Progress], None] | None = None


def prepare_demo(key: str, folder: Path, progress: Progress = no_progress) -> Path:
    """The evaluation.yaml of a demo in `folder`, with its data and, where it has any, its freshly trained models.

    Models that are there are used again. Raises `BadInput` for an unknown demo, and without the examples folder.
    """
    if key not in DEMOS:
        raise BadInput(f"There is no demo {key!r}; there are {', '.join(DEMOS)}.")
    demo, source = DEMOS[key], EXAMPLES / key
    if not (source / PLAN).is_file():
        raise BadInput(f"The demo {demo.title} needs the folder examples/{key} of the project; clone the repository.")
    folder.mkdir(parents=True, exist_ok=True)
    progress(0.0, 1.0, f"Copying {demo.title}")
    for name in (*demo.files, "README.md"):
        shutil.copyfile(source / name, folder / name)
    if demo.train is not None:
        demo.train(folder, progress)
    shutil.copyfile(source / PLAN, folder / PLAN)
    progress(1.0, 1.0, f"{demo.title} is ready")
    return folder / PLAN


def _train_adult_income(folder: Path, progress: Progress) -> None:
    """Two pipelines on the training rows, saved as skops files under the names in evaluation.yaml."""
    makers: Mapping[str, Callable[[list[str], list[str]], Any]] = {
        "logistic_regression": _logistic_regression,
        "gradient_boosting": _gradient_boosting,
    }
    stamp, trained_with = folder / "trained_with.txt", f"scikit-learn {version('scikit-learn')}\n"
    if stamp.is_file() and stamp.read_text() == trained_with:
        return
    from skops.io import dump  # noqa: PLC0415 - scikit-learn takes a second to import, and only training needs it

    features, income = _training_rows(folder)
    texts = [str(name) for name in features if features[name].dtype == object]
    rest = [str(name) for name in features if name not in texts]
    for number, (name, make) in enumerate(makers.items(), 1):
        progress(number, len(makers) + 1, f"Training {name.replace('_', ' ')}")
        dump(make(texts, rest).fit(features, income), folder / f"{name}.skops")
    stamp.write_text(trained_with)


def _training_rows(folder: Path) -> tuple[pd.DataFrame, Any]:
    """The features as a model gets them, texts as plain objects, and the labels."""
    table = read_table(folder / "train.parquet")
    texts = table.select_dtypes(["category", "str"]).columns
    table = table.astype(dict.fromkeys(texts, object))
    return table.drop(columns=["income", "fnlwgt"]), table["income"].to_numpy()


def _logistic_regression(texts: list[str], numbers: list[str]) -> Any:
    from sklearn.compose import ColumnTransformer  # noqa: PLC0415
    from sklearn.impute import SimpleImputer  # noqa: PLC0415
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415
    from sklearn.pipeline import make_pipeline  # noqa: PLC0415
    from sklearn.preprocessing import OneHotEncoder, StandardScaler  # noqa: PLC0415

    columns = ColumnTransformer(
        [
            ("texts", OneHotEncoder(handle_unknown="ignore", min_frequency=20), texts),
            ("numbers", make_pipeline(SimpleImputer(strategy="median"), StandardScaler()), numbers),
        ]
    )
    return make_pipeline(columns, LogisticRegression(max_iter=1_000))


def _gradient_boosting(texts: list[str], numbers: list[str]) -> Any:
    from sklearn.compose import ColumnTransformer  # noqa: PLC0415
    from sklearn.ensemble import HistGradientBoostingClassifier  # noqa: PLC0415
    from sklearn.pipeline import make_pipeline  # noqa: PLC0415
    from sklearn.preprocessing import OrdinalEncoder  # noqa: PLC0415

    encode = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1, encoded_missing_value=-1)
    columns = ColumnTransformer([("texts", encode, texts), ("numbers", "passthrough", numbers)])
    boosting = HistGradientBoostingClassifier(
        categorical_features=list(range(len(texts))), early_stopping=False, random_state=0
    )
    return make_pipeline(columns, boosting)


DEMOS: Mapping[str, Demo] = {
    demo.key: demo
    for demo in (
        Demo(
            key="adult_income",
            title="Adult income",
            question="Is gradient boosting worth replacing the logistic regression that predicts incomes today?",
            licence="CC BY 4.0, UCI Machine Learning Repository",
            rows=16_281,
            files=("test.parquet", "train.parquet"),
            train=_train_adult_income,
        ),
        Demo(
            key="berkeley_admissions",
            title="Berkeley admissions",
            question="Were women turned down at Berkeley in 1973, and by which departments?",
            licence="published counts, Bickel et al. 1975",
            rows=4_526,
            files=("admissions.csv",),
        ),
        Demo(
            key="kidney_stones",
            title="Kidney stones",
            question="Which treatment is better, if the winner overall loses for small stones and for large ones?",
            licence="published counts, Charig et al. 1986",
            rows=700,
            files=("treatments.csv",),
        ),
    )
}
"""The demos by key, in the order in which they are offered."""
