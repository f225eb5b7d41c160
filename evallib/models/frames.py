"""Rows on their way to a model and its answers on their way back, through shared memory.

Columns of one numeric type travel as one block, all others as an Arrow stream. The parent only ever writes rows and
copies numbers; nothing that a model could have touched is parsed there.
"""

from __future__ import annotations

import mmap
import os
from collections.abc import Collection, Mapping
from fcntl import F_ADD_SEALS, F_SEAL_GROW, F_SEAL_SEAL, F_SEAL_SHRINK, fcntl
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa

from evallib.core.evaluation_set import class_name

if TYPE_CHECKING:
    from numpy.typing import NDArray

Column = Any
"""A column ready to travel: a numeric or boolean numpy array, or an Arrow array; slicing one copies nothing."""

FIXED_SIZE = F_SEAL_SHRINK | F_SEAL_GROW


def column_of(series: pd.Series[Any]) -> Column:
    """The column as it travels: numbers as numpy, everything else as Arrow with nulls.

    Categories of text stay dictionaries; other categories become their values. An object column of mixed types
    becomes text.
    """
    if isinstance(series.dtype, pd.CategoricalDtype):
        if pd.api.types.is_string_dtype(series.cat.categories):
            return pa.array(series)
        return column_of(series.astype(series.cat.categories.dtype if not series.hasnans else object).infer_objects())
    if isinstance(series.dtype, np.dtype) and series.dtype.kind in "biuf":
        return series.to_numpy()
    if pd.api.types.is_extension_array_dtype(series.dtype) and pd.api.types.is_numeric_dtype(series.dtype):
        return _from_nullable(series)
    try:
        column = pa.array(series, from_pandas=True)
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        column = pa.array(series.map(class_name, na_action="ignore"), pa.large_string(), from_pandas=True)
    as_numbers = pa.types.is_decimal(column.type) or pa.types.is_null(column.type)
    return column.cast(pa.float64()) if as_numbers else column


def _from_nullable(series: pd.Series[Any]) -> Column:
    if pd.api.types.is_bool_dtype(series.dtype):
        return pa.array(series) if series.hasnans else series.to_numpy(dtype=bool)
    return series.to_numpy(dtype=np.float64, na_value=np.nan) if series.hasnans else series.to_numpy()


class SharedMemory:
    """Memory that this process writes and others can only read, freed when nobody holds it any more.

    file: the descriptor to write to, which stays here.     descriptor: one that only reads, for others.
    """

    def __init__(self) -> None:
        self.file = os.memfd_create("rows", os.MFD_CLOEXEC)
        self.descriptor = os.open(f"/proc/self/fd/{self.file}", os.O_RDONLY | os.O_CLOEXEC)

    def __del__(self) -> None:
        os.close(self.file)
        os.close(self.descriptor)


class Shipment:
    """Some rows, written to shared memory: of their own, or that of an earlier shipment, which is then overwritten.

    rows: their positions in the data.     layout: how they lie in the memory.
    returned: whether they have been answered and the model holds none of them any more.
    """

    def __init__(self, columns: Mapping[str, Column], rows: range, memory: SharedMemory | None = None) -> None:
        self.rows = rows
        self.memory = memory or SharedMemory()
        self.returned = False
        os.lseek(self.memory.file, 0, os.SEEK_SET)
        chosen = {name: column[rows.start : rows.stop] for name, column in columns.items()}
        layout = _write_block(self.memory.file, chosen) or _write_arrow(self.memory.file, chosen)
        self.layout = {"rows": len(rows), **layout}


def _write_block(descriptor: int, rows: Mapping[str, Column]) -> dict[str, Any] | None:
    types = {column.dtype if isinstance(column, np.ndarray) else None for column in rows.values()}
    if len(types) != 1 or None in types:
        return None
    for column in rows.values():
        _write(descriptor, np.ascontiguousarray(column).data.cast("B"))
    return {"block": next(iter(types)).str, "columns": list(rows)}  # type: ignore[union-attr]


def _write_arrow(descriptor: int, rows: Mapping[str, Column]) -> dict[str, Any]:
    table = pa.table({name: pa.array(c) if isinstance(c, np.ndarray) else c for name, c in rows.items()})
    with (
        os.fdopen(descriptor, "wb", closefd=False) as file,
        pa.ipc.new_stream(file, table.schema) as stream,
    ):
        stream.write_table(table.combine_chunks())
    return {}


def _write(descriptor: int, data: memoryview) -> None:
    while data:
        data = data[os.write(descriptor, data) :]


def map_rows(descriptor: int) -> mmap.mmap:
    """The memory in which rows lie, for a model that may change them: it writes to pages of its own.

    Closes the descriptor.
    """
    with os.fdopen(descriptor, "rb") as file:
        return mmap.mmap(file.fileno(), file.seek(0, os.SEEK_END), access=mmap.ACCESS_COPY)


def frame_in(memory: Any, layout: Mapping[str, Any], categorical: Collection[str] = ()) -> pd.DataFrame:
    """The rows as a model gets them: numbers and booleans as they were, text as plain objects, NaN where nothing is.

    The columns in `categorical` become pandas categories.
    """
    if "block" in layout:
        shape = layout["rows"], len(layout["columns"])
        block = np.ndarray(shape, dtype=layout["block"], buffer=memory, order="F")
        frame = pd.DataFrame(block, columns=layout["columns"], copy=False)
        return frame.astype(dict.fromkeys(categorical, "category")) if categorical else frame
    table = pa.ipc.open_stream(pa.py_buffer(memory)).read_all()
    arrays = {name: table.column(name).combine_chunks() for name in table.column_names}
    series = {name: _category(a) if name in categorical else _series(a) for name, a in arrays.items()}
    return pd.DataFrame(series, copy=False)


def _category(array: Any) -> pd.Series[Any]:
    if pa.types.is_dictionary(array.type):
        return pd.Series(array.to_pandas())
    return _series(array).astype("category")


def _series(array: Any) -> pd.Series[Any]:
    if pa.types.is_string(array.type) or pa.types.is_large_string(array.type):
        array = array.dictionary_encode()
    if pa.types.is_dictionary(array.type):
        values = np.append(array.dictionary.to_numpy(zero_copy_only=False).astype(object), np.nan)
        codes = array.indices.fill_null(len(values) - 1).to_numpy(zero_copy_only=False)
        return pd.Series(values[codes], dtype=object, copy=False)
    if pa.types.is_boolean(array.type) and array.null_count:
        values = array.to_numpy(zero_copy_only=False)
        return pd.Series(np.where(pd.isna(values), np.nan, values), dtype=object)
    return pd.Series(array.to_numpy(zero_copy_only=False), copy=False)


def room_for_answers(rows: int, columns: int) -> int:
    """The descriptor of shared memory for `rows` × `columns` float64, whose size nobody can change."""
    descriptor = os.memfd_create("answers", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    os.ftruncate(descriptor, rows * columns * 8)
    fcntl(descriptor, F_ADD_SEALS, FIXED_SIZE | F_SEAL_SEAL)
    return descriptor


def write_answers(descriptor: int, answers: NDArray[np.float64]) -> None:
    """Nothing; the answers stand in the shared memory."""
    np.ndarray(answers.shape, np.float64, buffer=mmap.mmap(descriptor, answers.nbytes))[:] = answers


def read_answers(descriptor: int, rows: int, columns: int) -> NDArray[np.float64]:
    """A copy of the (rows, columns) answers, which nobody can change any more; zeros where none were written."""
    answers = np.zeros((rows, columns))
    os.preadv(descriptor, [answers.data.cast("B")], 0)
    return answers
