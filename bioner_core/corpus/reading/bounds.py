"""What is opened and how much of it: a file, folder, zip or upload becomes names and bytes in memory."""

import os
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path, PurePosixPath

from bioner_core.corpus.reading.zips import is_workbook, is_zip, members
from bioner_core.errors import BionerError

MAX_BYTES = 100_000_000  # of all files together, unpacked
MAX_FILES = 50_000  # of a folder, a zip or an upload, skipped ones included
MAX_LINE = 20_000_000  # characters of one line, or of a JSON array
MAX_ITEMS = 2_000_000  # sentences, records and mentions of a corpus, together
MAX_WORDS = 100_000  # of one sentence that is already cut into words
MAX_DEPTH = 2  # a zip may hold zips; those may not
LISTED = 50  # names that a message lists
_BLOCK = 1_000_000  # characters cut into lines at a time: a list of all lines would double the memory

_SKIPPED = re.compile(
    r"\..*|__MACOSX|Thumbs\.db|desktop\.ini|stats\.json|.*\.conf"
    r"|(?:licen[cs]e|notice|readme|copying|citation|changelog)(?:\.\w+)?",
    re.IGNORECASE,
)


def open_path(path: Path) -> dict[str, bytes]:
    """Return the content of a file, of a zip's members or of a folder's files, by relative name, sorted.

    :raises BionerError: where it is absent, not readable, too large, too many, a broken or a hostile zip
    """
    where = printable(str(path))
    try:
        if path.is_dir():
            return _Shelf(printable(path.name or where)).filled(_folder(path))
        if not path.exists():
            raise BionerError(f"{where}: there is no such file or folder. Check the spelling.")
        if not path.is_file():
            raise BionerError(f"{where}: neither a file nor a folder, so it is not read.")
        return _Shelf(printable(path.name)).filled([(path.name, path)])
    except (OSError, ValueError) as error:  # ValueError: a name that holds NUL
        reason = getattr(error, "strerror", None) or str(error)
        raise BionerError(f"{where}: cannot be read ({reason}).") from error


def open_uploads(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return uploaded files and the members of uploaded zips, by name, sorted."""
    if len(files) > MAX_FILES:
        raise BionerError(f"{len(files):,} files: at most {MAX_FILES:,} are read at once. Join some.")
    kept = [(name, content) for name, content in files.items() if len(files) == 1 or not is_skipped(name)]
    return _Shelf("upload").filled(kept)


def is_skipped(name: str) -> bool:
    """Tell whether a file beside a corpus is none of it: licences, notes, statistics, system files."""
    return any(_SKIPPED.fullmatch(part) for part in PurePosixPath(name.replace("\\", "/")).parts)


def printable(name: str) -> str:
    """Return a name that can be shown and stored: control and undecodable characters as %XX."""
    return "".join(
        f"%{ord(c):02X}" if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Cn", "Co", "Zl", "Zp") else c
        for c in unicodedata.normalize("NFC", name)
    )


def shown(words: Iterable[str], *, length: int = 200) -> str:
    """Return a list of names from a file as a message shows it, cut where it is long."""
    listed = printable(", ".join(islice(words, LISTED)))
    return listed if len(listed) <= length else f"{listed[:length]}…"


def lines(text: str, *, where: str) -> Iterator[tuple[int, str]]:
    """Yield (number from 1, line without its end) of ``text``; only LF, CR LF or lone CR end a line."""
    if "\n" not in text:
        text = text.replace("\r", "\n")
    number, start = 0, 0
    while start < len(text):
        end = text.rfind("\n", start, start + _BLOCK) + 1 or text.find("\n", start, start + MAX_LINE) + 1
        if not end and len(text) - start > MAX_LINE:
            raise BionerError(
                f"{where}, line {number + 1}: longer than {MAX_LINE:,} characters. Put each sentence or "
                "record on a line of its own."
            )
        block = text[start : end or len(text)].removesuffix("\n")
        for line in block.split("\n"):
            number += 1
            yield number, line.removesuffix("\r")
        start = end or len(text)


def _folder(path: Path) -> list[tuple[str, Path]]:
    """Return relative name and path of each file that may be part of a corpus."""

    def refuse(error: OSError) -> None:
        raise error

    found: list[tuple[str, Path]] = []
    n_seen = 0
    for base, folders, names in os.walk(path, onerror=refuse):
        n_seen += len(names) + len(folders)
        if n_seen > MAX_FILES:
            raise BionerError(
                f"{printable(path.name)}: more than {MAX_FILES:,} files. Is this the corpus's own folder? "
                "Take one part of it at a time, or join files."
            )
        folders[:] = [folder for folder in folders if not is_skipped(folder)]
        whole = [Path(base, name) for name in names if not is_skipped(name)]
        found += [(file.relative_to(path).as_posix(), file) for file in whole if file.is_file()]
    return found


class _Shelf:
    """Contents by name, as long as there is room."""

    def __init__(self, where: str) -> None:
        self.where = where
        self.room = MAX_BYTES
        self.files: dict[str, bytes] = {}

    def filled(self, sources: list[tuple[str, Path]] | list[tuple[str, bytes]]) -> dict[str, bytes]:
        """Return all contents, zips unpacked; a zip that stands alone gives no folder name."""
        for name, source in sources:
            content = source if isinstance(source, bytes) else self._content(source)
            self._put(name, content, depth=0, is_alone=len(sources) == 1)
        return {name: self.files[name] for name in sorted(self.files)}

    def _content(self, path: Path) -> bytes:
        if path.stat().st_size > self.room:
            self._refuse()
        with path.open("rb") as file:
            return file.read(self.room + 1)

    def _put(self, name: str, content: bytes, *, depth: int, is_alone: bool) -> None:
        if not is_workbook(content) and is_zip(content, name=printable(name)):
            if depth == MAX_DEPTH:
                raise BionerError(f"{printable(name)}: a zip inside a zip inside a zip. Unpack it first.")
            folder = "" if is_alone else f"{name.removesuffix('.zip')}/"
            inside = members(content, name=printable(name), room=self.room, max_files=MAX_FILES)
            kept = [(member, read) for member, read in inside if not is_skipped(member)]
            for member, read in kept:
                self._put(folder + member, read(), depth=depth + 1, is_alone=len(kept) == 1)
            return
        self.room -= len(content)
        if self.room < 0 or len(self.files) == MAX_FILES:
            self._refuse()
        name = printable(name.replace("\\", "/"))
        if name in self.files:
            raise BionerError(f"{self.where}: two files are named {name}. Rename one.")
        self.files[name] = content

    def _refuse(self) -> None:
        raise BionerError(
            f"{self.where}: more than {MAX_BYTES // 1_000_000} MB or {MAX_FILES:,} files, which is more than "
            "is read at once. Give the annotated part alone."
        )
