"""How many rows are handed out at once."""

import numpy as np
import pandas as pd
import pytest
from model_files import write_source

from evallib.core.errors import BadInput
from evallib.models import bind_model, chunks
from evallib.models.chunks import FIRST_ROWS, MOST_ROWS_OF_NUMBERS, Chunks

COLUMNS = {"a": np.zeros(300_000)}


def taken(rows):
    return [len(shipment.rows) for shipment in rows.take()]


@pytest.mark.parametrize(
    ("known", "first"), [(0.0, FIRST_ROWS), (1e9, MOST_ROWS_OF_NUMBERS), (25_000.0, 25_000), (1.0, chunks.FEWEST_ROWS)]
)
def test_the_first_chunk_takes_a_second_where_the_pace_is_known(known, first):
    assert taken(Chunks(COLUMNS, 300_000, 1, known)) == [first]


def test_the_pace_of_this_task_counts_once_there_is_one(monkeypatch):
    now = [100.0]
    monkeypatch.setattr(chunks.time, "monotonic", lambda: now[0])
    rows = Chunks(COLUMNS, 300_000, 1, 20_000.0)
    (shipment,) = rows.take()
    now[0] += 0.5
    rows.note(shipment)
    assert (len(shipment.rows), rows.pace) == (20_000, 40_000.0)
    assert taken(rows) == [40_000]


@pytest.fixture
def sizes(monkeypatch):
    """The sizes of all shipments."""
    found = []

    class Noted(chunks.Shipment):
        def __init__(self, columns, rows, memory):
            super().__init__(columns, rows, memory)
            found.append(len(rows))

    monkeypatch.setattr(chunks, "Shipment", Noted)
    return found


def test_a_model_is_given_few_rows_once_and_its_pace_is_remembered(opened, tmp_path, sizes):
    model = opened(
        write_source("class Model:\n    def predict(self, rows):\n        return rows['a']\n", tmp_path / "m.pkl")
    )
    rows = pd.DataFrame({"a": np.arange(60_000.0)})
    bound = bind_model(model, rows, (), "regression")
    bound.predict(rows.head(10))
    assert model.pace == 0.0
    np.testing.assert_array_equal(bound.predict(rows).value, rows["a"])
    assert sizes[:2] == [10, FIRST_ROWS]
    assert model.pace > 0.0
    model.pace, before = 1e9, len(sizes)
    bound.predict(rows)
    assert sizes[before:] == [60_000]


def test_nothing_is_prepared_before_the_pace_is_known(opened, tmp_path, sizes):
    source = """
        class Model:
            def predict(self, rows):
                raise ValueError("the first chunk is the last")
    """
    bound = bind_model(opened(write_source(source, tmp_path / "m.pkl")), pd.DataFrame(COLUMNS), (), "regression")
    with pytest.raises(BadInput, match="the first chunk"):
        bound.predict(pd.DataFrame(COLUMNS))
    assert sizes == [FIRST_ROWS]
