"""What is annotated joins the corpus that a project began with; its test part does not move."""

from collections import Counter
from dataclasses import replace

import pytest
from small_project import build_corpus, build_project, build_texts

from bioner_core.connections.tool import Export
from bioner_core.corpus.reading.passages import Mention, Passage, Reading
from bioner_core.corpus.split import split_corpus
from bioner_core.errors import BionerError
from bioner_core.rounds.merging import merge_export, read_export
from bioner_core.rounds.project import SentTask

POOL = build_texts(100, per_document=5)


def build_reading(*numbers, label="Drug", **fields):
    passages = tuple(
        Passage(
            document="renamed",
            text=f" {POOL[number].text}\n",
            mentions=(
                Mention(
                    label, ((POOL[number].text.index("took") + 6, POOL[number].text.index("took") + 10),)
                ),
            ),
        )
        for number in numbers
    )
    return Reading(name="pulled", format="Prodigy", passages=passages, **fields)


def merge(reading, *, start=None, sent=(), project=None):
    return merge_export(reading, project or build_project("/x"), pool=POOL, sent=sent, start=start)


def mark(number, part):
    return SentTask(key=POOL[number].key, part=part, at="2026-03-02T09:00:00+00:00")


def test_texts_join_the_part_they_were_sent_for_under_their_own_document(tmp_path):
    start = build_corpus(20, per_document=5)
    merged = merge(build_reading(20, 21, 22), start=start, sent=(mark(20, "test"), mark(21, "train")))
    assert len(merged.corpus.sentences) == 23
    assert [(of.part, of.document) for of in merged.corpus.sentences[20:]] == [
        ("test", "d4"),
        ("train", "d4"),
        ("train", "d4"),
    ]
    assert (len(merged.keys), merged.n_sentences, merged.n_strange) == (3, 3, 1)
    before, after = split_corpus(start), split_corpus(merged.corpus)
    assert [of.tokens for of in after.test] == [
        *(of.tokens for of in before.test),
        merged.corpus.sentences[20].tokens,
    ]
    assert after.origin == "given"


def test_texts_of_the_first_corpus_are_not_counted_twice():
    start = build_corpus(20)
    merged = merge(build_reading(19, 20, 20), start=start)
    assert len(merged.corpus.sentences) == 21


def test_labels_of_the_tool_become_types_of_the_corpus():
    start = replace(build_corpus(20), label_map={"Medication": "Drug"})
    assert merge(build_reading(20, label="Medication"), start=start).corpus.mentions["Drug"] == 11
    assert merge(build_reading(20, label="drug"), start=start).corpus.mentions["Drug"] == 11
    other = merge(build_reading(20, label="Dose"), start=start)
    assert (other.corpus.types, other.corpus.mentions["Drug"]) == (("Drug",), 10)
    project = build_project("/x", label_map={"Dose": "Drug"})
    assert merge(build_reading(20, label="Dose"), start=start, project=project).corpus.mentions["Drug"] == 11


def test_a_project_without_a_corpus_begins_with_what_is_annotated():
    merged = merge(build_reading(1, 2, 3, 4), sent=(mark(1, "test"), mark(2, "train")))
    assert Counter(of.part for of in merged.corpus.sentences) == {"test": 1, "train": 3}
    assert (merged.corpus.name, merged.corpus.language, merged.corpus.domain) == ("trial", "en", "EHR")


def test_agreement_of_annotators_goes_with_the_corpus():
    assert merge(build_reading(20, agreement_f1=0.8), start=build_corpus(20)).corpus.agreement_f1 == 0.8
    start = replace(build_corpus(20), agreement_f1=0.7)
    assert merge(build_reading(20), start=start).corpus.agreement_f1 == 0.7


def test_annotations_of_no_type_of_the_corpus_are_an_error_that_names_the_labels():
    project = build_project("/x", label_map={"Dose": ""})
    with pytest.raises(BionerError) as caught:
        merge(build_reading(1, label="Dose"), project=project)
    assert str(caught.value) == (
        "project trial: no annotated mention has a label of the corpus. Labels of the tool: Dose. Make the "
        "project anew with --map LABEL=TYPE."
    )


def test_nothing_annotated_yet_is_no_fault():
    with pytest.raises(BionerError, match="nothing is annotated in Prodigy yet"):
        read_export(Export(files={}), build_project("/x"))
