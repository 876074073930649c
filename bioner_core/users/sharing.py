"""What owners share: a hidden file beside runs, or corpora, lists who may read which."""

import json
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from filelock import FileLock

from bioner_core.errors import BionerError
from bioner_core.files import create_private_folder, explain_write_error, write_atomically
from bioner_core.users.current import list_owners

_FILE = ".shared.json"  # name → labels of users who may read it


def find_labels(names: Iterable[str]) -> tuple[str, ...]:
    """Return the labels of users with these names, or labels. :raises BionerError: nobody has one of them."""
    owners = list_owners()
    labels = {owner.name: owner.label for owner in reversed(owners)} | {
        owner.label: owner.label for owner in owners
    }
    if unknown := [name for name in names if name not in labels]:
        raise BionerError(
            f"{', '.join(unknown)}: nobody of this name has logged in yet. Write names as Settings shows "
            "them; `admin` stands for the administrators."
        )
    return tuple(sorted({labels[name] for name in names}))


def list_readers(folder: Path, name: str) -> tuple[str, ...]:
    """Return the labels of users, beside the owner, who may read a run, or corpus, of a folder."""
    return _read(folder).get(name, ())


def list_shared(folder: Path, reader: str) -> tuple[str, ...]:
    """Return the names of what the user of a label may read in another's folder, sorted."""
    return tuple(name for name, readers in sorted(_read(folder).items()) if reader in readers)


def set_readers(folder: Path, name: str, readers: Iterable[str]) -> None:
    """Share with these users, and no others. :raises BionerError: the folder cannot be written."""
    wanted = sorted(set(readers))
    if not wanted and not list_readers(folder, name):
        return
    path = folder / _FILE
    try:
        create_private_folder(folder)
        with FileLock(folder / f"{_FILE}.lock", thread_local=False):
            others = {other: list(names) for other, names in _read(folder).items() if other != name}
            write_atomically(
                path, json.dumps(others | ({name: wanted} if wanted else {}), ensure_ascii=False)
            )
    except OSError as error:
        raise BionerError(explain_write_error(path, error)) from error


def _read(folder: Path) -> dict[str, tuple[str, ...]]:
    try:
        at = (folder / _FILE).stat()
    except OSError:
        return {}
    return _load(folder / _FILE, (at.st_mtime_ns, at.st_ino))


@lru_cache(maxsize=512)
def _load(path: Path, _: tuple[int, int]) -> dict[str, tuple[str, ...]]:
    """Return the readers by name; a damaged file shares nothing."""
    try:
        record = json.loads(path.read_bytes())
        return {str(name): tuple(map(str, readers)) for name, readers in record.items()}
    except (OSError, ValueError, AttributeError, TypeError):
        return {}
