"""predictions.arrow: what every system says about every row, so that nothing needs to be scored again."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from evallib.core.errors import BadInput
from evallib.core.evaluation_set import Predictions, Role
from evallib.files import appearing

if TYPE_CHECKING:
    from numpy.typing import NDArray

FILE = "predictions.arrow"
PARTS = ("label", "probability", "value")


def write_predictions(folder: Path, predictions: Mapping[str, Predictions]) -> None:
    """Write one column per system and kind of answer, named `<place>.<label|probability|value>`."""
    columns = {
        f"{place}.{part}": _column(array)
        for place, answers in enumerate(predictions.values())
        for part in PARTS
        if (array := getattr(answers, part)) is not None
    }
    table = pa.table(columns) if columns else pa.table({"nothing": pa.nulls(0)})
    with appearing(folder / FILE) as beside, pa.ipc.new_file(str(beside), table.schema) as writer:
        writer.write_table(table, max_chunksize=max(len(table), 1))


def read_predictions(folder: Path, roles: Mapping[str, Role]) -> dict[str, Predictions]:
    """The predictions of the systems of these names, in the order they were written; the file is mapped, not copied.

    Raises `BadInput` where the run has none.
    """
    try:
        with pa.memory_map(str(folder / FILE)) as source:
            table = pa.ipc.open_file(source).read_all()
    except (OSError, pa.ArrowInvalid) as error:
        raise BadInput("The predictions of this run are missing or damaged; evaluate again.") from error
    return {
        name: Predictions(
            **{part: _array(table[f"{place}.{part}"]) for part in PARTS if f"{place}.{part}" in table.column_names},
            name=name,
            role=role,
        )
        for place, (name, role) in enumerate(roles.items())
    }


def _column(array: NDArray[Any]) -> Any:
    if array.ndim == 1:
        return pa.array(array)
    return pa.FixedSizeListArray.from_arrays(pa.array(np.ascontiguousarray(array).ravel()), array.shape[1])


def _array(column: Any) -> NDArray[Any]:
    whole = column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()
    if pa.types.is_fixed_size_list(whole.type):
        return np.asarray(whole.flatten()).reshape(-1, whole.type.list_size)
    return np.asarray(whole)
