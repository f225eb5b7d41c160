"""Arrow IPC files and streams, Feather version 2 among them."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa

from evallib.data.formats.columns import check_expansion, check_names, check_size
from evallib.data.formats.file import DataFile


def read_arrow_ipc(file: DataFile) -> pa.Table:
    """The rows of an Arrow file or stream; foreign bytes, so every offset is checked before use.

    Raises `BadInput` for a damaged file and for one over its budgets.
    """
    try:
        return _read(file)
    except MemoryError:
        raise
    except (pa.ArrowException, OSError, ValueError) as error:
        raise file.refusal("is a damaged or incomplete Arrow file; export or upload it again.") from error


def _read(file: DataFile) -> pa.Table:
    with pa.memory_map(str(file.path)) as source:
        schema, stored = _batches(source)
        check_names(file, schema.names)
        batches, rows, size = [], 0, 0
        for batch in stored:
            # Its very size is worked out from its offsets.
            batch.validate(full=True)
            rows, size = rows + batch.num_rows, size + batch.nbytes
            check_size(file, max(rows, 1), len(schema.names))
            check_expansion(file, size)
            batches.append(batch)
        return pa.Table.from_batches(batches, schema)


def _batches(source: pa.NativeFile) -> tuple[pa.Schema, Iterator[pa.RecordBatch]]:
    if source.read(6) == b"ARROW1":
        reader = pa.ipc.open_file(source)
        return reader.schema, (reader.get_batch(number) for number in range(reader.num_record_batches))
    source.seek(0)
    stream = pa.ipc.open_stream(source)
    return stream.schema, iter(stream)
