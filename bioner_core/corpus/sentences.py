"""Sentences with their gold spans, and the corpus that holds them."""

import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from bioner_core.errors import BionerError

Part = Literal["", "train", "dev", "test"]  # "" where the file names no part


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A run of tokens that is one entity."""

    start: int  # first token, from 0
    end: int  # one past the last token
    label: str  # entity type after mapping

    def __post_init__(self) -> None:
        """Refuse what covers no token."""
        if not 0 <= self.start < self.end:
            raise BionerError(
                f"span {self.start}–{self.end} {self.label!r}: starts must be 0 or more, ends larger."
            )


@dataclass(frozen=True, slots=True)
class Sentence:
    """Tokens and their gold spans, flat (no two overlap) and in order."""

    tokens: tuple[str, ...]
    spans: tuple[Span, ...] = ()
    document: str = ""  # "" where the file does not say
    part: Part = ""

    def __post_init__(self) -> None:
        """Refuse spans that leave the sentence, overlap or are out of order."""
        end = 0
        for span in self.spans:
            if span.start < end or span.end > len(self.tokens):
                raise BionerError(
                    f"a sentence of {len(self.tokens)} tokens has the span {span.start}–{span.end} "
                    f"{span.label!r}: spans must lie inside it, in order, without overlap."
                )
            end = span.end


@dataclass(frozen=True, kw_only=True)
class Corpus:
    """Named sentences with what is known about them."""

    name: str
    sentences: tuple[Sentence, ...]
    types: tuple[str, ...]  # entity types this corpus annotates, sorted; some may not occur
    language: str = ""  # ISO 639-1, "" unknown
    domain: str = ""  # "UGT", "EHR", "abstracts" or the user's words; "" unknown
    licence: str = ""
    home: str = ""  # address of its page, for a corpus that was downloaded
    citation: str = ""  # what to cite when it is used
    is_synthetic: bool = False  # made by a script; never used for a claim
    label_map: Mapping[str, str] = field(default_factory=dict)  # raw label → type, as read

    def __post_init__(self) -> None:
        """Refuse spans of types that the corpus does not name."""
        unnamed = {s.label for x in self.sentences for s in x.spans} - set(self.types)
        if unnamed:
            raise BionerError(
                f"{self.name}: entities of type {sorted(unnamed)} occur, the corpus names {list(self.types)}."
            )

    @cached_property
    def digest(self) -> str:
        """Return 16 hex digits that change with any token, span, document, part or named type."""
        lines = (json.dumps(sentence_record(s), ensure_ascii=False) for s in self.sentences)
        whole = hashlib.sha256(json.dumps(sorted(self.types)).encode())
        for line in lines:
            whole.update(line.encode())
        return whole.hexdigest()[:16]

    @cached_property
    def mentions(self) -> Counter[str]:
        """Count spans by type."""
        return Counter(span.label for sentence in self.sentences for span in sentence.spans)


def sentence_record(sentence: Sentence) -> dict[str, object]:
    """Return the JSON form of one sentence, as ``corpora/*.jsonl`` holds it."""
    return {
        "tokens": sentence.tokens,
        "spans": [(s.start, s.end, s.label) for s in sentence.spans],
        "document": sentence.document,
        "part": sentence.part,
    }
