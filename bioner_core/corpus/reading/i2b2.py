"""i2b2 2010 concepts: ``c="words" 12:3 12:4||t="problem"`` gives line:word positions in a text."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from bioner_core.corpus.reading.bounds import iterate_lines
from bioner_core.corpus.reading.file_pairs import FilePair, pair_files
from bioner_core.corpus.reading.findings import Findings
from bioner_core.corpus.reading.mention_texts import is_same_text
from bioner_core.corpus.reading.offsets import CHARACTERS
from bioner_core.corpus.reading.passages import Passage, Reading
from bioner_core.corpus.reading.placement import RawMention, is_checkable, place_mentions
from bioner_core.corpus.reading.split_names import refuse_documents
from bioner_core.corpus.reading.texts import assign_parts

NAME = "i2b2 concepts"
_CONCEPT = re.compile(r'c="(.*)" (\d{1,9}):(\d{1,9}) (\d{1,9}):(\d{1,9})\|\|t="([^"|]+)"')
_OTHER_LINE = re.compile(r'c="(.*)" \d+:\d+ \d+:\d+\|\|(t="[^"]*"\|\|a=|r=)')  # assertions, relations
_WRONG_FORM = 'not in the form c="words" line:word line:word||t="label"; left out.'

WordSpans = list[list[tuple[int, int]]]  # per line, (start, end) of each word in the text
Splitter = Callable[[str], Iterator[tuple[int, int]]]  # yields (start, end) of each word of a line


def claim(files: Mapping[str, str]) -> set[str]:
    """Return the files of concepts, of their assertions and relations, and the texts."""
    kinds = {name: kind for name, text in files.items() if (kind := _classify_file(text))}
    if "concepts" not in kinds.values():
        return set()
    return kinds.keys() | {name for name in files if name[-4:].lower() == ".txt"}


def read(files: Mapping[str, str], *, name: str, documents: str | None) -> Reading:
    """Read all documents; texts without concepts are left out and counted."""
    refuse_documents(documents, name=name, since="i2b2's documents are its files")
    findings = Findings()
    kinds = {file: _classify_file(text) for file, text in files.items()}
    texts = [file for file, kind in kinds.items() if not kind and file[-4:].lower() == ".txt"]
    concepts = [file for file, kind in kinds.items() if kind == "concepts"]
    passages = []
    n_unannotated = 0
    for pair in pair_files(texts, concepts, anywhere=True):
        if not pair.annotations:
            n_unannotated += 1
            findings.keep_unannotated(files[pair.text], document=pair.document)
            findings.add("warning", pair.text, "no file of concepts (.con), so the document is left out.")
        elif passage := _read_document(pair, files, findings):
            passages.append(passage)
    return findings.build_reading(
        name=name, format_name=NAME, passages=assign_parts(passages), n_unannotated=n_unannotated
    )


def _classify_file(text: str) -> str:
    """Classify by the first non-blank line as "concepts", "others" (assertions, relations) or ""."""
    first = text.lstrip()[:10_000].partition("\n")[0].rstrip()
    return "concepts" if _CONCEPT.fullmatch(first) else "others" if _OTHER_LINE.match(first) else ""


def _read_document(pair: FilePair, files: Mapping[str, str], findings: Findings) -> Passage | None:
    concepts = list(_parse_concepts(files[pair.annotations], pair.annotations, findings))
    text = files.get(pair.text, "")
    if not text.strip():
        unplaced = [(where, match[6], ()) for where, match in concepts]
        message = f"no text: the .txt is {'blank' if pair.text else 'missing'}, so the document is left out."
        findings.add_all_unplaced(pair.text or pair.annotations, message, unplaced)
        return None
    splitters: tuple[Splitter, ...] = (_split_at_blanks, _split_at_each_blank)
    candidates = (_build_mentions(concepts, _locate_words(text, split)) for split in splitters)
    raw_mentions = max(candidates, key=lambda mentions: _count_matches(mentions, text))
    placed = place_mentions(raw_mentions, text, convention=CHARACTERS, findings=findings)
    return Passage(document=pair.document, text=text, mentions=placed)


def _parse_concepts(text: str, name: str, findings: Findings) -> Iterator[tuple[str, re.Match[str]]]:
    for number, line in iterate_lines(text, where=name):
        where = f"{name}, line {number}"
        if match := _CONCEPT.fullmatch(line.strip()):
            findings.count(1, where=where)
            yield where, match
        elif line.strip():
            findings.add_unplaced(where, _WRONG_FORM)


def _locate_words(text: str, split: Splitter) -> WordSpans:
    """Return the character offsets of all words per line; lines end with LF."""
    spans = []
    start = 0
    for line in text.split("\n"):
        spans.append([(start + first, start + end) for first, end in split(line.rstrip("\r"))])
        start += len(line) + 1
    return spans


def _split_at_blanks(line: str) -> Iterator[tuple[int, int]]:
    return (match.span() for match in re.finditer(r"\S+", line))


def _split_at_each_blank(line: str) -> Iterator[tuple[int, int]]:
    """Yield the words between single blanks; some tools count empty words."""
    start = 0
    for word in line.split(" "):
        yield start, start + len(word)
        start += len(word) + 1


def _build_mentions(concepts: Sequence[tuple[str, re.Match[str]]], words: WordSpans) -> list[RawMention]:
    """Convert concepts to mentions with character offsets; -1 if a line or word does not exist."""
    mentions = []
    for where, match in concepts:
        line, word, last_line, last_word = (int(match[group]) for group in range(2, 6))
        first, last = _find_word(words, line, word), _find_word(words, last_line, last_word)
        mentions.append(RawMention(match[6], ((first[0], last[1]),), match[1], where))
    return mentions


def _find_word(words: WordSpans, line: int, word: int) -> tuple[int, int]:
    """Return (start, end) of a word; lines count from 1, words from 0."""
    exists = 1 <= line <= len(words) and word < len(words[line - 1])
    return words[line - 1][word] if exists else (-1, -1)


def _count_matches(mentions: Sequence[RawMention], text: str) -> int:
    return sum(is_checkable(m) and is_same_text(text, m.fragments, m.surface) for m in mentions)
