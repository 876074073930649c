"""Annotations of other systems on the sentences of a corpus: by document and text, in any format."""

import json

import pytest

from bioner_core.corpus.alignment import align_annotations
from bioner_core.corpus.opening import open_corpus, read_annotations
from bioner_core.corpus.sentences import Corpus, Sentence, Span
from bioner_core.corpus.split import split_corpus
from bioner_core.corpus.unannotated import serialize_unannotated
from bioner_core.corpus.writing import WRITERS
from bioner_core.errors import BionerError

SENTENCES = (
    Sentence(("Beta-blockers", "help", "."), (Span(0, 1, "Drug"),), "one", "test"),
    Sentence(("No", "chest", "pain", "."), (Span(1, 3, "Disease"),), "one", "test"),
    Sentence(("No", "chest", "pain", "."), (), "two", "test"),
    Sentence(
        ("Aspirin", "caused", "renal", "failure", "."), (Span(0, 1, "Drug"), Span(2, 4, "Disease")), "two"
    ),
)
CORPUS = Corpus(name="notes", sentences=SENTENCES, types=("Disease", "Drug"), language="en")


def align(path, **options):
    return align_annotations(read_annotations(path), SENTENCES, CORPUS, **options)


def write_records(path, *records):
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    return path


@pytest.mark.parametrize("form", WRITERS)
def test_gold_in_any_format_comes_back_with_its_spans_and_other_mentions_are_counted(tmp_path, form):
    other = Sentence(("Heparin", "."), (Span(0, 1, "Drug"),), "three")
    everything = Corpus(name="all", sentences=(*SENTENCES, other), types=CORPUS.types)
    WRITERS[form](everything, tmp_path / "out")
    aligned = align(tmp_path / "out")
    assert [s.spans for s in aligned.sentences] == [s.spans for s in SENTENCES]
    assert (aligned.n_matched, aligned.n_other_mentions) == (4, 1)


def test_the_exported_texts_are_read_with_what_a_system_wrote_into_them(tmp_path):
    exported = [json.loads(line) for line in serialize_unannotated(SENTENCES, language="en").splitlines()]
    assert exported[0] == {"id": 0, "document": "one", "text": "Beta-blockers help .", "entities": []}
    exported[0]["entities"] = [{"start": 0, "end": 4, "label": "Chemical"}]  # cuts a word
    exported[3]["entities"] = [
        {"start": 0, "end": 7, "label": "Medication"},
        {"start": 15, "end": 28, "label": "Disease"},
        {"start": 21, "end": 28, "label": "disease"},  # inside the one before
        {"start": 8, "end": 14, "label": "Verb"},
    ]
    aligned = align(write_records(tmp_path / "x.jsonl", *exported))
    assert [s.spans for s in aligned.sentences] == [SENTENCES[0].spans, (), (), SENTENCES[3].spans]
    messages = " ".join(finding.message for finding in aligned.findings)
    assert "labels left out: Verb (1)" in messages
    assert "1 Disease" in messages


def test_a_text_of_two_documents_takes_the_annotations_of_its_own(tmp_path):
    text = "No chest pain ."
    records = [{"document": "one", "text": text, "entities": []}]
    records += [{"document": "two", "text": text, "entities": [[3, 13, "Disease"]]}]
    aligned = align(write_records(tmp_path / "x.jsonl", *records))
    assert [s.spans for s in aligned.sentences] == [(), (), (Span(1, 3, "Disease"),), ()]
    assert aligned.n_matched == 2


def test_without_documents_equal_texts_are_taken_in_their_order(tmp_path):
    records = [{"text": "No chest pain.", "entities": e} for e in ([[3, 13, "Disease"]], [])]
    aligned = align(write_records(tmp_path / "x.jsonl", *records))
    assert [len(s.spans) for s in aligned.sentences] == [0, 1, 0, 0]


def test_a_mention_beyond_its_sentence_ends_with_it(tmp_path):
    text = "Beta-blockers help. No chest pain."
    record = {"document": "one", "text": text, "entities": [[14, 33, "Disease"]]}
    aligned = align(write_records(tmp_path / "x.jsonl", record))
    assert aligned.sentences[0].spans == (Span(1, 3, "Disease"),)
    assert aligned.sentences[1].spans == ()


def test_labels_of_the_user_go_before_those_of_the_corpus(tmp_path):
    record = {"document": "two", "text": "Aspirin caused renal failure .", "entities": [[0, 7, "Stuff"]]}
    path = write_records(tmp_path / "x.jsonl", record)
    assert align(path).sentences[3].spans == ()
    assert align(path, label_map={"Stuff": "Drug"}).sentences[3].spans == (Span(0, 1, "Drug"),)


def test_a_file_of_other_texts_is_refused(tmp_path):
    path = write_records(tmp_path / "x.jsonl", {"text": "Another text", "entities": [[0, 7, "Drug"]]})
    with pytest.raises(
        BionerError, match=r"x: holds none of the 4 test sentences of notes. .*predictions export"
    ):
        align(path)


@pytest.mark.long
@pytest.mark.parametrize("name", ["bc5cdr", "phee", "psytar_en", "rumedner_ru"])
def test_a_real_corpus_in_its_own_files_comes_back_on_its_test_part(shared, name):
    path = shared / "corpora" / name
    corpus = open_corpus(path).corpus
    test = split_corpus(corpus).test
    aligned = align_annotations(read_annotations(path), test, corpus)
    assert aligned.n_matched == len(test)
    assert [s.spans for s in aligned.sentences] == [s.spans for s in test]


def test_pieces_of_a_mention_are_placed_as_in_a_corpus(tmp_path):
    (tmp_path / "two.txt").write_text("Aspirin caused renal failure .")
    (tmp_path / "two.ann").write_text(
        "T1\tDrug 0 7;21 28\tAspirin failure\nT2\tDisease 15 28\trenal failure\n"
    )
    assert align(tmp_path).sentences[3].spans == (Span(2, 4, "Disease"),)
