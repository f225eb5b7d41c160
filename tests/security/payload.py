"""What a payload is, and how its few lines become a program, or a model file."""

from __future__ import annotations

import pickle
import textwrap
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from model_files import FromSource

SECCOMP, BOTH = "seccomp", "Landlock and seccomp"
LIMITS, DEADLINE, WATCH, PARENT = "resource limits", "deadline", "watched memory", "checks of the parent"
START = "a start with no environment and no descriptors"

SUCCESS_BY_EXIT = 42
"""How a payload that replaces its own program tells that it did."""

BROKEN = -9999.0
"""The report of a payload that failed by a mistake in it, and not because it was refused."""


@dataclass(frozen=True)
class Payload:
    """One attack.

    source: the body of `attack(stage)`, true where it succeeded; what the names in it are, see PRELUDE and `Stage`.
    gains: what an attacker has where it succeeds.      stopped_by: the layer that should stop it.
    needs: what a machine or a user may lack for it; where it fails even without any layer, it is skipped.
    when: whether it is tried when the model is loaded, asked, or both.
    alone: it would end or change its process, which nothing else is tried in unless it was refused.
    """

    name: str
    gains: str
    stopped_by: str
    source: str
    needs: str = ""
    when: tuple[Literal["load", "ask"], ...] = ("load", "ask")
    alone: bool = False

    def program(self, stage: dict[str, Any]) -> str:
        """Python source that defines `report()`, which tries the attack and gives 1 where it succeeded."""
        attack = f"def attack(stage):\n{textwrap.indent(textwrap.dedent(self.source).strip(), '    ')}\n"
        return f"{PRELUDE}\nstage = types.SimpleNamespace(**{stage!r})\n{attack}"


PRELUDE = """
import ctypes, errno, fcntl, mmap, os, resource, signal, socket, struct, threading, time, types

libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
NUMBERS = dict(
    openat=(257, 56), openat2=(437, 437), renameat2=(316, 276), clone=(56, 220), clone3=(435, 435),
    ptrace=(101, 117), process_vm_readv=(310, 270), process_vm_writev=(311, 271), kcmp=(312, 272),
    pidfd_open=(434, 434), pidfd_getfd=(438, 438), pidfd_send_signal=(424, 424), tgkill=(234, 131),
    rt_sigqueueinfo=(129, 138), ioprio_set=(251, 30), unshare=(272, 97), setns=(308, 268), personality=(135, 92),
    io_uring_setup=(425, 425), userfaultfd=(323, 282), bpf=(321, 280), perf_event_open=(298, 241),
    add_key=(248, 217), shmget=(29, 194), shmctl=(31, 195), msgget=(68, 186), msgctl=(71, 187), semget=(64, 190),
    semctl=(66, 191), mq_open=(240, 180), mq_unlink=(241, 181), fanotify_init=(300, 262), inotify_init1=(294, 26),
    inotify_add_watch=(254, 27), name_to_handle_at=(303, 264), open_by_handle_at=(304, 265), syslog=(103, 116),
    fsopen=(430, 430), open_tree=(428, 428), move_pages=(279, 239), get_robust_list=(274, 100), iopl=(172, -1),
    process_madvise=(440, 440), statx=(332, 291), execveat=(322, 281), getpid=(39, 172), sched_setattr=(314, 274),
    chroot=(161, 51), prlimit64=(302, 261), mount_setattr=(442, 442),
)

def call(name, *arguments):
    number = NUMBERS[name][stage.machine == "aarch64"]
    return checked(libc.syscall(ctypes.c_long(number), *map(wide, arguments)))

def wide(argument):
    return ctypes.c_long(argument) if isinstance(argument, int) else argument

def checked(result):
    if result == -1:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return result

def ended_well(pid):
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0

def files_open():
    found = []
    for fd in range(3, 256):
        try:
            os.lseek(fd, 0, os.SEEK_CUR)
            found.append(fd)
        except OSError:
            pass
    if not found:
        raise RuntimeError("no file is open, so that nothing was tried")
    return found

def done_to_a_file(deed):
    done, refusal = False, None
    for fd in files_open():
        try:
            deed(fd)
            done = True
        except OSError as error:
            refusal = error
    if not done:
        raise refusal
    return True

def report():
    try:
        return 1.0 if attack(stage) else 0.0
    except OSError as error:
        return -float(abs(error.errno or errno.EIO))
    except MemoryError:
        return -12.0
"""
"""Names that the payloads share; a report is 1 for success, 0 for none, and a negative error number for a refusal."""

SHELL = """
class Model:
    def predict(self, rows):
        space = {}
        exec(rows["program"].iloc[0], space)
        return [space["report"]()] * len(rows)
"""
"""A model that runs the program in its first row: one model tries many payloads when it is asked."""

ON_LOAD = """
import traceback

def run(program):
    space = {}
    try:
        exec(program, space)
        return space["report"]()
    except Exception:
        troubles.append(traceback.format_exc())
        return BROKEN

troubles = []
reports = [run(program) for program in PROGRAMS]

class Model:
    def predict(self, rows):
        if troubles:
            raise RuntimeError(troubles[0][-200:])
        return reports
"""
"""A model file that runs its programs while it is loaded, and later tells how they went."""


def write_shell(path: Path) -> Path:
    """The path of a model that runs the program in its first row."""
    path.write_bytes(pickle.dumps(FromSource(SHELL)))
    return path


def write_loading(programs: list[str], path: Path) -> Path:
    """The path of a model whose loading runs the programs; asked for as many rows, it gives their reports."""
    source = ON_LOAD.replace("PROGRAMS", repr(programs)).replace("BROKEN", repr(BROKEN))
    path.write_bytes(pickle.dumps(FromSource(source)))
    return path
