"""What the user says about a system behind an API: where it is asked, how a question looks, what the answer holds."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

import jmespath
from jmespath.exceptions import JMESPathError
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from evallib.core.evaluation_set import class_name

ROW, ROWS, VALUES, COLUMNS = "$row", "$rows", "$values", "$columns"
"""What stands in a request for the rows: one row or all as objects, all as lists of values, and the columns' names."""


def _class_names(value: object) -> object:
    return tuple(map(class_name, value)) if isinstance(value, list | tuple) else value


ClassNames = Annotated[tuple[str, ...], BeforeValidator(_class_names)]
"""Names of classes, each as the data name it."""


class Endpoint(BaseModel):
    """A system that answers over HTTP: rows go out as JSON by POST, and JSON comes back.

    Headers may name secrets of the operator: `Bearer ${VENDOR}` stands for the variable EVALLIB_SECRET_VENDOR.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: str = Field(title="URL", description="Where questions are sent; its host must be allowed by the operator.")
    request: Any = Field(
        {"instances": ROWS},
        title="Request",
        description='The body, in which "$rows" stands for the rows as objects, "$values" for the rows as lists, '
        '"$columns" for the names of the columns, and "$row" for a single row.',
    )
    response: str = Field(
        "predictions",
        title="Response path",
        description="A JMESPath to the answers, one per row, such as predictions[].score.",
    )
    gives: Literal["probabilities", "labels", "values"] = Field(
        "probabilities",
        title="It answers with",
        description="Probabilities: that of the positive class, or one per class; labels: names; values: numbers.",
    )
    classes: ClassNames = Field(
        (), title="Classes", description="What its probabilities are of, in its order; those of the data if left out."
    )
    columns: tuple[str, ...] = Field((), title="Columns", description="What is sent; all features if left out.")
    headers: dict[str, str] = Field(
        {},
        title="Headers",
        description="A line each; ${VENDOR} stands for a secret that the operator keeps in EVALLIB_SECRET_VENDOR.",
    )
    batch: int = Field(100, ge=1, le=10_000, title="Rows per call")
    per_second: float = Field(10.0, gt=0, le=10_000, title="Calls per second", description="At most.")
    retries: int = Field(3, ge=0, le=10, title="Retries", description="Of a call that failed for want of capacity.")
    seconds: float = Field(30.0, gt=0, le=600, title="Seconds per call", description="Until a call is given up.")
    cost_per_call: float = Field(0.0, ge=0, title="Cost per call", description="In any currency; it is added up.")

    @field_validator("url")
    @classmethod
    def _is_http(cls, url: str) -> str:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username is not None:
            raise ValueError(
                "The url of an endpoint starts with https:// or http:// and a host, and holds no password."
            )
        return url

    @field_validator("response")
    @classmethod
    def _is_path(cls, path: str) -> str:
        try:
            jmespath.compile(path)
        except JMESPathError:
            raise ValueError(f"The response path {path!r} is no JMESPath; predictions[].score is one.") from None
        return path

    @model_validator(mode="after")
    def _sends_rows(self) -> Self:
        if not any(_holds(self.request, mark) for mark in (ROW, ROWS, VALUES)):
            raise ValueError('The request of an endpoint needs "$rows", "$values" or "$row" where the rows belong.')
        if _holds(self.request, ROW) and self.batch > 1:
            raise ValueError('A request with "$row" asks about one row; set batch to 1, or write "$rows".')
        return self


def _holds(content: object, mark: str) -> bool:
    if isinstance(content, dict):
        return any(_holds(value, mark) for value in content.values())
    if isinstance(content, list):
        return any(_holds(value, mark) for value in content)
    return content == mark
