"""Bad input of every kind ends with one clear message, without reading more than the bounds."""

import io
import os
import pickle
import re
import zipfile
from pathlib import Path

import pytest

from bioner_core.corpus.reading import bounds, findings
from bioner_core.corpus.reading.detect import NAMES, read_files, read_path
from bioner_core.errors import BionerError

CONLL = b"aspirin B-Drug\nhelps O\n"
SUPPORTED_FORMATS = f"{len(NAMES)} formats are read; docs/formats.md shows an example of each."
ZIP_HINT = "Zip it again, or give the files themselves."


def read_error(name, content, folder):
    path = folder / name
    path.write_bytes(content)
    with pytest.raises(BionerError) as caught:
        read_path(path)
    return str(caught.value)


def zip_files(files, compression=zipfile.ZIP_DEFLATED):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", compression) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return content.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.conll", b"", f"a.conll: is empty. {SUPPORTED_FORMATS}"),
        ("a.conll", b" \r\n\n", f"a.conll: is empty. {SUPPORTED_FORMATS}"),
        (
            "a.bin",
            b"\x7fELF\0\1\2",
            "a.bin: not text, or UTF-16 without its mark (it holds NUL bytes). Save it as UTF-8 text.",
        ),
        (
            "a.bin",
            bytes(range(1, 32)) * 9,
            "a.bin: not text (it is full of control characters). Save it as UTF-8 text.",
        ),
        ("a.txt", bytes(range(128, 256)) * 3, "a.txt: its encoding is not recognised. Save it as UTF-8."),
        ("a.pdf", b"%PDF-1.7 x", "a.pdf: a PDF. Save its text and annotations in a text format."),
        (
            "a.gz",
            b"\x1f\x8b\x08x",
            "a.gz: the archive is damaged or cut off. Pack it again, or give the files themselves.",
        ),
        (
            "a.conll",
            b"aspirin\nhelps\n\n",
            "a.conll: its format is not recognised. Its first line has 1 column, none of them tags. "
            + SUPPORTED_FORMATS,
        ),
        (
            "a.txt",
            b"Took aspirin, no pain.\nSlept well.\n",
            "a.txt: its format is not recognised. Its first line has 4 columns, none of them tags. "
            + SUPPORTED_FORMATS,
        ),
        ("a.conll", b"aspirin O\nhelps O\n", "a.conll: no entities in 1 texts or sentences (CoNLL)."),
        ("a.zip", CONLL, f"a.zip: named .zip, but its content is not a zip archive. {ZIP_HINT}"),
        (
            "a.zip",
            zip_files({"a.conll": CONLL})[:-30],
            f"a.zip: the zip archive is damaged or cut off. {ZIP_HINT}",
        ),
        (
            "a.zip",
            zip_files({"a.conll": CONLL}, zipfile.ZIP_STORED).replace(b"helps", b"holps"),
            f"a.zip: the zip archive is damaged or cut off. {ZIP_HINT}",
        ),
        ("a.zip", zip_files({}), f"a.zip: holds nothing to read. {SUPPORTED_FORMATS}"),
        (
            "a.zip",
            zip_files({"../a.conll": CONLL}),
            f"a.zip: one of its files has a path outside the archive, so nothing was read. {ZIP_HINT}",
        ),
        (
            "a.zip",
            zip_files({"/etc/a": CONLL}),
            f"a.zip: one of its files has a path outside the archive, so nothing was read. {ZIP_HINT}",
        ),
        (
            "a.zip",
            zip_files({"C:\\a": CONLL}),
            f"a.zip: one of its files has a path outside the archive, so nothing was read. {ZIP_HINT}",
        ),
        (
            "a.zip",
            zip_files({"a\\..\\..\\b": CONLL}),
            f"a.zip: one of its files has a path outside the archive, so nothing was read. {ZIP_HINT}",
        ),
        (
            "a.zip",
            zip_files({"a": CONLL}, zipfile.ZIP_LZMA),
            f"a.zip: uses another compression than deflate. {ZIP_HINT}",
        ),
        (
            "a.xlsx",
            zip_files({"[Content_Types].xml": "<x/>"}),
            "a.xlsx: an Office document. Save its table as CSV or its text as plain text.",
        ),
        (
            "a.zip",
            zip_files({"b.zip": zip_files({"c.zip": zip_files({"a": CONLL})})}),
            "c.zip: a zip inside a zip inside a zip. Unpack it first.",
        ),
    ],
)
def test_bad_input_ends_with_one_message(name, content, message, tmp_path):
    assert read_error(name, content, tmp_path) == message


