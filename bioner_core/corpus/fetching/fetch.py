"""Download a public corpus into the library: fetch its files, verify, read and count them, add it."""

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from filelock import FileLock, Timeout

from bioner_core.corpus.fetching.contents import unpack_download
from bioner_core.corpus.fetching.download import DownloadProgress, PartialFile, download_file
from bioner_core.corpus.fetching.ledger import NOT_VERIFIED, DownloadRecord, Ledger
from bioner_core.corpus.fetching.published_counts import compare_counts, count_opened
from bioner_core.corpus.fetching.registry import PublicCorpus
from bioner_core.corpus.fetching.responses import DownloadSettings
from bioner_core.corpus.library import Library
from bioner_core.corpus.opening import OpenedCorpus, open_reading
from bioner_core.corpus.reading.detect import read_files
from bioner_core.corpus.reading.passages import Finding
from bioner_core.corpus.sentences import Corpus
from bioner_core.errors import BionerError
from bioner_core.files import (
    Remedies,
    create_private_folder,
    explain_write_error,
    format_current_time,
    free_space,
    locate_cache_folder,
)

_MAX_PARTIAL_BYTES = 500_000_000  # of unfinished downloads, all together
_DEFAULT_SETTINGS = DownloadSettings()
_REMEDIES = Remedies(
    read_only="Make the folder writable, or set BIONER_CACHE to one that is",
    other="Set BIONER_CACHE to a folder of yours",
)


class BusyError(BionerError):
    """Another process is downloading the same corpus."""


@dataclass(frozen=True, kw_only=True)
class FetchedCorpus:
    """A downloaded corpus, which is in the library now."""

    corpus: Corpus
    counts: str  # how its counts compare with the published ones, in one line
    digest: str  # how its files were verified, in one line
    findings: tuple[Finding, ...]


def locate_downloads_folder() -> Path:
    """Return the folder of unfinished downloads."""
    return locate_cache_folder() / "downloads"


def check_fetchable(corpus: PublicCorpus, library: Library) -> None:
    """Check whether a corpus can be downloaded, before any request.

    :raises BionerError: it is not open, or the library has a corpus of this name.
    """
    if corpus.access != "open":
        licence = f" Licence: {corpus.licence}." if corpus.licence else ""
        raise BionerError(
            f"{corpus.title} cannot be downloaded here. {corpus.ask}{licence} Home: {corpus.home}"
        )
    if corpus.name.casefold() in (name.casefold() for name in library.names()):
        raise BionerError(
            f"{corpus.name}: the library has a corpus of this name. Use it, or delete it there first."
        )


def download_corpus(
    corpus: PublicCorpus,
    *,
    library: Library | None = None,
    settings: DownloadSettings = _DEFAULT_SETTINGS,
    accept_changed: bool = False,
) -> Generator[DownloadProgress, None, FetchedCorpus]:
    """Download a corpus, add it to the library and return it.

    Closing the generator cancels; the downloaded parts of files are kept for the next time.

    :param accept_changed: accept files that differ from those of the first download.
    :raises BionerError: it is not available, not the expected one, or cannot be written.
    """
    library = library or Library()
    check_fetchable(corpus, library)
    folder = locate_downloads_folder()
    with _explain_write_errors(folder, corpus.name), _hold_lock(folder / f"{corpus.name}.lock", corpus.name):
        free_space(folder, 0, max_bytes=_MAX_PARTIAL_BYTES)
        partial_files = [PartialFile(folder, remote.url) for remote in corpus.files]
        try:
            yield from _download_files(corpus, partial_files, settings)
            n_bytes = sum(partial_file.complete_path.stat().st_size for partial_file in partial_files)
            yield DownloadProgress(phase="reading", done=n_bytes)
            return _add_to_library(corpus, partial_files, library, accept_changed=accept_changed)
        except BionerError as error:
            raise BionerError(f"{corpus.name}: {error} Home: {corpus.home}") from error


