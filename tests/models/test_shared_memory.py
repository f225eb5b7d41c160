"""Memory that rows lie in one after the other: nobody but the server writes to it, and no rows are mixed."""

import ctypes
import fcntl
import mmap
import os
import threading

import numpy as np
import pandas as pd
import pytest
from model_files import write_source

from evallib.core.errors import BadInput, Cancelled
from evallib.models import Limits, bind_model, chunks, crew, frames, isolated, score
from evallib.models.chunks import Chunks
from evallib.models.frames import SharedMemory, Shipment, frame_in, map_rows
from evallib.models.processors import Processors

CHUNK = 20

NUMBERS = pd.DataFrame({"a": np.arange(600.0), "b": np.arange(600.0) ** 2})
MIXED = NUMBERS.assign(text=[f"text {'x' * (n % 7)} {n}" for n in range(600)])

TELLS_ITS_ROWS = """
    import os, time
    class Model:
        def predict(self, rows):
            time.sleep(0.02)
            rows["a"] += 0.0
            text = rows["text"].str.split().str[-1].astype(float) if "text" in rows else rows["a"]
            right = (text == rows["a"]) & (rows["b"] == rows["a"] ** 2)
            return rows["a"].where(right, -1.0)
"""


@pytest.fixture(autouse=True)
def many_chunks(monkeypatch):
    for name in ("FIRST_ROWS", "FEWEST_ROWS", "MOST_ROWS", "MOST_ROWS_OF_NUMBERS"):
        monkeypatch.setattr(chunks, name, CHUNK)


@pytest.fixture
def memories(monkeypatch):
    """All memory made for rows, kept so that two never have the same address."""
    made = []

    class Noted(SharedMemory):
        def __init__(self):
            super().__init__()
            made.append(self)

    monkeypatch.setattr(frames, "SharedMemory", Noted)
    return made


def values(model, rows=NUMBERS):
    return bind_model(model, rows, (), "regression").predict(rows).value


def arrays(rows):
    return {name: frames.column_of(rows[name]) for name in rows}


@pytest.mark.parametrize("rows", [NUMBERS, MIXED], ids=["numbers", "mixed"])
def test_rows_of_many_chunks_lie_in_the_same_memory_and_are_never_mixed(rows, opened, tmp_path, memories):
    model = opened(write_source(TELLS_ITS_ROWS, tmp_path / "m.pkl"))
    np.testing.assert_array_equal(values(model, rows), rows["a"])
    assert len(memories) == 2


