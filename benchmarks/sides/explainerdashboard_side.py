"""explainerdashboard without SHAP: an explainer, a dashboard of the model statistics alone, and its charts drawn once.

`ClassifierExplainer(model, X, y)`, then `ExplainerDashboard(explainer, <every SHAP tab off>).to_html()`.
"""

import logging
import warnings

from explainerdashboard import ClassifierExplainer, ExplainerDashboard
from workload import make_model, make_table, measure, rows_asked_for

logging.disable()
warnings.simplefilter("ignore")
model, (table, event) = make_model(), make_table(rows_asked_for())
SHAP_TABS = ("importances", "contributions", "whatif", "shap_dependence", "shap_interaction", "decision_trees")


def work() -> None:
    """Everything that the page of model statistics shows."""
    explainer = ClassifierExplainer(model, table, event)
    ExplainerDashboard(explainer, **dict.fromkeys(SHAP_TABS, False)).to_html()


measure(work)
