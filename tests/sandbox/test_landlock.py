"""What a process that gave up files may still do."""

import subprocess
import sys

import pytest

from evallib.sandbox import landlock


@pytest.mark.skipif(not landlock.version(), reason="This kernel has no Landlock.")
def test_landlock_leaves_reading_beneath_the_folders_alone(tmp_path):
    (tmp_path / "open").mkdir()
    (tmp_path / "open" / "a").write_text("x")
    (tmp_path / "shut").write_text("x")
    program = f"""
import ctypes, socket
from pathlib import Path
from evallib.sandbox.landlock import keep_only_reading
folder = Path({str(tmp_path)!r})
ctypes.CDLL(None).prctl(38, 1, 0, 0, 0)
keep_only_reading([folder / "open", folder / "missing"])
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
