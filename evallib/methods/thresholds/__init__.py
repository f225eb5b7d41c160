"""Thresholds: what every decision threshold brings and costs, and what withholding unsure answers does."""

from pathlib import Path

from evallib.core.method import Method
from evallib.methods.thresholds.compute import ThresholdsParams, ThresholdsResult, compute_thresholds
from evallib.methods.thresholds.figures import threshold_displays
from evallib.methods.thresholds.findings import CODES, find_better_thresholds
from evallib.methods.thresholds.moving_figures import ThresholdsView, look_at_threshold

METHOD = Method(
    key="thresholds",
    section="trust",
    title="Thresholds",
    icon=":material/tune:",
    question="From which probability on should a row be called positive, and which answers are too unsure to give?",
    help=Path(__file__).with_name("help.md").read_text("utf-8"),
    codes=CODES,
    params=ThresholdsParams,
    result=ThresholdsResult,
    compute=compute_thresholds,
    findings=find_better_thresholds,
    displays=threshold_displays,
    view=ThresholdsView,
    look=look_at_threshold,
    tasks=("binary", "multiclass"),
    needs="probabilities",
)
