""".spacy files: strings by their hashes, entities and groups of spans; damaged and hostile files."""

import struct
import zlib
from pathlib import Path

import msgpack
import numpy as np
import pytest

from bioner_core.corpus.reading import spacy_docbin
from bioner_core.corpus.reading.detect import read_files, read_path
from bioner_core.corpus.reading.spacy_strings import ENT_IOB, ENT_TYPE, ORTH, hash_string, map_strings
from bioner_core.errors import BionerError

SAMPLES = Path(__file__).parents[2] / "data/formats/spacy"
DAMAGED = "a.spacy: a .spacy file that is damaged or cut off. Write it again with DocBin.to_disk."
WORDS = ["No", "aspirin", "helps"]


def pack_docbin(iob=(2, 3, 2), words=WORDS, **changed):
    """Return a file as spaCy writes it, with one document, and what is to be changed in it."""
    kinds = [hash_string("Drug") if tag in (1, 3) else 0 for tag in iob]
    tokens = np.array([[hash_string(word) for word in words], iob, kinds], dtype=np.uint64).T
    content = {
        "version": "0.1",
        "attrs": [ORTH, ENT_IOB, ENT_TYPE],
        "tokens": tokens.tobytes(),
        "spaces": bytes([1] * (len(words) - 1) + [0]),
        "lengths": np.array([len(words)], dtype="<i4").tobytes(),
        "strings": ["", "Drug", *words],
        "cats": [{}],
        "flags": [{"has_unknown_spaces": False}],
        "span_groups": [b""],
    }
    return zlib.compress(msgpack.packb(content | changed))


def read_content(content):
    return read_files({"a.spacy": content}, name="upload")


def read_error(content):
    with pytest.raises(BionerError) as caught:
        read_content(content)
    return str(caught.value)


def list_mentions(reading):
    return [(m.label, passage.mention_text(m)) for passage in reading.passages for m in passage.mentions]


def test_hashes_equal_those_of_spacy():
    # spacy.strings.hash_string of spaCy 3.8.18
    assert hash_string("боль") == 17430824219573375392
    assert hash_string("case") == 8110129090154140942
    assert hash_string("") == 14313749767032693980
    strings = map_strings(["case"])
    assert (strings[380], strings[405], strings[77], strings[0]) == ("PERSON", "aux", "ENT_IOB", "")
    assert (strings[456], strings[84], strings[8110129090154140942]) == ("_", "ADJ", "case")


def test_text_is_built_from_tokens_and_blanks():
    reading = read_content(pack_docbin())
    assert (reading.passages[0].text, list_mentions(reading)) == ("No aspirin helps", [("Drug", "aspirin")])


@pytest.mark.parametrize(
    ("iob", "expected"),
    [
        ((3, 1, 2), ["No aspirin"]),
        ((3, 3, 1), ["No", "aspirin helps"]),
        ((1, 2, 1), ["No", "helps"]),
        ((3, 0, 1), ["No", "helps"]),
    ],
)
def test_iob_tags_are_joined_as_in_spacy(iob, expected):
    assert [words for _, words in list_mentions(read_content(pack_docbin(iob)))] == expected


def test_a_document_whose_entities_were_never_set_is_left_out():
    reading = read_path(SAMPLES / "entities.spacy")
    assert [(f.level, f.message) for f in reading.findings] == [
        ("warning", "1 document whose entities were never set: left out.")
    ]


def test_span_groups_are_read_if_no_entities_are_set():
    reading = read_path(SAMPLES / "groups.spacy")
    assert [f.message for f in reading.findings] == [
        "no entities are set, so the spans of the group 'sc' are read, of 2 groups."
    ]


def test_span_groups_of_earlier_versions_and_offsets_outside_the_text():
    spans = [
        struct.pack(">QQQllll", 0, 0, hash_string("Drug"), first, end, 0, 0)
        for first, end in ((1, 2), (2, 9))
    ]
    group = msgpack.packb({"name": "mine", "attrs": {}, "spans": spans})
    reading = read_content(pack_docbin((0, 0, 0), span_groups=[msgpack.packb([group])]))
    assert (list_mentions(reading), reading.n_unplaced) == ([("Drug", "aspirin")], 1)


@pytest.mark.parametrize(
    "changed",
    [
        {"tokens": b"123"},
        {"tokens": [1, 2]},
        {"lengths": np.array([9], dtype="<i4").tobytes()},
        {"lengths": np.array([-1, 4], dtype="<i4").tobytes()},
        {"spaces": b""},
        {"attrs": [ENT_IOB]},
        {"attrs": []},
        {"strings": [["nested"]]},
        {"strings": [{"a": 1}]},
        {"strings": "abc"},
        {"strings": [1]},
        {"span_groups": [b"\x91\xc4"]},
        {"attrs": msgpack.ExtType(1, b"x")},
    ],
)
def test_inconsistent_fields_are_refused(changed):
    assert read_error(pack_docbin(**changed)) == DAMAGED


def test_truncated_files_are_refused():
    content = pack_docbin()
    assert read_error(content[:-3]) == DAMAGED
    assert read_error(zlib.compress(zlib.decompress(content)[:-30])) == DAMAGED


def test_decompression_bombs_are_refused(monkeypatch):
    monkeypatch.setattr(spacy_docbin, "MAX_BYTES", 10_000)
    bomb = pack_docbin(user_data=[bytes(20_000)])
    assert len(bomb) < 1_000
    assert read_error(bomb) == "a.spacy: unpacks to more than 0 MB. Give a part of it."
    monkeypatch.setattr(spacy_docbin, "MAX_BYTES", 100_000_000)
    monkeypatch.setattr(spacy_docbin, "MAX_ITEMS", 100)
    assert (
        read_error(pack_docbin(strings=["a"] * 101))
        == "a.spacy: more than 100 items in one list. Give a part of it."
    )


def test_documents_have_no_names():
    with pytest.raises(BionerError) as caught:
        read_path(SAMPLES / "entities.spacy", documents="id")
    assert str(caught.value) == "entities: .spacy names no documents, so --documents id has no meaning."


def test_a_file_of_millions_of_empty_documents_is_refused(monkeypatch):
    monkeypatch.setattr(spacy_docbin, "MAX_ITEMS", 100)
    content = pack_docbin(lengths=np.array([0] * 100 + [3], dtype="<i4").tobytes())
    assert read_error(content) == "a.spacy: more than 100 documents. Give a part of it."
