"""A public corpus from its home into the library: download, compare, read, count, keep."""

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from filelock import FileLock, Timeout

from bioner_core.corpus.fetching.contents import contents
from bioner_core.corpus.fetching.download import Downloading, PartialFile, download
from bioner_core.corpus.fetching.ledger import NOT_VERIFIED, Fetched, Ledger, now
from bioner_core.corpus.fetching.published_counts import compared, counted
from bioner_core.corpus.fetching.registry import PublicCorpus
from bioner_core.corpus.fetching.responses import Rules
from bioner_core.corpus.library import Library, Opened, from_reading
from bioner_core.corpus.reading.detect import read_files
from bioner_core.corpus.reading.passages import Finding
from bioner_core.corpus.sentences import Corpus
from bioner_core.errors import BionerError
from bioner_core.files import Remedies, cache_folder, make_room, private_folder, why_unwritable

_KEPT_BYTES = 500_000_000  # of downloads that were begun and not finished, all together
_USUAL = Rules()
_REMEDIES = Remedies(
    read_only="Make the folder writable, or set BIONER_CACHE to one that is",
    other="Set BIONER_CACHE to a folder of yours",
)


class BusyError(BionerError):
    """Somebody else is at it."""


@dataclass(frozen=True, kw_only=True)
class Arrived:
    """A corpus that is in the library now."""

    corpus: Corpus
    counts: str  # beside the published ones, in a line
    digest: str  # how far the files were verified, in a line
    findings: tuple[Finding, ...]


def downloads_folder() -> Path:
    """Return the folder in which downloads lie while they come."""
    return cache_folder() / "downloads"


def refuse(corpus: PublicCorpus, library: Library) -> None:
    """Say why a corpus cannot be downloaded, before anybody is asked.

    :raises BionerError: it is not to be had so, or its name is taken.
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


def fetch(
    corpus: PublicCorpus,
    *,
    library: Library | None = None,
    rules: Rules = _USUAL,
    accept_changed: bool = False,
) -> Generator[Downloading, None, Arrived]:
    """Download a corpus, read it into the library and return what came of it.

    Closing the generator cancels; what has come of the files is kept for the next time.

    :param accept_changed: take files that are others than at the first download.
    :raises BionerError: it cannot be had, is not what it should be, or cannot be written.
    """
    library = library or Library()
    refuse(corpus, library)
    folder = downloads_folder()
    with _writing(folder, corpus.name), _alone(folder / f"{corpus.name}.lock", corpus.name):
        make_room(folder, 0, most=_KEPT_BYTES)
        parts = [PartialFile(folder, source.url) for source in corpus.files]
        try:
            yield from _downloaded(corpus, parts, rules)
            yield Downloading(phase="reading", done=sum(part.whole.stat().st_size for part in parts))
            return _kept(corpus, parts, library, accept_changed=accept_changed)
        except BionerError as error:
            raise BionerError(f"{corpus.name}: {error} Home: {corpus.home}") from error


def _downloaded(corpus: PublicCorpus, parts: list[PartialFile], rules: Rules) -> Iterator[Downloading]:
    """Bring all files; progress counts them together."""
    before = 0  # bytes of the files that are here
    for number, (source, part) in enumerate(zip(corpus.files, parts, strict=True), 1):
        which = f"file {number} of {len(parts)}, " if len(parts) > 1 else ""
        for step in download(source.url, part, rules):
            total = corpus.bytes or (step.total if len(parts) == 1 else None)
            yield replace(step, phase=f"{which}{step.phase}", done=before + step.done, total=total)
        before += part.whole.stat().st_size


def _kept(
    corpus: PublicCorpus, parts: list[PartialFile], library: Library, *, accept_changed: bool
) -> Arrived:
    """Compare, read and keep what was downloaded; the downloads themselves go."""
    ledger = Ledger(library.folder)
    files: dict[str, bytes] = {}
    digests: dict[str, str] = {}
    try:
        for source, part in zip(corpus.files, parts, strict=True):
            content = part.whole.read_bytes()
            inside = contents(content, source)
            digests[source.url] = ledger.check(source, content, inside, accept=accept_changed)
            files |= inside
        opened = _opened(corpus, files)
    except BionerError:  # what is not what it should be would only be so again
        _discard(parts)
        raise
    library.add(opened.corpus)
    counts = compared(counted(opened), corpus.published)
    own = Fetched(
        public=corpus.name,
        digest=opened.corpus.digest,
        at=now(),
        is_known=corpus.is_known,
        counts=counts,
    )
    ledger.note(corpus, corpus.name, digests, own)
    _discard(parts)
    digest = verified(corpus)
    digest = digest[:1].upper() + digest[1:]
    return Arrived(corpus=opened.corpus, counts=counts, digest=digest, findings=opened.findings)


def _discard(parts: list[PartialFile]) -> None:
    for part in parts:
        part.discard()


def verified(corpus: PublicCorpus) -> str:
    """Say how far the bytes of a corpus are known to be the right ones."""
    if not corpus.is_known:
        return NOT_VERIFIED
    return f"digest as on the list ({', '.join(sorted({s.digest_from for s in corpus.files}))})"


def _opened(corpus: PublicCorpus, files: dict[str, bytes]) -> Opened:
    """Read files as the list says; its facts go before what the files say."""
    reading = read_files(files, name=corpus.name)
    others = dict.fromkeys(reading.labels.keys() - corpus.labels.keys(), "")
    labels = {**others, **{raw: kind for raw, kind in corpus.labels.items() if raw in reading.labels}}
    opened = from_reading(
        reading, label_map=labels, name=corpus.name, language=corpus.language, domain=corpus.domain
    )
    known = replace(
        opened.corpus,
        licence=corpus.licence,
        home=corpus.home,
        citation=corpus.citation,
        is_synthetic=corpus.is_synthetic,
    )
    return replace(opened, corpus=known)


@contextmanager
def _writing(folder: Path, name: str) -> Iterator[None]:
    """Make the folder of downloads, and turn what the system says against writing into what can be done."""
    try:
        private_folder(folder)
        yield
    except OSError as error:
        raise BionerError(f"{name}: {why_unwritable(folder, error, _REMEDIES)}") from error


@contextmanager
def _alone(path: Path, name: str) -> Iterator[None]:
    """Hold the lock of a corpus. :raises BionerError: somebody else is at it."""
    lock = FileLock(path)
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise BusyError(f"{name}: is being downloaded already, by another page or terminal.") from error
    try:
        yield
    finally:
        lock.release()
