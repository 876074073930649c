"""No format is read or written in time that grows with the square: the registries say which there are."""

import json
import re
from itertools import count
from pathlib import Path

import pytest
from test_linear_time import assert_linear, open_files

from bioner_core.corpus.reading.detect import NAMES, read_path
from bioner_core.corpus.sentences import Corpus, Sentence, Span
from bioner_core.corpus.writing import WRITERS, export_corpus
from bioner_core.errors import BionerError

SAMPLES = Path(__file__).parents[1] / "data/formats"
WRITTEN = {  # formats whose samples would say no more than these lines
    "CoNLL": {"a.conll": b"Aspirin\tB-Drug\nhelps\tO\n\n"},
    "PubTator": {"a.txt": b"1|t|Aspirin helps\n1|a|It does.\n1\t0\t7\tAspirin\tChemical\tD001241\n\n"},
    "JSON lines": {"a.jsonl": b'{"text": "Aspirin helps", "entities": [[0, 7, "Drug"]]}\n'},
}
WORD = re.compile(rb"[Aa]spirin|[Ii]buprofen|[Zz]inc|fever|headache|nausea|\w{5,}")


@pytest.fixture(scope="module")
def samples():
    """Return the files of the first sample of each format."""
    found = dict(WRITTEN)
    paths = [path for path in sorted(SAMPLES.rglob("*")) if path.name != "README.md"]
    for path in sorted(paths, key=lambda path: (path.is_dir(), len(path.parts))):
        try:
            name = read_path(path).format
        except BionerError:  # a part of a sample
            continue
        found.setdefault(name, read_folder(path) if path.is_dir() else {path.name: path.read_bytes()})
    return found


def read_folder(path):
    files = (file for file in sorted(path.rglob("*")) if file.is_file())
    return {file.relative_to(path).as_posix(): file.read_bytes() for file in files}


def copy_files(files, n):
    """Return ``n`` copies, a folder each."""
    return {f"copy{number}/{name}": content for number in range(n) for name, content in files.items()}


def lengthen_word(files, n, *, filler):
    """Put a filler into a word of each file, ``n`` bytes in all."""
    middle = filler * (n // len(filler))
    return {
        name: WORD.sub(lambda match: match[0][:2] + middle + match[0][2:], content, count=1)
        for name, content in files.items()
    }


def repeat_records(files, n):
    """Repeat what is inside each file: the lines, the body of the XML, the longest list of the JSON."""
    return {name: _repeat(content, n) for name, content in files.items()}


def _repeat(content, n):
    if root := re.search(rb"<(\w[\w:.-]*)(\s[^>]*)?>(.*)</\1>\s*$", content, re.DOTALL):
        return content[: root.start(3)] + root[3] * n + content[root.end(3) :]
    try:
        value = json.loads(content)
    except ValueError:
        return content * n
    longest = max(_iterate_lists(value), key=lambda items: len(json.dumps(items)), default=[])
    longest *= n
    return json.dumps(value).encode()


def _iterate_lists(value):
    if isinstance(value, list):
        yield value
    for child in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _iterate_lists(child)


GROWTHS = {
    "many files": (copy_files, 6),
    "a long word": (lambda files, n: lengthen_word(files, n, filler=b"a"), 15_000),
    "many records": (repeat_records, 20),
}
LONG_GROWTHS = {
    "more files": (copy_files, 15),
    "more records": (repeat_records, 40),
}
LONG_GROWTHS |= {
    f"much of {filler!r}": (lambda files, n, filler=filler: lengthen_word(files, n, filler=filler), 40_000)
    for filler in (b"a", "«".encode(), b"1. ", b"-", b" ", b"\\n", b"&amp;", "\U0001f915".encode())
}


def check_growth(files, growth, n):
    assert_linear(open_files, lambda size: growth(files, size), n)


def test_each_format_has_a_sample(samples):
    assert set(NAMES) <= samples.keys()


@pytest.mark.parametrize("growth", GROWTHS)
@pytest.mark.parametrize("name", NAMES)
def test_a_format_is_read_in_linear_time(samples, name, growth):
    check_growth(samples[name], *GROWTHS[growth])


@pytest.mark.long
@pytest.mark.parametrize("growth", LONG_GROWTHS)
@pytest.mark.parametrize("name", NAMES)
def test_a_large_file_of_a_format_is_read_in_linear_time(samples, name, growth):
    check_growth(samples[name], *LONG_GROWTHS[growth])


def build_documents(n):
    return tuple(Sentence(("pain",), (Span(0, 1, "Drug"),), f"d{number}") for number in range(n // 8))


def build_sentence(n):
    return (Sentence(("pain", "«") * n, tuple(Span(2 * at, 2 * at + 1, "Drug") for at in range(n)), "d"),)


def build_words(n):
    return (Sentence(("«" * n, "\\" * n), (Span(0, 1, "Drug"),), "d" * n),)


@pytest.mark.parametrize("build", [build_documents, build_sentence, build_words])
@pytest.mark.parametrize("to", WRITERS)
def test_a_format_is_written_in_linear_time(to, build, tmp_path):
    numbers = count()

    def export(corpus):
        export_corpus(corpus, tmp_path / str(next(numbers)), to)

    assert_linear(export, lambda n: Corpus(name="x", sentences=build(n), types=("Drug",)), 1_500)


def test_types_that_share_a_name_are_written_in_linear_time(tmp_path):
    numbers = count()

    def build(n):  # blanks of all kinds: the same name in brat
        blanks = [" ", "\t", "\u00a0", "\u2003", "\u2009", "\u3000", "\u2007", "\u202f"]
        labels = ["a" + "".join(blanks[number >> 3 * k & 7] for k in range(5)) + "b" for number in range(n)]
        spans = tuple(Span(at, at + 1, label) for at, label in enumerate(labels))
        return Corpus(name="x", sentences=(Sentence(("x",) * n, spans),), types=tuple(sorted(labels)))

    assert_linear(lambda corpus: export_corpus(corpus, tmp_path / str(next(numbers)), "brat"), build, 2_000)
