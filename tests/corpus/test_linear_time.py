"""No reader, splitter or writer takes time that grows with the square of an upload."""

import gc
import json
import time
from contextlib import suppress
from itertools import count

import pytest

from bioner_core.corpus.opening import open_reading
from bioner_core.corpus.reading.detect import read_files
from bioner_core.corpus.sentence_boundaries import PIECE_LENGTH, find_sentence_starts
from bioner_core.corpus.sentences import Corpus, Sentence, Span
from bioner_core.corpus.writing import export_corpus
from bioner_core.errors import BionerError

FACTOR = 4
MAX_RATIO = 9  # of the times at FACTOR times the length; 16 where time grows with the square


def measure_seconds(call, argument):
    gc.disable()  # a collection would look through all that is in memory
    start = time.process_time()
    call(argument)
    seconds = time.process_time() - start
    gc.enable()
    return seconds


def assert_linear(call, make, n):
    """Compare the time at ``n`` and at ``FACTOR * n``; below 0.1 s there is nothing to fear."""
    for _ in range(3):  # a busy machine disturbs one measurement, not three
        short, long = (measure_seconds(call, make(size)) for size in (n, FACTOR * n))
        if long < max(0.1, MAX_RATIO * short):
            return
    pytest.fail(f"{short:.2f} s at {n:,}, {long:.2f} s at {FACTOR * n:,}")


def open_files(files):
    with suppress(BionerError):  # how long it takes is the question
        open_reading(read_files(files, name="x"))


def make_text_record(text):
    record = {"text": "Aspirin helps. " + text, "spans": [{"start": 0, "end": 7, "label": "Drug"}]}
    return {"a.jsonl": json.dumps(record).encode()}


@pytest.mark.parametrize("unit", ["«", "“", "'", "a", "1. ", "\n", " ", "A b. ", "(", "«A. "])
def test_running_text_is_split_in_linear_time(unit):
    assert_linear(open_files, lambda n: make_text_record(unit * (n // len(unit))), 20_000)


HEAD = "Aspirin\tB-Drug\nhelps\tO\n\n"
FILES = {
    "a long word and a byte of another encoding": lambda n: {"a.conll": b"a" * n + b"\xff"},
    "many words of another encoding": lambda n: {"a.conll": b"a\xff " * (n // 3)},
    "quotation marks in a table": lambda n: {"a.csv": b'text,label\n"' + b'""' * (n // 2) + b'",x\n'},
    "blank lines": lambda n: {"a.conll": HEAD.encode() + b"\n" * n + HEAD.encode()},
    "one sentence": lambda n: {"a.conll": HEAD.encode() + b"a\tO\n" * (n // 4)},
    "brackets": lambda n: {"a.json": b"[" * n},
    "open tags": lambda n: {"a.xml": b"<a>" * (n // 3)},
    "attributes": lambda n: {"a.xml": b"<a " + b" ".join(b'a%d="1"' % i for i in range(n // 9)) + b"/>"},
    "overlapping mentions": lambda n: {
        "a.txt": b"a " * (n // 2),
        "a.ann": b"".join(b"T%d\tDrug 0 %d\ta\n" % (i, 2 * i + 1) for i in range(1, n // 40)),
    },
    "concept lines": lambda n: {"a.con": b'c="' * (n // 3) + b"\n", "a.txt": b"x\n"},
    "escapes of WebAnno": lambda n: {
        "a.tsv": b"#FORMAT=WebAnno TSV 3.3\n#T_SP=x|value\n\n#Text=a\n1-1\t0-1\ta\t"
        + b"\\[" * (n // 2)
        + b"\n"
    },
}


@pytest.mark.parametrize("make", FILES.values(), ids=FILES.keys())
def test_files_are_read_in_linear_time(make):
    assert_linear(open_files, make, 30_000)


def test_documents_whose_file_names_collide_are_written_in_linear_time(tmp_path):
    symbols = [chr(0x2190 + i) for i in range(100)]  # arrows: each is "_" in a file name

    def make(n):
        documents = [symbols[i % 100] + symbols[i // 100] for i in range(n)]
        spans = (Span(0, 1, "Disease"),)
        sentences = tuple(Sentence(("pain",), spans, document) for document in documents)
        return Corpus(name="x", sentences=sentences, types=("Disease",))

    def export(corpus):
        export_corpus(corpus, tmp_path / str(next(numbers)), "brat")

    numbers = count()
    assert_linear(export, make, 400)
    assert len(list((tmp_path / "1").glob("*.txt"))) == 1_600


def test_a_long_text_has_the_sentences_of_its_parts():
    text = "Dr. Smith slept. He took 2.5 mg. „Nie?“ Es half. "
    single = find_sentence_starts(text, "en")
    repeated = find_sentence_starts(text * 1_000, "en")
    assert len(text) * 1_000 > 5 * PIECE_LENGTH
    assert repeated == tuple(i * len(text) + at for i in range(1_000) for at in single)
    assert find_sentence_starts("", "en") == ()
    endless = "word " * 5_000
    assert find_sentence_starts(endless, "en") == (0,)
    assert find_sentence_starts(endless + "end. Then more.", "en") == (0, len(endless) + 5)
