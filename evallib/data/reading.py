"""Files to tables: every format, the same dtypes, the same budgets, the same kind of sentence when it fails."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from evallib.core.errors import BadInput
from evallib.data.formats.arrow import read_arrow_ipc
from evallib.data.formats.delimited import read_csv
from evallib.data.formats.excel import read_excel
from evallib.data.formats.file import DataFile
from evallib.data.formats.json_lines import read_json_lines
from evallib.data.formats.parquet import read_parquet
from evallib.data.frame import to_frame
from evallib.data.limits import Limits
from evallib.data.sniffing import Format, detect

if TYPE_CHECKING:
    import pandas as pd

INDEX = re.compile(r"__index_level_\d+__")
"""What pandas calls an index without a name in Parquet and Feather."""

READERS: dict[Format, Callable[[DataFile], pa.Table]] = {
    "csv": read_csv,
    "json": read_json_lines,
    "parquet": read_parquet,
    "arrow": read_arrow_ipc,
    "excel": read_excel,
}


def read_table(path: Path | str, limits: Limits | None = None, name: str | None = None) -> pd.DataFrame:
    """The table in a CSV, TSV, JSON Lines (also .gz, .zst), Parquet, Feather, Arrow or Excel file.

    name: what the user calls the file, for its ending and for messages; an upload lies on disk under another name.
    limits: the budgets; those of the environment where left out.
    The dtypes are those of `evallib.data.frame`; missing values of CSV and Excel are spelled as pandas has them.
    Raises `BadInput` with one sentence for everything that is wrong with the file.
    """
    path = Path(path)
    file = DataFile(path, name or path.name, limits or Limits.from_environment())
    _check_size(file)
    try:
        found, file = detect(file)
        return to_frame(_without_index(READERS[found](file)), file)
    except MemoryError as error:
        raise file.too_large() from error
    except (pa.ArrowException, OSError) as error:
        raise file.refusal("cannot be read; it is damaged, or no table.") from error
    finally:
        # A long-lived process would otherwise keep as much again as the table has, for nothing.
        pa.default_memory_pool().release_unused()


def _without_index(table: pa.Table) -> pa.Table:
    """The table without the row numbers of a data frame that was written with them."""
    numbers = [name for name in table.column_names if INDEX.fullmatch(name)]
    return table.drop_columns(numbers) if len(numbers) < table.num_columns else table


def _check_size(file: DataFile) -> None:
    try:
        size = file.path.stat().st_size if file.path.is_file() else None
    except (OSError, ValueError) as error:
        raise BadInput(f"{file.name} cannot be opened.") from error
    if size is None:
        raise file.refusal("was not found; check its path.")
    if size == 0:
        raise file.refusal("is empty; upload a file with a line of column names and at least one row.")
    if size > file.limits.file_bytes:
        raise file.over(
            "file_bytes",
            f"has {size / 1e6:,.0f} MB where at most {file.limits.file_bytes / 1e6:,.0f} MB can be read; "
            "take a sample of the rows, save it as Parquet",
        )
