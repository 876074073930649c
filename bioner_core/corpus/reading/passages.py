"""What a reader returns: passages with mentions under the file's labels, and findings."""

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from bioner_core.corpus.sentences import Part
from bioner_core.errors import BionerError

Level = Literal["error", "warning", "note"]


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One problem or oddity of a file."""

    level: Level
    where: str  # file, and line or record where there is one
    message: str  # what is there, what is allowed, what to do; no running text of a patient
    is_doubt: bool = False  # of what a learning curve is worth; nothing was left out or changed


@dataclass(frozen=True, slots=True, kw_only=True)
class UnplacedMention:
    """A mention without valid offsets, which is left out; never holds its text."""

    where: str  # file, and line or record where there is one
    reason: str
    label: str = ""  # "" where the file does not say
    start: int | None = None  # of the first fragment, as in the file; None where there is none
    end: int | None = None  # of the last fragment


@dataclass(frozen=True, slots=True)
class Mention:
    """An entity mention under the label that the file gives it."""

    label: str
    fragments: tuple[tuple[int, int], ...]  # (start, end exclusive), in order, none empty

    def __post_init__(self) -> None:
        """Refuse fragments that are empty, out of order or overlapping."""
        end = 0
        for start, stop in self.fragments:
            if not end <= start < stop:
                raise BionerError(f"mention {self.label!r}: fragments {self.fragments} out of order.")
            end = stop
        if not self.fragments:
            raise BionerError(f"mention {self.label!r}: needs at least one fragment.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A piece of a document: running text, or one tokenized sentence.

    Mention offsets count characters (code points) of ``text`` where ``tokens`` is None, else tokens
    (``text`` is then "").
    """

    document: str = ""  # "" where the file does not say
    text: str = ""
    tokens: tuple[str, ...] | None = None
    mentions: tuple[Mention, ...] = ()
    part: Part = ""

    def mention_text(self, mention: Mention) -> str:
        """Return the mention's text; " | " separates its fragments."""
        if self.tokens is None:
            return " | ".join(self.text[start:end] for start, end in mention.fragments)
        return " | ".join(" ".join(self.tokens[start:end]) for start, end in mention.fragments)


class NothingPlacedError(BionerError):
    """No mention has valid offsets; ``unplaced`` says why."""

    def __init__(self, message: str, unplaced: tuple[UnplacedMention, ...], n_unplaced: int) -> None:
        super().__init__(message)
        self.unplaced = unplaced
        self.n_unplaced = n_unplaced

    def __reduce__(self) -> tuple[type, tuple[str, tuple[UnplacedMention, ...], int]]:
        """Let it pass from one process to another."""
        return type(self), (str(self), self.unplaced, self.n_unplaced)


@dataclass(frozen=True, kw_only=True)
class Reading:
    """All that a reader returns for one corpus."""

    name: str  # proposed name of the corpus
    format: str  # "brat", "CoNLL", "JSON lines", "PubTator", …
    passages: tuple[Passage, ...]
    findings: tuple[Finding, ...] = ()
    n_unannotated: int = 0  # documents left out because nobody annotated them
    unannotated: tuple[Passage, ...] = ()  # the texts of these documents, as far as the reader keeps them
    n_unplaced: int = 0  # mentions left out because their offsets are not valid
    unplaced: tuple[UnplacedMention, ...] = ()  # the first 10,000 of them
    language: str = ""  # where the file itself says so
    domain: str = ""
    licence: str = ""
    is_synthetic: bool = False
    annotation_seconds: float | None = None  # total annotation time in the export; None: not given
    agreement_f1: float | None = None  # mean of pairs of annotators, in [0, 1]; None: one version only
    columns: tuple[str, ...] = ()  # that hold annotations, where there are several: the one read, then others
    n_timed: int = 0  # passages or documents that carry such a time

    @cached_property
    def labels(self) -> Counter[str]:
        """Count mentions by raw label: ``labels`` of ``bioner corpus check``."""
        return Counter(m.label for passage in self.passages for m in passage.mentions)
