"""What readers of words with token offsets share."""

import sys
from collections.abc import Iterable, Sequence
from typing import Any

from bioner_core.corpus.reading.findings import Findings
from bioner_core.corpus.reading.passages import Passage
from bioner_core.corpus.reading.placement import RawMention, place_token_mentions
from bioner_core.corpus.reading.split_names import parse_file_part
from bioner_core.corpus.reading.texts import parse_offset
from bioner_core.errors import BionerError

BLANK = "\ufffd"  # replaces a word of spaces only, since a word cannot be empty


def parse_words(value: object, where: str, hint: str) -> tuple[str, ...]:
    """Return the words of a list. :raises BionerError: for other values."""
    if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
        raise BionerError(f"{where}: found no list of words. {hint}")
    return tuple(sys.intern(word) if word.strip() else BLANK for word in value)


def parse_token_spans(spans: Iterable[Any], where: str, hint: str, *, first: int = 0) -> list[RawMention]:
    """Return mentions of ``[first token, last token, label]``, whose ends are inclusive.

    :param first: number of the first word of the sentence, where offsets count from the document
    :raises BionerError: for other values
    """
    mentions = []
    for span in spans:
        if not isinstance(span, list) or len(span) < 3 or not isinstance(span[2], str):
            raise BionerError(f"{where}: an entity is not [first word, last word, label]. {hint}")
        start, last = parse_offset(span[0]), parse_offset(span[1])
        fragment = (start - first, last - first + 1) if start >= 0 and last >= 0 else (-1, -1)
        mentions.append(RawMention(span[2].strip() or "Entity", (fragment,), "", where))
    return mentions


def build_token_passage(
    words: Sequence[str], mentions: Sequence[RawMention], *, file: str, document: str, findings: Findings
) -> Passage:
    """Return a sentence of words with the mentions that have a place in it."""
    where = mentions[0].where if mentions else file
    findings.count(1 + len(mentions), where=where)
    return Passage(
        document=document,
        tokens=tuple(words),
        mentions=place_token_mentions(mentions, len(words), findings=findings),
        part=parse_file_part(file),
    )
