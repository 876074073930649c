"""The corpora that the user keeps, and how a command's corpus argument is opened."""

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

from bioner_core.corpus.checks import check
from bioner_core.corpus.flatten import flatten
from bioner_core.corpus.jsonl import is_corpus_file, load_corpus, write_corpus
from bioner_core.corpus.labels import LabelMap, propose, unused
from bioner_core.corpus.reading.bounds import shown
from bioner_core.corpus.reading.detect import read
from bioner_core.corpus.reading.passages import Finding, Mention, Passage, Reading
from bioner_core.corpus.sentences import Corpus
from bioner_core.errors import BionerError
from bioner_core.files import PROJECT, Remedies, corpora_folder, private_folder, why_unwritable

_SUFFIX = ".jsonl"
_LONGEST = 80  # characters of a name; with four bytes each still a file name everywhere
_TAKEN = {"none", "all", "every", "con", "prn", "aux", "nul"}  # words of the program, and of Windows
_NO_LABELS: Mapping[str, str] = MappingProxyType({})
_REMEDIES = Remedies(
    read_only="Make the folder writable, or set BIONER_CORPORA to one that is",
    other="Set BIONER_CORPORA to a folder of yours",
)


def checked_name(name: str, *, what: str = "corpus") -> str:
    """Return ``name`` where a corpus or run may be called so; it is then a safe file name, too.

    :raises BionerError: where it may not, with what is allowed.
    """
    name = unicodedata.normalize("NFC", name)
    is_plain = re.fullmatch(r"[^\W_][\w. -]*", name) and name[-1] not in " ."
    if not is_plain or len(name) > _LONGEST or name.casefold().split(".")[0] in _TAKEN:
        raise BionerError(
            f"{what} name {name[:_LONGEST]!r}: a name begins with a letter or digit, holds letters, digits, "
            f'".", "_", "-" and blanks, does not end in a blank or ".", has at most {_LONGEST} characters, '
            "and is no word of the program or the system (such as none, all, con)."
        )
    return name


def proposed_name(text: str) -> str:
    """Return a name that is allowed and near to ``text``, such as a file's name.

    >>> proposed_name("my corpus (v1)*"), proposed_name("../../etc"), proposed_name("none")
    ('my corpus v1', 'etc', 'none corpus')
    """
    text = unicodedata.normalize("NFC", text)
    name = re.sub(r"[^\w. -]+", " ", text).strip(" ._-")[:_LONGEST]
    name = " ".join(name.split()).strip(" .") or "corpus"
    return f"{name} corpus" if name.casefold().split(".")[0] in _TAKEN else name


