"""Arrays that take long to compute, kept in the cache for the next process.

A file is found by a digest of everything that its arrays depend on, the code among them. The checksums of
its zip notice damage; what cannot be read is computed anew, and what cannot be written is not kept.
"""

import hashlib
import os
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bioner_core.files import create_private_folder, free_space, locate_cache_folder

Arrays = Mapping[str, NDArray[np.generic]]
FOLDER = "arrays"  # of the cache
MAX_BYTES = 500_000_000  # of the folder; what was used longest ago is deleted first


@cache
def digest_code(folder: Path) -> str:
    """Return a digest of the modules in a folder: other code may compute other arrays."""
    digest = hashlib.sha256(np.__version__.encode())
    for file in sorted(folder.glob("*.py")):
        digest.update(file.read_bytes())
    return digest.hexdigest()


def load_or_compute(what: tuple[object, ...], compute: Callable[[], Arrays]) -> Arrays:
    """Return arrays from the cache, or compute and keep them.

    :param what: all that the arrays depend on; values are told apart by their ``repr``.
    """
    path = locate_cache_folder() / FOLDER / f"{hashlib.sha256(repr(what).encode()).hexdigest()}.npz"
    arrays = _load(path)
    if arrays is None:
        arrays = compute()
        with suppress(OSError):
            _save(path, arrays)
    return arrays


def _load(path: Path) -> Arrays | None:
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        os.utime(path)  # free_space deletes by the time of the last use
    except (OSError, ValueError, EOFError, zipfile.BadZipFile):
        return None
    return arrays


def _save(path: Path, arrays: Arrays) -> None:
    """Write a file of the cache by a rename; not synced, since its checksums notice a torn one."""
    folder = create_private_folder(path.parent)
    free_space(folder, sum(array.nbytes for array in arrays.values()), max_bytes=MAX_BYTES)
    handle, name = tempfile.mkstemp(dir=folder, suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            np.savez(file, allow_pickle=False, **arrays)
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
