"""PubTator: documents, relations and malformed lines."""

import pytest

from bioner_core.corpus.reading.detect import read_files
from bioner_core.errors import BionerError

FORM = (
    "A document is a line id|t|title, a line id|a|abstract and a line of id, start, end, words and label, "
    "separated by tabs, for each mention."
)
HEAD = "1|t|Aspirin and pain.\n1|a|No asthma.\n1\t0\t7\tAspirin\tChemical\tD1\n"


def read_text(text):
    return read_files({"a.txt": text.encode()}, name="corpus")


def test_title_and_abstract_are_separated_by_one_character():
    reading = read_text(HEAD + "1\t22\t28\tasthma\tDisease\tD2\n1\tCID\tD1\tD2\n")
    (passage,) = reading.passages
    assert passage.text == "Aspirin and pain.\nNo asthma."
    assert [passage.mention_text(mention) for mention in passage.mentions] == ["Aspirin", "asthma"]


def test_file_names_determine_train_and_test_parts():
    files = {"CDR_TrainingSet.txt": HEAD.encode(), "CDR_TestSet.txt": HEAD.replace("1", "2", 3).encode()}
    reading = read_files(files, name="cdr")
    assert sorted(passage.part for passage in reading.passages) == ["test", "train"]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("2\t0\t7\tAspirin\tChemical", f"a.txt, line 4: belongs to no document above it. {FORM}"),
        (
            "1\t0\t7\tAspi",
            f"a.txt, line 4: a mention needs an end, words and a label after its start. {FORM}",
        ),
        ("1\tx", f"a.txt, line 4: found 2 columns, neither a mention nor a relation. {FORM}"),
        (f"1\t{'9' * 5000}\t7\tA\tB", f"a.txt, line 4: start and end are not whole numbers. {FORM}"),
    ],
)
def test_a_malformed_line_is_refused_with_its_number(line, message):
    with pytest.raises(BionerError) as caught:
        read_text(HEAD + line)
    assert str(caught.value) == message


def test_offsets_outside_the_text_are_reported():
    reading = read_text(HEAD + "1\t90\t97\tasthma\tDisease\tD2\n")
    assert reading.n_unplaced == 1
    assert reading.findings[1].where == "a.txt, line 4"


def test_documents_cannot_be_named_by_a_column():
    with pytest.raises(BionerError) as caught:
        read_files({"a.txt": HEAD.encode()}, name="corpus", documents="2")
    assert str(caught.value) == "corpus: PubTator names its documents, so --documents 2 has no meaning."
