"""Niceness of other processes."""

import os
import subprocess
import sys
from pathlib import Path

from evallib.core.priority import lower_priority


def test_a_process_gives_way_by_itself_and_as_a_session():
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], start_new_session=True) as child:
        lower_priority(child.pid, 10)
        assert os.getpriority(os.PRIO_PROCESS, child.pid) == 10
        sessions = Path(f"/proc/{child.pid}/autogroup")
        assert not sessions.exists() or sessions.read_text().split()[-1] == "10"
        child.kill()


def test_a_process_that_has_ended_is_no_trouble():
    with subprocess.Popen([sys.executable, "-c", ""]) as child:
        child.wait()
    lower_priority(child.pid, 10)
