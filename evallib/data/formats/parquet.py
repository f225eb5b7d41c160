"""Parquet: sizes are checked in the metadata before a value is read."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.parquet as pq

from evallib.data.formats.columns import VALUE_BYTES, check_expansion, check_names, check_size
from evallib.data.formats.file import DataFile


def read_parquet(file: DataFile) -> pa.Table:
    """The rows of a Parquet file, its strings dictionary-encoded; foreign bytes, so all are checked before use.

    Raises `BadInput` for a damaged or cut-off file and for one over its budgets.
    """
    try:
        table = _read(file)
        table.validate(full=True)
    except MemoryError:
        raise
    except (pa.ArrowException, OSError, ValueError) as error:
        raise file.refusal("is a damaged or incomplete Parquet file; export or upload it again.") from error
    return table


def _read(file: DataFile) -> pa.Table:
    with pq.ParquetFile(file.path, memory_map=True) as parquet:
        schema, rows = parquet.schema_arrow, parquet.metadata.num_rows
        expanded = sum(
            parquet.metadata.row_group(number).total_byte_size for number in range(parquet.metadata.num_row_groups)
        )
    check_names(file, schema.names)
    check_size(file, rows, len(schema.names))
    check_expansion(file, max(expanded, rows * len(schema.names) * VALUE_BYTES))
    strings = [field.name for field in schema if _is_string(field.type)]
    with pq.ParquetFile(file.path, memory_map=True, read_dictionary=strings) as parquet:
        return parquet.read()


def _is_string(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))
