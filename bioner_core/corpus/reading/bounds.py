"""Open a file, folder, archive or upload as names and bytes in memory, within size limits."""

import os
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path, PurePosixPath

from bioner_core.corpus.reading.archives import (
    is_gzip,
    is_tar,
    iterate_tar_members,
    strip_gzip_name,
    unpack_gzip,
)
from bioner_core.corpus.reading.zips import is_workbook, is_zip, iterate_members
from bioner_core.errors import BionerError

MAX_BYTES = 100_000_000  # of all unpacked files together
MAX_FILES = 50_000  # of a folder, a zip or an upload, skipped ones included
MAX_LINE = 20_000_000  # characters of one line, or of a JSON array
MAX_ITEMS = 2_000_000  # sentences, records and mentions of a corpus, together
MAX_WORDS = 100_000  # of one tokenized sentence
MAX_DEPTH = 2  # levels of nested zips
MAX_NAMES = 50  # listed in one message
_BLOCK_LENGTH = 1_000_000  # characters split at a time: a list of all lines would double the memory

_SKIPPED = re.compile(
    r"\..*|__MACOSX|Thumbs\.db|desktop\.ini|stats\.json|.*\.conf"
    r"|(?:licen[cs]e|notice|readme|copying|citation|changelog)(?:\.\w+)?",
    re.IGNORECASE,
)


def open_path(path: Path) -> dict[str, bytes]:
    """Return the content of a file, of the members of a zip or of the files of a folder, sorted by name.

    :returns: bytes by relative name
    :raises BionerError: for a path that is missing, unreadable or too large, or a damaged or hostile zip
    """
    where = escape_name(str(path))
    try:
        if path.is_dir():
            return _FileCollector(escape_name(path.name or where)).collect(_list_folder(path))
        if not path.exists():
            raise BionerError(f"{where}: there is no such file or folder. Check the spelling.")
        if not path.is_file():
            raise BionerError(f"{where}: neither a file nor a folder, so it is not read.")
        return _FileCollector(escape_name(path.name)).collect([(path.name, path)])
    except (OSError, ValueError) as error:  # ValueError: a name that holds NUL
        reason = getattr(error, "strerror", None) or str(error)
        raise BionerError(f"{where}: cannot be read ({reason}).") from error


def open_uploads(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return uploaded files and the members of uploaded zips, sorted by name."""
    if len(files) > MAX_FILES:
        raise BionerError(f"{len(files):,} files: at most {MAX_FILES:,} are read at once. Join some files.")
    kept = [(name, content) for name, content in files.items() if len(files) == 1 or not is_skipped(name)]
    return _FileCollector("upload").collect(kept)


def is_skipped(name: str) -> bool:
    """Tell whether a file is never part of a corpus: licences, notes, statistics, system files."""
    return any(_SKIPPED.fullmatch(part) for part in PurePosixPath(name.replace("\\", "/")).parts)


def escape_name(name: str) -> str:
    """Escape a file name for display and storage: control and undecodable characters as %XX."""
    return "".join(
        f"%{ord(c):02X}" if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Cn", "Co", "Zl", "Zp") else c
        for c in unicodedata.normalize("NFC", name)
    )


def format_names(names: Iterable[str], *, length: int = 200) -> str:
    """Join names from a file for a message, at most ``length`` characters."""
    listed = escape_name(", ".join(islice(names, MAX_NAMES)))
    return listed if len(listed) <= length else f"{listed[:length]}…"


def iterate_lines(text: str, *, where: str) -> Iterator[tuple[int, str]]:
    """Yield (number from 1, line without its end); lines end with LF or CR LF, or all with CR."""
    if "\n" not in text:
        text = text.replace("\r", "\n")
    number, start = 0, 0
    while start < len(text):
        end = (
            text.rfind("\n", start, start + _BLOCK_LENGTH) + 1 or text.find("\n", start, start + MAX_LINE) + 1
        )
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


def _list_folder(path: Path) -> list[tuple[str, Path]]:
    """List relative name and path of each file of a folder that may be part of a corpus."""

    def refuse(error: OSError) -> None:
        raise error

    paths: list[tuple[str, Path]] = []
    n_seen = 0
    for base, folders, names in os.walk(path, onerror=refuse):
        n_seen += len(names) + len(folders)
        if n_seen > MAX_FILES:
            raise BionerError(
                f"{escape_name(path.name)}: more than {MAX_FILES:,} files. Is this the corpus's own folder? "
                "Take one part of it at a time, or join files."
            )
        folders[:] = [folder for folder in folders if not is_skipped(folder)]
        files = [Path(base, name) for name in names if not is_skipped(name)]
        paths += [(file.relative_to(path).as_posix(), file) for file in files if file.is_file()]
    return paths


class _FileCollector:
    """Collects file contents by name up to the size limits."""

    def __init__(self, where: str) -> None:
        self.where = where
        self.n_bytes_left = MAX_BYTES
        self.files: dict[str, bytes] = {}

    def collect(self, sources: list[tuple[str, Path]] | list[tuple[str, bytes]]) -> dict[str, bytes]:
        """Return all contents with zips unpacked; the name of a single zip is no folder name."""
        for name, source in sources:
            content = source if isinstance(source, bytes) else self._read_limited(source)
            self._add_file(name, content, depth=0, is_alone=len(sources) == 1)
        return {name: self.files[name] for name in sorted(self.files)}

    def _read_limited(self, path: Path) -> bytes:
        if path.stat().st_size > self.n_bytes_left:
            self._refuse_size()
        with path.open("rb") as file:
            return file.read(self.n_bytes_left + 1)

    def _add_file(self, name: str, content: bytes, *, depth: int, is_alone: bool) -> None:
        if not is_workbook(content) and is_zip(content, name=escape_name(name)):
            if depth == MAX_DEPTH:
                raise BionerError(f"{escape_name(name)}: a zip inside a zip inside a zip. Unpack it first.")
            folder = "" if is_alone else f"{name.removesuffix('.zip')}/"
            inside = iterate_members(
                content, name=escape_name(name), max_bytes=self.n_bytes_left, max_files=MAX_FILES
            )
            kept = [(member, read) for member, read in inside if not is_skipped(member)]
            for member, read in kept:
                self._add_file(folder + member, read(), depth=depth + 1, is_alone=len(kept) == 1)
            return
        if is_gzip(content) and depth < MAX_DEPTH:
            unpacked = unpack_gzip(content, name=escape_name(name), max_bytes=self.n_bytes_left)
            self._add_file(strip_gzip_name(name), unpacked, depth=depth, is_alone=is_alone)
            return
        if is_tar(content) and depth < MAX_DEPTH:
            folder = "" if is_alone else f"{name.removesuffix('.tar')}/"
            for member, read in iterate_tar_members(content, name=escape_name(name), max_files=MAX_FILES):
                if not is_skipped(member):
                    self._add_file(folder + member, read(), depth=depth + 1, is_alone=False)
            return
        self.n_bytes_left -= len(content)
        if self.n_bytes_left < 0 or len(self.files) == MAX_FILES:
            self._refuse_size()
        name = escape_name(name.replace("\\", "/"))
        if name in self.files:
            raise BionerError(f"{self.where}: two files are named {name}. Rename one.")
        self.files[name] = content

    def _refuse_size(self) -> None:
        raise BionerError(
            f"{self.where}: more than {MAX_BYTES // 1_000_000} MB or {MAX_FILES:,} files, which is more than "
            "is read at once. Give the annotated part alone."
        )
