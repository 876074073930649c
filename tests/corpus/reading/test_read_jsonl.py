"""JSON lines: dialects, documents, and records that do not fit."""

import json

import pytest

from bioner_core.corpus.reading.detect import read_files
from bioner_core.errors import BionerError

LINE_HINT = "Each line needs to be one JSON object, or the file one JSON array of objects."
RECORD_HINT = (
    "A record is an object with a text and its entities, each with start, end and label, or with words and "
    "as many tags."
)
TEXT = "No aspirin helps"


def read_records(*records, name="a.jsonl", **options):
    text = "\n".join(record if isinstance(record, str) else json.dumps(record) for record in records)
    return read_files({name: text.encode()}, name="corpus", **options)


def list_mentions(reading):
    return [(m.label, passage.mention_text(m)) for passage in reading.passages for m in passage.mentions]


@pytest.mark.parametrize(
    "record",
    [
        {"text": TEXT, "label": [[3, 10, "Drug"]]},
        {"text": TEXT, "labels": [[3, 10, "Drug"]]},
        {
            "text": TEXT,
            "spans": [{"start": 3, "end": 10, "label": "Drug", "token_start": 1}],
            "tokens": [{"text": "No"}],
        },
        {"text": TEXT, "entities": [{"start_offset": 3.0, "end_offset": 10, "label": "Drug", "id": 7}]},
        {
            "text": TEXT,
            "entities": [{"start": 3, "end": 10, "entity_type": "Drug", "entity_text": "aspirin"}],
        },
        {"text": TEXT, "entities": [{"start": 3, "end": 10, "labels": ["Drug"], "text": "aspirin"}]},
        [TEXT, {"entities": [[3, 10, "Drug"]]}],
        {"tokens": TEXT.split(), "ner_tags": ["O", "B-Drug", "O"]},
        {"words": TEXT.split(), "labels": ["O", "S-Drug", "O"]},
        {"text": TEXT, "tokens": TEXT.split(), "tags": ["O", "U-Drug", "O"]},
        {"tokens": TEXT.split(), "spans": [[1, 2, "Drug"]], "document": "", "part": ""},
        {"tokens": TEXT.split(), "entities": [{"start": 1, "end": 2, "type": "Drug"}]},
    ],
)
def test_a_dialect_of_json_records_is_read(record):
    assert list_mentions(read_records(record)) == [("Drug", "aspirin")]
    assert list_mentions(read_records([record], name="a.json")) == [("Drug", "aspirin")]


def test_the_header_of_our_format_describes_the_corpus():
    header = {
        "bioner_corpus": 1,
        "name": "mine",
        "language": "en",
        "domain": "UGT",
        "licence": "CC",
        "is_synthetic": True,
    }
    reading = read_records(
        header, {"tokens": ["a"], "spans": [[0, 1, "Drug"]], "document": "d", "part": "dev"}
    )
    assert (reading.name, reading.language, reading.domain) == ("mine", "en", "UGT")
    assert (reading.licence, reading.is_synthetic) == ("CC", True)
    assert [(passage.document, passage.part) for passage in reading.passages] == [("d", "dev")]


def test_documents_are_named_by_common_fields():
    base = {"text": TEXT, "spans": [[3, 10, "Drug"]]}
    for name, value, document in (
        ("file_name", "1.tsv", "1.tsv"),
        ("pmid", 17, "17"),
        ("idx", "1_a.tsv_0", "1_a.tsv"),
        ("idx", "train_5", ""),
    ):
        assert read_records({**base, name: value}).passages[0].document == document


def test_documents_are_named_by_a_field_of_the_users_choice():
    record = {"text": TEXT, "spans": [[3, 10, "Drug"]], "meta": {"source": "d7"}}
    assert read_records(record, documents="meta.source").passages[0].document == "d7"
    with pytest.raises(BionerError) as caught:
        read_records(record, documents="doc")
    assert str(caught.value) == (
        "a.jsonl, line 1: has no field 'doc' for --documents. Its fields: text, spans, meta."
    )
    with pytest.raises(BionerError) as caught:
        read_records(record, documents="spans")
    assert str(caught.value) == (
        "a.jsonl, line 1: the field 'spans' for --documents is neither text nor a number."
    )


def test_long_texts_are_one_document_each():
    record = {"text": f"{TEXT} {'word ' * 100}", "spans": [[3, 10, "Drug"]]}
    reading = read_records(record, record)
    assert [passage.document for passage in reading.passages] == ["a:1", "a:2"]
    assert [finding.message for finding in reading.findings] == [
        "texts are long, so each record counts as a document."
    ]


def test_records_that_are_not_accepted_are_left_out():
    record = {"text": TEXT, "spans": [[3, 10, "Drug"]]}
    reading = read_records({**record, "answer": "accept"}, {**record, "answer": "reject"}, {"text": "none"})
    assert len(reading.passages) == 2
    assert [(f.where, f.message) for f in reading.findings] == [
        ("a.jsonl, line 2", "left out: its answer is not accept.")
    ]


