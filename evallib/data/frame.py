"""Arrow table to pandas frame: the one place that decides which dtype a column has.

| in the file                              | in the frame                                                     |
|------------------------------------------|------------------------------------------------------------------|
| whole numbers                            | int64; float64 with NaN where some are missing                   |
| numbers, decimals                        | float64                                                          |
| true and false                           | bool; object of True, False and None where some are missing      |
| dates, times with a date                 | datetime64 without a time zone (UTC where the file has one)      |
| texts, at most `CATEGORIES` distinct     | category: nothing but storage, it says nothing about the meaning |
| texts, more distinct or mostly distinct  | str                                                              |
| nothing at all                           | float64, all NaN                                                 |

A category is a third of the memory and many times as fast to group by. Its categories are sorted as texts, which has no
meaning either, and a column is as likely to come as str; whoever hands rows to a model turns categories back into plain
texts first.
"""

from __future__ import annotations

from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from evallib.data.export import plain
from evallib.data.formats.columns import check_expansion, check_names, check_size
from evallib.data.formats.file import DataFile
from evallib.data.limits import FREE_VALUES

Column = Any
"""An Arrow array, chunked or not; the stubs cannot follow what a dictionary array can do."""

CATEGORIES = 10_000
"""The most distinct texts that a column is stored with as a category; they must also repeat, twice on average."""

SAMPLE = 20_000


def to_frame(table: pa.Table, file: DataFile) -> pd.DataFrame:
    """The table as a frame with a plain row index, in the dtypes above; the table is used up.

    Raises `BadInput` for nested values, bytes that are no text, overlong texts, no rows, and bad column names.
    """
    names = table.column_names
    check_names(file, names)
    check_size(file, table.num_rows, table.num_columns)
    columns = table.columns
    del table
    for number, name in enumerate(names):
        columns[number] = _stored(columns[number], name, file)
    tidy = pa.table(columns, names=names)
    del columns
    frame: pd.DataFrame = tidy.to_pandas(
        self_destruct=True, split_blocks=True, ignore_metadata=True, date_as_object=False, use_threads=False
    )
    return frame


def _stored(column: Column, name: str, file: DataFile) -> Column:
    kind = column.type
    if pa.types.is_dictionary(kind) and not _is_text(kind.value_type):
        column = column.cast(kind.value_type)
        kind = column.type
    if pa.types.is_dictionary(kind) or _is_text(kind):
        return _text(column, name, file)
    if pa.types.is_nested(kind):
        raise file.refusal(f"holds nested values in column {plain(name)}; write them as columns of their own.")
    if pa.types.is_null(kind) or pa.types.is_decimal(kind) or pa.types.is_float16(kind):
        return column.cast(pa.float64())
    if pa.types.is_timestamp(kind):
        return column.cast(pa.timestamp(kind.unit))
    if pa.types.is_primitive(kind) and not (pa.types.is_time(kind) or pa.types.is_duration(kind)):
        return column
    return _text(_spelled(column, name, file), name, file)


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _spelled(column: Column, name: str, file: DataFile) -> Column:
    """The column as texts; old Parquet files hold their texts as bytes."""
    try:
        return column.cast(pa.string())
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise file.refusal(
            f"holds values of type {column.type} in column {plain(name)}; write them as UTF-8 text or numbers."
        ) from error


def _text(column: Column, name: str, file: DataFile) -> Column:
    """The texts as a dictionary where they repeat, else as plain strings."""
    if not pa.types.is_dictionary(column.type):
        _check_length(column, name, file)
        if not _repeats(column):
            return column
        column = pc.dictionary_encode(column)
    column = column.unify_dictionaries()
    distinct = column.chunk(0).dictionary if column.num_chunks else pa.array([], pa.string())
    _check_length(distinct, name, file)
    _check_written_out(column, distinct, name, file)
    if len(distinct) > CATEGORIES or 2 * len(distinct) > len(column):
        return _spread(column, distinct)
    if distinct.null_count or len(pc.unique(distinct)) < len(distinct):
        return _sorted(pc.dictionary_encode(_spread(column, distinct)).unify_dictionaries())
    return _sorted(column)


def _sorted(column: Column) -> Column:
    """The same dictionary column with its texts in order, so that tables by category do not depend on the row order."""
    if not column.num_chunks:
        return column
    distinct: Column = column.chunk(0).dictionary
    order: Column = pc.array_sort_indices(distinct)
    rank: Column = pc.array_sort_indices(order).cast(pa.int32())
    chunks = [pa.DictionaryArray.from_arrays(rank.take(chunk.indices), distinct.take(order)) for chunk in column.chunks]
    return pa.chunked_array(chunks)


def _spread(column: Column, distinct: Column) -> Column:
    """The dictionary's texts written out, a row each."""
    texts: Column = distinct.cast(pa.large_string())
    return pa.chunked_array([texts.take(chunk.indices) for chunk in column.chunks], pa.large_string())


def _check_written_out(column: Column, distinct: Column, name: str, file: DataFile) -> None:
    """Raise `BadInput` where a few kilobytes of file stand for too much text: models are given it written out."""
    lengths: Column = pc.binary_length(distinct)
    longest: int = pc.max(lengths).as_py() or 0
    if longest * len(column) > FREE_VALUES:
        size: int = sum(pc.sum(lengths.take(chunk.indices)).as_py() or 0 for chunk in column.chunks)
        check_expansion(file, size, f"text in column {plain(name)}")


def _check_length(texts: Column, name: str, file: DataFile) -> None:
    lengths: Column = pc.binary_length(texts)
    longest: int = pc.max(lengths).as_py() or 0
    if longest > file.limits.cell_bytes:
        raise file.over(
            "cell_bytes",
            f"holds a text of {longest:,} bytes in column {plain(name)} where at most "
            f"{file.limits.cell_bytes:,} can be read; shorten it or leave the column out",
        )


def _repeats(column: Column) -> bool:
    """Whether the column is worth encoding, judged on its first rows: encoding unique texts costs time for nothing."""
    first = column.slice(0, SAMPLE)
    return len(pc.unique(first)) <= max(1, min(CATEGORIES, 0.9 * len(first)))
