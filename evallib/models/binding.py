"""What a model takes and answers, matched to the columns and classes of the data before anything is scored."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

import pandas as pd

from evallib.core.errors import BadInput
from evallib.models.card import one_line
from evallib.models.class_names import ClassNames, match_classes
from evallib.models.wording import MOST_NAMED, NAMED, listed

if TYPE_CHECKING:
    from evallib.core.evaluation_set import Task
    from evallib.models.card import ModelCard
    from evallib.models.formats.loaded import Give, InputType


@dataclass(frozen=True)
class Binding:
    """How one model is used on one data set.

    columns: for every feature as the model calls it, in the model's order, the column of the data.
    conversions: of some features, the type that their values must be converted to.
    give: what the model is asked for.
    classes: the class names that the codes of its answers stand for: those of the data, then those that only the
        model knows; empty for a regression.
    model_classes: the names of its probability columns, in the model's order and as the data write them.
    renamed: the data's names of those classes that the model calls otherwise.
    warnings: one sentence for each thing that a reader should know.
    """

    columns: Mapping[str, str]
    conversions: Mapping[str, InputType]
    give: Give
    task: Task
    classes: tuple[str, ...] = ()
    model_classes: tuple[str, ...] = ()
    renamed: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()

    def with_classes(self, classes: Sequence[str]) -> Binding:
        """The same with further classes, such as those that another model knows; `classes` holds all of its own."""
        task: Task = "multiclass" if self.task == "binary" and len(classes) > 2 else self.task
        return replace(self, classes=tuple(classes), task=task)


def bind(
    card: ModelCard,
    table: pd.DataFrame,
    classes: Sequence[str],
    task: Task,
    said: Sequence[str] = (),
    features: Sequence[str] | None = None,
) -> Binding:
    """How the model is used on a table with these columns and classes (none for a regression).

    features: the columns that a model may see, all where None; of the others it is told that they are kept from it.
    Columns that the model does not know are left out, others brought into its order. Where a trained type is known
    and the column's is another, its values are converted. Classes that only the model knows come after those of the
    data; a class that it does not know gets probability 0.

    said: what the user calls the model's classes, in the model's order; see `class_names` for what holds otherwise.
    Raises `BadInput` where a column is missing or has gaps that the model does not take, the model's classes and the
    data's do not match, or a regression meets a classification.
    """
    give = _choose(card, task)
    known = table if features is None else table[list(features)]
    columns, about_columns = _match_columns(card, known, {str(name) for name in table.columns})
    conversions = _conversions(card, known, columns)
    about_types = [
        f"{card.name} was trained on {'text' if kind == 'text' else 'numbers'} in the column"
        f' "{columns[feature]}", which holds {"numbers" if kind == "text" else "text"} here; its values were converted.'
        for feature, kind in conversions.items()
    ]
    _refuse_gaps(card, known, columns)
    bound = Binding(columns, conversions, give, task)
    about_classes: list[str] = []
    if task != "regression":
        names = _class_names(card, give, tuple(classes), said)
        bound = replace(bound, model_classes=names.in_order, renamed=names.renamed)
        bound = bound.with_classes(tuple(dict.fromkeys((*classes, *names.in_order))))
        about_classes += names.told
    if give == "labels":
        about_classes.append(f"{card.name} gives labels without probabilities: whatever needs these leaves it out.")
    warnings = [f"{card.name} {warning}." for warning in card.warnings]
    return replace(bound, warnings=(*warnings, *about_columns, *about_types, *about_classes))


def _choose(card: ModelCard, task: Task) -> Give:
    wanted: tuple[Give, ...] = ("values",) if task == "regression" else ("probabilities", "labels")
    for give in wanted:
        if give in card.gives:
            return give
    if task == "regression":
        raise BadInput(f"{card.name} predicts classes, but the target holds numbers; choose a target with classes.")
    raise BadInput(f"{card.name} predicts numbers, but the target holds classes; choose a target with numbers.")


def _match_columns(card: ModelCard, features: pd.DataFrame, everything: set[str]) -> tuple[dict[str, str], list[str]]:
    names = [str(name) for name in features.columns]
    if card.takes_text:
        return _match_text(card, features), []
    if card.features:
        return _match_names(card, names, everything)
    if card.n_features is None:
        return {name: name for name in names}, [
            f"{card.name} does not tell which columns it takes; it got all of them."
        ]
    if card.n_features != len(names):
        raise BadInput(
            f"{card.name} was trained on {card.n_features:,} columns without names, and the data have {len(names):,}"
            " feature columns; keep exactly those that it was trained on, in that order."
        )
    return {name: name for name in names}, [
        f"{card.name} was trained without column names; it got the feature columns in the order of the data."
    ]


def _match_text(card: ModelCard, features: pd.DataFrame) -> dict[str, str]:
    texts = [str(name) for name, kind in features.dtypes.items() if holds_text(kind)]
    if len(texts) != 1:
        raise BadInput(
            f"{card.name} takes one column of text, and the data have {listed(texts) if texts else 'none'};"
            " keep exactly one text column as a feature."
        )
    return {texts[0]: texts[0]}


def _match_names(card: ModelCard, names: list[str], everything: set[str]) -> tuple[dict[str, str], list[str]]:
    """By the same name; else by the one name that differs only in signs, which exporters to ONNX replace."""
    alike: dict[str, list[str]] = {}
    for name in names:
        alike.setdefault(_plain(name), []).append(name)
    known = set(names)
    candidates = {f: [f] if f in known else alike.get(_plain(f), []) for f in card.features}
    missing = [feature for feature, found in candidates.items() if len(found) != 1]
    if kept := [feature for feature in missing if feature in everything]:
        them = "it" if len(kept) == 1 else "them"
        raise BadInput(f"{card.name} needs {listed(kept)}, set as no feature; take {them} off that list.")
    if missing:
        raise BadInput(_about_missing(card.name, missing, names))
    columns = {feature: found[0] for feature, found in candidates.items()}
    renamed = [f'"{name}" for "{feature}"' for feature, name in columns.items() if name != feature]
    about = [f"{card.name} got {listed(renamed, quote=False)}, whose names differ only in signs."] if renamed else []
    return columns, about


def _plain(name: str) -> str:
    return re.sub(r"\W", "_", name)


def _about_missing(model: str, missing: list[str], names: list[str]) -> str:
    near = {feature: get_close_matches(feature, names, n=1, cutoff=0.6) for feature in missing[:MOST_NAMED]}
    told = [
        f'"{one_line(feature, NAMED)}"' + (f' (is it "{one_line(match[0], NAMED)}"?)' if match else "")
        for feature, match in near.items()
    ]
    if len(missing) == 1:
        return f"{model} needs the column {told[0]}, which is not among the features of the data; add or rename it."
    return (
        f"{model} needs {len(missing):,} columns that are not among the features of the data:"
        f" {listed(told, len(missing), quote=False)}; add or rename them."
    )


def _conversions(card: ModelCard, features: pd.DataFrame, columns: Mapping[str, str]) -> dict[str, InputType]:
    found: dict[str, InputType] = {}
    for feature, kind in card.types.items():
        if feature not in columns:
            continue
        dtype = features[columns[feature]].dtype
        if kind == "text" and not holds_text(dtype) and pd.api.types.is_numeric_dtype(dtype):
            found[feature] = "text"
        if kind == "number" and holds_text(dtype):
            found[feature] = "number"
    return found


def _refuse_gaps(card: ModelCard, features: pd.DataFrame, columns: Mapping[str, str]) -> None:
    gaps = [columns[feature] for feature in card.no_gaps if feature in columns and features[columns[feature]].hasnans]
    if gaps:
        raise BadInput(
            f"{card.name} takes no missing values in {listed(gaps)}; fill {'it' if len(gaps) == 1 else 'them'} as in"
            " its training."
        )


def holds_text(dtype: Any) -> bool:
    """Whether a column of this type holds text: strings, objects, or categories of strings."""
    if isinstance(dtype, pd.CategoricalDtype):
        return bool(pd.api.types.is_string_dtype(dtype.categories))
    return bool(pd.api.types.is_string_dtype(dtype) or pd.api.types.is_object_dtype(dtype))


def _class_names(card: ModelCard, give: Give, classes: tuple[str, ...], said: Sequence[str]) -> ClassNames:
    """The data's names of the model's classes; none where its labels are all that will tell."""
    if give == "labels" and not card.classes and not said:
        return ClassNames()
    return match_classes(card, classes, said)
