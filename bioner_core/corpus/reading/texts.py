"""Build passages from texts with raw mentions."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Any

from bioner_core.corpus.reading.findings import Findings
from bioner_core.corpus.reading.offsets import OffsetConvention
from bioner_core.corpus.reading.passages import Passage
from bioner_core.corpus.reading.placement import RawMention, infer_convention, place_mentions
from bioner_core.corpus.reading.split_names import (
    parse_file_part,
    parse_folder_part,
    parse_part,
    strip_file_name,
)
from bioner_core.corpus.sentences import Part

LONG_TEXTS = "texts are long, so each record counts as a document."
_MIN_DOCUMENT_LENGTH = 400  # characters; texts that are longer on average are documents, not sentences
_MAX_DIGITS = 15  # of an offset


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnotatedText:
    """A text of a file with its raw mentions."""

    text: str
    raw_mentions: Sequence[RawMention] = ()
    document: str = ""  # "" where the file does not say
    part: Part = ""  # "" where only the file's name may tell


def build_passages(
    texts: Sequence[AnnotatedText],
    *,
    file: str,
    findings: Findings,
    convention: OffsetConvention | None = None,
) -> list[Passage]:
    """Return passages with valid mentions; blank texts are left out.

    :param convention: of offsets, where the format defines it; else inferred from the mentions of the file
    """
    if convention is None:
        convention = infer_convention(
            [(text.text, text.raw_mentions) for text in texts], where=file, findings=findings
        )
    are_documents = has_long_texts([text.text for text in texts]) and not any(text.document for text in texts)
    file_part = parse_file_part(file)
    passages = []
    for number, text in enumerate(texts, 1):
        findings.count(1 + len(text.raw_mentions), where=file)
        if not text.text.strip():
            if text.raw_mentions:
                unplaced = [
                    (mention.where, mention.label, mention.fragments) for mention in text.raw_mentions
                ]
                findings.add_all_unplaced(file, "no text: its mentions are left out.", unplaced)
            continue
        mentions = place_mentions(text.raw_mentions, text.text, convention=convention, findings=findings)
        passages.append(
            Passage(
                document=text.document or (f"{strip_file_name(file)}:{number}" if are_documents else ""),
                text=text.text,
                mentions=mentions,
                part=text.part or file_part,
            )
        )
    if are_documents and len(texts) > 1:
        findings.add("note", file, LONG_TEXTS)
    return passages


def has_long_texts(texts: Sequence[str]) -> bool:
    """Tell whether texts are longer than 400 characters on average, so documents rather than sentences."""
    return sum(map(len, texts)) > _MIN_DOCUMENT_LENGTH * len(texts)


def assign_parts(passages: Sequence[Passage]) -> tuple[Passage, ...]:
    """Add the part of its folder to each document; else the part in its name, if every name has one."""
    parts = [parse_folder_part(passage.document) for passage in passages]
    if not any(parts):
        name_parts = [parse_part(PurePosixPath(passage.document).name) for passage in passages]
        parts = name_parts if all(name_parts) else parts
    return tuple(replace(passage, part=part) for passage, part in zip(passages, parts, strict=True))


def parse_offset(value: Any) -> int:
    """Return an offset as an integer; -1, which is not valid, if it is not a whole number.

    >>> [parse_offset(value) for value in ("12", 12.0, "-1", None, "1e3", True)]
    [12, 12, -1, -1, -1, -1]
    """
    if isinstance(value, str):
        value = value.strip()
        return int(value) if value.isdecimal() and len(value) <= _MAX_DIGITS else -1
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 10**_MAX_DIGITS:
        return -1
    return int(value) if value == int(value) else -1
