"""What is known of a model once it is loaded, and how the words of its worker are checked."""

from __future__ import annotations

import unicodedata
from dataclasses import asdict, dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from evallib.models.detection import Format
from evallib.models.formats.loaded import MOST_CLASSES, Description
from evallib.models.process import WorkerFailure

LONGEST_TEXT = 300

LONGEST_NAME = 10_000
"""Characters of the name of a class or a column, beyond which it is taken for a lie."""


@dataclass(frozen=True, kw_only=True)
class ModelCard(Description):
    """What a model says of itself, with its name and the format of its file; an endpoint has none."""

    name: str
    format: Format | Literal["endpoint"]

    @classmethod
    def of(cls, description: Description, name: str, format: Format | Literal["endpoint"]) -> ModelCard:  # noqa: A002
        """The card of a model that described itself."""
        words = {"kind": one_line(description.kind), "warnings": tuple(map(one_line, description.warnings))}
        return cls(**{**asdict(description), **words, "name": name, "format": format})


class Complaint(BaseModel):
    """Why the worker did not do what it was asked: it refused, had no memory, or the model's code raised `text`.

    library: the one that loading asked for in vain, where it is one that can be imported for it.
    """

    model_config = ConfigDict(extra="forbid")
    kind: Literal["refused", "memory", "raised"]
    text: str = ""
    library: str = ""


class AnswerHead(BaseModel):
    """How many numbers per row stand in the shared memory, and the names that codes of labels stand for.

    keeps_rows: whether the model still holds some of the rows that it was sent.
    """

    model_config = ConfigDict(extra="forbid")
    columns: int
    names: tuple[str, ...] = ()
    keeps_rows: bool = False


class Reply(BaseModel):
    """What a worker may say; all of it is untrusted."""

    model_config = ConfigDict(extra="forbid")
    description: Description | None = None
    answer: AnswerHead | None = None
    complaint: Complaint | None = None

    @classmethod
    def read(cls, data: bytes) -> Reply:
        """The reply. Raises `WorkerFailure` where the bytes are none."""
        try:
            reply = cls.model_validate_json(data)
        except ValidationError:
            raise WorkerFailure("nonsense") from None
        described = reply.description
        if described is not None and (len(described.classes) > MOST_CLASSES or not described.gives):
            raise WorkerFailure("nonsense")
        if any(len(name) > LONGEST_NAME for name in reply.names):
            raise WorkerFailure("nonsense")
        return reply

    @property
    def names(self) -> tuple[str, ...]:
        """All names of classes and columns that it holds."""
        of_answer = self.answer.names if self.answer else ()
        return (*self.description.classes, *self.description.features) if self.description else of_answer


def one_line(text: str, longest: int = LONGEST_TEXT) -> str:
    """The text in one line of so many characters, without characters that steer a terminal or the direction."""
    plain = " ".join(text.split())
    plain = "".join(c for c in plain if unicodedata.category(c)[0] != "C")
    return plain if len(plain) <= longest else f"{plain[: longest - 1]}…"
