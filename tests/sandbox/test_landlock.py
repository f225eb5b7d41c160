"""What a process that gave up files may still do."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from evallib.sandbox import landlock

pytestmark = pytest.mark.skipif(not landlock.version(), reason="This kernel has no Landlock.")


def test_landlock_leaves_reading_beneath_the_folders_alone(tmp_path):
    (tmp_path / "open").mkdir()
    (tmp_path / "open" / "a").write_text("x")
    (tmp_path / "shut").write_text("x")
    program = f"""
import ctypes, socket
from pathlib import Path
from evallib.sandbox.landlock import keep_only
folder = Path({str(tmp_path)!r})
ctypes.CDLL(None).prctl(38, 1, 0, 0, 0)
keep_only([folder / "open", folder / "missing"])
def can(action):
    try:
        return bool(action()) or True
    except OSError as error:
        return error.errno == 111
print(can((folder / "open" / "a").read_text), can((folder / "shut").read_text),
      can(lambda: (folder / "open" / "b").write_text("x")), can(lambda: (folder / "open" / "a").unlink()),
      can(lambda: socket.create_connection(("127.0.0.1", 1))))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    connects = str(landlock.version() < landlock.TCP_SINCE)
    assert done.stdout.split() == ["True", "False", "False", "False", connects]


def test_landlock_lets_files_of_a_folder_be_changed_and_no_others(tmp_path):
    for name in ("changed", "read"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a").write_text("x")
    program = f"""
import ctypes
from pathlib import Path
from evallib.sandbox.landlock import keep_only
changed, read = Path({str(tmp_path)!r}, "changed"), Path({str(tmp_path)!r}, "read")
ctypes.CDLL(None).prctl(38, 1, 0, 0, 0)
keep_only([read], [changed])
def can(action):
    try:
        action()
    except OSError:
        return False
    return True
for folder in (changed, read):
    print(can((folder / "a").read_text), can(lambda: (folder / "b").write_text("x")),
          can(lambda: (folder / "a").rename(folder / "c")), can((folder / "c").unlink), can((folder / "d").mkdir))
print(can(lambda: (read / "a").rename(changed / "a")))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["True True True True False", "True False False False False", "False"]
    assert (tmp_path / "read" / "a").exists()


def test_landlock_is_not_taken_where_a_thread_would_stay_outside():
    with pytest.raises(RuntimeError, match="a thread that was begun before"), ThreadPoolExecutor(1) as thread:
        thread.submit(landlock.keep_only, []).result()
