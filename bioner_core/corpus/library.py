"""The library: the corpora that a user keeps, one file each."""

import re
import unicodedata
from contextlib import suppress
from pathlib import Path

from bioner_core.corpus.cache import delete_cached
from bioner_core.corpus.jsonl import is_corpus_file, load_corpus, save_corpus
from bioner_core.corpus.reading_record import (
    NO_RECORD,
    ReadingRecord,
    delete_record,
    load_record,
    save_record,
)
from bioner_core.corpus.sentences import Corpus
from bioner_core.errors import BionerError
from bioner_core.files import (
    Remedies,
    create_private_folder,
    explain_write_error,
    locate_corpora_folder,
)
from bioner_core.users.audit import record_action
from bioner_core.users.limits import check_room
from bioner_core.users.sharing import set_readers

_SUFFIX = ".jsonl"
_MAX_LENGTH = 80  # characters; at four bytes each still a valid file name on all systems
# reserved by the program or by Windows
_RESERVED_NAMES = frozenset({"none", "all", "every", "con", "prn", "aux", "nul"})
_REMEDIES = Remedies(
    read_only="Make the folder writable, or set BIONER_CORPORA to one that is",
    other="Set BIONER_CORPORA to a folder of yours",
)


def validate_name(name: str, *, what: str = "corpus") -> str:
    """Return ``name`` (NFC) if it is allowed for a corpus or run; it is then a safe file name as well.

    :param what: the kind of thing in the message, such as "run".
    :raises BionerError: the name is not allowed; the message says which names are.
    """
    name = unicodedata.normalize("NFC", name)
    if not is_safe_name(name):
        raise BionerError(
            f"{what} name {name[:_MAX_LENGTH]!r}: a name begins with a letter or digit, holds letters, "
            'digits, ".", "_", "-" and blanks, does not end in a blank or ".", has at most '
            f"{_MAX_LENGTH} characters, and is not a reserved word (such as none, all, con)."
        )
    return name


def is_safe_name(name: str) -> bool:
    """Return whether ``name`` is allowed as it stands."""
    is_plain = re.fullmatch(r"[^\W_][\w. -]*", name) and name[-1] not in " ."
    return (
        bool(is_plain) and len(name) <= _MAX_LENGTH and name.casefold().split(".")[0] not in _RESERVED_NAMES
    )


def propose_name(text: str) -> str:
    """Return an allowed name similar to ``text``, such as the name of a file.

    >>> propose_name("my corpus (v1)*"), propose_name("../../etc"), propose_name("none")
    ('my corpus v1', 'etc', 'none corpus')
    """
    text = unicodedata.normalize("NFC", text)
    name = re.sub(r"[^\w. -]+", " ", text).strip(" ._-")[:_MAX_LENGTH]
    name = " ".join(name.split()).strip(" .") or "corpus"
    return f"{name} corpus" if name.casefold().split(".")[0] in _RESERVED_NAMES else name


def _is_corpus(path: Path) -> bool:
    """Return whether a file is a corpus; one of another account may be: whoever loads it reports that."""
    try:
        return path.is_file() and is_corpus_file(path)
    except PermissionError:
        return True
    except OSError:
        return False


class Library:
    """The folder of the user's corpora: one file each, readable by the user alone."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = locate_corpora_folder() if folder is None else folder

    def names(self) -> tuple[str, ...]:
        """Return the names of all corpora, sorted; other files of the folder are ignored."""
        paths = (path for path in self.folder.glob(f"[!.]*{_SUFFIX}") if path.name.isprintable())
        return tuple(sorted(path.name.removesuffix(_SUFFIX) for path in paths if _is_corpus(path)))

    def path(self, name: str) -> Path:
        """Return the path of a corpus, whether it exists or not."""
        return self.folder / (validate_name(name) + _SUFFIX)

    def load(self, name: str) -> Corpus:
        """Read a corpus of the library."""
        return load_corpus(self.locate(name))

    def add(self, corpus: Corpus, record: ReadingRecord = NO_RECORD, *, replace: bool = False) -> Path:
        """Save ``corpus`` under its name and return the path; adding the same corpus again changes nothing.

        :param record: of the reading of its files, kept beside it.
        :raises BionerError: another corpus has this name and ``replace`` is not set, or the file cannot be
            written.
        """
        path = self.path(corpus.name)
        check_room()
        for name in self.names():
            is_same_file = name.casefold() == corpus.name.casefold()  # for Windows and macOS
            if is_same_file and not replace and self.load(name) != corpus:
                raise BionerError(
                    f"{name}: the library has another corpus of this name. Choose another name, or delete "
                    "that one first."
                )
        try:
            if not path.exists():
                set_readers(self.folder, corpus.name, ())  # of an earlier corpus of this name
            self._write(path, corpus)
            if record.findings or record.unplaced:
                save_record(self.folder, corpus.name, corpus.digest, record)
        except OSError as error:
            raise BionerError(explain_write_error(path, error, _REMEDIES)) from error
        record_action("add corpus", corpus.name)
        return path

    def _write(self, path: Path, corpus: Corpus) -> None:
        create_private_folder(self.folder)
        save_corpus(path, corpus)

    def delete(self, name: str) -> None:
        """Delete a corpus from the library, and what the cache keeps of it; its copies in runs stay."""
        path = self.locate(name)
        try:
            with suppress(BionerError):  # of a damaged file nothing is cached
                delete_cached([load_corpus(path).digest])
            set_readers(self.folder, name, ())
            path.unlink()
            delete_record(self.folder, name)
        except OSError as error:
            raise BionerError(explain_write_error(path, error, _REMEDIES)) from error
        record_action("delete corpus", name)

    def load_record(self, corpus: Corpus) -> ReadingRecord:
        """Return what was noticed when the files of a corpus were read; nothing where that was not kept."""
        return load_record(self.folder, corpus.name, corpus.digest)

    def locate(self, name: str) -> Path:
        """Return the path of an existing corpus. :raises BionerError: the library has none of this name."""
        path = self.path(name)
        if not _is_corpus(path):
            available = ", ".join(self.names()) or "none yet"
            raise BionerError(f"{name}: no such corpus in the library. Available: {available}.")
        return path