def test_lone_surrogates_are_replaced():
    reading = read_records('{"text": "\\ud83d\\ude02 x\\ud83d took bars", "spans": [[10, 14, "DRUG"]]}')
    assert reading.passages[0].text == "😂 x\ufffd took bars"
    assert list_mentions(reading) == [("DRUG", "bars")]


def test_duplicate_keys_and_infinite_numbers_are_accepted():
    reading = read_records(
        '{"text": "a", "text": "No aspirin helps", "n": NaN, "m": 1e999, "spans": [[3, 10, "Drug"]]}'
    )
    assert list_mentions(reading) == [("Drug", "aspirin")]


def test_offsets_outside_the_text_are_findings():
    reading = read_records(
        {"text": TEXT, "spans": [[3, 10, "Drug"], [3, 99, "Drug"], [7, 3, "Drug"], [-3, 2, "Drug"]]}
    )
    assert (list_mentions(reading), reading.n_unplaced) == ([("Drug", "aspirin")], 3)
    assert (
        reading.findings[1].message
        == "its offsets lie outside the text of 16 characters or cover only blanks; left out."
    )
    reading = read_records({"tokens": TEXT.split(), "spans": [[1, 2, "Drug"], [1, 9, "Drug"]]})
    assert reading.findings[1].message == "its offsets lie outside the 3 tokens; left out."


@pytest.mark.parametrize(
    ("record", "message"),
    [
        ({"tokens": ["a", "b"], "tags": ["O"]}, "2 words, but 1 tags. Each word needs one tag."),
        ({"tokens": ["a"], "tags": [1]}, "tags are numbers. Write their names, such as B-Drug or O."),
        ({"tokens": ["a", 1], "tags": ["O", "O"]}, f"some words are not strings. {RECORD_HINT}"),
        ({"tokens": ["a"]}, f"has words, but neither tags nor entities among tokens. {RECORD_HINT}"),
        ({"text": 1, "x": 2}, f"has neither text nor words among text, x. {RECORD_HINT}"),
        ({"text": "a", "label": "pos"}, f"'label' is not a list of entities. {RECORD_HINT}"),
        (
            {"text": "a", "label": ["pos"]},
            f"an entity is neither an object nor [start, end, label]. {RECORD_HINT}",
        ),
        ({"text": "a", "spans": [{"start": 0, "end": 1}]}, f"an entity has no label. {RECORD_HINT}"),
        (
            {"text": "a", "spans": [[0, "1", "D"]]},
            f"the start or end of an entity is not a whole number. {RECORD_HINT}",
        ),
        (
            {"text": "a", "spans": [[0, 1e300, "D"]]},
            f"the start or end of an entity is not a whole number. {RECORD_HINT}",
        ),
        (
            {"text": "a", "spans": [[0, float("nan"), "D"]]},
            f"the start or end of an entity is not a whole number. {RECORD_HINT}",
        ),
        ("7", f"found no object. {RECORD_HINT}"),
        ('{"text": "a", "spans": [[0,', f"not complete JSON (Expecting value, column 28). {LINE_HINT}"),
        ('{"text": "a", "n": ' + "9" * 5000 + "}", f"a number with too many digits. {LINE_HINT}"),
        ('{"text": "a", "n": ' + "[" * 100_000, f"brackets nested too deep. {LINE_HINT}"),
    ],
)
def test_a_malformed_record_is_named_in_the_error(record, message):
    with pytest.raises(BionerError) as caught:
        read_records({"text": TEXT, "spans": [[3, 10, "Drug"]]}, record)
    assert str(caught.value) == f"a.jsonl, line 2: {message}"


def test_a_malformed_array_is_named_in_the_error():
    with pytest.raises(BionerError) as caught:
        read_records('[{"text": "a"},', name="a.json")
    assert str(caught.value) == f"a.json: not complete JSON (the array does not end). {LINE_HINT}"


def test_other_json_beside_records_is_not_read():
    files = {
        "a.jsonl": json.dumps({"text": TEXT, "spans": [[3, 10, "Drug"]]}).encode(),
        "labels.json": b'{"Drug": 1}',
    }
    reading = read_files(files, name="corpus")
    assert [(f.level, f.where, f.message) for f in reading.findings] == [
        ("note", "labels.json", "not read: not part of the JSON lines corpus beside it.")
    ]


@pytest.mark.parametrize(
    ("tags", "n_inside"),
    [
        (["I-Drug", "O", "B-Drug"], "1 of 2"),
        (["I-Drug", "I-Drug", "I-ADR"], "2 of 2"),
        (["I-Drug", "B-Drug", "O"], ""),  # IOB1: B- only where a mention follows its like
        (["Drug", "O", "ADR"], ""),  # labels alone
        (["B-Drug", "I-Drug", "U-ADR"], ""),
    ],
)
def test_mentions_that_start_with_inside_tags_are_read_and_reported(tags, n_inside):
    reading = read_records({"tokens": ["a", "b", "c"], "ner_tags": tags})
    message = f"{n_inside} mentions start with I- without B-; each is read as a mention."
    assert [f.message for f in reading.findings] == ([message] if n_inside else [])
