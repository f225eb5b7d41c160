"""What goes to an endpoint and what comes back: a request filled with rows, and the answers found in a response."""

from __future__ import annotations

from typing import Any

import jmespath
import numpy as np
import pandas as pd

from evallib.data.endpoint import COLUMNS, ROW, ROWS, VALUES
from evallib.models.formats.loaded import Answer, Give, Refused, label_answer, number_answer


def filled(template: Any, rows: pd.DataFrame) -> Any:
    """The request with the rows in it, as plain JSON values: missing values are null, dates are text."""
    records = plain_rows(rows)
    values = [list(record.values()) for record in records]
    marks = {ROWS: records, ROW: records[0], VALUES: values, COLUMNS: list(rows.columns)}
    return _with_marks(template, marks)


def _with_marks(template: Any, marks: dict[str, Any]) -> Any:
    if isinstance(template, dict):
        return {key: _with_marks(value, marks) for key, value in template.items()}
    if isinstance(template, list):
        return [_with_marks(value, marks) for value in template]
    return marks.get(template, template) if isinstance(template, str) else template


def plain_rows(rows: pd.DataFrame) -> list[dict[str, Any]]:
    """One dictionary per row, of numbers, truth values, texts and None."""
    columns = {str(name): _plain(rows[name]) for name in rows.columns}
    return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]


def _plain(column: pd.Series[Any]) -> list[Any]:
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        column = column.dt.strftime("%Y-%m-%dT%H:%M:%S")
    known = column.notna().to_numpy()
    return [value if there else None for value, there in zip(column.tolist(), known, strict=True)]


def found(path: str, body: Any, rows: int, give: Give) -> Answer:
    """The answers to so many rows. Raises `Refused` where the path leads to none, or to another number of them."""
    answers = jmespath.search(path, body)
    if answers is None:
        raise Refused(f"has nothing at {path} in its response; correct the response path")
    if rows == 1 and not (isinstance(answers, list) and len(answers) == 1):
        answers = [answers]
    if not isinstance(answers, list) or len(answers) != rows:
        count = f"{len(answers):,} answers" if isinstance(answers, list) else "one answer"
        raise Refused(f"gives {count} at {path} for {rows:,} rows; correct the response path")
    if give == "labels":
        return label_answer(np.array(answers, dtype=object), rows)
    return number_answer(answers, rows, "probabilities" if give == "probabilities" else "predictions")
