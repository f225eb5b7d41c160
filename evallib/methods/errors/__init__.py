"""Error analysis: where a model's errors gather, and what sets the rows that it gets wrong apart."""

from pathlib import Path

from evallib.core.method import Method
from evallib.methods.errors.compute import ErrorsParams, ErrorsResult, compute_errors
from evallib.methods.errors.figures import errors_displays, look_at_errors
from evallib.methods.errors.findings import CODES, find_gathered_errors
from evallib.methods.errors.view import ErrorsView

METHOD = Method(
    key="errors",
    section="slices",
    title="Error analysis",
    icon=":material/account_tree:",
    question="Where do a model's errors gather, and what sets the rows it gets wrong apart?",
    help=Path(__file__).with_name("help.md").read_text("utf-8"),
    codes=CODES,
    params=ErrorsParams,
    result=ErrorsResult,
    compute=compute_errors,
    findings=find_gathered_errors,
    displays=errors_displays,
    view=ErrorsView,
    look=look_at_errors,
    long="It searches one half of the rows for where errors gather",
)