class Library:
    """The folder in which corpora lie, one file each, readable by the user alone."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = corpora_folder() if folder is None else folder

    def names(self) -> tuple[str, ...]:
        """Return the names of all corpora, sorted; other files of the folder are none of them."""
        paths = (path for path in self.folder.glob(f"[!.]*{_SUFFIX}") if path.is_file())
        return tuple(sorted(path.name.removesuffix(_SUFFIX) for path in paths if is_corpus_file(path)))

    def path(self, name: str) -> Path:
        """Return where the corpus lies, or would lie."""
        return self.folder / (checked_name(name) + _SUFFIX)

    def load(self, name: str) -> Corpus:
        """Read a corpus of the library."""
        return load_corpus(self.existing(name))

    def add(self, corpus: Corpus, *, replace: bool = False) -> Path:
        """Keep ``corpus`` under its name and return where; adding the same again changes nothing.

        :raises BionerError: another corpus has this name and is not replaced, or nothing can be written.
        """
        path = self.path(corpus.name)
        for name in self.names():
            is_same_file = name.casefold() == corpus.name.casefold()  # as Windows and macOS see it
            if is_same_file and not replace and self.load(name) != corpus:
                raise BionerError(
                    f"{name}: the library has another corpus of this name. Choose another name, or delete "
                    "that one first."
                )
        try:
            self._write(path, corpus)
        except OSError as error:
            raise BionerError(why_unwritable(path, error, _REMEDIES)) from error
        return path

    def _write(self, path: Path, corpus: Corpus) -> None:
        private_folder(self.folder)
        if self.folder == PROJECT / "corpora":
            self.folder.chmod(0o700)  # a checkout makes it readable by all
        write_corpus(path, corpus)

    def delete(self, name: str) -> None:
        """Remove a corpus from the library; copies in runs stay."""
        path = self.existing(name)
        try:
            path.unlink()
        except OSError as error:
            raise BionerError(why_unwritable(path, error, _REMEDIES)) from error

    def existing(self, name: str) -> Path:
        """Return where a corpus lies. :raises BionerError: the library has none of this name."""
        path = self.path(name)
        if not (path.is_file() and is_corpus_file(path)):
            there = ", ".join(self.names()) or "none yet"
            raise BionerError(f"{name}: no such corpus in the library. There are: {there}.")
        return path


@dataclass(frozen=True, kw_only=True)
class Opened:
    """A corpus, where it comes from and what was odd about it."""

    corpus: Corpus
    reading: Reading | None  # None for a corpus that was read before
    findings: tuple[Finding, ...]
    label_map: LabelMap
    n_read: Counter[str]  # mentions as the file has them, by type
    n_placed: Counter[str]  # flat spans, by type


def open_corpus(
    argument: str | Path,
    *,
    label_map: Mapping[str, str] = _NO_LABELS,
    documents: str | None = None,
    name: str | None = None,
    language: str | None = None,
    domain: str | None = None,
) -> Opened:
    """Open a corpus by its name in the library, or read a file, zip or folder.

    :param argument: a name in the library goes before a path; "./x" is always a path.
    :param label_map: raw label → type, before what is known by default; "" drops a label.
    :param documents: column or field that names the document.
    :param name: of the corpus; where None, as the file has it or is called. So language and domain.
    :raises BionerError: where nothing is there, nothing can be read, or there are no entities.
    """
    if not str(argument).strip():
        raise BionerError("a corpus has no name: found an empty one. Name a file, a folder or a corpus.")
    library = Library()
    path = Path(argument)
    if isinstance(argument, str) and argument in library.names():
        corpus = library.load(argument)
    elif not path.exists():
        there = ", ".join(library.names()) or "nothing yet"
        raise BionerError(f"{argument}: no such file or folder, nor corpus of the library ({there}).")
    elif path.is_file() and is_corpus_file(path):
        corpus = load_corpus(path)
    else:
        reading = read(path, documents=documents)
        return from_reading(
            reading, label_map=label_map, where=str(argument), name=name, language=language, domain=domain
        )
    corpus = replace(
        corpus,
        name=corpus.name if name is None else checked_name(name),
        language=corpus.language if language is None else language,
        domain=corpus.domain if domain is None else domain,
    )
    return _reopened(corpus, label_map)


def from_reading(
    reading: Reading,
    *,
    label_map: Mapping[str, str] = _NO_LABELS,
    where: str = "",
    name: str | None = None,
    language: str | None = None,
    domain: str | None = None,
) -> Opened:
    """Map, flatten and check what a reader returned, such as uploaded files.

    :param where: what messages call it; the reading's name where empty.
    :raises BionerError: where no entity is left.
    """
    labels = propose(reading.labels, extra=label_map)
    name = proposed_name(reading.name) if name is None else checked_name(name)
    flat = flatten(reading, labels, name=name, language=language, domain=domain)
    findings = [*reading.findings, *flat.findings]
    if not flat.n_placed:
        counts = (
            shown((f"{label} ({count})" for label, count in reading.labels.items()), length=400) or "none"
        )
        first = f" First finding: {findings[0].where}: {findings[0].message}" if findings else ""
        raise BionerError(
            f"{where or reading.name}: no entities. Read as {reading.format}: {len(flat.corpus.sentences)} "
            f"sentences, labels: {counts}.{first}"
        )
    for raw in unused(reading.labels, label_map):
        there = ", ".join(reading.labels)
        message = f"--map {raw}={label_map[raw]}: no mention has this label. There are: {there}."
        findings.append(Finding(level="warning", where=name, message=message))
    return Opened(
        corpus=flat.corpus,
        reading=reading,
        findings=(*findings, *check(flat.corpus)),
        label_map=labels,
        n_read=flat.n_read,
        n_placed=flat.n_placed,
    )


def as_reading(corpus: Corpus) -> Reading:
    """Return a corpus as if a reader had just read it: each type is a label."""
    passages = (
        Passage(
            document=sentence.document,
            tokens=sentence.tokens,
            mentions=tuple(Mention(span.label, ((span.start, span.end),)) for span in sentence.spans),
            part=sentence.part,
        )
        for sentence in corpus.sentences
    )
    return Reading(
        name=corpus.name,
        format="library",
        passages=tuple(passages),
        language=corpus.language,
        domain=corpus.domain,
        licence=corpus.licence,
        is_synthetic=corpus.is_synthetic,
    )


def _reopened(corpus: Corpus, label_map: Mapping[str, str]) -> Opened:
    """Return a corpus that was mapped before; mapped once more where ``label_map`` asks for it."""
    if label_map:
        opened = from_reading(as_reading(corpus), label_map=label_map, name=corpus.name)
        known = replace(opened.corpus, home=corpus.home, citation=corpus.citation)
        return replace(opened, corpus=known)
    return Opened(
        corpus=corpus,
        reading=None,
        findings=check(corpus),
        label_map=LabelMap({entity: entity for entity in corpus.types}),
        n_read=corpus.mentions,
        n_placed=corpus.mentions,
    )
