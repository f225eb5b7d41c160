"""The fast copy of a table for our own use, and the fingerprint of what is in it."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from evallib.core.evaluation_set import class_name

if TYPE_CHECKING:
    from numpy.typing import NDArray

Column = Any
"""An Arrow array, chunked or not; the stubs cannot follow what a dictionary array can do."""


def write_arrow(table: pd.DataFrame, path: Path | str) -> None:
    """Write the columns uncompressed, so that `read_arrow` can map them into memory; the index is not kept."""
    columns = [_arrow(table.iloc[:, number]) for number in range(table.shape[1])]
    stored = pa.table(columns, names=[str(name) for name in table.columns]).combine_chunks()
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, stored.schema) as writer:
        writer.write_table(stored)


def read_arrow(path: Path | str) -> pd.DataFrame:
    """The table that `write_arrow` wrote, with its dtypes; numbers stay in the file's pages and cannot be changed."""
    with pa.memory_map(str(path)) as source:
        stored = pa.ipc.open_file(source).read_all()
    table: pd.DataFrame = stored.to_pandas(split_blocks=True, ignore_metadata=True, date_as_object=False)
    return table


def checked_shape(path: Path | str) -> tuple[int, int]:
    """The numbers of rows and columns of a table that another process wrote, after a look at every offset in it.

    Raises `ArrowInvalid`, which is a `ValueError`, where an offset or a code points outside, or a text is no UTF-8.
    """
    with pa.memory_map(str(path)) as source:
        stored = pa.ipc.open_file(source).read_all()
    stored.validate(full=True)
    return stored.num_rows, stored.num_columns


def fingerprint(table: pd.DataFrame) -> str:
    """The hash of every value, every dtype and every column name, in their order; 32 hexadecimal digits.

    A category and a text of the same values differ in their fingerprints; the order of the categories does not matter,
    nor do those that do not occur.
    """
    digest = hashlib.blake2b(digest_size=16)
    for number, name in enumerate(table.columns):
        column = table.iloc[:, number]
        digest.update(f"{len(column)} {column.dtype.name} {str(name)!r} ".encode(errors="surrogatepass"))
        digest.update(_content(column))
    return digest.hexdigest()


def _arrow(column: pd.Series[Any]) -> Column:
    if isinstance(column.dtype, np.dtype) and column.dtype.kind in "iufb":
        return pa.array(column.to_numpy(), from_pandas=False)
    try:
        return pa.array(column, from_pandas=True)
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        return pa.array(column.map(class_name, na_action="ignore"), pa.large_string(), from_pandas=True)


def _content(column: pd.Series[Any]) -> bytes:
    if isinstance(column.dtype, np.dtype) and column.dtype.kind in "iufbmM":
        return _digest(column.to_numpy())
    if isinstance(column.dtype, pd.CategoricalDtype):
        codes = column.cat.codes.to_numpy()
        used = np.flatnonzero(np.bincount(codes[codes >= 0], minlength=len(column.cat.categories)))
        names = column.cat.categories[used].astype(str)
        order = np.argsort(names)
        rank = np.full(len(column.cat.categories) + 1, -1, np.int32)
        rank[used[order]] = np.arange(len(used))
        return _digest(rank[codes]) + _text_content(pa.array(names.take(order)))
    return _text_content(_arrow(column))


def _digest(values: NDArray[Any]) -> bytes:
    return hashlib.blake2b(np.ascontiguousarray(values).view(np.uint8).data).digest()


def _text_content(texts: Column) -> bytes:
    """The digest of the lengths, with -1 for a missing text, and of all the bytes one after another."""
    texts = texts.cast(pa.large_string())
    lengths, characters = hashlib.blake2b(), hashlib.blake2b()
    chunk: Column
    for chunk in getattr(texts, "chunks", [texts]):
        sizes: Column = pc.binary_length(chunk)
        lengths.update(sizes.fill_null(-1).to_numpy(zero_copy_only=False))
        filled = chunk.fill_null("") if chunk.null_count else chunk
        _, offsets, data = filled.buffers()
        ends = np.frombuffer(offsets, np.int64, filled.offset + len(filled) + 1)
        start, stop = ends[[filled.offset, filled.offset + len(filled)]]
        if data is not None:
            characters.update(memoryview(data)[start:stop])
    return lengths.digest() + characters.digest()