def _download_files(
    corpus: PublicCorpus, partial_files: list[PartialFile], settings: DownloadSettings
) -> Iterator[DownloadProgress]:
    """Download all files; the progress is that of all together."""
    before = 0  # bytes of the complete files
    for number, (remote, partial_file) in enumerate(zip(corpus.files, partial_files, strict=True), 1):
        position = f"file {number} of {len(partial_files)}, " if len(partial_files) > 1 else ""
        for step in download_file(remote.url, partial_file, settings):
            total = corpus.bytes or (step.total if len(partial_files) == 1 else None)
            yield replace(step, phase=f"{position}{step.phase}", done=before + step.done, total=total)
        before += partial_file.complete_path.stat().st_size


def _add_to_library(
    corpus: PublicCorpus, partial_files: list[PartialFile], library: Library, *, accept_changed: bool
) -> FetchedCorpus:
    """Verify and read the downloaded files, add the corpus to the library and delete the files."""
    ledger = Ledger(library.folder)
    files: dict[str, bytes] = {}
    digests: dict[str, str] = {}
    try:
        for remote, partial_file in zip(corpus.files, partial_files, strict=True):
            content = partial_file.complete_path.read_bytes()
            unpacked = unpack_download(content, remote)
            digests[remote.url] = ledger.check(remote, content, unpacked, accept=accept_changed)
            files |= unpacked
        opened = _read_corpus(corpus, files)
    except BionerError:  # the same bytes would fail again
        _discard(partial_files)
        raise
    library.add(opened.corpus, opened.record)
    counts = compare_counts(count_opened(opened), corpus.published)
    entry = DownloadRecord(
        public=corpus.name,
        digest=opened.corpus.digest,
        at=format_current_time(),
        is_verified=corpus.has_digests,
        counts=counts,
    )
    ledger.record_download(corpus, corpus.name, digests, entry)
    _discard(partial_files)
    digest = describe_verification(corpus)
    digest = digest[:1].upper() + digest[1:]
    return FetchedCorpus(corpus=opened.corpus, counts=counts, digest=digest, findings=opened.findings)


def _discard(partial_files: list[PartialFile]) -> None:
    for partial_file in partial_files:
        partial_file.discard()


def describe_verification(corpus: PublicCorpus) -> str:
    """Return how the files of a corpus are verified."""
    if not corpus.has_digests:
        return NOT_VERIFIED
    return f"digest as on the list ({', '.join(sorted({s.digest_from for s in corpus.files}))})"


def _read_corpus(corpus: PublicCorpus, files: dict[str, bytes]) -> OpenedCorpus:
    """Read files with the labels and facts of the list, which have precedence over those of the files."""
    reading = read_files(files, name=corpus.name)
    others = dict.fromkeys(reading.labels.keys() - corpus.labels.keys(), "")
    labels = {**others, **{raw: kind for raw, kind in corpus.labels.items() if raw in reading.labels}}
    opened = open_reading(
        reading, label_map=labels, name=corpus.name, language=corpus.language, domain=corpus.domain
    )
    described = replace(
        opened.corpus,
        licence=corpus.licence,
        home=corpus.home,
        citation=corpus.citation,
        is_synthetic=corpus.is_synthetic,
    )
    return replace(opened, corpus=described)


@contextmanager
def _explain_write_errors(folder: Path, name: str) -> Iterator[None]:
    """Create the folder of downloads, and turn an OSError into advice for the user."""
    try:
        create_private_folder(folder)
        yield
    except OSError as error:
        raise BionerError(f"{name}: {explain_write_error(folder, error, _REMEDIES)}") from error


@contextmanager
def _hold_lock(path: Path, name: str) -> Iterator[None]:
    """Hold the lock of a corpus. :raises BusyError: another process holds it."""
    lock = FileLock(path)
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise BusyError(f"{name}: is being downloaded already, by another page or terminal.") from error
    try:
        yield
    finally:
        lock.release()
