"""Fitted models of XGBoost, LightGBM and CatBoost, of every task, on numbers alone and with categories."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from catboost import CatBoostClassifier, CatBoostRegressor
from lightgbm import LGBMClassifier, LGBMRegressor
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import make_column_transformer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder
from xgboost import XGBClassifier, XGBRegressor

BOOSTERS = {
    f"{library} {kind}": ending
    for library, ending in {"XGBoost": ".ubj", "LightGBM": ".txt", "CatBoost": ".cbm"}.items()
    for kind in ("binary", "categories", "multiclass", "regression", "quantile", "without names")
}
"""The families that have a file of their own library, and how its name ends."""

WRAPPED = ("XGBoost pipeline", "LightGBM calibrated", "CatBoost pipeline")


def make_boosters(mixed: pd.DataFrame, numbers: pd.DataFrame, score: np.ndarray, fit: Callable[..., Any]) -> Any:
    """By name, each model as the family that `fit` makes of it, its features and its target."""
    binary, three = score > 0, np.digitize(score, [-0.5, 0.5])
    found = {}
    for library, make in {"XGBoost": _xgboost, "LightGBM": _lightgbm, "CatBoost": _catboost}.items():
        yes_no = np.array(["no", "yes"])[binary.astype(int)]
        # XGBoost loses the names of categories beyond ASCII.
        table = mixed.replace({"city": {"Łódź": "Lodz"}}) if library == "XGBoost" else mixed
        features = _categories(table, as_text=library == "CatBoost")
        found |= {
            f"{library} binary": fit(make("binary"), numbers, yes_no),
            f"{library} categories": fit(make("categories"), features, yes_no),
            f"{library} multiclass": fit(make("binary"), numbers, np.array(["low", "mid", "top"])[three]),
            f"{library} regression": fit(make("regression"), numbers, score),
            f"{library} quantile": fit(make("quantile"), numbers, score),
            f"{library} without names": fit(make("binary"), numbers, yes_no, as_matrix=True),
        }
    columns = make_column_transformer(
        (OneHotEncoder(handle_unknown="ignore"), ["city", "job"]), remainder="passthrough"
    )
    return found | {
        "XGBoost pipeline": fit(make_pipeline(columns, _xgboost("binary")), mixed, binary.astype(int)),
        "LightGBM calibrated": fit(
            CalibratedClassifierCV(_lightgbm("categories"), cv=2), _categories(mixed, as_text=False), yes_no
        ),
        "CatBoost pipeline": fit(make_pipeline(_catboost("categories")), _categories(mixed, as_text=True), yes_no),
    }


def _categories(mixed: pd.DataFrame, *, as_text: bool) -> pd.DataFrame:
    """Columns of text as categories, and a column of numbers too; CatBoost takes them as they are, without gaps."""
    if as_text:
        return mixed.fillna({"city": "none"})
    return mixed.astype({"city": "category", "job": "category", "children": "category"})


def _xgboost(kind: str) -> Any:
    options = {"n_estimators": 6, "max_depth": 3, "n_jobs": 2}
    if kind == "quantile":
        return XGBRegressor(objective="reg:quantileerror", quantile_alpha=0.9, **options)
    if kind == "regression":
        return XGBRegressor(**options)
    return XGBClassifier(enable_categorical=kind == "categories", **options)


def _lightgbm(kind: str) -> Any:
    options = {"n_estimators": 6, "num_leaves": 7, "min_child_samples": 5, "verbose": -1, "n_jobs": 2}
    if kind == "quantile":
        return LGBMRegressor(objective="quantile", alpha=0.9, **options)
    return LGBMRegressor(**options) if kind == "regression" else LGBMClassifier(**options)


def _catboost(kind: str) -> Any:
    options = {"iterations": 6, "depth": 3, "allow_writing_files": False, "logging_level": "Silent", "thread_count": 2}
    if kind == "quantile":
        return CatBoostRegressor(loss_function="Quantile:alpha=0.9", **options)
    if kind == "regression":
        return CatBoostRegressor(**options)
    return CatBoostClassifier(cat_features=["city", "job", "children"] if kind == "categories" else None, **options)
