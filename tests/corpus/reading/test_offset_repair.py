"""Repairs of offsets: one rule for a whole file, decided by the words beside them, or none at all."""

import csv
import io

import pytest

from bioner_core.corpus.reading.detect import read_files
from bioner_core.corpus.reading.findings import MAX_UNPLACED, unplaced_csv

TEXT = "Took aspirin & ibuprofen.\nNo headache, no nausea.\n\nThen <b>fever</b> came back, й."
MENTIONS = (
    ("Drug", "aspirin"),
    ("Drug", "ibuprofen"),
    ("ADR", "headache"),
    ("ADR", "nausea"),
    ("ADR", "fever"),
)


def annotated(place, text=TEXT, mentions=MENTIONS):
    """Return brat lines, with places in ``text`` as another tool counts them."""
    lines = []
    for number, (label, words) in enumerate(mentions, 1):
        start = text.index(words)
        first, end = place(text, start, start + len(words))
        lines.append(f"T{number}\t{label} {first} {end}\t{words}\n")
    return "".join(lines)


def read(annotations, text=TEXT):
    return read_files({"a.txt": text.encode(), "a.ann": annotations.encode()}, name="corpus")


def texts(reading):
    return [passage.words(mention) for passage in reading.passages for mention in passage.mentions]


def messages(reading):
    return [f.message for f in reading.findings if "boundary inside" not in f.message]


def by(width):
    """Return a place that counts each character by ``width(character)``."""
    return lambda text, start, end: (sum(map(width, text[:start])), sum(map(width, text[:end])))


RULES = {
    "characters, +3 throughout": lambda text, start, end: (start + 3, end + 3),
    "characters, −5 throughout": lambda text, start, end: (start - 5, end - 5),
    "line ends as CR LF": by(lambda c: 2 if c == "\n" else 1),
    "line ends as CR LF, +1 throughout": lambda t, s, e: tuple(x + 1 + t[:x].count("\n") for x in (s, e)),
    "no line ends": by(lambda c: c != "\n"),
    "line ends as three": by(lambda c: 3 if c == "\n" else 1),
    "the last character as the end": lambda text, start, end: (start, end - 1),
    "from 1, the last character as the end": lambda text, start, end: (start + 1, end),
    "&, < and > as in XML": by(lambda c: {"&": 5, "<": 4, ">": 4}.get(c, 1)),
}


@pytest.mark.parametrize("name", RULES)
def test_one_rule_for_the_whole_file_is_found_and_said(name):
    reading = read(annotated(RULES[name]))
    assert texts(reading) == [words for _, words in MENTIONS]
    n_before = sum(RULES[name](TEXT, s := TEXT.index(w), s + len(w)) == (s, s + len(w)) for _, w in MENTIONS)
    assert messages(reading) == [
        f"offsets repaired: they count {name}. So 5 of 5 mentions cover their own words, {n_before} before."
    ]


def test_blanks_in_a_row_and_letters_with_marks_are_counted_by_rule():
    text = "Took  aspirin   daily,\n\n no   pain and nausea."
    mentions = (("Drug", "aspirin"), ("ADR", "pain"), ("ADR", "nausea"))
    as_one = annotated(lambda t, s, e: tuple(_squeezed(t[:x]) for x in (s, e)), text, mentions)
    reading = read(as_one, text)
    assert texts(reading) == ["aspirin", "pain", "nausea"]
    assert messages(reading)[0].startswith("offsets repaired: they count blanks in a row as one.")
    text = "йод и йогурт, боль"
    two = annotated(by(lambda c: 2 if c == "й" else 1), text, (("Drug", "йод"), ("ADR", "боль")))
    assert messages(read(two, text))[0].startswith(
        "offsets repaired: they count letters and their marks each."
    )


