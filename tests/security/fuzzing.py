"""Reads damaged copies of the seeds for a while: `python fuzzing.py SEEDS SECONDS FIRST_NUMBER FOLDER`.

The number of the copy that is being read stands in the file `number` of the folder. Ends with 1, after its traceback,
at the first copy that is neither read nor refused in one sentence.
"""

from __future__ import annotations

import functools
import os
import resource
import sys
import time
import traceback
from pathlib import Path

from mutations import mutant
from seeds import SEEDS, Files

from evallib.core.errors import BadInput
from evallib.data import Limits, fingerprint, profile_table, read_table, write_arrow
from evallib.models.detection import open_model_file

LIMITS = Limits(file_bytes=10_000_000, expanded_bytes=200_000_000, cells=5_000_000, excel_cells=500_000)


@functools.cache
def seeds(kind: str) -> Files:
    return SEEDS[kind]()


def damaged(kind: str, number: int) -> tuple[str, bytes]:
    """The name and the content of the copy with this number."""
    files = seeds(kind)
    name = list(files)[number % len(files)]
    return name, mutant(files[name], number)


def read(kind: str, path: Path, name: str) -> None:
    if kind == "models":
        os.close(open_model_file(path, name)[0])
        return
    table = read_table(path, LIMITS, name)
    profile_table(table).tables()
    write_arrow(table, path.with_name("table.arrow"))
    fingerprint(table)


def check(kind: str, number: int, folder: Path) -> None:
    """Raise where the copy is neither read nor refused in one sentence."""
    name, content = damaged(kind, number)
    (folder / "upload").write_bytes(content)
    try:
        read(kind, folder / "upload", name)
    except BadInput as error:
        sentence = str(error)
        assert "\n" not in sentence
        assert sentence.endswith((".", "?"))
        assert name in sentence
        assert str(folder) not in sentence
        assert len(sentence) < 600


def main(kind: str, seconds: float, first: int, folder: Path) -> int:
    resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))
    end, number = time.monotonic() + seconds, first
    while time.monotonic() < end:
        (folder / "number").write_text(str(number))
        try:
            check(kind, number, folder)
        except Exception:
            traceback.print_exc()
            return 1
        number += 1
    print(number - first)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], float(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4])))
