"""Files in gzip and tar are read like the files themselves, within the same limits."""

import gzip
import io
import tarfile

import pytest

from bioner_core.corpus.reading import bounds
from bioner_core.corpus.reading.detect import read_files
from bioner_core.errors import BionerError

TEXT, ANN = b"He took zinc", b"T1\tDrug 8 12\tzinc\n"


def pack(files, mode="w", kind=tarfile.REGTYPE):
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode=mode) as archive:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size, member.type = len(data), kind
            archive.addfile(member, io.BytesIO(data))
    return content.getvalue()


@pytest.mark.parametrize("mode", ["w", "w:gz"])
@pytest.mark.parametrize("name", ["corpus.tar.gz", "corpus.tgz", "corpus"])
def test_a_tar_archive_is_a_folder(mode, name):
    files = {"./train/a.txt": TEXT, "./train/a.ann": ANN, "./LICENSE": b"free", "./.git/x": b"x"}
    reading = read_files({name: pack(files, mode)}, name="x")
    assert (reading.format, reading.labels) == ("brat", {"Drug": 1})
    assert [(passage.document, passage.part) for passage in reading.passages] == [("train/a", "train")]


def test_a_gzip_file_is_the_file_inside():
    rows = gzip.compress(b"zinc\tB-Drug\n") + gzip.compress(b"helps\tO\n")  # two members
    reading = read_files({"train.tsv.gz": rows, "test.tsv.gz": gzip.compress(b"iron\tB-Drug\n")}, name="x")
    assert {passage.part: passage.tokens for passage in reading.passages} == {
        "train": ("zinc", "helps"),
        "test": ("iron",),
    }


def test_links_and_devices_are_skipped():
    archive = pack({"a.txt": b"", "b.txt": b""}, kind=tarfile.SYMTYPE)
    with pytest.raises(BionerError, match="holds nothing to read"):
        read_files({"a.tar": archive}, name="x")


@pytest.mark.parametrize("path", ["../a.txt", "/etc/a.txt", "b/../../a.txt"])
def test_a_path_that_leads_out_of_an_archive_refuses_all(path):
    with pytest.raises(BionerError) as caught:
        read_files({"a.tar": pack({path: TEXT, "a.ann": ANN})}, name="x")
    assert str(caught.value) == "a.tar: one of its files has a path outside the archive, so nothing was read."


def test_an_archive_that_unpacks_to_too_much_is_refused(monkeypatch):
    monkeypatch.setattr(bounds, "MAX_BYTES", 2_000_000)
    with pytest.raises(BionerError) as caught:
        read_files({"a.gz": gzip.compress(b"0" * 3_000_000)}, name="x")
    assert str(caught.value) == ("a.gz: unpacks to more than 2 MB, the limit. Use only the annotated part.")


@pytest.mark.parametrize(
    "content",
    [gzip.compress(b"zinc\tB-Drug\n" * 99)[:-20], b"\x1f\x8b\x08x"],
    ids=["its end is missing", "its head alone"],  # gzip writes the time, which is no name of a test
)
def test_a_damaged_archive_is_one_message(content):
    with pytest.raises(BionerError) as caught:
        read_files({"a.gz": content}, name="x")
    message = "a.gz: the archive is damaged or cut off. Pack it again, or give the files themselves."
    assert str(caught.value) == message
