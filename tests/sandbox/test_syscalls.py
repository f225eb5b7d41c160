"""The list of system calls, and the filter made of it, against the kernel's own numbers."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from evallib.sandbox import seccomp
from evallib.sandbox.seccomp import ALLOW, ARCHITECTURES, ERRNO, KILL_PROCESS, filter_steps
from evallib.sandbox.syscalls import NUMBERS, WITH_FILES, checked

HEADERS = {
    "x86_64": Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h"),
    "aarch64": Path("/usr/include/asm-generic/unistd.h"),
}


@pytest.mark.parametrize("machine", ARCHITECTURES)
def test_numbers_are_those_of_the_kernel(machine):
    if not HEADERS[machine].exists():
        pytest.skip("The kernel's headers are not installed.")
    known = dict(re.findall(r"#define __NR(?:3264)?_(\w+)\s+(\d+)", HEADERS[machine].read_text()))
    # The generic header calls it as 32-bit machines do.
    known.setdefault("newfstatat", known.get("fstatat"))
    column = list(ARCHITECTURES).index(machine)
    expected = {name: int(known[name]) if name in known else None for name in WITH_FILES}
    assert {name: numbers[column] for name, numbers in WITH_FILES.items()} == expected


def run(machine, number, arguments=(0,) * 6, architecture=None):
    """What the filter returns for a call, worked out step by step as the kernel does."""
    words = [part for argument in arguments for part in (argument & 0xFFFF_FFFF, argument >> 32)]
    data = {0: number, 4: ARCHITECTURES[machine][0] if architecture is None else architecture}
    data |= {16 + 4 * position: word for position, word in enumerate(words)}
    steps, at, value = filter_steps(machine), 0, 0
    while True:
        code, if_true, if_false, operand = steps[at]
        at += 1
        if code == 0x06:
            return operand
        if code == 0x20:
            value = data[operand]
        elif code == 0x54:
            value &= operand
        else:
            at += if_true if (value == operand if code == 0x15 else value >= operand) else if_false


@pytest.mark.parametrize("machine", ARCHITECTURES)
def test_every_number_is_allowed_or_refused(machine):
    column = list(ARCHITECTURES).index(machine)
    plain = {numbers[column] for name, numbers in NUMBERS.items() if name not in checked()}
    by_argument = {numbers[column] for name, numbers in NUMBERS.items() if name in checked()}
    for number in range(500):
        if number not in by_argument:
            refusal = ERRNO | (38 if number >= 435 else 1)
            assert run(machine, number) == (ALLOW if number in plain else refusal), number


def test_other_architectures_and_conventions_are_ended():
    assert run("x86_64", 0, architecture=0x4000_0003) == KILL_PROCESS
    assert run("x86_64", 0x4000_0000) == KILL_PROCESS
    assert run("aarch64", 63, architecture=ARCHITECTURES["x86_64"][0]) == KILL_PROCESS


def test_threads_may_be_made_and_nothing_else_that_clone_makes():
    thread = 0x3D0F00
    assert run("x86_64", 56, (thread, 0, 0, 0, 0, 0)) == ALLOW
    for flags in (17, thread & ~0x10000, thread | 0x2000_0000):
        assert run("x86_64", 56, (flags, 0, 0, 0, 0, 0)) == ERRNO | 1


def test_limits_may_be_read_and_not_set_nor_read_of_others():
    assert run("x86_64", 302, (0, 7, 0, 1 << 40, 0, 0)) == ALLOW
    assert run("x86_64", 302, (1, 7, 0, 1 << 40, 0, 0)) == ERRNO | 1
    assert run("x86_64", 302, (0, 7, 1 << 40, 0, 0, 0)) == ERRNO | 1


def test_memory_never_becomes_code():
    for number in (9, 10):
        assert run("x86_64", number, (0, 4096, 3, 0x22, 0, 0)) == ALLOW
        assert run("x86_64", number, (0, 4096, 7, 0x22, 0, 0)) == ERRNO | 1


def test_descriptors_name_no_process():
    assert run("x86_64", 72, (3, 1030, 0, 0, 0, 0)) == ALLOW
    assert run("x86_64", 72, (3, 8, 1, 0, 0, 0)) == ERRNO | 1
    assert run("x86_64", 16, (3, 0x8901, 0, 0, 0, 0)) == ERRNO | 1


OLDER_THREAD = """
import ctypes, os, threading
from evallib.sandbox import seccomp
locked, found = threading.Event(), []
def look():
    locked.wait()
    try:
        os.stat("/")
        found.append("saw it")
    except PermissionError:
        found.append("refused")
thread = threading.Thread(target=look)
thread.start()
ctypes.CDLL(None).prctl(38, 1, 0, 0, 0)
seccomp.lock()
locked.set()
thread.join()
os.write(1, found[0].encode())
os._exit(0)
"""


@pytest.mark.skipif(not seccomp.available(), reason="This kernel has no seccomp.")
def test_threads_that_were_there_before_are_locked_too():
    done = subprocess.run([sys.executable, "-c", OLDER_THREAD], capture_output=True, text=True, check=True)
    assert done.stdout == "refused"


@pytest.mark.skipif(not seccomp.available(), reason="This kernel has no seccomp.")
def test_a_lock_that_the_kernel_refuses_is_an_error(monkeypatch):
    monkeypatch.setattr(seccomp, "filter_steps", lambda machine, calls: [(0xFFFF, 0, 0, 0)])
    with pytest.raises(OSError, match=r"Invalid argument|Permission denied"):
        seccomp.lock()


def test_an_unknown_processor_has_no_lock(monkeypatch):
    monkeypatch.setattr("platform.machine", lambda: "riscv64")
    assert not seccomp.available()
