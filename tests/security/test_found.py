"""What fuzzing has found: every file in `found/` once broke a reader, and is tried again in every run.

`test_fuzzing.py` adds the copy that breaks one: commit it with what mends it. The ending says what reads it: `.rule`
for a slice rule, `.yaml` for a plan, a model's ending for a model file, and a table's for a table.
"""

from pathlib import Path

import pytest
from test_fuzzing import COLUMNS, FOUND
from uploads import reading_in

from evallib.core.errors import BadInput
from evallib.core.rules import parse_rule
from evallib.models.detection import EXTENSIONS, open_model_file
from evallib.plan import read_plan

FILES = sorted(FOUND.iterdir())


def read(path, folder):
    if path.suffix == ".rule":
        parse_rule(path.read_text(), COLUMNS)
    elif path.suffix == ".yaml":
        read_plan(path)
    elif path.suffix in EXTENSIONS:
        open_model_file(path)
    else:
        reading_in(folder)(path.read_bytes(), path.name)


@pytest.mark.parametrize("path", [pytest.param(path, id=path.name) for path in FILES])
def test_what_once_broke_a_reader_is_read_or_refused_in_one_sentence(path: Path, tmp_path: Path) -> None:
    try:
        read(path, tmp_path)
    except BadInput as error:
        sentence = str(error)
        assert "\n" not in sentence
        assert sentence.endswith((".", "?"))
        assert len(sentence) < 1_000
