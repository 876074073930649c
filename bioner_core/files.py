"""The folders of the program, and files that are written atomically."""

import errno
import hashlib
import os
import stat
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import takewhile
from pathlib import Path
from typing import BinaryIO

from platformdirs import PlatformDirs

_PACKAGE = Path(__file__).resolve().parent
IS_CHECKOUT = (_PACKAGE.parent / "pyproject.toml").is_file()
PROJECT = _PACKAGE.parent if IS_CHECKOUT else _PACKAGE / "project"  # app.py, pages/, shipped runs
_FOLDERS = PlatformDirs("bioner", appauthor=False)
_ROAMING = PlatformDirs("bioner", appauthor=False, roaming=True)  # settings follow a Windows user


class _Home:
    """Where the folders of the current user lie; None: there is no log-in, or they are the program's."""

    find: Callable[[], Path | None] = staticmethod(lambda: None)


def set_home_finder(find: Callable[[], Path | None]) -> None:
    """Let a function say where the folders of the current user lie; it returns None for the usual places."""
    _Home.find = staticmethod(find)


def locate_runs_folder() -> Path:
    """Return the folder of the user's runs: ``BIONER_RUNS``, else ``runs/`` of the data folder."""
    return _locate_in_home("runs") or Path(os.environ.get("BIONER_RUNS") or _data_folder() / "runs")


def locate_shipped_runs_folder() -> Path:
    """Return the folder of the runs that come with the program; visible beside ``BIONER_RUNS``."""
    return PROJECT / "runs"


def locate_corpora_folder() -> Path:
    """Return the folder of the corpus library: ``BIONER_CORPORA``, else ``corpora/`` of the data folder."""
    return _locate_in_home("corpora") or Path(os.environ.get("BIONER_CORPORA") or _data_folder() / "corpora")


def locate_projects_folder() -> Path:
    """Return the folder of the user's annotation projects: ``BIONER_PROJECTS``, else beside the runs."""
    return _locate_in_home("projects") or Path(
        os.environ.get("BIONER_PROJECTS") or _data_folder() / "projects"
    )


def locate_users_folder() -> Path:
    """Return the folder with a home for each user of a log-in, and the audit log (``BIONER_USERS``)."""
    return Path(os.environ.get("BIONER_USERS") or _data_folder() / "users")


def locate_cache_folder() -> Path:
    """Return the folder of converted encoders and features (``BIONER_CACHE``, else the user's)."""
    return Path(os.environ.get("BIONER_CACHE") or _FOLDERS.user_cache_path)


def locate_queue_folder() -> Path:
    """Return the folder of the machine's queue: ``BIONER_QUEUE``, else ``queue/`` of the cache."""
    return Path(os.environ.get("BIONER_QUEUE") or locate_cache_folder() / "queue")


def locate_settings_folder() -> Path:
    """Return the folder of the user's settings (``BIONER_SETTINGS``, else the user's)."""
    return _locate_in_home("settings") or Path(os.environ.get("BIONER_SETTINGS") or _ROAMING.user_config_path)


def list_folder_variables() -> dict[str, str]:
    """Return the variables by which a process without log-in uses the folders of the current user."""
    return {
        "BIONER_RUNS": str(locate_runs_folder().resolve()),
        "BIONER_CORPORA": str(locate_corpora_folder().resolve()),
        "BIONER_PROJECTS": str(locate_projects_folder().resolve()),
    }


def _locate_in_home(name: str) -> Path | None:
    home = _Home.find()
    return home / name if home else None


def _data_folder() -> Path:
    """Return where runs and corpora lie: in a checkout beside the code, else with the user's data."""
    return PROJECT if IS_CHECKOUT else _FOLDERS.user_data_path


def create_private_folder(path: Path) -> Path:
    """Create ``path`` and its missing parents with mode 0700, or set it where ``path`` exists; return it."""
    if path.is_dir() and path.stat().st_mode & 0o077:
        with suppress(OSError):  # another account's
            path.chmod(0o700)
    missing = list(takewhile(lambda folder: not folder.exists(), (path, *path.parents)))
    for folder in reversed(missing):  # mkdir(parents=True) would make the parents readable by others
        folder.mkdir(mode=0o700, exist_ok=True)
    return path


