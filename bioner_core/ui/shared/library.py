"""The corpora of the library, read once and kept for as long as their files stay as they are."""

from collections.abc import Iterable
from contextlib import suppress
from itertools import count as numbers_from
from pathlib import Path

import streamlit as st

from bioner_core.corpus.checks import check
from bioner_core.corpus.jsonl import load_corpus
from bioner_core.corpus.library import Library, proposed_name
from bioner_core.corpus.reading.passages import Finding
from bioner_core.corpus.sentences import Corpus
from bioner_core.corpus.statistics import Statistics, statistics
from bioner_core.errors import BionerError
from bioner_core.ui.shared.markup import count

KEPT = 32  # corpora held in memory
LANGUAGES = {
    "en": "English",
    "ru": "Russian",
    "de": "German",
    "es": "Spanish",
    "fr": "French",
    "zh": "Chinese",
    "it": "Italian",
    "eu": "Basque",
    "nl": "Dutch",
    "vi": "Vietnamese",
}
DOMAINS = {"UGT": "forum posts and reviews", "EHR": "clinical notes", "abstracts": "scientific abstracts"}


def corpus(name: str) -> Corpus:
    """Return a corpus of the library. :raises BionerError: it is not there, or its file is broken."""
    return _loaded(*_stamp(name))


def numbers(name: str) -> Statistics:
    """Return Table 1's row of a corpus of the library."""
    return _statistics(*_stamp(name))


def findings(name: str) -> tuple[Finding, ...]:
    """Return what is odd about a corpus of the library."""
    return _findings(*_stamp(name))


def amount(of: Statistics) -> str:
    """Return how much a corpus holds, in words."""
    n_entities = sum(each.count for each in of.entities.values())
    documents = [] if of.documents is None else [f"{count(of.documents)} documents"]
    return ", ".join([*documents, f"{count(of.sentences)} sentences", f"{count(n_entities)} entities"])


def by_type(of: Statistics) -> str:
    """Return how many entities of each type a corpus holds."""
    return ", ".join(f"{count(each.count)} {entity}" for entity, each in of.entities.items())


def readable(names: Iterable[str]) -> list[str]:
    """Return the names of those corpora whose files can be read."""
    found = []
    for name in names:
        with suppress(BionerError):
            numbers(name)
            found.append(name)
    return found


def language_name(code: str) -> str:
    """Return a language in words, its code where it has none here."""
    return LANGUAGES.get(code, code) or "language unknown"


def domain_name(domain: str) -> str:
    """Return a domain in words, as it is where it has none here."""
    return DOMAINS.get(domain, domain) or "domain unknown"


def _stamp(name: str) -> tuple[str, int, int]:
    """Return where a corpus lies, and what changes when it is replaced."""
    library = Library()
    path = library.path(name)
    try:
        at = path.stat()
    except OSError as error:
        there = ", ".join(library.names()) or "none yet"
        raise BionerError(f"{name}: no such corpus in the library. There are: {there}.") from error
    return str(path), at.st_mtime_ns, at.st_size


@st.cache_resource(max_entries=KEPT, show_spinner="Reading the corpus …")
def _loaded(path: str, changed: int, size: int) -> Corpus:
    return load_corpus(Path(path))


@st.cache_resource(max_entries=1000, show_spinner="Counting …")
def _statistics(path: str, changed: int, size: int) -> Statistics:
    return statistics(_loaded(path, changed, size))


@st.cache_resource(max_entries=1000, show_spinner="Checking …")
def _findings(path: str, changed: int, size: int) -> tuple[Finding, ...]:
    return check(_loaded(path, changed, size))


def keep(corpus: Corpus) -> None:
    """Put a corpus into the library; the same sentences under the same name stay as they are.

    :raises BionerError: another corpus has this name.
    """
    if not _is_kept(corpus.name, corpus):
        Library().add(corpus)


def free_name(corpus: Corpus) -> str:
    """Return a name for a corpus that no other one of the library has."""
    name, taken = proposed_name(corpus.name), {name.casefold() for name in Library().names()}
    if name.casefold() not in taken or _is_kept(name, corpus):
        return name
    numbered = (f"{name[:74].strip(' .')} {n}" for n in numbers_from(2))
    return next(other for other in numbered if other.casefold() not in taken)


def _is_kept(name: str, found: Corpus) -> bool:
    with suppress(BionerError):
        return corpus(name).digest == found.digest
    return False
