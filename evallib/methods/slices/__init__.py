"""Slices: where in the data a model is worse than elsewhere, or than the incumbent."""

from pathlib import Path

from evallib.core.method import Method
from evallib.methods.slices.compute import SlicesParams, SlicesResult, compute_slices
from evallib.methods.slices.figures import look_at_slices, slices_displays
from evallib.methods.slices.findings import CODES, find_bad_slices
from evallib.methods.slices.pins import slices_pins
from evallib.methods.slices.view import SlicesView

METHOD = Method(
    key="slices",
    section="slices",
    title="Slices",
    icon=":material/data_table:",
    question="Is a model as good on every part of the data as it is overall?",
    help=Path(__file__).with_name("help.md").read_text("utf-8"),
    codes=CODES,
    params=SlicesParams,
    result=SlicesResult,
    compute=compute_slices,
    findings=find_bad_slices,
    displays=slices_displays,
    view=SlicesView,
    look=look_at_slices,
    pins=slices_pins,
)
