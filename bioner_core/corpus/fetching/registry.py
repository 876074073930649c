"""Public corpora with what is known of them; each fact stands in public.json, none is made up here."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal
from urllib.parse import unquote, urlsplit

from bioner_core.corpus.library import checked_name
from bioner_core.errors import BionerError

Access = Literal["open", "ask", "unlicensed", "unread"]
ACCESS: Mapping[Access, str] = MappingProxyType(
    {
        "open": "can be downloaded",
        "ask": "behind a form, a log-in or an agreement",
        "unlicensed": "no licence to copy is stated",
        "unread": "free, but not read here",
    }
)
_FILE = Path(__file__).with_name("public.json")
_LANGUAGE = re.compile(r"[a-z]{2}")
_SHA256, _GIT = re.compile(r"[0-9a-f]{64}"), re.compile(r"[0-9a-f]{40}")


@dataclass(frozen=True, kw_only=True)
class Source:
    """A file to download; at most one of the three digests is known."""

    url: str
    bytes: int | None = None  # None: unknown, or packed anew at each download
    sha256: str = ""  # of the file
    git: str = ""  # the name that git gives the file, which the commit in its address settles
    contents: str = ""  # SHA-256 over names and bytes of the members kept, of archives that are packed anew
    digest_from: str = ""  # who says so
    members: tuple[str, ...] = ()  # patterns of an archive's members to keep; all where empty

    def __post_init__(self) -> None:
        """Refuse an address without encryption, a digest of the wrong length or without its source."""
        if not self.url.startswith("http://127.0.0.1:"):  # tests on this machine; see Rules.plain_http
            _https(self.url)
        digests = [digest for digest in (self.sha256, self.git, self.contents) if digest]
        fits = all(p.fullmatch(d) for p, d in ((_SHA256, self.sha256), (_GIT, self.git)) if d)
        if len(digests) > 1 or not fits or bool(digests) != bool(self.digest_from):
            raise BionerError(f"{self.url}: at most one digest, 64 or 40 hex digits, and who says so.")

    @property
    def file(self) -> str:
        """Return what the file is called at the end of its address."""
        return unquote(urlsplit(self.url).path).rsplit("/", 1)[-1] or "file"

    @property
    def is_known(self) -> bool:
        """Say whether a digest is on record."""
        return bool(self.digest_from)


@dataclass(frozen=True, kw_only=True)
class CorpusCounts:
    """How much a corpus holds, as somebody says it; None where it is not said."""

    documents: int | None = None
    sentences: int | None = None
    mentions: Mapping[str, int] = field(default_factory=dict)  # by the corpus's own label
    n_mentions: int | None = None  # of all labels together, where they are not told apart
    source: str  # who says so


@dataclass(frozen=True, kw_only=True)
class PublicCorpus:
    """A public corpus: what it is, where it is, on what terms, and how it is read."""

    name: str  # in commands and in the library
    title: str
    language: str  # ISO 639-1
    domain: str
    annotates: str  # what in what
    labels: Mapping[str, str]  # its own label → entity type; others are left out
    format: str  # as the readers call it; "" where none reads it
    licence: str  # "" where none is stated
    home: str
    citation: str
    access: Access
    ask: str = ""  # where to ask, or why it cannot be downloaded here
    files: tuple[Source, ...] = ()
    published: CorpusCounts | None = None
    is_synthetic: bool = False
    unverified: tuple[str, ...] = ()  # what we have not checked ourselves

    def __post_init__(self) -> None:
        """Refuse what cannot be used, or says less than a user must know."""
        checked_name(self.name)
        _https(self.home)
        is_open = self.access == "open"
        wrong = [
            (not _LANGUAGE.fullmatch(self.language), "a language of two letters"),
            (self.access not in ACCESS, f"access: {', '.join(ACCESS)}"),
            (is_open and not (self.files and self.licence and self.labels), "files, licence and labels"),
            (not is_open and (bool(self.files) or not self.ask), "no files, but where to ask"),
            (not (self.title and self.citation and self.annotates), "title, citation and what it annotates"),
            (not all(self.labels) or not all(self.labels.values()), "labels and types that are not empty"),
        ]
        for is_wrong, needed in wrong:
            if is_wrong:
                raise BionerError(f"public corpus {self.name}: needs {needed}.")

    @property
    def bytes(self) -> int | None:
        """Return the size of all downloads; None where one is unknown."""
        sizes = [source.bytes for source in self.files]
        return sum(size for size in sizes if size) if sizes and all(sizes) else None

    @property
    def is_known(self) -> bool:
        """Say whether a digest of each file is on record."""
        return bool(self.files) and all(source.is_known for source in self.files)

    @property
    def types(self) -> tuple[str, ...]:
        """Return the entity types that it is read with, sorted."""
        return tuple(sorted(set(self.labels.values())))


@cache
def public_corpora() -> Mapping[str, PublicCorpus]:
    """Return all corpora of the list by name, sorted by language and name."""
    records = json.loads(_FILE.read_text(encoding="utf-8"))
    found = sorted((_corpus(record) for record in records), key=lambda c: (c.language, c.name.casefold()))
    return MappingProxyType({corpus.name: corpus for corpus in found})


def public_corpus(name: str) -> PublicCorpus:
    """Return the corpus of this name, in any case. :raises BionerError: there is none."""
    by_name = {known.casefold(): corpus for known, corpus in public_corpora().items()}
    if corpus := by_name.get(name.casefold()):
        return corpus
    names = ", ".join(public_corpora())
    raise BionerError(f"{name}: no public corpus of this name is on the list. There are: {names}.")


def _corpus(record: dict[str, Any]) -> PublicCorpus:
    """Return a record of the file as a corpus."""
    files = tuple(
        Source(**{**source, "members": tuple(source.get("members", ()))})
        for source in record.get("files", ())
    )
    published = CorpusCounts(**record["published"]) if record.get("published") else None
    unverified = tuple(record.get("unverified", ()))
    return PublicCorpus(**{**record, "files": files, "published": published, "unverified": unverified})


def _https(address: str) -> None:
    parts = urlsplit(address)
    if parts.scheme != "https" or not parts.hostname:
        raise BionerError(f"{address}: an address here begins with https://.")
