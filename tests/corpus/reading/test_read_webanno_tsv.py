"""WebAnno TSV 3: stacked and long annotations, escapes, parts of tokens, layers that are left out."""

from pathlib import Path

import pytest

from bioner_core.corpus.reading.detect import read_files, read_path
from bioner_core.errors import BionerError

SAMPLES = Path(__file__).parents[2] / "data/formats/webanno_tsv"
NER = "#T_SP=de.tudarmstadt.ukp.dkpro.core.api.ner.type.NamedEntity|identifier|value\n"
CUSTOM = "#T_SP=webanno.custom.Finding|kind\n"


def read_rows(header, *rows, name="a.tsv"):
    lines = "\n".join("\t".join(row.split()) for row in rows)
    return read_files({name: f"#FORMAT=WebAnno TSV 3.3\n{header}\n\n{lines}\n".encode()}, name="upload")


def list_mentions(reading):
    return [(m.label, passage.mention_text(m)) for passage in reading.passages for m in passage.mentions]


def test_the_example_of_the_user_guide_is_read_exactly():
    reading = read_path(SAMPLES / "guide.tsv")
    assert list_mentions(reading) == [
        ("Dose", "100 mg"),
        ("Drug", "aspirin"),
        ("ADR", "severe headache"),
        ("Symptom|Sign", "headache"),
        ("Disease", "Antithrombotic"),
    ]
    assert [passage.tokens[0] for passage in reading.passages] == ["Took", "Antithrombotic"]
    assert {passage.document for passage in reading.passages} == {"guide"}
    assert [finding.message for finding in reading.findings] == [
        "1 of 6 mentions (17%) have no valid place in the text and are left out. Check that texts and "
        "annotations are of the same version.",
        "slots, which link spans, are not read.",
        "chains of coreference are not read.",
        "relations are not read.",
        "boundary inside a token: a mention starts or ends inside a word; training takes the whole word.",
        "offsets without text; left out.",
        "layer Dose: its label is the layer's name.",
        "layer NamedEntity: its label is the feature 'value'.",
    ]


def test_tokens_with_the_same_number_are_one_annotation():
    rows = ["1-1 0-1 a _ X[1]|Y[2]", "1-2 2-3 b _ X[1]", "1-3 4-5 c _ X", "1-4 6-7 d _ X", "1-5 8-9 e _ X[1]"]
    assert list_mentions(read_rows(NER, *rows)) == [("X", "a b | e"), ("Y", "a"), ("X", "c"), ("X", "d")]


def test_an_annotation_over_two_sentences_is_cut():
    reading = read_rows(NER, "1-1 0-1 a _ X[1]", "", "2-1 2-3 b _ X[1]")
    assert list_mentions(reading) == [("X", "a"), ("X", "b")]
    message = "an annotation across sentences is cut at the end of the sentence."
    assert message in [finding.message for finding in reading.findings]


def test_a_missing_label_is_the_layers_name():
    assert list_mentions(read_rows(NER, "1-1 0-1 a _ *")) == [("NamedEntity", "a")]
    assert list_mentions(read_rows("#T_SP=webanno.custom.Span|\n", "1-1 0-1 a *[3]")) == [("Span", "a")]


def test_equal_labels_of_two_layers_are_prefixed_with_their_layer():
    reading = read_rows(NER + CUSTOM, "1-1 0-1 a _ Drug _", "1-2 2-3 b _ _ Drug", "1-3 4-5 c _ ADR _")
    assert list_mentions(reading) == [("NamedEntity:Drug", "a"), ("Finding:Drug", "b"), ("ADR", "c")]


def test_escapes_of_labels_are_undone_and_tokens_have_none():
    reading = read_rows(NER, r"1-1 0-1 a\b _ X\_Y\;\[1\]\->\*[12]")
    assert list_mentions(reading) == [("X_Y;[1]->*", r"a\b")]


def test_the_last_tab_of_a_row_is_optional():
    text = f"#FORMAT=WebAnno TSV 3.2\n{NER}\n\n#Text=a b\n1-1\t0-1\ta\t_\tX\t\n1-2\t2-3\tb\t_\tX\n"
    assert list_mentions(read_files({"a": text.encode()}, name="upload")) == [("X", "a"), ("X", "b")]


def test_the_curated_version_of_a_project_is_read():
    def version(label):
        return f"#FORMAT=WebAnno TSV 3.3\n{NER}\n\n1-1\t0-1\ta\t_\t{label}\n".encode()

    reading = read_files(
        {
            "annotation/one.txt/anna.tsv": version("A"),
            "annotation/one.txt/boris.tsv": version("B"),
            "annotation/two.txt/boris.tsv": version("C"),
            "annotation/two.txt/INITIAL_CAS.tsv": version("_"),
            "curation/one.txt/CURATION_USER.tsv": version("D"),
        },
        name="project",
    )
    assert [(passage.document, m.label) for passage in reading.passages for m in passage.mentions] == [
        ("one.txt", "D"),
        ("two.txt", "C"),
    ]
    assert "3 versions by different people: the curated version is read." in [
        finding.message for finding in reading.findings
    ]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("1-1 0-1", "found 2 cells, 5 are needed."),
        ("x 0-1 a _ X", "found 5 cells, 5 are needed."),
        ("1-1 0-1 a _", "found 4 cells, 5 are needed."),
    ],
)
def test_a_malformed_row_is_refused_with_its_line(row, message):
    with pytest.raises(BionerError) as caught:
        read_rows(NER, row)
    assert str(caught.value) == (
        f"a.tsv, line 5: {message} A line needs a number such as 1-2, a place such as 5-7, a token, and one "
        "cell for each feature."
    )


def test_a_field_for_documents_is_refused_since_files_are_documents():
    with pytest.raises(BionerError) as caught:
        read_path(SAMPLES / "guide.tsv", documents="id")
    assert str(caught.value) == ("guide: WebAnno TSV is a document a file, so --documents id has no meaning.")


def test_rows_and_cells_are_limited():
    with pytest.raises(BionerError) as caught:
        read_rows("#T_SP=webanno.custom.Span" + "|x" * 1_000, "1-1 0-1 a")
    assert str(caught.value) == "a.tsv: more than 1,000 columns of features. Export fewer layers."
    with pytest.raises(BionerError) as caught:
        read_rows(NER, "1-1 0-1 a _ " + "X|" * 60_000)
    assert str(caught.value) == "a.tsv, line 5: a cell of more than 100,000 characters. Export it again."


def test_a_layer_that_has_slots_only_is_read_by_its_name():
    header = (
        "#T_SP=webanno.custom.Event|ROLE_webanno.custom.Event:args_webanno.custom.Link|uima.tcas.Annotation\n"
    )
    reading = read_rows(header, "1-1 0-1 a agent[1] 1-2", "1-2 2-3 b agent[1] 1-2", "1-3 4-5 c _ _")
    assert list_mentions(reading) == [("Event", "a b")]
