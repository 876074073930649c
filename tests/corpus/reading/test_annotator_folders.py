"""Versions of the same texts by several annotators: one is read, and their agreement is said."""

import pytest

from bioner_core.corpus.reading.detect import read_files

TEXTS = {"a": "He took zinc", "b": "No pain now", "c": "Slept well"}
ANNA = {"a": "T1\tDrug 8 12\tzinc\n", "b": "T1\tADR 3 7\tpain\n", "c": ""}
BORIS = {"a": "T1\tDrug 8 12\tzinc\nT2\tPerson 0 2\tHe\n", "b": "", "c": ""}


def build_files(folders, *, has_shared_texts=False):
    files = {}
    for folder, annotations in folders.items():
        for name, content in annotations.items():
            files[f"{folder}/{name}.ann"] = content.encode()
            texts = "texts" if has_shared_texts else folder
            files[f"{texts}/{name}.txt"] = TEXTS[name].encode()
    return files


def list_mentions(reading):
    return [(m.label, passage.mention_text(m)) for passage in reading.passages for m in passage.mentions]


@pytest.mark.parametrize("has_shared_texts", [False, True])
def test_one_version_is_read_and_agreement_is_said(has_shared_texts):
    files = build_files({"anna": ANNA, "boris": BORIS}, has_shared_texts=has_shared_texts)
    reading = read_files(files, name="x")
    assert list_mentions(reading) == [("Drug", "zinc"), ("ADR", "pain")]
    assert [passage.document for passage in reading.passages] == ["anna/a", "anna/b", "anna/c"]
    assert reading.agreement_f1 == 2 * 1 / (2 + 2)  # one of two mentions each
    assert [finding.message for finding in reading.findings] == [
        "2 folders hold versions of the same texts (anna, boris), as of several annotators: anna is read. "
        "Exact agreement in pairs is F1 50.0 (mean of 1 pair)."
    ]


def test_the_folder_that_is_named_as_final_is_read():
    reading = read_files(build_files({"anna": ANNA, "gold": BORIS, "carl": ANNA}), name="x")
    assert list_mentions(reading) == [("Drug", "zinc"), ("Person", "He")]
    assert reading.agreement_f1 == pytest.approx((0.5 + 0.5 + 1) / 3)


def test_a_text_that_only_another_annotator_has_is_kept():
    without_c = {name: content for name, content in ANNA.items() if name != "c"}
    reading = read_files(build_files({"final": without_c, "boris": BORIS}), name="x")
    assert [passage.document for passage in reading.passages] == ["boris/c", "final/a", "final/b"]


@pytest.mark.parametrize("folders", [("train", "test"), ("part1", "part2")])
def test_folders_of_parts_or_of_other_texts_are_no_versions(folders):
    first, second = folders
    files = build_files({first: ANNA, second: BORIS})
    if first == "part1":
        files |= {f"{second}/{name}.txt": f"Also {text}".encode() for name, text in TEXTS.items()}
    reading = read_files(files, name="x")
    assert (len(reading.passages), reading.agreement_f1) == (6, None)
