"""Each sample that a tool's library wrote is read with all its mentions, under any file name."""

from pathlib import Path

import pytest

from bioner_core.corpus.reading import detect
from bioner_core.corpus.reading.detect import read_files, read_path
from bioner_core.errors import BionerError

SAMPLES = Path(__file__).parents[2] / "data/formats"
D1 = [("Drug", "aspirin"), ("ADR", "severe headache"), ("ADR", "nausea")]
LONG, CUT = ("ADR", "pain in arms and legs"), ("ADR", "pain in | legs")
D2 = [("Drug", "ибупрофен"), ("Disease", "головной боли"), ("ADR", "сыпь")]
D3 = [("Drug", "Ibuprofen"), ("Drug", "paracetamol"), ("Disease", "fever")]
WHOLE = [*D1, LONG, *D2, *D3]
CUT_WHOLE = [*D1, CUT, *D2, *D3]
SENTENCES = [("Drug", "aspirin"), ("ADR", "severe headache"), ("Drug", "ибупрофен")]
SAMPLED = [  # sample, format, mentions, texts, documents that nobody annotated
    ("uima_xmi/document.zip", "UIMA CAS", [*D1, LONG], 1, 0),
    ("uima_xmi/project.zip", "UIMA CAS", WHOLE, 3, 1),
    ("uima_xmi/document.json", "UIMA CAS", [*D1, LONG], 1, 0),
    ("uima_xmi/custom.xmi", "UIMA CAS", D3, 1, 0),
    ("webanno_tsv/library.tsv", "WebAnno TSV", [*D2, *D3], 2, 0),
    ("bioc/collection.xml", "BioC", [*D1, CUT, *D2, *D3], 8, 0),
    ("bioc/collection.json", "BioC", [*D1, CUT, *D2, *D3], 8, 0),
    ("bioc/documents.jsonl", "BioC", [*D1, CUT, *D2, *D3], 8, 0),
    ("gate_xml", "GATE XML", WHOLE, 4, 0),
    ("label_studio/export.json", "Label Studio", WHOLE, 3, 1),
    ("label_studio/export_min.json", "Label Studio", [*D1[:1], *D2, *D3], 3, 1),
    ("doccano/members.zip", "doccano", WHOLE, 4, 0),
    ("doccano/relations.jsonl", "doccano", WHOLE, 4, 0),
    ("prodigy/annotations.jsonl", "Prodigy", WHOLE, 4, 0),
    ("argilla/nested.json", "Argilla", WHOLE, 3, 1),
    ("argilla/flat.json", "Argilla", WHOLE, 3, 1),
    ("argilla/version1.jsonl", "Argilla", WHOLE, 3, 1),
    ("spacy/entities.spacy", "spaCy", [*WHOLE, ("PERSON", "aux"), ("Drug", "PERSON ORG")], 4, 1),
    ("spacy/groups.spacy", "spaCy", WHOLE, 4, 0),
    ("gliner/train.json", "GLiNER", SENTENCES, 3, 0),
    ("dygie/train.jsonl", "DyGIE", SENTENCES, 3, 0),
    ("ner_annotator/annotations.json", "NER-Annotator", WHOLE, 4, 1),
    ("spacy_json/train.json", "spaCy JSON", SENTENCES, 3, 0),
    ("sagemaker/output.manifest", "SageMaker manifest", WHOLE, 4, 0),
    ("lighttag/annotations.json", "LightTag", WHOLE, 4, 0),
    ("dataturks/export.json", "Dataturks", WHOLE, 4, 1),
    ("ubiai/export.json", "UBIAI", WHOLE, 4, 0),
    ("vertex/import.jsonl", "Vertex AI", WHOLE, 4, 0),
    ("pubannotation", "PubAnnotation", WHOLE, 4, 0),
    ("cblue/CMeEE_train.json", "CMeEE", WHOLE, 4, 0),
    ("cluener/train.json", "CLUENER", WHOLE, 4, 0),
    ("azure", "Azure", WHOLE, 4, 0),
    ("tagtog", "tagtog", WHOLE, 4, 0),
    ("rasa/nlu.json", "Rasa", WHOLE, 4, 0),
    ("rasa/nlu.yml", "Rasa", SENTENCES[:2], 3, 0),
    ("rasa/nlu.md", "Rasa", SENTENCES[:2], 3, 0),
    ("bionlp", "BioNLP shared task", WHOLE, 4, 0),
    (
        "biocreative/drugprot",
        "BioCreative tables",
        [("CHEMICAL", "Zinc"), ("CHEMICAL", "aspirin"), ("CHEMICAL", "zinc"), ("DISEASE", "pain")],
        1,
        0,
    ),
    (
        "biocreative/chemdner",
        "BioCreative tables",
        [("TRIVIAL", "Zinc"), ("TRIVIAL", "zinc"), ("TRIVIAL", "aspirin")],
        1,
        0,
    ),
    ("ddi", "DDI XML", CUT_WHOLE, 4, 0),
    ("mae", "MAE XML", CUT_WHOLE, 4, 0),
    ("i2b2_xml", "i2b2 XML", WHOLE, 4, 0),
    ("ehost", "eHOST", CUT_WHOLE, 4, 0),
    ("anafora", "Anafora", CUT_WHOLE, 4, 0),
    ("tac_adr/SAMPLE.xml", "TAC ADR", CUT_WHOLE, 4, 0),
    ("share_clef", "ShARe/CLEF", CUT_WHOLE, 3, 1),
    ("conllu/tags.conllu", "CoNLL-U", SENTENCES, 3, 0),
    ("conllu/brackets.conllu", "CoNLL-U", SENTENCES, 3, 0),
    ("conll2012/d1.gold_conll", "CoNLL-2012", SENTENCES, 3, 0),
    ("hipe/train.tsv", "HIPE TSV", SENTENCES, 3, 0),
    ("inline_tags", "inline tags", WHOLE, 4, 0),
]
FILES = [sample for sample in SAMPLED if Path(sample[0]).suffix not in ("", ".zip")]


