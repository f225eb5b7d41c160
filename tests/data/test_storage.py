"""The fast copy gives back what was written, and the fingerprint sees every value."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from evallib.data import fingerprint, read_arrow, read_table, write_arrow
from evallib.data.storage import _text_content


def table() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "whole": [1, 2, 3],
            "real": [1.5, np.nan, -0.0],
            "flag": [True, False, True],
            "maybe": pd.Series([True, None, False], dtype=object),
            "moment": pd.to_datetime(["2024-01-01 00:00", None, "2024-01-03 12:00"]),
            "text": pd.Series(["a", None, "ü"], dtype="str"),
            "kind": pd.Categorical(["x", None, "y"], categories=["y", "x"]),
            "nothing": [np.nan] * 3,
        }
    )


def test_what_is_written_is_read(tmp_path: Path) -> None:
    write_arrow(table(), tmp_path / "a.arrow")
    pd.testing.assert_frame_equal(read_arrow(tmp_path / "a.arrow"), table(), check_categorical=False)
    pd.testing.assert_frame_equal(read_table(tmp_path / "a.arrow")[["whole", "flag"]], table()[["whole", "flag"]])


def test_numbers_are_mapped_and_not_copied(tmp_path: Path) -> None:
    write_arrow(pd.DataFrame({"a": np.arange(1_000) / 2}), tmp_path / "a.arrow")
    values = read_arrow(tmp_path / "a.arrow")["a"].to_numpy()
    assert not values.flags.owndata
    assert not values.flags.writeable


def test_the_index_is_not_kept_and_mixed_columns_become_text(tmp_path: Path) -> None:
    mixed = pd.DataFrame({"a": pd.Series([1, "x", None], dtype=object)}).iloc[::-1]
    write_arrow(mixed, tmp_path / "a.arrow")
    found = read_arrow(tmp_path / "a.arrow")
    assert found.index.tolist() == [0, 1, 2]
    assert found["a"].tolist()[1:] == ["x", "1"]


@pytest.mark.parametrize("rows", [0, 1, 3])
def test_equal_tables_have_equal_fingerprints(rows: int, tmp_path: Path) -> None:
    part = table().drop(columns="maybe").head(rows)
    write_arrow(part, tmp_path / "a.arrow")
    assert fingerprint(part) == fingerprint(part.copy()) == fingerprint(read_arrow(tmp_path / "a.arrow"))
    assert len(fingerprint(part)) == 32


def test_a_buffer_may_be_longer_than_what_is_in_it() -> None:
    offsets = pa.py_buffer(np.array([0, 1, 3], np.int64).tobytes() + b"!")
    texts = pa.LargeStringArray.from_buffers(2, offsets, pa.py_buffer(b"abc"))
    assert fingerprint(texts.to_pandas().to_frame("a")) == fingerprint(pd.DataFrame({"a": ["a", "bc"]}))
    assert _text_content(texts) == _text_content(pa.array(["a", "bc"]))


def test_neither_chunks_nor_the_order_of_categories_matter() -> None:
    whole = pd.DataFrame({"a": pd.Series(["x", "yy", None, "zzz"], dtype="str")})
    parts = pd.concat([whole.iloc[:1], whole.iloc[1:]])
    assert fingerprint(whole) == fingerprint(parts)
    assert fingerprint(whole.iloc[1:]) == fingerprint(whole.iloc[1:].copy())
    one = pd.DataFrame({"a": pd.Categorical(["x", "y", None], categories=["x", "y"])})
    other = pd.DataFrame({"a": pd.Categorical(["x", "y", None], categories=["y", "x"])})
    assert fingerprint(one) == fingerprint(other)


@pytest.mark.parametrize("change", [
    lambda t: t.assign(whole=[1, 2, 4]),
    lambda t: t.assign(real=[1.5, np.nan, 1e-300]),
    lambda t: t.assign(flag=[True, True, True]),
    lambda t: t.assign(maybe=pd.Series([True, None, None], dtype=object)),
    lambda t: t.assign(moment=pd.to_datetime(["2024-01-01 00:00", None, "2024-01-03 12:01"])),
    lambda t: t.assign(text=pd.Series(["a", None, "u"], dtype="str")),
    lambda t: t.assign(text=pd.Series(["a", "", "ü"], dtype="str")),
    lambda t: t.assign(text=pd.Series(["aü", None, ""], dtype="str")),
    lambda t: t.assign(kind=pd.Categorical(["y", None, "x"])),
    lambda t: t.assign(kind=t["kind"].astype("str")),
    lambda t: t.assign(whole=[1.0, 2.0, 3.0]),
    lambda t: t.rename(columns={"whole": "all"}),
    lambda t: t[t.columns[::-1]],
    lambda t: t.iloc[::-1],
    lambda t: t.head(2),
])  # fmt: skip
def test_every_change_changes_the_fingerprint(change: Callable[[pd.DataFrame], pd.DataFrame]) -> None:
    assert fingerprint(change(table())) != fingerprint(table())


def test_one_value_of_a_hundred_thousand_is_enough() -> None:
    values = np.arange(100_000, dtype=float)
    changed = values.copy()
    changed[54_321] += 1e-9
    assert fingerprint(pd.DataFrame({"a": values})) != fingerprint(pd.DataFrame({"a": changed}))
