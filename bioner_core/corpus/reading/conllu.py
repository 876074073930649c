"""CoNLL-U with entities in the column MISC, as BIO tags or as brackets."""

import re
from collections.abc import Iterator, Mapping

from bioner_core.corpus.reading.bounds import iterate_lines
from bioner_core.corpus.reading.findings import Findings
from bioner_core.corpus.reading.passages import Passage, Reading
from bioner_core.corpus.reading.placement import RawMention
from bioner_core.corpus.reading.split_names import refuse_documents, strip_file_name
from bioner_core.corpus.reading.token_formats import BLANK, build_token_passage
from bioner_core.corpus.tags import decode_tags
from bioner_core.errors import BionerError

NAME = "CoNLL-U"
_KEYS = ("ner", "ne", "entity", "namedentity", "bio")
_TAG = re.compile(r"O|[BIMELSUW]-.+")
_BRACKET = re.compile(r"\(([^()]+)\)|\(([^()]+)|([^()]+)\)")
_SAMPLE_LENGTH = 100_000
_N_COLUMNS = 10
_MAX_OPEN = 50  # entities that wait for their end


def claim(files: Mapping[str, str]) -> set[str]:
    """Return the files of ten columns, if some have entities in the last one."""
    tables = {name for name, text in files.items() if _is_conllu(text)}
    has_entities = any(
        _find_entity(line.split("\t")[-1])
        for name in tables
        for line in files[name][:_SAMPLE_LENGTH].split("\n")
        if line.count("\t") == _N_COLUMNS - 1
    )
    return tables if has_entities else set()


def read(files: Mapping[str, str], *, name: str, documents: str | None) -> Reading:
    """Read all sentences; ranges of tokens and empty nodes are skipped.

    :raises BionerError: for a line of another number of columns
    """
    refuse_documents(documents, name=name, since="comments name the documents of CoNLL-U")
    findings = Findings()
    passages: list[Passage] = []
    for file, text in files.items():
        passages += _iterate_sentences(text, file, findings)
    return findings.build_reading(name=name, format_name=NAME, passages=passages)


def _is_conllu(text: str) -> bool:
    lines = (line for line in text[:_SAMPLE_LENGTH].split("\n")[:50] if line.strip() and line[0] != "#")
    first = next(lines, "").split("\t")
    return len(first) == _N_COLUMNS and re.fullmatch(r"\d+([-.]\d+)?", first[0]) is not None


def _find_entity(misc: str) -> str:
    """Return the value of the entity in a cell of MISC; "" if there is none."""
    for item in misc.strip().split("|"):
        key, _, value = item.partition("=")
        if value and key.lower() in _KEYS:
            return value
    return ""


def _iterate_sentences(text: str, file: str, findings: Findings) -> Iterator[Passage]:
    document = strip_file_name(file)
    words: list[str] = []
    values: list[str] = []
    for number, line in (*iterate_lines(text, where=file), (0, "")):
        if line.startswith("#"):
            if line.startswith("# newdoc id = "):
                document = line.removeprefix("# newdoc id = ").strip()
            continue
        if line.strip():
            cells = line.split("\t")
            if len(cells) != _N_COLUMNS:
                raise BionerError(f"{file}, line {number}: {len(cells)} columns, where CoNLL-U has 10.")
            if cells[0].isdecimal():
                words.append(cells[1] if cells[1].strip() else BLANK)
                values.append(_find_entity(cells[9]))
        elif words:
            spans = _decode(values, file, findings)
            mentions = [RawMention(label, ((start, end),), "", file) for start, end, label in spans]
            yield build_token_passage(words, mentions, file=file, document=document, findings=findings)
            words, values = [], []


def _decode(values: list[str], file: str, findings: Findings) -> list[tuple[int, int, str]]:
    """Return the mentions of a sentence from tags, or from brackets such as ``(e1-person`` and ``e1)``."""
    if all(_TAG.fullmatch(value) for value in values if value):
        return decode_tags([value or "O" for value in values])
    mentions: list[tuple[int, int, str]] = []
    opened: list[tuple[str, str, int]] = []
    for position, value in enumerate(values):
        for whole, start, end in _BRACKET.findall(value):
            if whole:
                mentions.append((position, position + 1, _parse_label(whole)))
            elif start:
                opened = [*opened[-_MAX_OPEN:], (start.partition("-")[0], _parse_label(start), position)]
            elif match := next(
                (item for item in reversed(opened) if item[0] == end), opened[-1:] and opened[-1]
            ):
                opened.remove(match)
                mentions.append((match[2], position + 1, match[1]))
    if opened:
        findings.add("warning", file, "an entity that does not end in its sentence is left out.")
    return sorted(mentions)


def _parse_label(content: str) -> str:
    """Return the label in ``e1-person-new-…``, or the only part."""
    parts = content.split("-")
    return parts[1] if len(parts) > 1 and re.search(r"\d", parts[0]) else parts[0]