def list_mentions(reading):
    return [(m.label, passage.mention_text(m)) for passage in reading.passages for m in passage.mentions]


@pytest.mark.parametrize(("path", "form", "expected", "n_texts", "n_unannotated"), SAMPLED)
def test_a_sample_is_read_exactly(path, form, expected, n_texts, n_unannotated):
    reading = read_path(SAMPLES / path)
    assert list_mentions(reading) == expected
    assert (reading.format, len(reading.passages)) == (form, n_texts)
    assert (reading.n_unannotated, reading.n_unplaced) == (n_unannotated, 0)
    assert len(reading.unannotated) <= n_unannotated


@pytest.mark.parametrize(("path", "form", "expected", "n_texts", "n_unannotated"), FILES)
def test_the_file_name_does_not_matter(path, form, expected, n_texts, n_unannotated):
    content = (SAMPLES / path).read_bytes()
    for name in ("notes.txt", "a.conll", "b"):
        reading = read_files({name: content}, name="upload")
        assert (reading.format, list_mentions(reading)) == (form, expected)


def test_every_sample_is_claimed_by_one_format_only():
    for path, form, *_ in FILES:
        content = (SAMPLES / path).read_bytes()
        of_bytes = [reader.NAME for reader in detect.BYTE_FORMATS if reader.claim_bytes({"a": content})]
        if of_bytes:
            assert of_bytes == [form]
            continue
        claimed = [reader.NAME for reader in detect.FORMATS if reader.claim({"a": content.decode()})]
        assert claimed in ([form], [form, "JSON lines"], [form, "CoNLL"]), (
            path
        )  # the general readers come last


@pytest.mark.parametrize(
    ("path", "form", "expected", "n_texts", "n_unannotated"),
    [sample for sample in FILES if sample[1] not in ("WebAnno TSV", "CoNLL-U", "HIPE TSV")],  # of lines
)
def test_a_truncated_sample_gives_an_error_or_its_complete_records(
    path, form, expected, n_texts, n_unannotated
):
    content = (SAMPLES / path).read_bytes()
    n_refused = 0
    for end in range(0, len(content), max(1, len(content) // 40)):
        try:
            reading = read_files({"a": content[:end]}, name="upload")
        except BionerError as error:
            assert "\n" not in str(error) and len(str(error)) < 700
            n_refused += 1
        else:
            assert set(list_mentions(reading)) <= set(expected)
    assert n_refused > 5


def test_bytes_of_a_byte_format_are_never_decoded(monkeypatch):
    content = (SAMPLES / "spacy/entities.spacy").read_bytes()
    monkeypatch.setattr(detect, "decode_files", None)
    assert read_files({"a.spacy": content}, name="upload").format == "spaCy"


def test_files_beside_a_byte_format_are_reported():
    content = (SAMPLES / "spacy/entities.spacy").read_bytes()
    reading = read_files({"a.spacy": content, "config.cfg": b"[nlp]"}, name="upload")
    assert ("config.cfg", "not read: not part of the spaCy corpus beside it.") in [
        (finding.where, finding.message) for finding in reading.findings
    ]
