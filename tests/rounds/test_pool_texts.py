"""Texts to annotate come from files with or without annotations, each once."""

import json
import zipfile

import pytest

from bioner_core.connections.tool import build_key
from bioner_core.corpus.jsonl import save_corpus
from bioner_core.corpus.library import Library
from bioner_core.corpus.sentences import Corpus, Sentence, Span
from bioner_core.errors import BionerError
from bioner_core.rounds.pool_texts import (
    PoolText,
    parse_texts,
    read_texts,
    serialize_texts,
    split_to_sentences,
)

CORPUS = Corpus(
    name="notes",
    sentences=(Sentence(("No", "pain"), (Span(1, 2, "Disease"),), "a"), Sentence(("Fine", "."), (), "b")),
    types=("Disease",),
    language="en",
)


def list_pairs(texts):
    return [(of.text, of.document) for of in texts]


def test_each_file_of_a_folder_is_a_text(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.txt").write_text("No pain. Fine.")
    (tmp_path / "in" / "b.txt").write_text("Slept.\nBadly.")
    texts = read_texts(str(tmp_path / "in"), language="en")
    assert list_pairs(texts) == [("No pain. Fine.", "a"), ("Slept.\nBadly.", "b")]
    assert [of.n_sentences for of in texts] == [2, 2]
    with zipfile.ZipFile(tmp_path / "in.zip", "w") as archive:
        for name in ("a.txt", "b.txt"):
            archive.write(tmp_path / "in" / name, name)
    assert read_texts(str(tmp_path / "in.zip"), language="en") == texts


def test_each_line_of_a_single_file_is_a_text_once(tmp_path):
    (tmp_path / "a.txt").write_text("No pain\n\nFine\n No  pain \n")
    assert list_pairs(read_texts(str(tmp_path / "a.txt"))) == [("No pain", ""), ("Fine", "")]


def test_records_and_tables_have_a_field_text(tmp_path):
    rows = [{"id": 1, "text": "No pain", "document": "a"}, {"id": 2, "text": "Fine", "entities": []}]
    (tmp_path / "a.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (tmp_path / "a.json").write_text(json.dumps(rows))
    (tmp_path / "a.csv").write_text('text,document\n"No pain",a\nFine,\n')
    (tmp_path / "a.tsv").write_text("text\tdocument\nNo pain\ta\nFine\t\n")
    for name in ("a.jsonl", "a.json", "a.csv", "a.tsv"):
        assert list_pairs(read_texts(str(tmp_path / name))) == [("No pain", "a"), ("Fine", "")], name


def test_annotated_files_and_corpora_give_their_texts_too(tmp_path):
    save_corpus(tmp_path / "notes.jsonl", CORPUS)
    Library().add(CORPUS)
    (tmp_path / "a.conll").write_text("No\tO\npain\tB-Disease\n\nFine\tO\n.\tO\n\n")
    for argument in ("notes", str(tmp_path / "notes.jsonl")):
        assert list_pairs(read_texts(argument)) == [("No pain", "a"), ("Fine .", "b")]
    first, _ = read_texts(str(tmp_path / "a.conll"), language="en")
    assert (first.text, [of.fragments for of in first.mentions]) == ("No pain", [((3, 7),)])


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.txt", "\n \n", "holds no text"),
        ("a.csv", "a,b\n1,2\n", "format"),
        ("a.json", "[{]", "a.json"),
    ],
)
def test_files_without_texts_are_refused(tmp_path, name, content, message):
    (tmp_path / name).write_text(content)
    with pytest.raises(BionerError, match=message):
        read_texts(str(tmp_path / name))


def test_a_cell_may_hold_a_long_document_with_breaks(tmp_path):
    (tmp_path / "a.csv").write_bytes(b'id,text\n1,"No pain\rtoday, ' + b"x" * 200_000 + b'"\n')
    (text,) = read_texts(str(tmp_path / "a.csv"))
    assert len(text.text) > 200_000


def test_kept_texts_are_read_as_they_were():
    texts = (PoolText(text="a\u2028b\nc", document="d", n_sentences=2), PoolText(text="😀"))
    assert parse_texts(serialize_texts(texts), where="x") == texts
    with pytest.raises(BionerError, match="x: is damaged"):
        parse_texts('{"text": "a", "other": 1}\n', where="x")


def test_sentences_of_texts_keep_their_document():
    texts = (PoolText(text="No pain. Fine.", document="a"), PoolText(text="Fine.", document="b"))
    assert list_pairs(split_to_sentences(texts, language="en")) == [("No pain.", "a"), ("Fine.", "a")]


def test_tools_that_change_blanks_do_not_change_the_key():
    assert build_key("No  pain\n") == build_key("No pain")
    assert build_key("Nopain!") != build_key("No pain")
