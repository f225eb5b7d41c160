"""What a model takes too much of: it is ended or refused, says so in one sentence, and nobody else notices.

Each payload first succeeds with small bounds in a plain process, see `payloads_resources.py`. The model is then given
large ones, and must not reach them.
"""

import os
import re
from pathlib import Path

import pandas as pd
import pytest
from attack import LIMITS, THOROUGH
from model_files import gone, within, write_source
from payload import write_loading, write_shell
from payloads_resources import BOUNDS, LARGE, RESOURCES, SMALL

from evallib.core.errors import BadInput
from evallib.models import Limits, bind_model, open_model, prepare_workers

SHORT = Limits(memory_mb=LIMITS.memory_mb, seconds=2)

STOPPED = (
    r"EVALLIB_MODEL_(SECONDS|MEMORY_MB)|started more than \d+ threads|ended its own process|OSError|PermissionError"
)


@pytest.mark.parametrize("payload", [pytest.param(payload, id=payload.name) for payload in RESOURCES])
def test_a_model_that_takes_too_much_is_stopped_when_asked(payload, arena, tmp_path):
    arena.prove(payload, **SMALL)
    with arena.stage(**BOUNDS.get(payload.name, LARGE)) as stage:
        rows = pd.DataFrame({"program": [payload.program(stage.description())]})
        with open_model(write_shell(tmp_path / "m.pkl"), "M", SHORT) as model:
            prepare_workers(1, SHORT)
            bound = bind_model(model, rows, (), "regression")
            try:
                report = bound.predict(rows).value[0]
            except BadInput as error:
                assert re.search(STOPPED, str(error)), str(error)
                assert gone(model.pid)
            else:
                assert report <= 0.0, f"{payload.name} gets {payload.gains}; {payload.stopped_by} should stop it"
        assert stage.harm() == []
    arena.check_peace()


LOADED = ("allocate_in_parts", "compute_in_c")
LOADED_TOO = ("allocate_at_once", "sleep", "many_descriptors")


@pytest.mark.parametrize("name", [*LOADED, *(pytest.param(name, marks=THOROUGH) for name in LOADED_TOO)])
def test_a_file_that_takes_too_much_is_stopped_when_loaded(name, arena, tmp_path):
    (payload,) = (one for one in RESOURCES if one.name == name)
    arena.prove(payload, **SMALL)
    with arena.stage(**BOUNDS.get(payload.name, LARGE)) as stage:
        path = write_loading([payload.program(stage.description())], tmp_path / "m.pkl")
        rows = pd.DataFrame({"a": [0.0]})
        try:
            with open_model(path, "M", SHORT) as model:
                report = bind_model(model, rows, (), "regression").predict(rows).value[0]
        except BadInput as error:
            assert re.search(STOPPED, str(error)), str(error)
        else:
            assert report <= 0.0, f"{payload.name} gets {payload.gains}; {payload.stopped_by} should stop it"
        assert stage.harm() == []
    arena.check_peace()


def test_a_model_that_stops_itself_is_ended(arena, tmp_path):
    source = (
        "import os, signal\nclass Model:\n    def predict(self, rows):\n        os.kill(os.getpid(), signal.SIGSTOP)"
    )
    rows = pd.DataFrame({"a": [0.0]})
    model = open_model(write_source(source, tmp_path / "m.pkl"), "M", SHORT)
    with model, pytest.raises(BadInput, match=STOPPED):
        bind_model(model, rows, (), "regression").predict(rows)
    assert gone(model.pid)
    arena.check_peace()


def test_what_a_model_writes_to_its_streams_goes_nowhere(arena, tmp_path, capfd):
    source = """
        import os, sys
        def flood():
            for number in (1, 2):
                for _ in range(200):
                    os.write(number, b"\\x1b[31mflood" * 1000)
            print("flood", file=sys.stderr, flush=True)
        flood()
        class Model:
            def predict(self, rows):
                flood()
                return [1.0] * len(rows)
    """
    rows = pd.DataFrame({"a": [0.0]})
    with open_model(write_source(source, tmp_path / "m.pkl"), "M", LIMITS) as model:
        assert list(bind_model(model, rows, (), "regression").predict(rows).value) == [1.0]
    assert capfd.readouterr() == ("", "")


LATER = """
    import threading, time
    class Model:
        def predict(self, rows):
            def later():
                kept = []
                while True:
                    DEED
            threading.Thread(target=later, daemon=True).start()
            return [1.0] * len(rows)
"""


def test_a_model_that_grows_between_questions_is_ended(arena, tmp_path):
    deed = "kept.append(b'x' * 4_000_000) if len(kept) < 150 else None; time.sleep(0.002)"
    rows, limits = pd.DataFrame({"a": [0.0]}), Limits(memory_mb=400, seconds=20)
    with open_model(write_source(LATER.replace("DEED", deed), tmp_path / "m.pkl"), "M", limits) as model:
        bind_model(model, rows, (), "regression").predict(rows)
        assert not within(5, lambda: resident_mb(model.pid) > 420) or within(1, lambda: gone(model.pid))


def test_a_model_takes_no_core_between_questions(arena, tmp_path):
    rows = pd.DataFrame({"a": [0.0]})
    with open_model(write_source(LATER.replace("DEED", "pass"), tmp_path / "m.pkl"), "M", LIMITS) as model:
        bind_model(model, rows, (), "regression").predict(rows)
        before = ticks(model.pid)
        assert not within(3, lambda: ticks(model.pid) - before > 10), "an idle model has a core"


def resident_mb(pid):
    if gone(pid):
        return 0
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") >> 20


def ticks(pid):
    """The processor time of a process in hundredths of a second."""
    return sum(map(int, Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[11:13]))
