"""Exported corpora are read back unchanged, as far as the format allows."""

import json

import pytest

from bioner_core.corpus.opening import open_corpus
from bioner_core.corpus.reading.detect import read_path
from bioner_core.corpus.sentences import Corpus, Sentence, Span
from bioner_core.corpus.statistics import compute_statistics
from bioner_core.corpus.writing import export_corpus
from bioner_core.errors import BionerError

PARTED = Corpus(
    name="notes",
    types=("Disease", "Drug"),
    sentences=(
        Sentence(("Took", "aspirin", "500", "mg", "."), (Span(1, 2, "Drug"),), "a/1", "train"),
        Sentence(
            ("Left", "arm", "pain", ",", "#", "1"),
            (Span(0, 3, "Disease"), Span(5, 6, "Drug")),
            "a/1",
            "train",
        ),
        Sentence(("#", "ok"), (), "2", "train"),
        Sentence(("Боль", "и", "аспирин"), (Span(0, 1, "Disease"), Span(2, 3, "Drug")), "3", "test"),
        Sentence(("Нет",), (), "3b", "test"),
        Sentence(("No", "pain"), (Span(1, 2, "Disease"),), "4", "dev"),
        Sentence(("Fine",), (), "5", "dev"),
    ),
    language="en",
)
BARE = Corpus(
    name="notes",
    types=("cell line",),
    sentences=(
        Sentence(("one", "HeLa", "line"), (Span(1, 3, "cell line"),)),
        Sentence(("two", "HeLa"), (Span(1, 2, "cell line"),)),
    ),
)


def list_sentences(corpus):
    return sorted((s.part, s.document, s.tokens, s.spans) for s in corpus.sentences)


def list_sentences_without_documents(corpus):
    return sorted((s.part, s.tokens, s.spans) for s in corpus.sentences)


@pytest.mark.parametrize(("to", "name"), [("conll", "out"), ("jsonl", "out.jsonl")])
def test_words_spans_documents_and_parts_are_exported(tmp_path, to, name):
    export_corpus(PARTED, tmp_path / name, to)
    assert list_sentences(open_corpus(tmp_path / name).corpus) == list_sentences(PARTED)


@pytest.mark.parametrize(("to", "name"), [("conll", "out.conll"), ("jsonl", "out.jsonl")])
def test_a_corpus_without_documents_and_common_types_is_exported(tmp_path, to, name):
    export_corpus(BARE, tmp_path / name, to)
    opened = open_corpus(tmp_path / name)
    assert opened.corpus.sentences == BARE.sentences
    assert opened.corpus.types == ("cell line",)


def test_brat_keeps_entities_parts_and_documents(tmp_path):
    export_corpus(PARTED, tmp_path / "out", "brat")
    assert sorted(
        str(p.relative_to(tmp_path / "out").as_posix()) for p in (tmp_path / "out").rglob("*.ann")
    ) == [
        "dev/4.ann",
        "dev/5.ann",
        "test/3.ann",
        "test/3b.ann",
        "train/2.ann",
        "train/a/1.ann",
    ]
    assert (tmp_path / "out/train/a/1.txt").read_text() == "Took aspirin 500 mg .\n\nLeft arm pain , # 1\n\n"
    assert (tmp_path / "out/train/a/1.ann").read_text() == (
        "T1\tDrug 5 12\taspirin\nT2\tDisease 23 36\tLeft arm pain\nT3\tDrug 41 42\t1\n"
    )
    again = open_corpus(tmp_path / "out").corpus
    assert list_sentences_without_documents(again) == list_sentences_without_documents(PARTED)
    export_corpus(again, tmp_path / "twice", "brat")
    assert list_sentences(open_corpus(tmp_path / "twice").corpus) == list_sentences(again)


def test_brat_writes_one_text_for_sentences_without_documents(tmp_path):
    export_corpus(BARE, tmp_path / "out", "brat")
    assert (
        tmp_path / "out/sentences.ann"
    ).read_text() == "T1\tcell_line 4 13\tHeLa line\nT2\tcell_line 19 23\tHeLa\n"
    assert len(open_corpus(tmp_path / "out").corpus.sentences) == 2


