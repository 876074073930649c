"""Repair of offsets: one convention per file, inferred from the mention texts, or none."""

import csv
import io

import pytest

from bioner_core.corpus.reading.detect import read_files
from bioner_core.corpus.reading.findings import MAX_UNPLACED, format_unplaced_csv

TEXT = "Took aspirin & ibuprofen.\nNo headache, no nausea.\n\nThen <b>fever</b> came back, й."
MENTIONS = (
    ("Drug", "aspirin"),
    ("Drug", "ibuprofen"),
    ("ADR", "headache"),
    ("ADR", "nausea"),
    ("ADR", "fever"),
)


def write_annotations(convert_offsets, text=TEXT, mentions=MENTIONS):
    """Return brat lines whose offsets in ``text`` follow another convention."""
    lines = []
    for number, (label, words) in enumerate(mentions, 1):
        start = text.index(words)
        first, end = convert_offsets(text, start, start + len(words))
        lines.append(f"T{number}\t{label} {first} {end}\t{words}\n")
    return "".join(lines)


def read_brat(annotations, text=TEXT):
    return read_files({"a.txt": text.encode(), "a.ann": annotations.encode()}, name="corpus")


def list_texts(reading):
    return [passage.mention_text(mention) for passage in reading.passages for mention in passage.mentions]


def list_messages(reading):
    return [f.message for f in reading.findings if "boundary inside" not in f.message]


def build_offset_rule(width):
    """Return a function that counts offsets by ``width(character)``."""
    return lambda text, start, end: (sum(map(width, text[:start])), sum(map(width, text[:end])))


OFFSET_RULES = {
    "characters, +3 throughout": lambda text, start, end: (start + 3, end + 3),
    "characters, −5 throughout": lambda text, start, end: (start - 5, end - 5),
    "line ends as CR LF": build_offset_rule(lambda c: 2 if c == "\n" else 1),
    "line ends as CR LF, +1 throughout": lambda t, s, e: tuple(x + 1 + t[:x].count("\n") for x in (s, e)),
    "no line ends": build_offset_rule(lambda c: c != "\n"),
    "line ends as three": build_offset_rule(lambda c: 3 if c == "\n" else 1),
    "the last character as the end": lambda text, start, end: (start, end - 1),
    "from 1, the last character as the end": lambda text, start, end: (start + 1, end),
    "&, < and > as in XML": build_offset_rule(lambda c: {"&": 5, "<": 4, ">": 4}.get(c, 1)),
}


@pytest.mark.parametrize("name", OFFSET_RULES)
def test_the_convention_of_a_whole_file_is_inferred_and_reported(name):
    reading = read_brat(write_annotations(OFFSET_RULES[name]))
    assert list_texts(reading) == [words for _, words in MENTIONS]
    n_before = sum(
        OFFSET_RULES[name](TEXT, s := TEXT.index(w), s + len(w)) == (s, s + len(w)) for _, w in MENTIONS
    )
    assert list_messages(reading) == [
        f"offsets repaired: they count {name}. So 5 of 5 mentions match their text, {n_before} before."
    ]


def test_conventions_for_repeated_blanks_and_combining_marks_are_inferred():
    text = "Took  aspirin   daily,\n\n no   pain and nausea."
    mentions = (("Drug", "aspirin"), ("ADR", "pain"), ("ADR", "nausea"))
    as_one = write_annotations(lambda t, s, e: tuple(_count_squeezed(t[:x]) for x in (s, e)), text, mentions)
    reading = read_brat(as_one, text)
    assert list_texts(reading) == ["aspirin", "pain", "nausea"]
    assert list_messages(reading)[0].startswith("offsets repaired: they count blanks in a row as one.")
    text = "йод и йогурт, боль"
    two = write_annotations(
        build_offset_rule(lambda c: 2 if c == "й" else 1), text, (("Drug", "йод"), ("ADR", "боль"))
    )
    assert list_messages(read_brat(two, text))[0].startswith(
        "offsets repaired: they count letters and their marks each."
    )


