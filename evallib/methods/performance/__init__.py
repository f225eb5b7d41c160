"""Performance: how good every model is, and whether it is better than what is in use."""

from pathlib import Path

from evallib.core.method import Method
from evallib.methods.performance.compute import PerformanceParams, PerformanceResult, compute_performance
from evallib.methods.performance.figures import performance_displays
from evallib.methods.performance.findings import CODES, find_differences

METHOD = Method(
    key="performance",
    section="decide",
    title="Performance",
    icon=":material/leaderboard:",
    question="How good is every model, and is the candidate better than what is in use, beyond noise?",
    help=Path(__file__).with_name("help.md").read_text("utf-8"),
    codes=CODES,
    params=PerformanceParams,
    result=PerformanceResult,
    compute=compute_performance,
    findings=find_differences,
    displays=performance_displays,
)
