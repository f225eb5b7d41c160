"""What a machine is found to be able to lock in, and what is refused where it cannot."""

import dataclasses

import pandas as pd
import pytest
from model_files import write, write_source

from evallib.core.errors import BadInput
from evallib.models import Limits, bind_model, isolation, open_model, process
from evallib.models.isolation import Isolation, LayerState, find_isolation, unprotected
from evallib.models.limits import LAYERS

ALL_ATTEMPTS = (
    "read a file, write a file, connect to a server, start a program, fork, signal its parent, look for a file"
)

NOTHING_HOLDS = Isolation("C", tuple(LayerState(layer, False, f"{layer} does not hold") for layer in LAYERS))


def test_both_layers_hold_here():
    found = find_isolation()
    assert (found.level, [state.on for state in found.layers], found.why) == ("A", [True, True], "")


@pytest.mark.parametrize(
    ("layers", "level", "why"),
    [
        (("seccomp",), "B", "Landlock is switched off: a process that tried could read a file, write a file, start a"),
        (("landlock",), "C", "seccomp is switched off: a process that tried could fork, look for a file"),
        ((), "C", f"seccomp is switched off: a process that tried could {ALL_ATTEMPTS}"),
    ],
)
def test_each_layer_that_is_missing_lowers_the_level_and_is_named(layers, level, why):
    """With no layer all attempts succeed: none of them counts as contained because it could do nothing anyway."""
    found = find_isolation(layers)
    assert found.level == level
    assert why in found.why
    assert [state.layer for state in found.layers if state.on] == list(layers)


def test_a_lock_that_does_not_close_is_no_lock():
    outcome = isolation._Outcome(before=[], after=["look for a file"], failure="Invalid argument")
    found = isolation._judge(outcome, LAYERS)
    assert found.level == "C"
    assert found.why == "seccomp does not hold (Invalid argument): a process that tried could look for a file"


def test_where_nothing_can_be_tried_nothing_holds_until_it_can(monkeypatch):
    monkeypatch.setattr(isolation, "_known", {})
    with monkeypatch.context() as broken:
        broken.setattr(process, "FOLDER", "/nonexistent")
        found = find_isolation()
        assert found.level == "C"
        assert "no worker could be tried" in found.why
    assert find_isolation().level == "A"


@pytest.fixture
def nothing_holds(monkeypatch):
    monkeypatch.setattr(isolation, "_known", {LAYERS: NOTHING_HOLDS})
    monkeypatch.delenv("EVALLIB_UNSAFE_LOCAL", raising=False)


def test_a_file_that_runs_code_is_refused_where_nothing_holds_it(nothing_holds, families, tmp_path):
    path = write(families["ridge"].model, tmp_path / "m.pkl")
    with pytest.raises(BadInput) as caught:
        open_model(path, file_name="sales.pkl")
    sentence = str(caught.value)
    assert sentence.startswith("sales.pkl is a program, and this server cannot lock it in: landlock does not hold;")
    assert "EVALLIB_UNSAFE_LOCAL=1" in sentence
    assert not unprotected()


def test_a_file_without_code_opens_where_nothing_holds(nothing_holds, families, opened, tmp_path):
    family = families["ridge"]
    model = opened(write(family.model, tmp_path / "m.skops"))
    assert len(bind_model(model, family.features, (), "regression").predict(family.features).value)


def test_an_operator_may_accept_code_unprotected(nothing_holds, families, opened, tmp_path, monkeypatch):
    monkeypatch.setenv("EVALLIB_UNSAFE_LOCAL", "1")
    assert unprotected()
    opened(write(families["ridge"].model, tmp_path / "m.pkl"))
    monkeypatch.setenv("EVALLIB_ALLOW_PICKLE", "0")
    with pytest.raises(BadInput, match="EVALLIB_ALLOW_PICKLE=0"):
        opened(tmp_path / "m.pkl")


def test_nothing_is_unprotected_where_the_lock_holds(monkeypatch):
    monkeypatch.setenv("EVALLIB_UNSAFE_LOCAL", "1")
    assert not unprotected()


ATTEMPTS = """
    import ctypes, mmap, os, socket, threading
    libc = ctypes.CDLL(None, use_errno=True)
    class Model:
        def predict(self, rows):
            def refused(call, *arguments):
                result = libc.syscall(call, *arguments)
                return ctypes.get_errno() if result < 0 else 0
            def raises(action):
                try:
                    action()
                except OSError as error:
                    return error.errno
                return 0
            thread = threading.Thread(target=lambda: results.append(raises(lambda: os.stat("/"))))
            results = [
                raises(lambda: os.open("/etc/passwd", os.O_RDONLY)), raises(lambda: os.stat("/etc/passwd")),
                raises(lambda: socket.socket()), raises(lambda: os.execv("/bin/true", ["true"])), raises(os.fork),
                raises(lambda: os.kill(os.getppid(), 0)), raises(lambda: os.kill(0, 0)),
                raises(lambda: os.kill(os.getpid(), 0)),
                raises(lambda: mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_EXEC)),
                raises(lambda: mmap.mmap(-1, 4096)), raises(lambda: os.memfd_create("x")),
                refused(435, None, 0), refused(425, 1, None), refused(157, 38, 1, 0, 0, 0), refused(317, 1, 0, None),
                refused(101, 16, os.getppid(), 0, 0), refused(272, 0x10000000),
            ]
            thread.start(); thread.join()
            return results + [-1.0] * (len(rows) - len(results))
"""

EXPECTED = [1, 1, 1, 1, 1, 1, 1, 0, 1, 0, 1, 38, 1, 1, 1, 1, 1, 1]


def test_a_locked_model_opens_starts_reaches_and_maps_nothing(opened, tmp_path):
    """1 is EPERM, 38 ENOSYS: clone3. Its own memory, threads and signals are its own; a new thread is locked too."""
    model = opened(write_source(ATTEMPTS, tmp_path / "m.pkl"))
    rows = pd.DataFrame({"a": [0.0] * 20})
    results = [int(code) for code in bind_model(model, rows, (), "regression").predict(rows).value]
    assert results[: len(EXPECTED)] == EXPECTED


def test_the_other_calling_convention_ends_the_process(opened, tmp_path):
    source = """
        import ctypes
        class Model:
            def predict(self, rows):
                ctypes.CDLL(None).syscall(ctypes.c_long(0x40000000 + 39))
                return rows["a"]
    """
    model = opened(write_source(source, tmp_path / "m.pkl"))
    rows = pd.DataFrame({"a": [0.0]})
    with pytest.raises(BadInput, match="SIGSYS"):
        bind_model(model, rows, (), "regression").predict(rows)


def test_limits_say_which_layers_are_used():
    assert Limits().layers == LAYERS
    assert dataclasses.replace(Limits(), layers=()).layers == ()