def _count_squeezed(text):
    return sum(not (i and c.isspace() and text[i - 1].isspace()) for i, c in enumerate(text))


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ("T1\tDrug 6 13\taspirin\nT2\tADR 31 39\theadache\n", "two mentions could fit by chance"),
        ("T1\tDrug 8 10\tno\nT2\tDrug 9 11\tno\nT3\tADR 40 42\tno\nT4\tADR 3 5\tno\n", "the same short word"),
        ("T1\tDrug 6 13\taspirin\nT2\tDrug 17 26\tibuprofen\nT3\tADR 28 36\theadache\n", "three shifts"),
    ],
)
def test_offsets_stay_as_they_are_without_enough_evidence(lines, reason):
    reading = read_brat(lines + "T9\tADR 0 4\n")
    assert list_texts(reading) == ["Took"], reason
    assert {f.message for f in reading.findings[1:]} == {
        "the text at its offsets differs from the mention; left out."
    }


def test_a_shift_needs_four_of_five_mentions():
    shifted = write_annotations(OFFSET_RULES["characters, +3 throughout"]).splitlines(keepends=True)
    wrong = [f"T{n}\tADR {n} {n + 3}\tzzz\n" for n in range(10, 13)]
    assert "offsets repaired" in list_messages(read_brat("".join([*shifted, wrong[0]])))[1]
    reading = read_brat("".join([*shifted, *wrong, "T99\tADR 0 4\n"]))
    assert list_texts(reading) == ["Took"]


def test_offsets_stay_as_they_are_without_mention_texts():
    reading = read_brat("T1\tDrug 6 13\nT2\tDrug 16 25\nT3\tADR 32 40\n")
    assert list_texts(reading) == ["spirin", "buprofen.", "dache, n"]
    assert not any(f.message.startswith("offsets repaired") for f in reading.findings)


def test_a_single_wrong_mention_is_never_moved_to_another_occurrence():
    good = write_annotations(lambda text, start, end: (start, end))
    reading = read_brat(good + "T9\tADR 70 75\tfever\n")
    assert list_texts(reading) == [words for _, words in MENTIONS]
    assert reading.n_unplaced == 1


def test_blanks_around_a_mention_text_are_ignored():
    reading = read_brat("T1\tDrug 4 13\taspirin\nT2\tDrug 5 12\taspirin \nT3\tADR 29 37\t headache\n")
    repeated = "mentions that repeat another one (place and label), kept once: 1."
    assert (list_texts(reading), list_messages(reading)) == (["aspirin", "headache"], [repeated])


def test_mentions_left_out_are_listed_with_place_and_reason():
    reading = read_brat("T1\tDrug 5 12\taspirin\nT2\t=ADR 500 510;600 610\tsecret words\nT3\tx\n")
    assert reading.n_unplaced == len(reading.unplaced) == 2
    rows = list(csv.reader(io.StringIO(format_unplaced_csv(reading.unplaced))))
    assert rows == [
        ["where", "label", "start", "end", "reason"],
        ["a.ann, line 3", "", "", "", "not in brat's form (T1, tab, label start end, tab, words); left out."],
        [
            "a.ann, line 2",
            "'=ADR",
            "500",
            "610",
            "its offsets lie outside the text of 82 characters or cover only blanks; left out.",
        ],
    ]
    assert "secret" not in format_unplaced_csv(reading.unplaced)


def test_the_list_of_mentions_left_out_is_limited():
    lines = "".join(f"T{n}\tADR 900 910\tx\n" for n in range(MAX_UNPLACED + 5))
    reading = read_brat("T1\tDrug 5 12\taspirin\n" + lines)
    assert (reading.n_unplaced, len(reading.unplaced)) == (MAX_UNPLACED + 5, MAX_UNPLACED)


def test_annotations_without_a_text_are_listed_one_by_one():
    files = {
        "a.txt": TEXT.encode(),
        "a.ann": b"T1\tDrug 5 12\taspirin\n",
        "b.ann": b"T1\tADR 0 4\tpain\nT2\tADR 9 12\tx y\n",
    }
    reading = read_files(files, name="corpus")
    assert [(mention.where, mention.label, mention.start, mention.end) for mention in reading.unplaced] == [
        ("b.ann, line 1", "ADR", 0, 4),
        ("b.ann, line 2", "ADR", 9, 12),
    ]