def test_an_encrypted_zip_is_refused(tmp_path):
    content = bytearray(zip_files({"a.conll": CONLL}))
    content[content.index(b"PK\x01\x02") + 8] |= 1
    assert read_error("a.zip", bytes(content), tmp_path) == "a.zip: needs a password. Unpack it first."


class Trap:
    """Writes a file when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (Path.touch, (self.path,))


@pytest.mark.parametrize("protocol", range(6))
def test_a_pickle_is_never_opened(protocol, tmp_path):
    message = read_error("a.pkl", pickle.dumps(Trap(tmp_path / "ran"), protocol), tmp_path)
    assert message.startswith("a.pkl: ")
    assert not (tmp_path / "ran").exists()
    if protocol >= 2:
        assert message == (
            "a.pkl: a Python pickle, which can run code and is never opened. Save it as JSON lines."
        )


def test_a_missing_path_is_named_in_the_error(tmp_path):
    for path in (tmp_path / "nothing", Path("a\0b")):
        with pytest.raises(BionerError) as caught:
            read_path(path)
        where = bounds.escape_name(str(path))
        assert str(caught.value) == f"{where}: there is no such file or folder. Check the spelling."


def test_a_folder_of_only_licences_and_hidden_files_is_refused(tmp_path):
    (tmp_path / "LICENSE").write_text("free")
    (tmp_path / ".hidden").write_bytes(CONLL)
    with pytest.raises(BionerError) as caught:
        read_path(tmp_path)
    assert str(caught.value) == f"{tmp_path.name}: holds nothing to read. {SUPPORTED_FORMATS}"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(BionerError) as caught:
        read_path(tmp_path / "pipe")
    assert str(caught.value) == f"{tmp_path}/pipe: neither a file nor a folder, so it is not read."
    (tmp_path / "a.conll").write_bytes(CONLL)
    assert read_path(tmp_path).labels == {"Drug": 1}


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_named(tmp_path):
    (tmp_path / "a.conll").touch(mode=0)
    with pytest.raises(BionerError) as caught:
        read_path(tmp_path / "a.conll")
    assert str(caught.value) == f"{tmp_path}/a.conll: cannot be read (Permission denied)."


TOO_LARGE = (
    "more than 100 MB or 50,000 files, which is more than is read at once. Give the annotated part alone."
)


def test_a_file_of_a_gigabyte_is_refused_unread(tmp_path):
    path = tmp_path / "a.conll"
    with path.open("wb") as file:
        file.truncate(1 << 30)  # a file with a hole: nothing is written
    with pytest.raises(BionerError) as caught:
        read_path(path)
    assert str(caught.value) == f"a.conll: {TOO_LARGE}"


@pytest.mark.parametrize("start", [b"aspirin\tB-Drug\n", b"1|t|Title\n", b'{"text": "a"}\n'])
def test_a_line_above_the_limit_is_refused(start, tmp_path):
    message = read_error("a.txt", start + b"x" * (bounds.MAX_LINE + 1), tmp_path)
    assert message == (
        "a.txt, line 2: longer than 20,000,000 characters. Put each sentence or record on a line of its own."
    )


def test_a_sentence_of_too_many_words_is_refused(tmp_path):
    assert read_error("a.conll", b"a B-D\n" * (bounds.MAX_WORDS + 1), tmp_path) == (
        "a.conll, line 100001: a sentence of more than 100,000 words. Put a blank line after each sentence."
    )


def test_a_long_record_of_an_array_is_refused(tmp_path):
    message = read_error("a.json", b'[{"text": "' + b" " * bounds.MAX_LINE + b'"}]', tmp_path)
    assert message == (
        "a.json, record 1: longer than 20,000,000 characters, or no JSON. Each line needs to be one JSON "
        "object, or the file one JSON array of objects."
    )


def test_a_zip_bomb_is_not_unpacked(tmp_path):
    bomb = zip_files({f"{n}.txt": bytes(30_000_000) for n in range(4)})
    assert len(bomb) < 200_000
    assert read_error("a.zip", bomb, tmp_path) == (
        "a.zip: unpacks to more than 100 MB, the limit. Use only the annotated part."
    )
    half = zip_files({f"{n}.txt": bytes(30_000_000) for n in range(2)})
    assert read_error("b.zip", zip_files({"1.zip": half, "2.zip": half}), tmp_path) == (
        "2.zip: unpacks to more than 40 MB, the limit. Use only the annotated part."
    )


def test_a_zip_that_lies_about_its_size_is_refused(tmp_path):
    content = bytearray(zip_files({"a.txt": b"x O\n" * 100_000}))
    entry = content.index(b"PK\x01\x02")
    content[entry + 24 : entry + 28] = (10).to_bytes(4, "little")
    assert (
        read_error("a.zip", bytes(content), tmp_path)
        == f"a.zip: the zip archive is damaged or cut off. {ZIP_HINT}"
    )


@pytest.mark.parametrize("n", [50_001, pytest.param(100_000, marks=pytest.mark.long)])
def test_a_zip_of_too_many_files_is_refused(n, tmp_path):
    content = zip_files(dict.fromkeys(map(str, range(n)), b""), zipfile.ZIP_STORED)
    assert read_error("a.zip", content, tmp_path) == (
        "a.zip: more than 50,000 files. Take one part of it at a time, or join files."
    )


def test_a_folder_of_too_many_files_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(bounds, "MAX_FILES", 100)
    for n in range(101):
        (tmp_path / str(n)).touch()
    with pytest.raises(BionerError) as caught:
        read_path(tmp_path)
    assert str(caught.value) == (
        f"{tmp_path.name}: more than 100 files. Is this the corpus's own folder? Take one part of it at a "
        "time, or join files."
    )
    with pytest.raises(BionerError) as caught:
        read_files(dict.fromkeys(map(str, range(101)), b""), name="upload")
    assert str(caught.value) == "101 files: at most 100 are read at once. Join some files."


@pytest.mark.long
def test_a_folder_of_100000_files_is_refused(tmp_path):
    for n in range(100_000):
        (tmp_path / str(n)).touch()
    with pytest.raises(BionerError, match="more than 50,000 files"):
        read_path(tmp_path)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.conll", b"a B-D\n\n" * 6),
        ("a.conll", b"a O\n\n" * 11),
        ("a.jsonl", b'{"text": "a"}\n' * 11),
        ("a.jsonl", b'{"text": "a", "spans": [' + b'[0,1,"a"],' * 11 + b'[0,1,"a"]]}'),
        ("a.jsonl", b'{"tokens": ["a"], "tags": ["B-D"]}\n' * 6),
        ("a.txt", b"1|t|a\n" * 11),
        ("a.txt", b"1|t|a\n" + b"1\t0\t1\ta\tD\n" * 11),
    ],
)
def test_too_many_sentences_and_mentions_are_refused(name, content, tmp_path, monkeypatch):
    monkeypatch.setattr(findings, "MAX_ITEMS", 10)
    assert read_error(name, content, tmp_path).endswith(
        ": more than 10 sentences and mentions. Give a part of the corpus."
    )


UNUSUAL_NAMES = [
    "имя файла.conll",
    "a b'c\"d.conll",
    "a\nb.conll",
    "a\u202eb.conll",
    "😂.conll",
    "-rf.conll",
    "%s{}.conll",
    "x" * 240,
]


@pytest.mark.parametrize("name", UNUSUAL_NAMES)
def test_unusual_file_names_are_read_and_escaped_in_messages(name, tmp_path):
    (tmp_path / name).write_bytes(CONLL + b"\nno\xff O\n")
    (tmp_path / "b.conll").write_bytes(CONLL)
    reading = read_path(tmp_path)
    assert reading.labels == {"Drug": 2}
    assert all(finding.where.isprintable() for finding in reading.findings)
    assert re.fullmatch(r"[\w. -]+", read_path(tmp_path / name).name)


def test_a_file_name_that_is_not_unicode_is_escaped(tmp_path):
    (tmp_path / os.fsdecode(b"caf\xe9.conll")).write_bytes(CONLL + b"x\n")
    with pytest.raises(BionerError) as caught:
        read_path(tmp_path)
    assert str(caught.value).startswith("caf%DCE9.conll, line 3: found 1 column in 'x'")


def test_two_members_with_the_same_name_are_refused(tmp_path):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive, pytest.warns(UserWarning, match="Duplicate name"):
        archive.writestr("a.conll", CONLL)
        archive.writestr("a.conll", CONLL)
    assert (
        read_error("a.zip", content.getvalue(), tmp_path) == "a.zip: two files are named a.conll. Rename one."
    )


def test_links_in_a_zip_are_left_out(tmp_path):
    link = zipfile.ZipInfo("link.conll")
    link.external_attr = 0o120777 << 16
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr(link, "/etc/passwd")
        archive.writestr("a.conll", CONLL)
    (tmp_path / "a.zip").write_bytes(content.getvalue())
    assert read_path(tmp_path / "a.zip").labels == {"Drug": 1}


def test_several_zips_and_files_are_one_corpus(tmp_path):
    (tmp_path / "train.zip").write_bytes(
        zip_files({"a.conll": CONLL, "__MACOSX/a.conll": b"\0", "README": b"x"})
    )
    (tmp_path / "test.conll").write_bytes(CONLL)
    reading = read_path(tmp_path)
    assert [passage.part for passage in reading.passages] == ["test", "train"]


def test_a_folder_is_read_in_one_format_and_other_files_are_reported(tmp_path):
    (tmp_path / "a.txt").write_bytes(b"aspirin")
    (tmp_path / "a.ann").write_bytes(b"T1\tDrug 0 7\taspirin")
    (tmp_path / "a.conll").write_bytes(CONLL)
    (tmp_path / "a.png").write_bytes(b"\x89PNG\0")
    reading = read_path(tmp_path)
    assert (reading.format, reading.labels) == ("brat", {"Drug": 1})
    assert [(f.level, f.where, f.message) for f in reading.findings] == [
        (
            "note",
            "a.png",
            "not read: not text, or UTF-16 without its mark (it holds NUL bytes). Save it as UTF-8 text.",
        ),
        ("note", "a.conll", "not read: not part of the brat corpus beside it."),
    ]


def test_repeated_findings_are_counted_not_listed():
    lines = b"".join(b"T%d\tDrug 90 91\tx\n" % n for n in range(1, 31))
    reading = read_files({"a.txt": b"aspirin", "a.ann": b"T99\tDrug 0 7\taspirin\n" + lines}, name="x")
    assert len(reading.findings) == 12
    assert (reading.findings[-1].where, reading.findings[-1].message) == (
        "20 more places",
        "offsets outside the text, or of blanks only; left out.",
    )


def test_the_bounds_are_documented():
    page = (Path(__file__).parents[3] / "docs/formats.md").read_text()
    for bound in (
        bounds.MAX_BYTES // 1_000_000,
        bounds.MAX_FILES,
        bounds.MAX_LINE,
        bounds.MAX_ITEMS,
        bounds.MAX_WORDS,
    ):
        assert f"{bound:,}" in page