def expand_path(text: str) -> Path:
    """Return a path that a user wrote, "~" as the home folder; as it is where there is no such user."""
    try:
        return Path(text).expanduser()
    except RuntimeError:
        return Path(text)


def count_folder_bytes(path: Path) -> int:
    """Return the total size of the files below ``path``, in bytes; 0 where it does not exist."""
    n_bytes = 0
    for folder, _, names in os.walk(path):
        for name in names:
            with suppress(FileNotFoundError):  # a worker replaces its files all the time
                status = os.lstat(os.path.join(folder, name))
                n_bytes += status.st_size if stat.S_ISREG(status.st_mode) else 0
    return n_bytes


def free_space(folder: Path, n_bytes: int, *, max_bytes: int) -> None:
    """Delete the least recently used files of a cache until ``n_bytes`` more fit into ``max_bytes``.

    Hidden files and locks stay. The modification time of a file is the time of its last use.
    """
    cached = [file for file in folder.glob("[!.]*") if file.suffix != ".lock"]
    for file in sorted(cached, key=lambda file: file.stat().st_mtime, reverse=True):
        n_bytes += file.stat().st_size
        if n_bytes > max_bytes:
            with suppress(OSError):  # on Windows another process may be reading it
                delete_cached_file(file)


def delete_cached_file(path: Path) -> None:
    """Delete a file of a cache, and its digest."""
    path.unlink(missing_ok=True)
    _locate_digest(path).unlink(missing_ok=True)


def write_digest(path: Path, *, of: Path | None = None) -> None:
    """Keep the SHA-256 of a cached file or folder beside it, so that damage is noticed.

    :param of: the content, where it is renamed to ``path`` later.
    """
    write_atomically(_locate_digest(path), compute_digest(of or path))


def is_intact(path: Path) -> bool:
    """Return whether a cached file or folder is as it was when its digest was written; False without one."""
    try:
        return _locate_digest(path).read_text(encoding="ascii") == compute_digest(path)
    except (OSError, ValueError):
        return False


def compute_digest(path: Path) -> str:
    """Return the SHA-256 of a file, or of the names and contents of the files in a folder."""
    if not path.is_dir():
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    lines = [f"{file.name} {compute_digest(file)}\n" for file in sorted(path.iterdir())]
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def _locate_digest(path: Path) -> Path:
    return path.with_name(f".{path.name}.sha256")


def open_file(path: Path) -> BinaryIO:
    """Open a file to read its bytes. A named pipe, whose reader would wait for ever, is an OSError."""
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    mode = os.fstat(handle).st_mode
    if stat.S_ISREG(mode):
        return os.fdopen(handle, "rb")
    os.close(handle)
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    raise OSError(errno.EINVAL, "it is no regular file", str(path))


def read_file(path: Path) -> bytes:
    """Return the content of a file. :raises OSError: also where it is no regular file, such as a pipe."""
    with open_file(path) as file:
        return file.read()


def write_atomically(path: Path, content: bytes | str) -> None:
    """Replace ``path`` by ``content`` (text as UTF-8) so that a crash leaves the old or the new file.

    On return the new one is on the disk, also after a power cut.
    """
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
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Put the names of a folder's new and renamed files on the disk, where the system can."""
    with suppress(OSError):  # Windows opens no folder, and some network disks do not sync them
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


@dataclass(frozen=True, kw_only=True)
class Remedies:
    """Advice for a file that cannot be written, by reason; the defaults suit a path that the user chose."""

    full: str = "Free some disk space, then try again"
    read_only: str = "Make the folder writable, or choose another place"
    other: str = "Choose another place"


DEFAULT_REMEDIES = Remedies()


def explain_write_error(path: Path, error: OSError, remedies: Remedies = DEFAULT_REMEDIES) -> str:
    """Return a message: why the file cannot be written, and what the user can do."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        reason, remedy = "the disk is full", remedies.full
    elif error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
        reason, remedy = "it is read-only", remedies.read_only
    else:
        reason, remedy = error.strerror or type(error).__name__, remedies.other
    return f"{path}: cannot be written ({reason}). {remedy}."


def format_current_time() -> str:
    """Return the time in UTC, to the second, as ISO 8601."""
    return datetime.now(UTC).isoformat(timespec="seconds")
