"""The cache: its files are locked and written here, and deleted with the corpora that they are made of."""

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock
from safetensors import SafetensorError, safe_open

from bioner_core.errors import BionerError
from bioner_core.files import (
    Remedies,
    create_private_folder,
    delete_cached_file,
    explain_write_error,
    locate_cache_folder,
)

FEATURES, STATES, PRETRAINED = "features", "states", "pretrained"  # folders of the cache
DIGESTS = "corpora"  # in the metadata of pretrained weights: digests, separated by blanks
_CACHE_REMEDIES = Remedies(
    full="Free some disk space, or set BIONER_CACHE to another disk; then resume",
    read_only="Make the folder writable, or set BIONER_CACHE to one that is",
    other="Set BIONER_CACHE to another folder",
)
_STALE_SECONDS = 86_400  # older unfinished files were left by a crash


@contextmanager
def report_cache_errors(path: Path) -> Iterator[None]:
    """Turn the system's errors while a file of the cache is written into one that says what to do."""
    try:
        yield
    except OSError as error:
        raise BionerError(explain_write_error(path, error, _CACHE_REMEDIES)) from error


@contextmanager
def lock_cached_file(path: Path) -> Iterator[None]:
    """Let one process at a time make a file or folder of the cache; its parent folder is created.

    :raises BionerError: the folder cannot be written.
    """
    with report_cache_errors(path):
        create_private_folder(path.parent)
        lock = FileLock(path.with_name(f"{path.name}.lock"), thread_local=False)
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def delete_cached(digests: Iterable[str]) -> None:
    """Delete features and states of corpora, and weights pretrained on them: all of them can betray text.

    Weights that do not say what they were pretrained on are deleted, too: they can be made anew.
    """
    folder, deleted = locate_cache_folder(), set(digests)
    paths = [
        path
        for name in (FEATURES, STATES)
        for digest in deleted
        for path in (folder / name).glob(f"{digest}-*.npy")
    ]
    weights = (folder / PRETRAINED).glob("*.safetensors") if deleted else ()
    paths += [path for path in weights if _read_digests(path, default=deleted) & deleted]
    paths += [
        path
        for name in (FEATURES, STATES, PRETRAINED)
        for path in (folder / name).glob(".*.part")
        if _is_stale(path)
    ]
    for path in paths:
        delete_cached_file(path)


def _read_digests(path: Path, *, default: set[str]) -> set[str]:
    """Return the digests of the corpora behind pretrained weights; the default where they are not known."""
    try:
        with safe_open(path, "numpy") as file:
            return set((file.metadata() or {})[DIGESTS].split())
    except (OSError, SafetensorError, KeyError):
        return default


def _is_stale(path: Path) -> bool:
    return time.time() - path.stat().st_mtime > _STALE_SECONDS
