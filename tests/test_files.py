"""The folders of the program: their permissions and sizes."""

import os
import stat
import sys

import pytest

from bioner_core.files import (
    compute_digest,
    count_folder_bytes,
    create_private_folder,
    expand_path,
    is_intact,
    write_digest,
)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no modes")
def test_a_folder_and_missing_parents_are_private_and_existing_parents_unchanged(tmp_path):
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


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no modes")
def test_a_folder_that_others_could_read_becomes_private(tmp_path):
    tmp_path.chmod(0o777)
    create_private_folder(tmp_path)
    assert tmp_path.stat().st_mode & 0o777 == 0o700


def test_any_change_of_a_cached_file_or_folder_is_noticed(tmp_path):
    for path in (tmp_path / "file", tmp_path / "folder"):
        file = path
        if path.name == "folder":
            path.mkdir()
            file = path / "a"
        file.write_bytes(b"content")
        assert not is_intact(path)
        write_digest(path)
        assert is_intact(path)
        file.write_bytes(b"contenT")
        assert not is_intact(path)
    assert compute_digest(tmp_path / "file") == compute_digest(tmp_path / "folder/a")


def test_the_home_of_a_user_that_does_not_exist_is_a_usual_path():
    assert str(expand_path("~nosuch-user/x")) == "~nosuch-user/x"
    assert expand_path("~/x").is_absolute()


def test_a_file_that_vanishes_while_a_folder_is_counted_has_no_size(tmp_path, monkeypatch):
    (tmp_path / "a").mkdir()
    (tmp_path / "a/kept").write_bytes(b"123")
    (tmp_path / "link").symlink_to(tmp_path / "a/kept")
    assert count_folder_bytes(tmp_path) == 3
    assert count_folder_bytes(tmp_path / "nosuch") == 0
    monkeypatch.setattr(
        os, "walk", lambda path: [(str(tmp_path / "a"), [], ["kept", "replaced by a worker"])]
    )
    assert count_folder_bytes(tmp_path) == 3
