"""The program's own corpus file: lossless, private, and invalid lines are named."""

import json
import os
from dataclasses import replace

import pytest

from bioner_core.corpus.jsonl import is_corpus_file, load_corpus, save_corpus, serialize_corpus
from bioner_core.corpus.sentences import Corpus, Sentence, Span
from bioner_core.errors import BionerError

CORPUS = Corpus(
    name="заметки",
    types=("Disease", "Drug"),
    sentences=(
        Sentence(("Аспирин", "500 мг", "\u2028", '"'), (Span(0, 2, "Drug"),), "d/1", "train"),
        Sentence(("ok", "\U0001f642")),
    ),
    language="ru",
    domain="EHR",
    licence="CC0",
    is_synthetic=True,
    label_map={"Chemical": "Drug"},
)


def test_a_loaded_corpus_equals_the_saved_one(tmp_path):
    path = tmp_path / "x.jsonl"
    save_corpus(path, CORPUS)
    loaded = load_corpus(path)
    assert loaded == CORPUS
    assert loaded.digest == CORPUS.digest
    assert is_corpus_file(path)


def test_the_version_of_the_words_is_kept_and_written_only_if_it_is_new(tmp_path):
    corpus = replace(CORPUS, tokenizer_version=2)
    save_corpus(tmp_path / "x.jsonl", corpus)
    assert load_corpus(tmp_path / "x.jsonl") == corpus
    assert corpus.digest == CORPUS.digest
    assert "tokenizer_version" not in serialize_corpus(CORPUS)


def test_the_file_is_a_header_and_one_line_per_sentence():
    header, first, second, end = serialize_corpus(CORPUS).split("\n")
    assert list(json.loads(header))[:2] == ["bioner_corpus", "name"]
    assert json.loads(first)["spans"] == [[0, 2, "Drug"]]
    assert json.loads(second) == {"tokens": ["ok", "\U0001f642"], "spans": [], "document": "", "part": ""}
    assert end == ""


def test_other_files_are_not_recognized_as_corpus_files(tmp_path):
    path = tmp_path / "x.jsonl"
    for content in ('{"tokens": []}\n', "", '{"bioner'):
        path.write_text(content)
        assert not is_corpus_file(path)


OUTSIDE = (
    "a sentence of 2 tokens has the span {} 'Drug': spans must lie inside it, in order, without overlap."
)


def build_line(*spans, **changed):
    """Return an invalid line of two tokens."""
    return json.dumps({"tokens": ["a", "b"], "spans": spans, "document": "d", "part": "train"} | changed)


def build_header(**changed):
    return json.dumps(json.loads(serialize_corpus(CORPUS).split("\n")[0]) | changed)


@pytest.mark.parametrize(
    ("number", "text", "reason"),
    [
        (
            2,
            "{",
            "JSONDecodeError: Expecting property name enclosed in double quotes: line 1 column 2 (char 1)",
        ),
        (2, '{"tokens": []}', "KeyError: 'part'"),
        (3, "[]", "TypeError: list indices must be integers or slices, not str"),
        (1, '{"bioner_corpus": 1}', "KeyError: 'name'"),
        (
            2,
            '{"tokens": [1], "spans": [], "document": "", "part": ""}',
            "ValueError: tokens must be texts, and the part train, dev, test or empty",
        ),
        (
            2,
            build_line(tokens="ab"),
            "ValueError: tokens must be texts, and the part train, dev, test or empty",
        ),
        (
            2,
            build_line(part=["train"]),
            "ValueError: tokens must be texts, and the part train, dev, test or empty",
        ),
        (3, build_line(document=5), "ValueError: the document must be a text"),
        (2, build_line([1, 0, "Drug"]), "span 1–0 'Drug': starts must be 0 or more, ends larger."),
        (3, build_line([-1, 1, "Drug"]), "span -1–1 'Drug': starts must be 0 or more, ends larger."),
        (2, build_line([0, 2, "Drug"], [1, 2, "Drug"]), OUTSIDE.format("1–2")),
        (2, build_line([1, 2, "Drug"], [0, 1, "Drug"]), OUTSIDE.format("0–1")),
        (3, build_line([1, 3, "Drug"]), OUTSIDE.format("1–3")),
        (
            2,
            build_line(["0", 1, "Drug"]),
            "TypeError: '<=' not supported between instances of 'int' and 'str'",
        ),
        (
            2,
            build_line([0, 1.5, "Drug"]),
            "ValueError: the start and the end of a span must be whole numbers",
        ),
        (
            2,
            build_line([0, True, "Drug"]),
            "ValueError: the start and the end of a span must be whole numbers",
        ),
        (
            3,
            build_line([0, 1, "Gene"]),
            "ValueError: a span is a 'Gene', which is none of the corpus's types",
        ),
        (
            2,
            build_line([0, 1, ["Drug"]]),
            "ValueError: a span is a ['Drug'], which is none of the corpus's types",
        ),
        (1, build_header(types="Drug"), "ValueError: of the wrong kind: types"),
        (1, build_header(types=["Drug", 1]), "ValueError: of the wrong kind: types"),
        (
            1,
            build_header(name=5, home=None, label_map=[], is_synthetic=1),
            "ValueError: of the wrong kind: name, home, label_map, is_synthetic",
        ),
    ],
)
def test_an_invalid_line_is_named_with_the_reason(tmp_path, number, text, reason):
    path = tmp_path / "x.jsonl"
    lines = serialize_corpus(CORPUS).split("\n")
    lines[number - 1] = text
    path.write_text("\n".join(lines[:number]), encoding="utf-8")
    with pytest.raises(BionerError) as error:
        load_corpus(path)
    assert str(error.value) == (
        f"{path}, line {number}: not as this program writes a corpus ({reason}). Add the corpus again "
        "from its own files."
    )


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    with pytest.raises(BionerError, match=f"{tmp_path.name}: cannot be read \\(Is a directory\\)"):
        load_corpus(tmp_path)


def test_a_newer_file_is_refused(tmp_path):
    path = tmp_path / "x.jsonl"
    path.write_text('{"bioner_corpus": 2, "name": "x"}')
    with pytest.raises(BionerError) as error:
        load_corpus(path)
    assert str(error.value) == (
        f"{path}: written by a newer version of this program (format 2; this one reads 1). "
        "Update the program."
    )


@pytest.mark.skipif(os.name == "nt", reason="no such rights there")
def test_the_file_is_private(tmp_path):
    save_corpus(tmp_path / "x.jsonl", CORPUS)
    assert (tmp_path / "x.jsonl").stat().st_mode & 0o077 == 0


def test_home_and_citation_are_stored_and_optional_in_older_files(tmp_path):
    corpus = Corpus(
        name="a",
        sentences=(Sentence(("x",)),),
        types=("Drug",),
        home="https://corpus.example",
        citation="Nobody",
    )
    path = tmp_path / "a.jsonl"
    save_corpus(path, corpus)
    assert load_corpus(path) == corpus
    header, *lines = path.read_text(encoding="utf-8").splitlines()
    older = {key: value for key, value in json.loads(header).items() if key not in ("home", "citation")}
    path.write_text("\n".join([json.dumps(older), *lines, ""]), encoding="utf-8")
    assert (load_corpus(path).home, load_corpus(path).citation) == ("", "")
    assert load_corpus(path).digest == corpus.digest