def test_unusual_document_names_stay_inside_the_folder(tmp_path):
    names = ["../up", "/root", "README", ".git/x", "a:b*", "..", "x\ny"]
    sentences = tuple(
        Sentence(("took", f"d{i}"), (Span(1, 2, "Drug"),), name) for i, name in enumerate(names)
    )
    export_corpus(Corpus(name="n", types=("Drug",), sentences=sentences), tmp_path / "out", "brat")
    assert sorted(p.relative_to(tmp_path / "out").as_posix() for p in (tmp_path / "out").rglob("*.txt")) == [
        "_...txt",
        "_../up.txt",
        "_.git/x.txt",
        "_/root.txt",
        "_README.txt",
        "a_b_.txt",
        "x_y.txt",
    ]
    assert [p.name for p in tmp_path.iterdir()] == ["out"]
    assert open_corpus(tmp_path / "out").n_placed == {"Drug": 7}


SIMILAR_NAMES = [
    ("note:1", ""),
    ("note;1", ""),
    ("Note_1", ""),
    ("note_1_2", ""),
    ("x", "train"),
    ("train/x", "train"),
]


@pytest.mark.parametrize(("to", "ending"), [("brat", "ann"), ("webanno", "tsv")])
def test_documents_with_similar_names_get_separate_files(tmp_path, to, ending):
    sentences = tuple(
        Sentence(("took", f"d{at}"), (Span(1, 2, "Drug"),), name, part)
        for at, (name, part) in enumerate([*SIMILAR_NAMES, SIMILAR_NAMES[0], ("", "")])
    )
    corpus = Corpus(name="n", types=("Drug",), sentences=(*sentences, Sentence(("x",), (), "sentences")))
    notes = export_corpus(corpus, tmp_path / "out", to)
    assert notes == (
        "6 of 8 documents have another name as a file: characters other than letters, digits, blanks and "
        ". _ - became _, long names are cut, and names that are taken got _2, _3 and so on.",
    )
    files = sorted(
        p.relative_to(tmp_path / "out").as_posix() for p in (tmp_path / "out").rglob(f"*.{ending}")
    )
    assert files == [
        f"{name}.{ending}"
        for name in (
            "Note_1_3", "note_1", "note_1_2", "note_1_2_2", "sentences", "sentences_2", "train/x", "train/x_2"
        )
    ]  # fmt: skip
    assert len({file.casefold() for file in files}) == len(files)
    again = open_corpus(tmp_path / "out").corpus
    assert sorted(s.tokens for s in again.sentences) == sorted(s.tokens for s in corpus.sentences)
    assert compute_statistics(again).documents == 8


def test_types_that_brat_cannot_name_get_other_names_and_this_is_said(tmp_path):
    labels = ("Drug", "adverse event", "adverse\u00a0event", "adverse_event", "drug")
    spans = tuple(Span(at, at + 1, label) for at, label in enumerate(labels))
    corpus = Corpus(
        name="n", types=tuple(sorted(labels)), sentences=(Sentence(("a", "b", "c", "d", "e"), spans),)
    )
    (note,) = export_corpus(corpus, tmp_path / "out", "brat")
    assert note == (
        "2 of 5 types have another name, since brat allows no blanks in it: adverse event is "
        "adverse_event_2, adverse\u00a0event is adverse_event_3."
    )
    assert set(read_path(tmp_path / "out").labels.values()) == {1}
    for to in ("conll", "jsonl", "webanno"):
        assert export_corpus(corpus, tmp_path / to, to) == ()


def test_json_lines_have_the_fields_that_other_tools_read(tmp_path):
    export_corpus(PARTED, tmp_path / "x.jsonl", "jsonl")
    first = json.loads((tmp_path / "x.jsonl").read_text(encoding="utf-8").split("\n")[0])
    assert first == {
        "tokens": ["Took", "aspirin", "500", "mg", "."],
        "ner_tags": ["O", "B-Drug", "O", "O", "O"],
        "document": "a/1",
        "part": "train",
    }


