"""Permissions of the folders of the program."""

import os
import stat
import sys

import pytest

from bioner_core.files import create_private_folder


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no modes")
def test_missing_parent_folders_are_private_and_existing_ones_unchanged(tmp_path):
    existing = tmp_path / "existing"
    existing.mkdir()
    existing.chmod(0o755)
    folder = existing / "a" / "b" / "c"
    old = os.umask(0)
    try:
        assert create_private_folder(folder) == folder
        assert create_private_folder(folder) == folder
    finally:
        os.umask(old)
    for path, mode in (
        (existing, 0o755),
        (existing / "a", 0o700),
        (existing / "a/b", 0o700),
        (folder, 0o700),
    ):
        assert stat.S_IMODE(path.stat().st_mode) == mode, path
