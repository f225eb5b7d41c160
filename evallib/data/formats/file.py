"""A data file on disk as the readers see it: its display name, its compression, its bytes counted as they flow."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Literal, cast

import pyarrow as pa

from evallib.core.errors import BadInput
from evallib.data.export import plain
from evallib.data.limits import FREE_EXPANSION, Limits

Codec = Literal["gzip", "zstd"]
BLOCK = 4 << 20


@dataclass(frozen=True)
class DataFile:
    """A file to read: where it lies, what its user calls it, how it is compressed, and its budgets."""

    path: Path
    name: str
    limits: Limits
    codec: Codec | None = None

    def refusal(self, reason: str) -> BadInput:
        """The error whose sentence is the file's name and then `reason`."""
        return BadInput(f"{plain(self.name)} {reason}")

    def over(self, field: str, reason: str) -> BadInput:
        """The error for a budget that is used up; the sentence ends with how to raise it."""
        return self.refusal(f"{reason}, or ask the operator to raise {Limits.variable(field)}.")

    def too_large(self) -> BadInput:
        """The error for a table that the memory cannot hold."""
        return self.over("read_memory_mb", "does not fit into memory; take a sample of the rows, leave out columns")

    def stream(self, watch: Callable[[bytes], None] | None = None) -> IO[bytes]:
        """The bytes of the file, decompressed; every block is shown to `watch` before it is handed on."""
        return cast("IO[bytes]", CountedStream(self, watch))

    def head(self, size: int = 1 << 20) -> bytes:
        """The first `size` bytes after decompression, or all where there are fewer."""
        with self.stream() as stream:
            blocks = bytearray()
            while len(blocks) < size and (block := stream.read(size - len(blocks))):
                blocks += block
        return bytes(blocks)


class CountedStream(io.RawIOBase):
    """The decompressed bytes of a file; raises `BadInput` as soon as a budget is used up or the archive is damaged."""

    def __init__(self, file: DataFile, watch: Callable[[bytes], None] | None = None) -> None:
        super().__init__()
        self._file = file
        self._watch = watch
        self._bytes: Any = pa.input_stream(str(file.path), compression=cast("Codec", file.codec))
        self._packed = file.path.stat().st_size
        self._read = 0

    def read(self, size: int = -1) -> bytes:
        """At most `size` bytes, all that is left where it is negative."""
        try:
            block = bytes(self._bytes.read(None if size < 0 else size))
        except OSError as error:
            raise self._file.refusal(
                f"is a damaged or incomplete {self._file.codec} file; compress or upload it again."
            ) from error
        self._count(len(block))
        if self._watch is not None:
            self._watch(block)
        return block

    def readinto(self, buffer: object) -> int:
        """Fill `buffer`; what `io.BufferedReader` calls."""
        view = memoryview(buffer)  # type: ignore[arg-type]
        block = self.read(len(view))
        view[: len(block)] = block
        return len(block)

    def readable(self) -> bool:
        """True."""
        return True

    def close(self) -> None:
        """Close the file too."""
        self._bytes.close()
        super().close()

    def _count(self, size: int) -> None:
        self._read += size
        limits = self._file.limits
        if self._read > limits.expanded_bytes:
            raise self._file.over("expanded_bytes", f"expands to more than {limits.expanded_bytes:,} bytes; split it")
        if self._file.codec and self._read > max(FREE_EXPANSION, limits.ratio * self._packed):
            raise self._file.over(
                "ratio", f"expands to more than {limits.ratio} times its size; upload it uncompressed"
            )
