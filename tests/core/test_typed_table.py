"""Tables of rows that were worked out one by one."""

import pandas as pd
import pytest

from evallib.core.typed_table import typed_table

KINDS = {"model": "str", "n": "int64", "wins": "bool"}


def test_columns_have_their_types_with_rows_and_without():
    rows = [{"wins": True, "value": 1, "n": 3, "model": "a"}, {"wins": False, "value": None, "n": 4, "model": "b"}]
    found, empty = (typed_table(some, ["model", "n", "value", "wins"], KINDS) for some in (rows, []))
    assert list(found.columns) == ["model", "n", "value", "wins"]
    assert found.dtypes.equals(empty.dtypes)
    assert [str(kind) for kind in found.dtypes] == ["str", "int64", "float64", "bool"]
    assert found["value"].isna().tolist() == [False, True]


def test_other_columns_have_the_other_type():
    pd.testing.assert_frame_equal(
        typed_table([{"name": "x"}], ["name"], {}, otherwise="str"),
        pd.DataFrame({"name": pd.Series(["x"], dtype="str")}),
    )


def test_a_row_without_a_column_is_a_mistake():
    with pytest.raises(KeyError, match="n"):
        typed_table([{"model": "a"}], ["model", "n"], KINDS)
