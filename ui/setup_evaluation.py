"""The last step: a name, the evaluation.yaml to keep, and the start."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from evallib.plan import plan_text
from evallib.workspace import portable_plan
from ui.draft import save_draft
from ui.start import start_evaluation

if TYPE_CHECKING:
    from evallib.plan import EvaluationPlan
    from ui.dataset import Dataset


def evaluate_button(dataset: Dataset, plan: EvaluationPlan, *, ready: bool) -> str | None:
    """The id of the run that was started just now, or None."""
    if not plan.systems:
        st.info(
            "Without a system only outcome rates between groups can be looked at (the page Reversals). "
            "Add a model or a column of answers above for everything else.",
            icon=":material/info:",
        )
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.text_input("Name of the evaluation", value=plan.title, max_chars=80, key=f"name.{dataset.id}")
        if name != plan.name:
            plan = plan.model_copy(update={"name": name})
            save_draft(dataset, plan)
        st.download_button(
            "evaluation.yaml",
            data=lambda: plan_text(portable_plan(plan)),
            file_name="evaluation.yaml",
            icon=":material/download:",
            help="Runs the same evaluation from a shell: python -m evallib run evaluation.yaml --out DIR",
            on_click="ignore",
        )
        why = None if ready else "A model file is still being looked at."
        pressed = st.button("Evaluate", type="primary", icon=":material/play_arrow:", disabled=not ready, help=why)
    return start_evaluation(plan) if pressed else None
