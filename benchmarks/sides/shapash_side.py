"""shapash: `SmartExplainer(model).compile(...)`, after which its web app starts; it is about SHAP values alone."""

import contextlib
import io
import logging
import warnings

import pandas as pd
from shapash import SmartExplainer
from workload import NUMBERS, TEXTS, make_model, make_table, measure, rows_asked_for

logging.disable()
warnings.simplefilter("ignore")
model, (table, event) = make_model(), make_table(rows_asked_for())
encoder, boosting = model[0], model[1]


def work() -> None:
    """Encoded rows, predictions, and SHAP values of every row."""
    encoded = pd.DataFrame(encoder.transform(table), columns=TEXTS + NUMBERS)
    predicted = pd.Series(boosting.predict(encoded.to_numpy()), name="predicted")
    with contextlib.redirect_stdout(io.StringIO()):
        SmartExplainer(boosting).compile(x=encoded, y_pred=predicted, y_target=event)


measure(work)
