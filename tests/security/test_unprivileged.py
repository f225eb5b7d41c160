"""All attacks again, by a user who may do nothing special: other rights, other layers that hold."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from attack import EVERY_ATTACK
from readable_copy import copy_code, copy_python

NOBODY = 65534

ATTACKS = [
    f"tests/security/test_{name}.py" for name in ("containment", "reader_attacks", "lies", "resources", "safe_formats")
]

ASKED_FOR = pytest.mark.skipif("ATTACK_AS_NOBODY" not in os.environ, reason="Set ATTACK_AS_NOBODY=1; it takes minutes.")

RUN_AS_NOBODY = pytest.mark.skipif(os.geteuid() != 0, reason="Only root can become another user.")


def as_nobody(folder, *command):
    return subprocess.run(
        command,
        cwd=folder,
        env={"PATH": os.environ["PATH"], "HOME": str(folder), "LANG": "C.UTF-8", EVERY_ATTACK: "1"},
        user=NOBODY,
        group=NOBODY,
        extra_groups=[],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


@pytest.mark.minutes
@ASKED_FOR
@RUN_AS_NOBODY
@pytest.mark.timeout(900)
def test_all_attacks_fail_for_an_unprivileged_user_too():
    """In a folder of its own beside pytest's, which other users may not enter."""
    with tempfile.TemporaryDirectory(prefix="attacks-") as name:
        folder = copy_code(Path(name))
        python = readable_python(folder)
        (folder / "made").mkdir()
        for path in (folder, folder / "made"):
            path.chmod(0o755)
            os.chown(path, NOBODY, NOBODY)
        options = ("-n", "0", "-q", "-rfs", "--tb=no", "-p", "no:cacheprovider", f"--basetemp={folder}/made/t")
        done = as_nobody(folder, python, "-m", "pytest", *ATTACKS, *options)
    assert done.returncode == 0, done.stdout[-20_000:]
    assert "[100%]" in done.stdout


def readable_python(folder):
    """This interpreter, or a copy of it where the user may not run this one."""
    usable = as_nobody(folder, "sh", "-c", f"test -x {sys.executable} && {sys.executable} -c 'import pytest'")
    return sys.executable if usable.returncode == 0 else str(copy_python(folder / "python"))
