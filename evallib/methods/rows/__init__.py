"""Rows: which rows a model gets wrong, and whether the rows or their labels look faulty."""

from pathlib import Path

from evallib.core.method import Method
from evallib.methods.rows.compute import RowsParams, RowsResult, compute_rows
from evallib.methods.rows.figures import look_at_rows, rows_displays
from evallib.methods.rows.findings import CODES, find_faulty_rows
from evallib.methods.rows.view import RowsView

METHOD = Method(
    key="rows",
    section="slices",
    title="Rows",
    icon=":material/table_rows:",
    question="Which rows does a model get wrong, and do the rows or their labels look faulty?",
    help=Path(__file__).with_name("help.md").read_text("utf-8"),
    codes=CODES,
    params=RowsParams,
    result=RowsResult,
    compute=compute_rows,
    findings=find_faulty_rows,
    displays=rows_displays,
    view=RowsView,
    look=look_at_rows,
)
