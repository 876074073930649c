"""The corpora of the library, cached until their files change, and descriptions of them."""

import stat
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from itertools import count as numbers_from
from pathlib import Path

import streamlit as st

from bioner_core.answers.wording.numbers import format_count
from bioner_core.corpus.checks import check_corpus
from bioner_core.corpus.jsonl import load_corpus
from bioner_core.corpus.library import Library, propose_name
from bioner_core.corpus.reading.passages import Finding
from bioner_core.corpus.reading_record import NO_RECORD, ReadingRecord
from bioner_core.corpus.sentences import Corpus
from bioner_core.corpus.statistics import CorpusStatistics, compute_statistics
from bioner_core.errors import BionerError
from bioner_core.ui.shared.login import note_opening

CACHED_CORPORA = 32  # corpora held in memory
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


def load_library_corpus(name: str) -> Corpus:
    """Return a corpus of the library. :raises BionerError: it is not there, or its file is broken."""
    note_opening("corpus", name)
    return _load(*_read_stamp(name))


def count_corpus(name: str) -> CorpusStatistics:
    """Return the statistics of a corpus of the library."""
    return _count(*_read_stamp(name))


def load_reading_record(name: str) -> ReadingRecord:
    """Return the findings on a corpus of the library, those on its files first, and what was left out."""
    record = Library().load_record(load_library_corpus(name))
    return replace(record, findings=(*record.findings, *_check(*_read_stamp(name))))


def describe_amount(statistics: CorpusStatistics, *, n_entities: int | None = None) -> str:
    """Return the numbers of documents, sentences and entities of a corpus.

    :param n_entities: in its files; where None, those of the corpus.
    """
    if n_entities is None:
        n_entities = sum(entity.count for entity in statistics.entities.values())
    documents = [] if statistics.documents is None else [f"{format_count(statistics.documents)} documents"]
    return ", ".join(
        [
            *documents,
            f"{format_count(statistics.sentences)} sentences",
            f"{format_count(n_entities)} entities",
        ]
    )


def describe_types(statistics: CorpusStatistics) -> str:
    """Return how many entities of each type a corpus holds."""
    return ", ".join(f"{format_count(entity.count)} {name}" for name, entity in statistics.entities.items())


def list_readable(names: Iterable[str]) -> list[str]:
    """Return the names of those corpora whose files can be read."""
    readable = []
    for name in names:
        with suppress(BionerError):
            count_corpus(name)
            readable.append(name)
    return readable


def name_language(code: str) -> str:
    """Return the name of a language, or its code if the name is not listed."""
    return LANGUAGES.get(code, code) or "language unknown"


def name_domain(domain: str) -> str:
    """Return the name of a domain, or the domain itself if it is not listed."""
    return DOMAINS.get(domain, domain) or "domain unknown"


def _read_stamp(name: str) -> tuple[str, int, int]:
    """Return the path of a corpus, its time of modification and its size: the key of the cache."""
    library = Library()
    path = library.path(name)
    with suppress(OSError):
        at = path.stat()
        if stat.S_ISREG(at.st_mode):  # no folder, and no pipe, which would never end
            return str(path), at.st_mtime_ns, at.st_size
    there = ", ".join(library.names()) or "none yet"
    raise BionerError(f"{name}: no such corpus in the library. Available: {there}.")


@st.cache_resource(max_entries=CACHED_CORPORA, show_spinner="Reading the corpus …")
def _load(path: str, changed: int, size: int) -> Corpus:
    return load_corpus(Path(path))


@st.cache_resource(max_entries=1000, show_spinner="Counting …")
def _count(path: str, changed: int, size: int) -> CorpusStatistics:
    return compute_statistics(_load(path, changed, size))


@st.cache_resource(max_entries=1000, show_spinner="Checking …")
def _check(path: str, changed: int, size: int) -> tuple[Finding, ...]:
    return check_corpus(_load(path, changed, size))


def forget_loaded_corpora() -> None:
    """Drop the texts of all corpora from this server's memory, such as those of a deleted one."""
    _load.clear()


def keep_corpus(corpus: Corpus, record: ReadingRecord = NO_RECORD) -> None:
    """Add a corpus to the library, unless it has the same sentences under this name already.

    :param record: of the reading of its files.
    :raises BionerError: another corpus has this name.
    """
    if not _is_kept(corpus.name, corpus):
        Library().add(corpus, record)


def find_free_name(corpus: Corpus) -> str:
    """Return a name for a corpus that no other one of the library has."""
    name, used = propose_name(corpus.name), {name.casefold() for name in Library().names()}
    if name.casefold() not in used or _is_kept(name, corpus):
        return name
    numbered = (f"{name[:74].strip(' .')} {n}" for n in numbers_from(2))
    return next(other for other in numbered if other.casefold() not in used)


def _is_kept(name: str, corpus: Corpus) -> bool:
    with suppress(BionerError):
        return load_library_corpus(name).digest == corpus.digest
    return False
