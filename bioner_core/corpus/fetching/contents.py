"""Unpack downloads, within the size limits of the readers, and compute their digests."""

import hashlib
import zlib
from collections.abc import Mapping
from fnmatch import fnmatchcase
from pathlib import PurePosixPath

from bioner_core.corpus.fetching.registry import RemoteFile
from bioner_core.corpus.reading.bounds import MAX_BYTES, MAX_FILES
from bioner_core.corpus.reading.zips import is_zip, iterate_members
from bioner_core.errors import BionerError

_GZIP = b"\x1f\x8b"


def unpack_download(content: bytes, remote: RemoteFile) -> dict[str, bytes]:
    """Return the files of a download by name: itself, or the selected members of an archive.

    A folder that contains all members is removed from their names.

    :raises BionerError: it is damaged, unsafe, too large, or has none of the selected members.
    """
    name = remote.file
    if content.startswith(_GZIP):
        return {name.removesuffix(".gz"): _decompress_gzip(content, name)}
    if not is_zip(content, name=name):
        return {name: content}

    def is_kept(member: str) -> bool:
        patterns = remote.members or ("*",)
        return any(fnmatchcase(member, pattern) for pattern in patterns)

    archive = iterate_members(content, name=name, max_bytes=MAX_BYTES, max_files=MAX_FILES, is_kept=is_kept)
    kept = {member: read() for member, read in archive}
    if not kept:
        wanted = ", ".join(remote.members) or "any file"
        raise BionerError(f"{name}: contains no {wanted}, so its content has changed.")
    return _strip_top_folder(kept)


def compute_contents_digest(files: Mapping[str, bytes]) -> str:
    """Return the SHA-256 over names and contents, which does not depend on the packing.

    >>> compute_contents_digest({"b": b"2", "a": b"1"}) == compute_contents_digest({"a": b"1", "b": b"2"})
    True
    """
    digest = hashlib.sha256()
    for name in sorted(files):
        digest.update(f"{name}\0{len(files[name])}\0".encode())
        digest.update(files[name])
    return digest.hexdigest()


def compute_git_hash(content: bytes) -> str:
    """Return the hash that git gives a file of this content.

    >>> compute_git_hash(b"")
    'e69de29bb2d1d6434b8b29ae775ad8c2e48c5391'
    """
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


def _strip_top_folder(files: dict[str, bytes]) -> dict[str, bytes]:
    """Remove the top folder that all files share, such as that of a repository archive."""
    top_folders = {PurePosixPath(name).parts[0] for name in files}
    if len(top_folders) > 1 or any(len(PurePosixPath(name).parts) == 1 for name in files):
        return files
    return {name.partition("/")[2]: content for name, content in files.items()}


def _decompress_gzip(content: bytes, name: str) -> bytes:
    """Return the content of a gzip file. :raises BionerError: it is damaged or too large."""
    decompressor = zlib.decompressobj(wbits=31)
    try:
        data = decompressor.decompress(content, MAX_BYTES + 1)
    except zlib.error as error:
        raise BionerError(f"{name}: the gzip file is damaged.") from error
    if len(data) > MAX_BYTES:
        raise BionerError(
            f"{name}: unpacks to more than {MAX_BYTES // 1_000_000} MB, which is more than is read."
        )
    if not decompressor.eof:
        raise BionerError(f"{name}: the gzip file is cut off.")
    return data
