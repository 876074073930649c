"""Unpack gzip and tar in memory, within limits on size and number of files."""

import io
import re
import tarfile
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import PurePosixPath

from bioner_core.errors import BionerError

_GZIP = b"\x1f\x8b"
_TAR = b"ustar"  # at the byte 257
_DAMAGED = "the archive is damaged or cut off. Pack it again, or give the files themselves."


def is_gzip(content: bytes) -> bool:
    """Tell by content whether a file is compressed by gzip."""
    return content.startswith(_GZIP)


def is_tar(content: bytes) -> bool:
    """Tell by content whether a file is a tar archive."""
    return content[257:262] == _TAR


def strip_gzip_name(name: str) -> str:
    """Return the name of what is inside a gzip file.

    >>> strip_gzip_name("a.tsv.gz"), strip_gzip_name("corpus.tgz")
    ('a.tsv', 'corpus.tar')
    """
    return re.sub(r"\.gz$", "", re.sub(r"\.tgz$", ".tar", name, flags=re.IGNORECASE), flags=re.IGNORECASE)


def unpack_gzip(content: bytes, *, name: str, max_bytes: int) -> bytes:
    """Return the content of a gzip file of one or more members.

    :raises BionerError: for a damaged file, or more than ``max_bytes``
    """
    unpacked = io.BytesIO()
    while content.startswith(_GZIP):
        member = zlib.decompressobj(wbits=31)  # with gzip's header
        try:
            unpacked.write(member.decompress(content, max_bytes + 1 - unpacked.tell()))
        except zlib.error as error:
            raise BionerError(f"{name}: {_DAMAGED}") from error
        if unpacked.tell() > max_bytes:
            raise BionerError(
                f"{name}: unpacks to more than {max_bytes // 1_000_000} MB, the limit. "
                "Use only the annotated part."
            )
        if not member.eof:
            raise BionerError(f"{name}: {_DAMAGED}")
        content = member.unused_data
    return unpacked.getvalue()


def iterate_tar_members(
    content: bytes, *, name: str, max_files: int
) -> Iterator[tuple[str, Callable[[], bytes]]]:
    """Yield the name of each regular file and a function that reads it; links and devices are skipped.

    :raises BionerError: for a damaged archive, too many files, or a path that leads out of the archive
    """
    try:
        with tarfile.open(fileobj=io.BytesIO(content), mode="r:") as archive:
            members = [(member.name, member) for member in archive if member.isreg()]
    except (tarfile.TarError, OSError, ValueError, EOFError) as error:
        raise BionerError(f"{name}: {_DAMAGED}") from error
    if len(members) > max_files:
        raise BionerError(f"{name}: more than {max_files:,} files. Take one part of it at a time.")
    for path, member in members:
        if ".." in PurePosixPath(path).parts or path.startswith("/"):
            raise BionerError(
                f"{name}: one of its files has a path outside the archive, so nothing was read."
            )
        yield path.removeprefix("./"), partial(_slice, content, member.offset_data, member.size)


def _slice(content: bytes, start: int, size: int) -> bytes:
    return content[start : start + size]
