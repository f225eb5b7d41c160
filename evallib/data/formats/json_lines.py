"""JSON Lines: every line is checked to be one object while pyarrow reads them into columns."""

from __future__ import annotations

import json
import re
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.json as arrow_json

from evallib.core.errors import BadInput
from evallib.data.export import plain
from evallib.data.formats.columns import check_names
from evallib.data.formats.file import BLOCK, DataFile

CHANGED_TYPE = re.compile(r"Column\(/(?P<column>.*)\) changed from (?P<old>\w+) to (?P<new>\w+)", re.DOTALL)
TWICE = re.compile(r"Column\(/(?P<column>.*)\) was specified twice", re.DOTALL)
UTF8_MARK = b"\xef\xbb\xbf"


def read_json_lines(file: DataFile) -> pa.Table:
    """The objects of a JSON Lines file as rows; a key that an object lacks is missing there.

    Raises `BadInput` for a line that is no object, and for a column whose values are of several types.
    """
    lines = _Lines(file)
    try:
        with file.stream(lines.see) as stream:
            return arrow_json.read_json(stream, read_options=arrow_json.ReadOptions(block_size=BLOCK))
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, UnicodeDecodeError) as error:
        raise _refusal(file, str(error)) from error


class _Lines:
    """Checks every line that flows by. pyarrow's own parser gives no line numbers and dies of deep nesting."""

    def __init__(self, file: DataFile) -> None:
        self._file = file
        self._rest = b""
        self._number = 0
        self._keys: set[str] = set()

    def see(self, block: bytes) -> None:
        if self._number == 0:
            block = block.removeprefix(UTF8_MARK)
        *lines, self._rest = (self._rest + block).split(b"\n") if block else (self._rest, b"")
        if len(self._rest) > BLOCK:
            raise self._file.refusal(
                f"has more than {BLOCK:,} bytes in line {self._number + len(lines) + 1:,}; "
                "write one JSON object per line (JSON Lines)."
            )
        try:
            for line in lines:
                self._keys.update(orjson.loads(line).keys())
        except (orjson.JSONDecodeError, AttributeError):
            self._see_slowly(lines)
        self._number += len(lines)
        check_names(self._file, list(self._keys))

    def _see_slowly(self, lines: list[bytes]) -> None:
        """Allow what strict JSON Lines has not (empty lines, NaN), and name the first line that is beyond it."""
        for number, line in enumerate(lines, self._number + 1):
            if line and not line.isspace():
                self._keys.update(self._object(line, number))

    def _object(self, line: bytes, number: int) -> dict[str, Any]:
        try:
            value = orjson.loads(line)
        except orjson.JSONDecodeError:
            value = self._lenient(line, number)
        if not isinstance(value, dict):
            raise self._file.refusal(
                f"holds no object in line {number:,}; write one JSON object per line (JSON Lines)."
            )
        return value

    def _lenient(self, line: bytes, number: int) -> object:
        """The value of a line that strict JSON forbids: Python writes NaN and Infinity."""
        try:
            return json.loads(line.decode())
        except UnicodeDecodeError:
            reason = "is not UTF-8 text"
        except (ValueError, RecursionError):
            reason = "is not valid JSON"
        raise self._file.refusal(f"{reason} in line {number:,}; write one JSON object per line (JSON Lines) in UTF-8.")


def _refusal(file: DataFile, message: str) -> BadInput:
    if found := CHANGED_TYPE.search(message):
        return file.refusal(
            f"mixes {found['old']} and {found['new']} values in column {plain(found['column'])}; "
            "write all of them as one type."
        )
    if found := TWICE.search(message):
        return file.refusal(f"repeats the key {plain(found['column'])} within one object; keep one of them.")
    if "Empty JSON" in message:
        return file.refusal("is empty; upload a file with at least one JSON object.")
    return file.refusal("cannot be read as JSON Lines; write one flat JSON object per line, in UTF-8.")
