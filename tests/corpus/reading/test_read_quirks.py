"""Real corpora and unusual files are read with the independently counted mentions."""

import json

import pytest

from bioner_core.corpus.reading.detect import read_path

CASES = (
    "01_crlf_consistent",
    "03_bom_not_counted",
    "05_emoji_codepoints",
    "06_emoji_utf16",
    "08_discontinuous",
    "09_repeated_id",
    "11_newline_tab_blank_in_mention",
    "12_nested_crossing_same",
    "13_missing_and_empty",
    "14_same_names_in_subfolders",
    "16_cp1251",
    "17_unicode_spaces",
    "18_inside_words",
    "19_conll",
    "20_jsonl",
    "21_pubtator",
)
ONE_FILE_A_CASE = ("19_conll", "20_jsonl")


def group_mentions(reading):
    """Return label and text of each mention by document, as ``expected.json`` has them."""
    documents = {}
    for passage in reading.passages:
        listed = [[mention.label, passage.mention_text(mention)] for mention in passage.mentions]
        documents.setdefault(passage.document, []).extend(listed)
    return documents


@pytest.fixture(scope="session")
def expected(shared):
    return json.loads((shared / "quirks/expected.json").read_text())


def test_every_quirk_has_expected_counts(expected):
    assert set(CASES) == set(expected)


@pytest.mark.parametrize("case", CASES)
def test_a_quirk_is_read_as_expected(case, shared, expected):
    folder = shared / "quirks" / case
    if case in ONE_FILE_A_CASE:
        files = {path.stem: read_path(path) for path in folder.iterdir()}
        documents = {
            name: [m for listed in group_mentions(reading).values() for m in listed]
            for name, reading in files.items()
        }
        findings = [f for reading in files.values() for f in reading.findings]
    else:
        reading = read_path(folder)
        documents, findings = group_mentions(reading), reading.findings
    assert documents == expected[case]["docs"]
    reported = [f"{finding.where.split('.')[0]}: {finding.message}" for finding in findings]
    for meaning in expected[case]["warn"]:
        assert any(all(word in line for word in meaning.split(": ")) for line in reported), (
            meaning,
            reported,
        )
    if not expected[case]["warn"]:
        assert not [f for f in findings if f.level != "note"]


def test_a_folder_of_all_dialects_is_one_corpus(shared, expected):
    conll = read_path(shared / "quirks/19_conll")
    assert group_mentions(conll) == expected["19_conll"]["docs"]
    json_lines = read_path(shared / "quirks/20_jsonl")
    assert json_lines.labels.total() == sum(map(len, expected["20_jsonl"]["docs"].values()))


@pytest.mark.parametrize(
    ("corpus", "form", "parts"),
    [
        ("bc5cdr", "PubTator", {"train": 500, "dev": 500, "test": 500}),
        ("phee", "brat", {"train": 905, "dev": 311, "test": 284}),
        ("psytar_en", "CoNLL", {"": 5591}),
        ("rumedner_ru", "JSON lines", {"train": 3440, "dev": 676, "test": 693}),
    ],
)
def test_counts_agree_with_independent_counts(corpus, form, parts, shared):
    reading = read_path(shared / "corpora" / corpus)
    stats = json.loads((shared / "corpora" / corpus / "stats.json").read_text())
    assert reading.labels == stats["annotations_by_label"]
    assert (reading.name, reading.format) == (corpus, form)
    parts_read = [passage.part for passage in reading.passages]
    assert {part: parts_read.count(part) for part in set(parts_read)} == parts
    assert len({passage.document for passage in reading.passages}) == (stats["docs"] or 1)
    assert (reading.n_unplaced, reading.n_unannotated) == (0, 0)


def test_one_file_and_the_zip_itself_are_read_too(shared):
    single_file = read_path(shared / "corpora/rumedner_ru/dev_v1.jsonl")
    assert (single_file.name, len(single_file.passages)) == ("dev_v1", 676)
    zipped = read_path(shared / "corpora/phee/phee-brat.zip")
    assert (zipped.name, len(zipped.passages)) == ("phee-brat", 1500)
    assert zipped.passages[0].document.startswith("dev/")
