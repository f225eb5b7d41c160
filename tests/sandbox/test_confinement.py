"""Where a locked process finds Python, and nothing else that lies around it."""

import sysconfig
from pathlib import Path

from evallib.sandbox import confinement
from evallib.sandbox.confinement import python_files


def test_the_folder_around_a_working_copy_stays_shut(monkeypatch, tmp_path):
    monkeypatch.setattr(confinement, "__file__", str(tmp_path / "copy" / "evallib" / "sandbox" / "confinement.py"))
    monkeypatch.setattr("sys.path", [str(tmp_path / "copy"), str(tmp_path), "", str(tmp_path / "packages")])
    found = list(python_files())
    assert tmp_path / "copy" / "evallib" in found
    assert tmp_path / "packages" in found
    assert not {tmp_path, tmp_path / "copy", Path()} & set(found)


def test_an_installed_package_finds_the_packages_around_it(monkeypatch):
    packages = Path(sysconfig.get_path("purelib"))
    monkeypatch.setattr(confinement, "__file__", str(packages / "evallib" / "sandbox" / "confinement.py"))
    monkeypatch.setattr("sys.path", [str(packages)])
    assert packages in list(python_files())
