"""Concepts as i2b2 2010 has them: ``c="words" 12:3 12:4||t="problem"`` counts lines and words of a text."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from bioner_core.corpus.reading.bounds import lines
from bioner_core.corpus.reading.file_pairs import FilePair, paired
from bioner_core.corpus.reading.findings import Findings
from bioner_core.corpus.reading.offset_repair import says_same
from bioner_core.corpus.reading.offsets import CHARACTERS
from bioner_core.corpus.reading.passages import Passage, Reading
from bioner_core.corpus.reading.placement import Marked, is_checkable, place
from bioner_core.corpus.reading.split_names import refuse_documents
from bioner_core.corpus.reading.texts import with_parts

NAME = "i2b2 concepts"
_CONCEPT = re.compile(r'c="(.*)" (\d{1,9}):(\d{1,9}) (\d{1,9}):(\d{1,9})\|\|t="([^"|]+)"')
_ASIDE = re.compile(r'c="(.*)" \d+:\d+ \d+:\d+\|\|(t="[^"]*"\|\|a=|r=)')  # assertions, relations
_FORM = 'not in the form c="words" line:word line:word||t="label"; left out.'

Words = list[list[tuple[int, int]]]  # of each line, the place of each word in the text


def claims(files: Mapping[str, str]) -> set[str]:
    """Return the files of concepts, of what is said about them, and the texts."""
    kinds = {name: kind for name, text in files.items() if (kind := _kind(text))}
    if "concepts" not in kinds.values():
        return set()
    return kinds.keys() | {name for name in files if name[-4:].lower() == ".txt"}


def read(files: Mapping[str, str], *, name: str, documents: str | None) -> Reading:
    """Read all documents; texts without concepts are left out and counted."""
    refuse_documents(documents, name=name, since="its documents are its files")
    findings = Findings()
    kinds = {file: _kind(text) for file, text in files.items()}
    texts = [file for file, kind in kinds.items() if not kind and file[-4:].lower() == ".txt"]
    concepts = [file for file, kind in kinds.items() if kind == "concepts"]
    passages = []
    n_unannotated = 0
    for pair in paired(texts, concepts, anywhere=True):
        if not pair.annotations:
            n_unannotated += 1
            findings.add("warning", pair.text, "no file of concepts (.con), so the document is left out.")
        elif passage := _document(pair, files, findings):
            passages.append(passage)
    return findings.reading(name=name, form=NAME, passages=with_parts(passages), n_unannotated=n_unannotated)


def _kind(text: str) -> str:
    """Return "concepts" or "asides" by the first line that is not blank, "" for anything else."""
    first = text.lstrip()[:10_000].partition("\n")[0].rstrip()
    return "concepts" if _CONCEPT.fullmatch(first) else "asides" if _ASIDE.match(first) else ""


def _document(pair: FilePair, files: Mapping[str, str], findings: Findings) -> Passage | None:
    concepts = list(_concepts(files[pair.annotations], pair.annotations, findings))
    text = files.get(pair.text, "")
    if not text.strip():
        left = [(where, match[6], ()) for where, match in concepts]
        message = f"no text: the .txt is {'blank' if pair.text else 'missing'}, so the document is left out."
        findings.all_unplaced(pair.text or pair.annotations, message, left)
        return None
    cuts: tuple[Callable[[str], Iterator[tuple[int, int]]], ...] = (_by_blanks, _by_each_blank)
    marked = max((_marked(concepts, _words(text, cut)) for cut in cuts), key=lambda m: _n_same(m, text))
    mentions = place(marked, text, rule=CHARACTERS, findings=findings)
    return Passage(document=pair.document, text=text, mentions=mentions)


def _concepts(text: str, name: str, findings: Findings) -> Iterator[tuple[str, re.Match[str]]]:
    for number, line in lines(text, where=name):
        where = f"{name}, line {number}"
        if match := _CONCEPT.fullmatch(line.strip()):
            findings.count(1, where=where)
            yield where, match
        elif line.strip():
            findings.unplaced(where, _FORM)


def _words(text: str, cut: Callable[[str], Iterator[tuple[int, int]]]) -> Words:
    """Return the places of all words of all lines; lines end with LF."""
    found = []
    start = 0
    for line in text.split("\n"):
        found.append([(start + first, start + end) for first, end in cut(line.rstrip("\r"))])
        start += len(line) + 1
    return found


def _by_blanks(line: str) -> Iterator[tuple[int, int]]:
    return (match.span() for match in re.finditer(r"\S+", line))


def _by_each_blank(line: str) -> Iterator[tuple[int, int]]:
    """Yield words between blanks, empty ones too, which some tools count."""
    start = 0
    for word in line.split(" "):
        yield start, start + len(word)
        start += len(word) + 1


def _marked(concepts: Sequence[tuple[str, re.Match[str]]], words: Words) -> list[Marked]:
    """Return concepts with places in characters; -1, which is none, where line or word does not exist."""
    found = []
    for where, match in concepts:
        line, word, last_line, last_word = (int(match[at]) for at in range(2, 6))
        first, last = _at(words, line, word), _at(words, last_line, last_word)
        found.append(Marked(match[6], ((first[0], last[1]),), match[1], where))
    return found


def _at(words: Words, line: int, word: int) -> tuple[int, int]:
    """Return the place of a word, lines counted from 1 and words from 0."""
    inside = 1 <= line <= len(words) and word < len(words[line - 1])
    return words[line - 1][word] if inside else (-1, -1)


def _n_same(marked: Sequence[Marked], text: str) -> int:
    return sum(is_checkable(each) and says_same(text, each.fragments, each.words) for each in marked)
