"""Reversals: where the parts contradict the whole (Simpson's paradox)."""

from pathlib import Path

from evallib.core.method import Method
from evallib.methods.reversals.compute import ReversalsParams, ReversalsResult, compute_reversals
from evallib.methods.reversals.figures import look_at_reversals, reversals_displays
from evallib.methods.reversals.findings import CODES, find_reversals
from evallib.methods.reversals.view import ReversalsView

METHOD = Method(
    key="reversals",
    section="slices",
    title="Reversals",
    icon=":material/swap_vert:",
    question="Does the total say the opposite of its parts?",
    help=Path(__file__).with_name("help.md").read_text("utf-8"),
    codes=CODES,
    params=ReversalsParams,
    result=ReversalsResult,
    compute=compute_reversals,
    findings=find_reversals,
    displays=reversals_displays,
    view=ReversalsView,
    look=look_at_reversals,
    needs="rows",
)
