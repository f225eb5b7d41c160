"""Slice finder: the few slices in which a model fails, out of all crossings of the columns."""

from pathlib import Path

from evallib.core.method import Method
from evallib.methods.finder.compute import FinderParams, FinderResult, compute_finder
from evallib.methods.finder.figures import finder_displays
from evallib.methods.finder.findings import CODES, find_failing_slices

METHOD = Method(
    key="finder",
    section="slices",
    title="Slice finder",
    icon=":material/manage_search:",
    question="Of all the slices that columns make together, in which few does a model really fail?",
    help=Path(__file__).with_name("help.md").read_text("utf-8"),
    codes=CODES,
    params=FinderParams,
    result=FinderResult,
    compute=compute_finder,
    findings=find_failing_slices,
    displays=finder_displays,
    long="It compares thousands of slices",
)