@pytest.mark.parametrize("rows", [NUMBERS, MIXED], ids=["numbers", "mixed"])
def test_several_models_of_several_processes_never_mix_rows(rows, opened, tmp_path, memories, monkeypatch):
    for name in ("OPENING", "OPENING_PREPARED"):
        monkeypatch.setattr(isolated, name, 0.0)
    for module in (crew, isolated):
        monkeypatch.setattr(module, "PROCESSORS", Processors(4))
    models = [opened(write_source(TELLS_ITS_ROWS, tmp_path / f"{n}.pkl")) for n in range(2)]
    for model in models:
        model.twin(0)
    got = {}

    def ask(place):
        got[place] = values(models[place % 2], rows[::-1] if place % 2 else rows)

    threads = [threading.Thread(target=ask, args=(place,)) for place in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for place, answers in got.items():
        np.testing.assert_array_equal(answers, rows["a"][::-1] if place % 2 else rows["a"])
    assert len(got) == 4
    assert len(memories) <= 4 * 2 * 2


def test_memory_goes_from_no_task_to_another(opened, tmp_path, memories):
    model = opened(write_source(TELLS_ITS_ROWS, tmp_path / "m.pkl"))
    values(model)
    first = set(memories)
    values(model, NUMBERS[::-1])
    assert len(memories) == 4
    assert len(first) == 2


def test_memory_is_freed_with_the_rows():
    rows = Chunks(arrays(NUMBERS), CHUNK, 1)
    (shipment,) = rows.take()
    shipment.returned = True
    rows.note(shipment)
    descriptors = shipment.memory.file, shipment.memory.descriptor
    del rows, shipment
    for descriptor in descriptors:
        with pytest.raises(OSError, match="Bad file descriptor"):
            os.fstat(descriptor)


@pytest.mark.parametrize(("rows", "copied"), [(NUMBERS, False), (MIXED, True)], ids=["numbers", "mixed"])
def test_a_model_may_keep_its_rows(rows, copied, opened, tmp_path, memories):
    source = """
        KEPT = []
        class Model:
            def predict(self, rows):
                KEPT.append((rows, rows.copy()))
                return rows["a"] * all(kept.equals(copy) for kept, copy in KEPT)
    """
    model = opened(write_source(source, tmp_path / "m.pkl"))
    np.testing.assert_array_equal(values(model, rows), rows["a"])
    assert len(memories) == (2 if copied else len(rows) / CHUNK)


FAILS_AT_THE_THIRD_CHUNK = f"""
    import os, time
    class Model:
        def predict(self, rows):
            if rows["a"].iloc[0] == {2 * CHUNK}:
                WHAT
            return rows["a"]
"""


@pytest.mark.parametrize("what", ["raise ValueError('no')", "time.sleep(60)", "os._exit(3)", "pass"])
def test_memory_is_not_used_again_where_no_answer_came(what, opened, tmp_path, monkeypatch):
    """Of a model that raises, hangs, ends or is cancelled."""
    sent = []

    class Noted(Shipment):
        def __init__(self, *arguments):
            super().__init__(*arguments)
            sent.append(self)

    def cancel(done, *_):
        if what == "pass" and done == 3 * CHUNK:
            raise Cancelled

    monkeypatch.setattr(chunks, "Shipment", Noted)
    model = opened(
        write_source(FAILS_AT_THE_THIRD_CHUNK.replace("WHAT", what), tmp_path / "m.pkl"), limits=Limits(seconds=2)
    )
    with pytest.raises((BadInput, Cancelled)):
        score(bind_model(model, NUMBERS, (), "regression"), NUMBERS, cancel)
    returned = [shipment.returned for shipment in sent]
    assert returned == [True] * (3 if what == "pass" else 2) + [False] * (len(sent) - sum(returned))
    assert 1 <= len(sent) - sum(returned) <= 2
    assert len({id(shipment.memory) for shipment in sent[-2:]}) == 2


def test_a_shorter_stream_in_longer_memory_is_read_to_its_end():
    first = Shipment(arrays(MIXED), range(500))
    size = os.lseek(first.memory.file, 0, os.SEEK_END)
    second = Shipment(arrays(MIXED), range(500, 510), first.memory)
    assert os.lseek(second.memory.file, 0, os.SEEK_END) == size
    got = frame_in(map_rows(os.dup(second.memory.descriptor)), second.layout)
    expected = MIXED[500:510].reset_index(drop=True).astype({"text": object})
    pd.testing.assert_frame_equal(got, expected)


def protect(descriptor):
    """Make a mapping that only reads one that writes."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.mmap.restype = ctypes.c_void_p
    libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, *[ctypes.c_int] * 3, ctypes.c_long]
    libc.mprotect.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
    address = libc.mmap(None, mmap.PAGESIZE, mmap.PROT_READ, mmap.MAP_SHARED, descriptor, 0)
    if libc.mprotect(address, mmap.PAGESIZE, mmap.PROT_READ | mmap.PROT_WRITE):
        raise OSError(ctypes.get_errno(), "mprotect")


CHANGES = {
    "write": lambda descriptor: os.pwrite(descriptor, b"x", 0),
    "shrink": lambda descriptor: os.ftruncate(descriptor, 1),
    "grow": lambda descriptor: os.ftruncate(descriptor, 1 << 20),
    "map": lambda descriptor: mmap.mmap(descriptor, 8),
    "protect": protect,
    "allocate": lambda descriptor: os.posix_fallocate(descriptor, 0, 1 << 20),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_was_sent_cannot_be_changed(change):
    memory = Shipment(arrays(NUMBERS), range(600)).memory
    before = os.pread(memory.file, 1 << 20, 0)
    fcntl.fcntl(memory.descriptor, fcntl.F_SETFL, os.O_RDWR)
    with pytest.raises(OSError, match=r"Errno (1|9|13|22)\]"):
        CHANGES[change](memory.descriptor)
    assert os.pread(memory.file, 1 << 20, 0) == before
    CHANGES[change](memory.file)
