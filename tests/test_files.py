"""Folders and files: who may read them."""

import os
import stat
import sys

import pytest

from bioner_core.files import private_folder


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no modes")
def test_a_private_folder_makes_its_parents_private_too_and_leaves_those_there_alone(tmp_path):
    there = tmp_path / "there"
    there.mkdir()
    there.chmod(0o755)
    folder = there / "a" / "b" / "c"
    old = os.umask(0)
    try:
        assert private_folder(folder) == folder
        assert private_folder(folder) == folder
    finally:
        os.umask(old)
    for path, mode in ((there, 0o755), (there / "a", 0o700), (there / "a/b", 0o700), (folder, 0o700)):
        assert stat.S_IMODE(path.stat().st_mode) == mode, path
