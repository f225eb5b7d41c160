"""Reliability: whether predicted probabilities can be taken at their word."""

from pathlib import Path

from evallib.core.method import Method
from evallib.methods.reliability.compute import ReliabilityParams, ReliabilityResult, compute_reliability
from evallib.methods.reliability.figures import ReliabilityView, look_at_reliability, reliability_displays
from evallib.methods.reliability.findings import CODES, find_miscalibration

METHOD = Method(
    key="reliability",
    section="trust",
    title="Reliability",
    icon=":material/balance:",
    question="When a model says 80 %, is it right 80 % of the time?",
    help=Path(__file__).with_name("help.md").read_text("utf-8"),
    codes=CODES,
    params=ReliabilityParams,
    result=ReliabilityResult,
    compute=compute_reliability,
    findings=find_miscalibration,
    displays=reliability_displays,
    view=ReliabilityView,
    look=look_at_reliability,
    tasks=("binary", "multiclass"),
    needs="probabilities",
)