def test_words_with_line_breaks_stay_on_one_line(tmp_path):
    words = ("a\tb", "c\nd", "500 мг", "-DOC", "\u2028", "\u00a0")
    corpus = Corpus(name="n", types=("Drug",), sentences=(Sentence(words, (Span(2, 3, "Drug"),)),) * 2)
    export_corpus(corpus, tmp_path / "x.conll", "conll")
    (first, _) = open_corpus(tmp_path / "x.conll").corpus.sentences
    assert first.tokens[:3] == ("a b", "c d", "500 мг")
    assert (len(first.tokens), first.spans) == (6, (Span(2, 3, "Drug"),))


@pytest.fixture(scope="module")
def real_corpora(shared):
    return {name: open_corpus(shared / "corpora" / name).corpus for name in ("rumedner_ru", "phee")}


@pytest.mark.parametrize("name", ["rumedner_ru", "phee"])
@pytest.mark.parametrize("to", ["conll", "jsonl", "brat", "webanno"])
def test_exported_real_corpora_are_read_back_unchanged(real_corpora, tmp_path, name, to):
    corpus = real_corpora[name]
    export_corpus(corpus, tmp_path / "out", to)
    again = open_corpus(tmp_path / "out").corpus
    assert again.mentions == corpus.mentions
    assert compute_statistics(again).documents == compute_statistics(corpus).documents
    if to == "webanno":  # documents become files, in folders for parts
        assert list_sentences_without_documents(again) == list_sentences_without_documents(corpus)
    elif to != "brat":  # brat texts are split into sentences and words again
        assert list_sentences(again) == list_sentences(corpus)


def test_unknown_formats_and_impossible_paths_are_refused(tmp_path):
    for out, to, message in (
        (tmp_path / "x", "xml", "unknown format 'xml'. Choose conll, jsonl, brat, webanno."),
        (
            tmp_path,
            "brat",
            f"{tmp_path}: already exists. Choose another name, or move the old one away first.",
        ),
        (
            tmp_path / "no/x",
            "conll",
            f"{tmp_path}/no/x: the folder {tmp_path}/no does not exist. Create it first.",
        ),
    ):
        with pytest.raises(BionerError) as error:
            export_corpus(PARTED, out, to)
        assert str(error.value) == message
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("to", ["conll", "jsonl", "brat", "webanno"])
def test_a_file_name_refused_by_the_disk_is_explained_and_leaves_no_files(tmp_path, to):
    out = tmp_path / ("x" * 300)
    with pytest.raises(BionerError) as error:
        export_corpus(PARTED, out, to)
    assert str(error.value) == f"{out}: cannot be written (File name too long). Choose another place."
    assert list(tmp_path.iterdir()) == []


def test_webanno_keeps_words_entities_and_parts(tmp_path):
    export_corpus(PARTED, tmp_path / "out", "webanno")
    again = open_corpus(tmp_path / "out").corpus
    assert list_sentences_without_documents(again) == list_sentences_without_documents(PARTED)
    export_corpus(again, tmp_path / "twice", "webanno")
    assert list_sentences(open_corpus(tmp_path / "twice").corpus) == list_sentences(again)
    assert (tmp_path / "out/train/a/1.tsv").read_text().splitlines()[3:8] == [
        "",
        "#Text=Took aspirin 500 mg .",
        "1-1\t0-4\tTook\t_\t_\t",
        "1-2\t5-12\taspirin\t*\tDrug\t",
        "1-3\t13-16\t500\t_\t_\t",
    ]


def test_webanno_escapes_reserved_characters_and_counts_utf_16_units(tmp_path):
    words = ("a\\b", "😂", "[x]|_*;", "c")
    spans = (Span(0, 1, "A_B"), Span(1, 2, "A_B"), Span(2, 4, "C[1]|*->\\"))
    types = ("A_B", "C[1]|*->\\")
    corpus = Corpus(name="n", types=types, sentences=(Sentence(words, spans), Sentence(("d",), ())))
    export_corpus(corpus, tmp_path / "out", "webanno")
    again = open_corpus(tmp_path / "out").corpus
    assert [(s.tokens, s.spans) for s in again.sentences] == [(words, spans), (("d",), ())]
    text = (tmp_path / "out/sentences.tsv").read_text()
    assert "\n1-2\t4-6\t😂\t" in text and "\n2-1\t17-18\td\t" in text
