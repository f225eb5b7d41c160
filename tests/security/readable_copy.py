"""A Python and this repository's code, copied to where every user may read them."""

from __future__ import annotations

import shutil
import sys
import sysconfig
from pathlib import Path

ROOT = Path(__file__).parents[2]

CODE = ("evallib", "tests/models", "tests/security", "pyproject.toml")

NOT_COPIED = shutil.ignore_patterns("site-packages", "test", "idlelib", "tkinter", "config-*")


def copy_code(folder: Path) -> Path:
    """The folder, with the package and these tests in it."""
    for name in CODE:
        source, target = ROOT / name, folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=NOT_COPIED)
        else:
            shutil.copy(source, target)
    return folder


def copy_python(folder: Path) -> Path:
    """The path of a copy of this interpreter, which finds the packages that are installed for this one."""
    base, version = Path(sys.base_prefix), f"python{sys.version_info.major}.{sys.version_info.minor}"
    library = folder / "lib" / version
    shutil.copytree(base / "lib" / version, library, ignore=NOT_COPIED)
    for shared in (base / "lib").glob("libpython*"):
        shutil.copy(shared, folder / "lib")
    packages = library / "site-packages"
    packages.mkdir()
    (packages / "installed.pth").write_text(sysconfig.get_path("purelib"))
    (folder / "bin").mkdir()
    python = folder / "bin" / version
    # A Python with a shared library looks for it where it was installed; the copy, beside itself.
    installed = f"{base}/lib".encode()
    program = Path(sys.executable).resolve().read_bytes()
    beside = b"$ORIGIN/../lib"
    if len(installed) >= len(beside):
        program = program.replace(installed + b"\0", beside.ljust(len(installed) + 1, b"\0"))
    python.write_bytes(program)
    python.chmod(0o755)
    return python
