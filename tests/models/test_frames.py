"""Rows to shared memory and back."""

import os

import numpy as np
import pandas as pd
import pytest

from evallib.models.frames import (
    Shipment,
    column_of,
    frame_in,
    map_rows,
    read_answers,
    room_for_answers,
    write_answers,
)


def there_and_back(table, rows=None, categorical=()):
    columns = {name: column_of(table[name]) for name in table}
    shipment = Shipment(columns, range(len(table)) if rows is None else rows)
    return frame_in(map_rows(os.dup(shipment.memory.descriptor)), shipment.layout, categorical)


@pytest.mark.parametrize("kind", ["float64", "float32", "int64", "int8", "uint16", "bool"])
def test_one_numeric_type_travels_as_it_is(kind):
    table = pd.DataFrame(np.arange(12).reshape(6, 2) % 2, columns=["a", "b"]).astype(kind)
    pd.testing.assert_frame_equal(there_and_back(table), table)
    pd.testing.assert_frame_equal(there_and_back(table, range(2, 5)), table[2:5].reset_index(drop=True))


MIXED = pd.DataFrame(
    {
        "real": [0.5, np.nan, -1.0],
        "whole": [1, 2, 3],
        "yes": [True, False, True],
        "text": ["a", None, "ł"],
        "time": pd.to_datetime(["2024-01-01", None, "2024-01-03"]),
    }
)


def test_mixed_types_travel_as_they_are_and_text_as_objects():
    expected = MIXED.assign(text=pd.Series(["a", np.nan, "ł"], dtype=object))
    pd.testing.assert_frame_equal(there_and_back(MIXED), expected)
    pd.testing.assert_frame_equal(there_and_back(MIXED, range(1, 3)), expected[1:].reset_index(drop=True))


@pytest.mark.parametrize("count", [2, 126, 127, 128, 40_000])
def test_categories_of_text_become_objects_however_many(count):
    texts = [f"value {i}" for i in range(count)]
    table = pd.DataFrame({"c": pd.Categorical([*texts, None], categories=texts), "n": np.arange(count + 1)})
    assert there_and_back(table)["c"].tolist()[:-1] == texts
    assert np.isnan(there_and_back(table)["c"].iloc[-1])


def test_categories_where_the_model_wants_them():
    table = pd.DataFrame({"c": pd.Categorical(["b", None, "a"]), "s": ["x", "y", None], "n": [1, 2, 1]})
    got = there_and_back(table, categorical=("c", "s", "n"))
    assert all(isinstance(kind, pd.CategoricalDtype) for kind in got.dtypes)
    assert got["c"].isna().tolist() == [False, True, False]
    assert got["c"].dropna().tolist() == ["b", "a"]
    numbers = there_and_back(table[["n"]], categorical=("n",))
    assert numbers["n"].cat.categories.tolist() == [1, 2]


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        (pd.Series([1, None, 3], dtype="Int64"), [1.0, np.nan, 3.0]),
        (pd.Series([1, 2], dtype="Int64"), [1, 2]),
        (pd.Series([True, None], dtype="boolean"), [True, np.nan]),
        (pd.Series([True, False], dtype="boolean"), [True, False]),
        (pd.Series(pd.Categorical([3, 1, 3])), [3, 1, 3]),
        (pd.Series(pd.Categorical([3, None])), [3.0, np.nan]),
        (pd.Series(["a", 1, 2.0, None], dtype=object), ["a", "1", "2", np.nan]),
        (pd.Series([None, None], dtype=object), [np.nan, np.nan]),
    ],
)
def test_other_storage_becomes_what_a_reader_of_csv_would_give(column, expected):
    got = there_and_back(pd.DataFrame({"x": column, "text": "t"}))["x"]
    pd.testing.assert_series_equal(got, pd.Series(expected, name="x"), check_dtype=got.dtype != object)


def test_answers_are_a_copy_and_the_room_keeps_its_size():
    room = room_for_answers(3, 2)
    write_answers(room, np.arange(6.0).reshape(3, 2))
    got = read_answers(room, 3, 2)
    write_answers(room, np.zeros((3, 2)))
    assert got.tolist() == [[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]]
    for size in (0, 1_000):
        with pytest.raises(PermissionError):
            os.ftruncate(room, size)
    os.close(room)
