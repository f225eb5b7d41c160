"""Evidently: `predict_proba`, then `Report([ClassificationPreset()]).run(...)` and its page as HTML."""

import warnings

from evidently import BinaryClassification, DataDefinition, Dataset, Report
from evidently.presets import ClassificationPreset
from workload import make_model, make_table, measure, rows_asked_for

warnings.simplefilter("ignore")
model, (table, event) = make_model(), make_table(rows_asked_for())


def work() -> None:
    """The report of the classification preset."""
    probability = model.predict_proba(table)[:, 1]
    answers = table.assign(event=event, probability=probability, label=(probability >= 0.5).astype(int))
    roles = BinaryClassification(target="event", prediction_labels="label", prediction_probas="probability")
    dataset = Dataset.from_pandas(answers, data_definition=DataDefinition(classification=[roles]))
    Report([ClassificationPreset()]).run(dataset).get_html_str(as_iframe=False)


measure(work)
