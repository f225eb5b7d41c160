"""What libraries import, open or find out the first time that they are used, done before nothing can be opened."""

from __future__ import annotations

import importlib
from collections.abc import Iterable
from typing import Any

ENCODINGS = ("ascii", "cp437", "cp1252", "idna", "latin_1", "unicode_escape", "utf_16", "utf_16_le", "utf_32")
"""Encodings of text that Python imports when they are first used; cp437 is that of the names in a zip file."""

EXPERIMENTAL = ("sklearn.experimental.enable_iterative_imputer", "sklearn.experimental.enable_halving_search_cv")

OLD_NAMES = ("numpy.core.multiarray", "numpy.core.numeric", "numpy.core._multiarray_umath", "numpy.random._pickle")
"""Where files of older versions look for things that have moved."""


def warm_up() -> None:
    """Nothing; rows have come in as they will come from the parent, and a model of scikit-learn has answered for them.

    All of scikit-learn is imported: a file may hold any of its models.
    """
    sklearn = importlib.import_module("sklearn")
    _import(EXPERIMENTAL)
    _import(f"sklearn.{name}" for name in sklearn.__all__ if not hasattr(sklearn, name))
    _import(f"encodings.{name}" for name in ENCODINGS)
    _import([*OLD_NAMES, "scipy.stats"])
    rows = _read_rows()
    # In threads, on a table with names, and of a kind that counts the libraries which compute in threads.
    neighbours = sklearn.neighbors.KNeighborsClassifier(1)
    bagging = sklearn.ensemble.BaggingClassifier(neighbours, 2, n_jobs=2)
    bagging.fit(rows[["number"]], [0, 1]).predict(rows[["number"]])


def _read_rows() -> Any:
    """Two rows of every type."""
    pyarrow = importlib.import_module("pyarrow")
    frames = importlib.import_module("evallib.models.frames")
    _import(["pyarrow.pandas_compat"])
    text = pyarrow.array(["a", None])
    columns = {"number": [1.0, 2.0], "gaps": [True, None], "text": text, "codes": text.dictionary_encode()}
    table = pyarrow.table({**columns, "category": text, "known": columns["codes"]})
    stream = pyarrow.BufferOutputStream()
    with pyarrow.ipc.new_stream(stream, table.schema) as writer:
        writer.write_table(table)
    return frames.frame_in(stream.getvalue(), {}, ["category", "known"])


def _import(names: Iterable[str]) -> None:
    for name in names:
        importlib.import_module(name)
