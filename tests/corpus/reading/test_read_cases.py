"""Files that users of other tools report as trouble are read right, or refused with cause and remedy."""

import json
import re
from collections import Counter

import pytest

from bioner_core.corpus.flatten import flatten
from bioner_core.corpus.labels import LabelMap
from bioner_core.corpus.reading.detect import read_path
from bioner_core.errors import BionerError

CASES = (
    "003_ls_no_text_emoji",
    "018_doccano_label_ids",
    "019_doccano_same_span_thrice",
    "050_bioc_normalised_text",
    "051_bioc_passage_relative",
    "079_comprehend_csv_lines",
    "087_xlsx_merged_cells",
    "091_bc7_medications_tsv",
    "102_bconv_double_label",
    "204_germeval_two_tag_columns",
    "247_thai",
    "248_japanese",
    "249_emoji_glued",
    "254_xlsx_title_rows",
    "302_gold_and_predicted",
    "310_brat_spaces_for_tabs",
    "318_csv_text_once_per_doc",
    "327_spans_and_predicted_spans",
    "401_conll_starts_with_bracket",
    "403_conll_beside_label_json",
    "405_labels_alone_dense",
    "407_docstart_as_separator",
    "408_inception_backup_ser_only",
    "410_span_field_unknown_plus_known_mix",
)


def list_mentions(reading):
    """Return text and label of each mention as read, and of each flat span without its blanks."""
    corpus = flatten(reading, LabelMap({label: label for label in reading.labels})).corpus
    flat = [
        ["".join(sentence.tokens[span.start : span.end]), span.label]
        for sentence in corpus.sentences
        for span in sentence.spans
    ]
    return [[p.mention_text(m), m.label] for p in reading.passages for m in p.mentions], flat


def find_faults(path, case):
    """Return what differs from what is expected of a case."""
    try:
        reading = read_path(path)
    except BionerError as error:
        reported = [str(error)]
        if not case.get("refuse"):
            return [f"refused: {error}"]
    else:
        reported = [f"{finding.where}: {finding.message}" for finding in reading.findings]
        if case.get("refuse"):
            return ["read, though it should be refused"]
    faults = [
        f"does not say {p}: {reported}" for p in case.get("say", ()) if not re.search(p, "\n".join(reported))
    ]
    if case.get("refuse"):
        return faults
    mentions, flat = list_mentions(reading)
    found = {
        "labels": dict(reading.labels),
        "total": len(mentions),
        "mentions_n": len(mentions),
        "sentences": len(reading.passages),
        "docs": len({passage.document for passage in reading.passages}),
    }
    faults += [f"{key}: {found[key]}" for key in found if key in case and found[key] != case[key]]
    if expected := case.get("mentions"):
        missing = Counter(map(tuple, expected)) - Counter(map(tuple, mentions))
        words = [("".join(text.split()), label) for text, label in expected]
        cut = Counter(words) - Counter(map(tuple, flat))
        faults += [f"not read: {list(missing)}"] * bool(missing) + [f"not spans: {list(cut)}"] * bool(cut)
    return faults


@pytest.fixture(scope="session")
def expected(shared):
    return json.loads((shared / "cases/expected.json").read_text(encoding="utf-8"))


def test_every_case_is_expected(expected):
    assert set(CASES) == set(expected)


@pytest.mark.parametrize("case", CASES)
def test_a_case_is_read_as_expected(case, shared, expected):
    path = shared / "cases" / case / expected[case].get("file", "")
    assert find_faults(path, expected[case]) == []
