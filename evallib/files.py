"""Files that appear whole or not at all, and the lock that tells whether somebody still writes a run."""

from __future__ import annotations

import contextlib
import fcntl
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq


@contextlib.contextmanager
def appearing(path: Path) -> Iterator[Path]:
    """A temporary path beside `path` to write to; it takes the place of `path` at the end, or vanishes on an error."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    os.close(handle)
    beside = Path(name)
    try:
        yield beside
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Put `text` into the file at once."""
    with appearing(path) as beside:
        beside.write_text(text, encoding="utf-8")


def write_tables(folder: Path, tables: Mapping[str, pd.DataFrame], prefix: str = "") -> None:
    """Put every table into `<prefix><name>.parquet` of the folder, which is made where it is missing."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in tables.items():
        with appearing(folder / f"{prefix}{name}.parquet") as beside:
            columns = {str(column): pa.array(values, from_pandas=True) for column, values in table.items()}
            pq.write_table(pa.table(columns), beside, compression="lz4")


def read_tables(folder: Path, names: Iterable[str], prefix: str = "") -> dict[str, pd.DataFrame]:
    """The tables of these names, as they were written."""
    return {name: pq.ParquetFile(folder / f"{prefix}{name}.parquet").read().to_pandas() for name in names}


@contextlib.contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Hold the folder's lock; the system lets go of it when the process ends, however it ends."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def being_written(folder: Path) -> bool:
    """True while some process holds the folder's lock."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False
