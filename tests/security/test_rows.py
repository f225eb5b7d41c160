"""What a model's code tries to do to the memory that its rows are sent in, and cannot.

Rows of the same task are written there again and again, so it must be the server's alone to write. The model catches
the descriptor before its worker closes it. Every attempt must first succeed on memory that its owner holds; the one
that opens the memory once more must succeed without layers even on the descriptor that a worker gets.
"""

import os

import pandas as pd
import pytest
from model_files import write_source

from evallib.models import Limits, bind_model, chunks, open_model
from evallib.models.frames import SharedMemory

ATTEMPTS = """
import ctypes, fcntl, mmap, os

def map_for_writing(fd):
    mmap.mmap(fd, 8)[:] = b"attacked"

def make_a_mapping_writable(fd):
    libc = ctypes.CDLL(None, use_errno=True)
    libc.mmap.restype = ctypes.c_void_p
    libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, *[ctypes.c_int] * 3, ctypes.c_long]
    libc.mprotect.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
    address = libc.mmap(None, 4096, mmap.PROT_READ, mmap.MAP_SHARED, fd, 0)
    if libc.mprotect(address, 4096, mmap.PROT_READ | mmap.PROT_WRITE):
        raise OSError(ctypes.get_errno(), "mprotect")
    ctypes.memmove(address, b"attacked", 8)

def write_after_asking_for_more(fd):
    fcntl.fcntl(fd, fcntl.F_SETFL, os.O_RDWR)
    os.write(fd, b"attacked")

DEEDS = [
    lambda fd: os.pwrite(fd, b"attacked", 0),
    lambda fd: os.ftruncate(fd, 1 << 20),
    lambda fd: os.ftruncate(fd, 8),
    map_for_writing,
    make_a_mapping_writable,
    write_after_asking_for_more,
    lambda fd: os.pwrite(os.open(f"/proc/self/fd/{fd}", os.O_RDWR), b"attacked", 0),
]

def successes(fd):
    done = []
    for number, deed in enumerate(DEEDS):
        try:
            deed(fd)
            done.append(number)
        except OSError:
            pass
    return done
"""

MODEL = """
import sys
serving = sys.modules["evallib.models.serving"]

class Model:
    tried = None
    def predict(self, rows):
        if self.tried is None:
            honest = serving.map_rows
            def catch(fd):
                self.tried = successes(fd)
                return honest(fd)
            serving.map_rows = catch
            return [-1.0] * len(rows)
        return [float(len(self.tried))] * len(rows)
"""


@pytest.fixture
def tools():
    space = {}
    exec(ATTEMPTS, space)  # noqa: S102
    return space


def test_every_attempt_succeeds_on_memory_of_ones_own(tools):
    memory = SharedMemory()
    os.write(memory.file, bytes(4096))
    assert tools["successes"](memory.file) == list(range(len(tools["DEEDS"])))
    assert os.pread(memory.file, 8, 0) == b"attacked"


def test_without_layers_only_opening_it_again_succeeds_on_what_is_sent(tools):
    memory = SharedMemory()
    os.write(memory.file, bytes(4096))
    assert tools["successes"](memory.descriptor) == [len(tools["DEEDS"]) - 1]


def test_a_model_can_neither_write_nor_resize_its_rows(tmp_path, monkeypatch):
    monkeypatch.setattr(chunks, "FIRST_ROWS", 100)
    monkeypatch.setattr(chunks, "FEWEST_ROWS", 100)
    monkeypatch.setattr(chunks, "MOST_ROWS_OF_NUMBERS", 100)
    rows = pd.DataFrame({"a": range(1_000)})
    with open_model(write_source(ATTEMPTS + MODEL, tmp_path / "m.pkl"), "M", Limits(memory_mb=700)) as model:
        reports = bind_model(model, rows, (), "regression").predict(rows).value
    assert list(reports) == [-1.0] * 100 + [0.0] * 900
