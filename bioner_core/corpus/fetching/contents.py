"""What a download holds: a file, or the wanted members of an archive, within the readers' bounds."""

import hashlib
import zlib
from collections.abc import Mapping
from fnmatch import fnmatchcase
from pathlib import PurePosixPath

from bioner_core.corpus.fetching.registry import Source
from bioner_core.corpus.reading.bounds import MAX_BYTES, MAX_FILES
from bioner_core.corpus.reading.zips import is_zip, members
from bioner_core.errors import BionerError

_GZIP = b"\x1f\x8b"


def contents(content: bytes, source: Source) -> dict[str, bytes]:
    """Return the files that a download holds, by name, without the folder that holds them all.

    :raises BionerError: it is damaged, hostile, too large, or lacks what is wanted.
    """
    name = source.file
    if content.startswith(_GZIP):
        return {name.removesuffix(".gz"): _gunzipped(content, name)}
    if not is_zip(content, name=name):
        return {name: content}

    def is_kept(member: str) -> bool:
        patterns = source.members or ("*",)
        return any(fnmatchcase(member, pattern) for pattern in patterns)

    inside = members(content, name=name, room=MAX_BYTES, max_files=MAX_FILES, is_kept=is_kept)
    kept = {member: read() for member, read in inside}
    if not kept:
        wanted = ", ".join(source.members) or "any file"
        raise BionerError(f"{name}: holds nothing named {wanted}, so it is not what it was.")
    return _without_top(kept)


def digest_of_contents(files: Mapping[str, bytes]) -> str:
    """Return the SHA-256 over names and bytes, which packing anew does not change.

    >>> digest_of_contents({"b": b"2", "a": b"1"}) == digest_of_contents({"a": b"1", "b": b"2"})
    True
    """
    whole = hashlib.sha256()
    for name in sorted(files):
        whole.update(f"{name}\0{len(files[name])}\0".encode())
        whole.update(files[name])
    return whole.hexdigest()


def git_name(content: bytes) -> str:
    """Return the name that git gives a file of this content.

    >>> git_name(b"")
    'e69de29bb2d1d6434b8b29ae775ad8c2e48c5391'
    """
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


def _without_top(files: dict[str, bytes]) -> dict[str, bytes]:
    """Leave out the folder that all files share, such as the one that names a commit."""
    tops = {PurePosixPath(name).parts[0] for name in files}
    if len(tops) > 1 or any(len(PurePosixPath(name).parts) == 1 for name in files):
        return files
    return {name.partition("/")[2]: content for name, content in files.items()}


def _gunzipped(content: bytes, name: str) -> bytes:
    """Return what a gzip file holds, if it is not too much."""
    unpacking = zlib.decompressobj(wbits=31)
    try:
        found = unpacking.decompress(content, MAX_BYTES + 1)
    except zlib.error as error:
        raise BionerError(f"{name}: the gzip file is damaged.") from error
    if len(found) > MAX_BYTES:
        raise BionerError(
            f"{name}: unpacks to more than {MAX_BYTES // 1_000_000} MB, which is more than is read."
        )
    if not unpacking.eof:
        raise BionerError(f"{name}: the gzip file is cut off.")
    return found
