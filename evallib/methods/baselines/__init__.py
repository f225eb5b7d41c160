"""Baselines: whether a model beats guessing, the obvious, and what is in use."""

from pathlib import Path

from evallib.core.method import Method
from evallib.methods.baselines.compute import BaselinesParams, BaselinesResult, compute_baselines
from evallib.methods.baselines.figures import baselines_displays
from evallib.methods.baselines.findings import CODES, find_unbeaten

METHOD = Method(
    key="baselines",
    section="trust",
    title="Baselines",
    icon=":material/vertical_align_bottom:",
    question="Does each model beat guessing, the obvious rule, the human and what is in use, beyond noise?",
    help=Path(__file__).with_name("help.md").read_text("utf-8"),
    codes=CODES,
    params=BaselinesParams,
    result=BaselinesResult,
    compute=compute_baselines,
    findings=find_unbeaten,
    displays=baselines_displays,
)
