import pytest

from bioner_core.corpus.labels import KEEP, LabelMap, annotating, propose, unused
from bioner_core.corpus.sentences import Corpus, Sentence
from bioner_core.errors import BionerError

DRUG = """Drug DRUG drug Chemical Drugname Drugform Drugclass CHEM Medication Drug_name DRUGS Препарат
    Medicine brand"""
DISEASE = """ADR ADE DI SSI WD Symptom Finding Effect Treat-Disorder Sub-Disorder Disease DISO FINDING
    Sign_symptom Disease_disorder Reason Side_Effect disorder Indication SYMPTOM adr Симптом"""


def test_the_fields_usual_labels_are_known_in_any_case():
    found = propose([*DRUG.split(), *DISEASE.split()])
    assert found.mapping == dict.fromkeys(DRUG.split(), "Drug") | dict.fromkeys(DISEASE.split(), "Disease")
    assert found.dropped == ()


def test_a_corpus_with_a_known_label_keeps_only_known_ones():
    found = propose(["Chemical", "Subject", "Adverse_event", "Treatment"])
    assert found == LabelMap({"Chemical": "Drug"}, ("Adverse_event", "Subject", "Treatment"))


def test_a_corpus_without_a_known_label_keeps_all_under_their_own_names():
    assert propose(["Gene", "cell line"]) == LabelMap({"Gene": "Gene", "cell line": "cell line"})


def test_a_mapping_by_the_user_makes_a_label_known_and_goes_before_the_default():
    assert propose(["Gene", "Cell"], extra={"Gene": "Protein"}) == LabelMap({"Gene": "Protein"}, ("Cell",))
    assert propose(["ADR", "DI"], extra={"ADR": "ADR"}) == LabelMap({"ADR": "ADR", "DI": "Disease"})


def test_a_mapping_by_the_user_may_be_spelled_in_another_case_but_an_exact_one_goes_first():
    extra = {"adr": "Harm", "ADR": "ADR"}
    assert propose(["ADR", "Adr"], extra=extra).mapping == {"ADR": "ADR", "Adr": "ADR"}
    assert propose(["Side-Effect"], extra={"side_effect": "Harm"}).mapping == {"Side-Effect": "Harm"}


def test_mapping_to_nothing_drops_a_label():
    assert propose(["ADR", "DI"], extra={"DI": ""}) == LabelMap({"ADR": "Disease"}, ("DI",))
    assert propose(["Gene", "Cell"], extra={"Cell": ""}) == LabelMap({"Gene": "Gene"}, ("Cell",))


def test_labels_that_the_user_maps_and_that_do_not_occur_are_told():
    assert unused(["ADR", "Drug"], {"adr": "Disease", "Drugs": "Drug"}) == ("Drugs",)


@pytest.mark.parametrize("entity", ["all", "Macro", "Every", "  ", "a\nb"])
def test_a_type_that_stands_for_something_else_is_refused(entity):
    with pytest.raises(BionerError) as error:
        propose(["X"], extra={"X": entity})
    assert str(error.value) == (
        f"label 'X' cannot become the entity type {entity!r}: a type is a name such as Drug, and none of "
        "all, macro, every. Name another one: --map X=TYPE."
    )


def test_keep_keeps_every_label_under_its_own_name_but_those_that_are_named():
    found = propose(["ADR", "Dosage", "Race"], extra={KEEP: KEEP, "ADR": "Disease", "race": ""})
    assert found.mapping == {"ADR": "Disease", "Dosage": "Dosage"}
    assert found.dropped == ("Race",)
    assert unused(["ADR"], {KEEP: KEEP, "Gone": "Drug"}) == ("Gone",)


def test_a_type_that_was_looked_for_counts_though_none_occurs():
    corpus = Corpus(name="c", sentences=(Sentence(tokens=("a",)),), types=("Disease",))
    more = annotating(corpus, ["Drug", "Disease"])
    assert more.types == ("Disease", "Drug")
    assert more.digest != corpus.digest
    assert annotating(corpus, ()) == corpus


@pytest.mark.parametrize("name", ["all", " ", "a\nb"])
def test_a_type_is_a_name_that_stands_for_nothing_else(name):
    corpus = Corpus(name="c", sentences=(), types=("Disease",))
    with pytest.raises(BionerError, match="a type is a name such as Drug, and none of"):
        annotating(corpus, [name])
