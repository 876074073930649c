"""Kept uploads: private, bounded, found by their id alone, and deleted for good."""

import os
import stat
import time

import pytest

from bioner_core.corpus import kept_uploads
from bioner_core.corpus.kept_uploads import GONE, KeptUploads, read_kept_upload
from bioner_core.errors import BionerError

FILES = {"../a.conll": b"It\tO\nache\tB-ADR\n\n", "b/ü.txt": b"x" * 50}


def make_old(folder, days):
    at = time.time() - days * 86_400
    os.utime(folder, (at, at))


def test_files_and_choices_come_back_and_are_readable_by_their_owner_alone():
    uploads = KeptUploads()
    upload_id = uploads.add(FILES, title="2 files")
    uploads.save_choices(upload_id, {"reached": 3, "label ADR": "", "about types": ["Drug"]})
    kept = uploads.open(upload_id)
    assert (kept.title, kept.n_bytes, kept.names) == ("2 files", 67, tuple(FILES))
    assert kept.choices == {"reached": 3, "label ADR": "", "about types": ["Drug"]}
    assert uploads.read_files(upload_id) == FILES
    paths = [uploads.folder, *uploads.folder.rglob("*")]
    assert {stat.S_IMODE(path.stat().st_mode) for path in paths if path.is_dir()} == {0o700}
    assert {stat.S_IMODE(path.stat().st_mode) for path in paths if path.is_file()} == {0o600}
    assert [path.name for path in uploads.folder.iterdir()] == [upload_id]


def test_a_deleted_upload_leaves_nothing():
    uploads = KeptUploads()
    upload_id = uploads.add(FILES, title="2 files")
    uploads.delete(upload_id)
    uploads.delete(upload_id)
    assert list(uploads.folder.iterdir()) == []
    for call in (uploads.open, uploads.read_files, lambda i: read_kept_upload(i, name="a")):
        with pytest.raises(BionerError, match="This upload is no longer here"):
            call(upload_id)


@pytest.mark.parametrize("wanted", ["", ".", "..", "../corpora", "a" * 31, "a" * 31 + "/", "ü" * 32])
def test_what_is_no_id_leads_nowhere(wanted):
    uploads = KeptUploads()
    upload_id = uploads.add(FILES, title="2 files")
    for call in (uploads.open, uploads.delete):
        with pytest.raises(BionerError) as refused:
            call(wanted)
        assert str(refused.value) == GONE
    assert uploads.read_files(upload_id) == FILES


def test_uploads_and_leftovers_of_a_crash_are_deleted_after_some_days():
    uploads = KeptUploads()
    old, new = (uploads.add(FILES, title="2 files") for _ in range(2))
    leftover = uploads.folder / ".unfinished-x"
    leftover.mkdir()
    make_old(uploads.folder / old, 7.1)
    make_old(uploads.folder / new, 6.9)
    make_old(leftover, 8)
    uploads.delete_old()
    assert [path.name for path in uploads.folder.iterdir()] == [new]
    make_old(uploads.folder / new, 6.9)
    uploads.save_choices(new, {"reached": 2})
    assert time.time() - (uploads.folder / new).stat().st_mtime < 60


def test_more_than_there_is_room_for_is_refused(monkeypatch):
    monkeypatch.setattr(kept_uploads, "MAX_KEPT_BYTES", 900)
    uploads = KeptUploads()
    uploads.add({"a": b"x" * 400}, title="a")
    with pytest.raises(BionerError, match=r"^no room: uploads on this machine may have"):
        uploads.add({"b": b"x" * 400}, title="b")
    assert len(list(uploads.folder.iterdir())) == 1


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b'{"title": "a", "n_bytes": 1, "names": 3}', b"\xff"])
def test_a_damaged_record_is_an_upload_that_is_gone(content):
    uploads = KeptUploads()
    upload_id = uploads.add(FILES, title="2 files")
    (uploads.folder / upload_id / "upload.json").write_bytes(content)
    with pytest.raises(BionerError, match="no longer here"):
        uploads.open(upload_id)
    uploads.delete(upload_id)
    assert list(uploads.folder.iterdir()) == []
