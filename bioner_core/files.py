"""Where the program keeps its files, and how a file is replaced: whole or not at all."""

import errno
import os
import sys
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent


def runs_folder() -> Path:
    """Return the folder of the user's runs (``BIONER_RUNS``, else ``runs/`` of the project)."""
    return Path(os.environ.get("BIONER_RUNS") or PROJECT / "runs")


def shipped_runs_folder() -> Path:
    """Return the folder of the runs that come with the program; visible beside ``BIONER_RUNS``."""
    return PROJECT / "runs"


def corpora_folder() -> Path:
    """Return the folder of the corpus library (``BIONER_CORPORA``, else ``corpora/``)."""
    return Path(os.environ.get("BIONER_CORPORA") or PROJECT / "corpora")


def cache_folder() -> Path:
    """Return the folder of converted encoders and features (``BIONER_CACHE``, else the user's)."""
    if folder := os.environ.get("BIONER_CACHE"):
        return Path(folder)
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData/Local")) / "bioner/cache"
    if sys.platform == "darwin":
        return Path.home() / "Library/Caches/bioner"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "bioner"


def settings_folder() -> Path:
    """Return the folder of the user's own settings (``BIONER_SETTINGS``, else the user's)."""
    if folder := os.environ.get("BIONER_SETTINGS"):
        return Path(folder)
    if sys.platform == "win32":
        return Path(os.environ.get("APPDATA", Path.home() / "AppData/Roaming")) / "bioner"
    if sys.platform == "darwin":
        return Path.home() / "Library/Application Support/bioner"
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "bioner"


def private_folder(path: Path) -> Path:
    """Make ``path`` and its parents; what is made here is readable by the user alone."""
    missing = list(takewhile(lambda folder: not folder.exists(), (path, *path.parents)))
    for folder in reversed(missing):  # mkdir(parents=True) would make the parents readable by others
        folder.mkdir(mode=0o700, exist_ok=True)
    return path


def folder_bytes(path: Path) -> int:
    """Return the size of all files below ``path``; 0 where there is none."""
    return sum(file.stat().st_size for file in path.rglob("*") if file.is_file() and not file.is_symlink())


def make_room(folder: Path, n_bytes: int, *, most: int) -> None:
    """Delete the kept files unused for longest until ``n_bytes`` more come to ``most`` bytes at most.

    Hidden files and locks stay; a file's time of change says when it was last used.
    """
    kept = [file for file in folder.glob("[!.]*") if file.suffix != ".lock"]
    for file in sorted(kept, key=lambda file: file.stat().st_mtime, reverse=True):
        n_bytes += file.stat().st_size
        if n_bytes > most:
            with suppress(OSError):  # on Windows another process may be reading it
                file.unlink()


def write_whole(path: Path, content: bytes | str) -> None:
    """Replace ``path`` by ``content`` (text as UTF-8): after a crash the old or the new is there."""
    data = content.encode("utf-8") if isinstance(content, str) else content
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:40]}.", suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


@dataclass(frozen=True, kw_only=True)
class Remedies:
    """What to do where a file cannot be written, by the reason; as it stands, for one that the user names."""

    full: str = "Make room, then try again"
    read_only: str = "Make the folder writable, or name another place"
    other: str = "Name another place"


NAMED = Remedies()


def why_unwritable(path: Path, error: OSError, remedies: Remedies = NAMED) -> str:
    """Return what the system says against writing, and what the user can do."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        reason, remedy = "the disk is full", remedies.full
    elif error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
        reason, remedy = "it is read-only", remedies.read_only
    else:
        reason, remedy = error.strerror or type(error).__name__, remedies.other
    return f"{path}: cannot be written ({reason}). {remedy}."