def _squeezed(text):
    return sum(not (i and c.isspace() and text[i - 1].isspace()) for i, c in enumerate(text))


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ("T1\tDrug 6 13\taspirin\nT2\tADR 31 39\theadache\n", "two mentions could fit by chance"),
        ("T1\tDrug 8 10\tno\nT2\tDrug 9 11\tno\nT3\tADR 40 42\tno\nT4\tADR 3 5\tno\n", "the same short word"),
        ("T1\tDrug 6 13\taspirin\nT2\tDrug 17 26\tibuprofen\nT3\tADR 28 36\theadache\n", "three shifts"),
    ],
)
def test_where_nothing_decides_nothing_is_moved(lines, reason):
    reading = read(lines + "T9\tADR 0 4\n")
    assert texts(reading) == ["Took"], reason
    assert {f.message for f in reading.findings[1:]} == {
        "the text at its place differs from the mention; left out."
    }


def test_a_shift_needs_four_of_five_mentions():
    shifted = annotated(RULES["characters, +3 throughout"]).splitlines(keepends=True)
    wrong = [f"T{n}\tADR {n} {n + 3}\tzzz\n" for n in range(10, 13)]
    assert "offsets repaired" in messages(read("".join([*shifted, wrong[0]])))[1]
    reading = read("".join([*shifted, *wrong, "T99\tADR 0 4\n"]))
    assert texts(reading) == ["Took"]


def test_without_words_beside_them_offsets_stay_as_they_are():
    reading = read("T1\tDrug 6 13\nT2\tDrug 16 25\nT3\tADR 32 40\n")
    assert texts(reading) == ["spirin", "buprofen.", "dache, n"]
    assert not any(f.message.startswith("offsets repaired") for f in reading.findings)


def test_a_single_mention_is_never_moved_to_where_its_words_stand():
    good = annotated(lambda text, start, end: (start, end))
    reading = read(good + "T9\tADR 70 75\tfever\n")
    assert texts(reading) == [words for _, words in MENTIONS]
    assert reading.n_unplaced == 1


def test_a_blank_at_an_edge_is_no_difference():
    reading = read("T1\tDrug 4 13\taspirin\nT2\tDrug 5 12\taspirin \nT3\tADR 29 37\t headache\n")
    assert (texts(reading), messages(reading)) == (["aspirin", "headache"], [])


def test_what_is_left_out_is_listed_with_its_place_and_reason():
    reading = read("T1\tDrug 5 12\taspirin\nT2\t=ADR 500 510;600 610\tsecret words\nT3\tx\n")
    assert reading.n_unplaced == len(reading.unplaced) == 2
    rows = list(csv.reader(io.StringIO(unplaced_csv(reading.unplaced))))
    assert rows == [
        ["where", "label", "start", "end", "reason"],
        ["a.ann, line 3", "", "", "", "not in brat's form (T1, tab, label start end, tab, words); left out."],
        [
            "a.ann, line 2",
            "'=ADR",
            "500",
            "610",
            "its place is not in the text of 82 characters, or blank; left out.",
        ],
    ]
    assert "secret" not in unplaced_csv(reading.unplaced)


def test_the_list_of_what_is_left_out_is_bounded():
    lines = "".join(f"T{n}\tADR 900 910\tx\n" for n in range(MAX_UNPLACED + 5))
    reading = read("T1\tDrug 5 12\taspirin\n" + lines)
    assert (reading.n_unplaced, len(reading.unplaced)) == (MAX_UNPLACED + 5, MAX_UNPLACED)


def test_annotations_without_a_text_are_listed_one_by_one():
    files = {
        "a.txt": TEXT.encode(),
        "a.ann": b"T1\tDrug 5 12\taspirin\n",
        "b.ann": b"T1\tADR 0 4\tpain\nT2\tADR 9 12\tx y\n",
    }
    reading = read_files(files, name="corpus")
    assert [(each.where, each.label, each.start, each.end) for each in reading.unplaced] == [
        ("b.ann, line 1", "ADR", 0, 4),
        ("b.ann, line 2", "ADR", 9, 12),
    ]
