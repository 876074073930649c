"""Labels of a corpus are mapped to entity types, by default or as the user says."""

import pytest

from bioner_core.corpus.labels import (
    KEEP,
    LabelMap,
    add_annotated_types,
    find_unused_labels,
    propose_label_map,
)
from bioner_core.corpus.sentences import Corpus, Sentence
from bioner_core.errors import BionerError

DRUG = """Drug DRUG drug Chemical Drugname Drugform Drugclass CHEM Medication Drug_name DRUGS Препарат
    Medicine brand"""
DISEASE = """ADR ADE DI SSI WD Symptom Finding Effect Treat-Disorder Sub-Disorder Disease DISO FINDING
    Sign_symptom Disease_disorder Reason Side_Effect disorder Indication SYMPTOM adr Симптом"""


def test_common_labels_are_mapped_whatever_their_case():
    label_map = propose_label_map([*DRUG.split(), *DISEASE.split()])
    assert label_map.mapping == dict.fromkeys(DRUG.split(), "Drug") | dict.fromkeys(
        DISEASE.split(), "Disease"
    )
    assert label_map.dropped == ()


def test_only_common_labels_are_kept_where_there_is_one():
    label_map = propose_label_map(["Chemical", "Subject", "Adverse_event", "Treatment"])
    assert label_map == LabelMap({"Chemical": "Drug"}, ("Adverse_event", "Subject", "Treatment"))


def test_without_a_common_label_all_are_kept_under_their_names():
    assert propose_label_map(["Gene", "cell line"]) == LabelMap({"Gene": "Gene", "cell line": "cell line"})


def test_a_mapping_by_the_user_has_precedence_over_the_default():
    assert propose_label_map(["Gene", "Cell"], extra={"Gene": "Protein"}) == LabelMap(
        {"Gene": "Protein"}, ("Cell",)
    )
    assert propose_label_map(["ADR", "DI"], extra={"ADR": "ADR"}) == LabelMap({"ADR": "ADR", "DI": "Disease"})


def test_case_is_ignored_in_a_mapping_by_the_user_unless_a_label_matches_exactly():
    extra = {"adr": "Harm", "ADR": "ADR"}
    assert propose_label_map(["ADR", "Adr"], extra=extra).mapping == {"ADR": "ADR", "Adr": "ADR"}
    assert propose_label_map(["Side-Effect"], extra={"side_effect": "Harm"}).mapping == {
        "Side-Effect": "Harm"
    }


def test_mapping_to_nothing_drops_a_label():
    assert propose_label_map(["ADR", "DI"], extra={"DI": ""}) == LabelMap({"ADR": "Disease"}, ("DI",))
    assert propose_label_map(["Gene", "Cell"], extra={"Cell": ""}) == LabelMap({"Gene": "Gene"}, ("Cell",))


def test_mapped_labels_that_do_not_occur_are_listed():
    assert find_unused_labels(["ADR", "Drug"], {"adr": "Disease", "Drugs": "Drug"}) == ("Drugs",)


@pytest.mark.parametrize("entity", ["all", "Macro", "Every", "  ", "a\nb"])
def test_a_reserved_or_unprintable_type_is_refused(entity):
    with pytest.raises(BionerError) as error:
        propose_label_map(["X"], extra={"X": entity})
    assert str(error.value) == (
        f"label 'X' cannot become the entity type {entity!r}: a type is a name such as Drug, and none of "
        "all, macro, every. Name another one: --map X=TYPE."
    )


def test_keep_keeps_all_labels_that_are_not_mapped_under_their_names():
    label_map = propose_label_map(["ADR", "Dosage", "Race"], extra={KEEP: KEEP, "ADR": "Disease", "race": ""})
    assert label_map.mapping == {"ADR": "Disease", "Dosage": "Dosage"}
    assert label_map.dropped == ("Race",)
    assert find_unused_labels(["ADR"], {KEEP: KEEP, "Gone": "Drug"}) == ("Gone",)


def test_an_annotated_type_without_mentions_can_be_added():
    corpus = Corpus(name="c", sentences=(Sentence(tokens=("a",)),), types=("Disease",))
    more = add_annotated_types(corpus, ["Drug", "Disease"])
    assert more.types == ("Disease", "Drug")
    assert more.digest != corpus.digest
    assert add_annotated_types(corpus, ()) == corpus


@pytest.mark.parametrize("name", ["all", " ", "a\nb"])
def test_an_added_type_must_be_an_allowed_name(name):
    corpus = Corpus(name="c", sentences=(), types=("Disease",))
    with pytest.raises(BionerError, match="a type is a name such as Drug, and none of"):
        add_annotated_types(corpus, [name])
