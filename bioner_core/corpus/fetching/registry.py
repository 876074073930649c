"""The list of public corpora, which is stored in public.json."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal
from urllib.parse import unquote, urlsplit

from bioner_core.corpus.library import validate_name
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
class RemoteFile:
    """A file to download, with at most one of three digests."""

    url: str
    bytes: int | None = None  # None: unknown, or it changes since the server packs it at each download
    sha256: str = ""  # of the file
    git: str = ""  # git hash of the file, as of the commit in its URL
    contents: str = ""  # SHA-256 over names and contents of the members, for archives packed on request
    digest_from: str = ""  # source of the digest
    members: tuple[str, ...] = ()  # patterns that select members of an archive; all where empty

    def __post_init__(self) -> None:
        """Refuse a URL without HTTPS, and digests of the wrong length or without their source."""
        if not self.url.startswith("http://127.0.0.1:"):  # for tests; see DownloadSettings.plain_http
            _require_https(self.url)
        digests = [digest for digest in (self.sha256, self.git, self.contents) if digest]
        are_valid = all(p.fullmatch(d) for p, d in ((_SHA256, self.sha256), (_GIT, self.git)) if d)
        if len(digests) > 1 or not are_valid or bool(digests) != bool(self.digest_from):
            raise BionerError(f"{self.url}: at most one digest, 64 or 40 hex digits, and who says so.")

    @property
    def file(self) -> str:
        """Return the file name at the end of the URL."""
        return unquote(urlsplit(self.url).path).rsplit("/", 1)[-1] or "file"

    @property
    def has_digest(self) -> bool:
        """Tell whether the list has a digest of the file."""
        return bool(self.digest_from)


@dataclass(frozen=True, kw_only=True)
class PublishedCounts:
    """The counts of a corpus in a publication; None where it has none."""

    documents: int | None = None
    sentences: int | None = None
    mentions: Mapping[str, int] = field(default_factory=dict)  # by label of the corpus
    n_mentions: int | None = None  # of all labels together, where only that is published
    source: str  # the publication


@dataclass(frozen=True, kw_only=True)
class PublicCorpus:
    """A public corpus: content, terms, files to download, and how they are read."""

    name: str  # in commands and in the library
    title: str
    language: str  # ISO 639-1
    domain: str
    annotates: str  # which entities in which texts
    labels: Mapping[str, str]  # label → entity type; other labels are left out
    format: str  # name of the reader's format; "" where there is none
    licence: str  # "" where none is stated
    home: str
    citation: str
    access: Access
    ask: str = ""  # where to apply, or why it cannot be downloaded here
    files: tuple[RemoteFile, ...] = ()
    published: PublishedCounts | None = None
    is_synthetic: bool = False
    unverified: tuple[str, ...] = ()  # facts that we have not checked ourselves

    def __post_init__(self) -> None:
        """Refuse incomplete or contradictory entries."""
        validate_name(self.name)
        _require_https(self.home)
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
        sizes = [remote.bytes for remote in self.files]
        return sum(size for size in sizes if size) if sizes and all(sizes) else None

    @property
    def has_digests(self) -> bool:
        """Tell whether the list has a digest of each file."""
        return bool(self.files) and all(remote.has_digest for remote in self.files)

    @property
    def types(self) -> tuple[str, ...]:
        """Return its entity types after mapping, sorted."""
        return tuple(sorted(set(self.labels.values())))


@cache
def load_public_corpora() -> Mapping[str, PublicCorpus]:
    """Load all corpora of the list by name, sorted by language and name."""
    records = json.loads(_FILE.read_text(encoding="utf-8"))
    corpora = sorted(map(_parse_corpus, records), key=lambda c: (c.language, c.name.casefold()))
    return MappingProxyType({corpus.name: corpus for corpus in corpora})


def load_public_corpus(name: str) -> PublicCorpus:
    """Return the public corpus of this name (case is ignored). :raises BionerError: there is none."""
    by_name = {listed_name.casefold(): corpus for listed_name, corpus in load_public_corpora().items()}
    if corpus := by_name.get(name.casefold()):
        return corpus
    names = ", ".join(load_public_corpora())
    raise BionerError(f"{name}: no public corpus of this name is on the list. Available: {names}.")


def _parse_corpus(record: dict[str, Any]) -> PublicCorpus:
    """Build a corpus from its record in the file."""
    files = tuple(
        RemoteFile(**{**fields, "members": tuple(fields.get("members", ()))})
        for fields in record.get("files", ())
    )
    published = PublishedCounts(**record["published"]) if record.get("published") else None
    unverified = tuple(record.get("unverified", ()))
    return PublicCorpus(**{**record, "files": files, "published": published, "unverified": unverified})


def _require_https(address: str) -> None:
    """Refuse a URL that is not HTTPS."""
    parts = urlsplit(address)
    if parts.scheme != "https" or not parts.hostname:
        raise BionerError(f"{address}: an address here begins with https://.")
