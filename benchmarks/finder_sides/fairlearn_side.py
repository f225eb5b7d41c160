"""Fairlearn: a MetricFrame of one model's error rate and rows per crossing."""

from fairlearn.metrics import MetricFrame, count
from sklearn.metrics import zero_one_loss
from task import crossings, measure, rows

frame = rows()
every = crossings(frame)
truth = frame["wrong"] * 0
metrics = {"error": zero_one_loss, "rows": count}


def work() -> int:
    """All groups of all crossings."""
    return sum(
        len(MetricFrame(metrics=metrics, y_true=truth, y_pred=frame["wrong"], sensitive_features=frame[some]).by_group)
        for some in every
    )


measure(work)
