"""What the codes of a model stand for: a choice on its card, where it knows its classes by codes alone."""

from __future__ import annotations

from itertools import permutations
from typing import TYPE_CHECKING

import streamlit as st

from evallib.core.errors import BadInput
from evallib.models.class_names import encoder_order, paired, stand_for_names
from ui.draft import put_system
from ui.services import workspace
from ui.text import visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from evallib.data import System
    from evallib.plan import EvaluationPlan
    from ui.dataset import Dataset

MOST_CLASSES = 5
"""Of more classes there are too many orders to choose from; evaluation.yaml takes any."""


def choose_classes(dataset: Dataset, plan: EvaluationPlan, system: System) -> None:
    """The order of the classes, chosen anew where the user does so; nothing for a model that names its classes."""
    known = _codes_of(dataset, plan, system)
    if not known:
        return
    usual = encoder_order(dataset.classes(plan.data.target))
    orders = list(permutations(usual))
    current = system.classes or usual
    if current not in orders:
        orders.insert(0, current)
    chosen = st.selectbox(
        "What its codes stand for",
        orders,
        index=orders.index(current),
        key=f"classes.{dataset.id}.{plan.data.target}.{system.name}",
        format_func=lambda order: visible(paired(known, order)),
        help="The model knows its classes by codes alone. The first order is that of scikit-learn's LabelEncoder; "
        "choose another where the model was trained on another.",
    )
    if chosen != current:
        put_system(dataset, system.model_copy(update={"classes": () if chosen == usual else chosen}))
        st.rerun()


def _codes_of(dataset: Dataset, plan: EvaluationPlan, system: System) -> Sequence[str]:
    """The codes that the model has for as many classes of the target; none where it names its classes."""
    if system.model is None or plan.data.task == "regression":
        return ()
    try:
        about = workspace().get("models", system.model.parent.name).details
    except BadInput:
        return ()
    known, classes = about.get("classes", ()), dataset.classes(plan.data.target)
    coded = bool(about.get("coded"))
    if len(known) != len(classes) or len(classes) > MOST_CLASSES or not stand_for_names(known, classes, coded=coded):
        return ()
    return tuple(map(str, known))
