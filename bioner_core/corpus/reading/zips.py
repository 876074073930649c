"""Unpack zip archives in memory, within limits on size and number of files."""

import io
import re
import stat
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import PurePosixPath
from typing import TypeVar
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from bioner_core.errors import BionerError

T = TypeVar("T")

_MAGIC = (b"PK\x03\x04", b"PK\x05\x06")  # an archive with members, an empty one
_MEMBER_MAGIC = b"PK\x01\x02"  # each member has one in the central directory
_OFFICE = "[Content_Types].xml"  # is in every Office document
_WORKBOOK = "xl/workbook.xml"
_AGAIN = "Zip it again, or give the files themselves."


def is_zip(content: bytes, *, name: str) -> bool:
    """Tell by content whether a file is a zip.

    :raises BionerError: for a file that is named .zip, but is none
    """
    if content.startswith(_MAGIC):
        return True
    if name.lower().endswith(".zip"):
        raise BionerError(f"{name}: named .zip, but its content is not a zip archive. {_AGAIN}")
    return False


def is_workbook(content: bytes) -> bool:
    """Tell by the names of its members whether a zip is an Excel workbook, rather than contains one."""
    if not (content.startswith(_MAGIC[0]) and _WORKBOOK.encode() in content and _OFFICE.encode() in content):
        return False
    try:
        names = ZipFile(io.BytesIO(content)).namelist()
    except Exception:  # damaged: the name of the first member tells
        return content[30:].startswith((b"xl/", b"docProps/", b"_rels/", _OFFICE.encode()))
    return _WORKBOOK in names and _OFFICE in names


def iterate_members(
    content: bytes,
    *,
    name: str,
    max_bytes: int,
    max_files: int,
    is_office: bool = False,
    is_kept: Callable[[str], bool] = bool,
) -> Iterator[tuple[str, Callable[[], bytes]]]:
    """Yield the name of each file and a function that reads it; nothing is written to disk.

    :param max_bytes: limit of all unpacked members together
    :param is_office: whether the caller expects an Office document
    :param is_kept: selects files by name; others do not count toward the limit
    """
    if content.count(_MEMBER_MAGIC) > max_files:  # counted before zipfile builds an object for each
        raise BionerError(
            f"{name}: more than {max_files:,} files. Take one part of it at a time, or join files."
        )
    archive = _call_guarded(partial(ZipFile, io.BytesIO(content)), name)
    entries = [entry for entry in archive.infolist() if _is_file(entry) and is_kept(entry.filename)]
    if sum(entry.file_size for entry in entries) > max_bytes:
        raise BionerError(
            f"{name}: unpacks to more than {max_bytes // 1_000_000} MB, the limit. "
            "Use only the annotated part."
        )
    if not is_office and any(entry.filename == _OFFICE for entry in entries):
        raise BionerError(f"{name}: an Office document. Save its table as CSV or its text as plain text.")
    for entry in entries:
        yield _check_name(entry, name), partial(_call_guarded, partial(archive.read, entry), name)


def _is_file(entry: ZipInfo) -> bool:
    is_folder = entry.filename.endswith("/") or not entry.filename
    return not is_folder and not stat.S_ISLNK(entry.external_attr >> 16)


def _check_name(entry: ZipInfo, name: str) -> str:
    """Return the member's name, if it stays inside the archive and can be unpacked."""
    member_name = entry.filename.replace("\\", "/")
    if (
        ".." in PurePosixPath(member_name).parts
        or member_name.startswith("/")
        or re.match("[A-Za-z]:", member_name)
    ):
        raise BionerError(
            f"{name}: one of its files has a path outside the archive, so nothing was read. {_AGAIN}"
        )
    if entry.flag_bits & 1:
        raise BionerError(f"{name}: needs a password. Unpack it first.")
    if entry.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
        raise BionerError(f"{name}: uses another compression than deflate. {_AGAIN}")
    return member_name


def _call_guarded(action: Callable[[], T], name: str) -> T:
    """Call ``action``; turn every error into one that names the archive."""
    try:
        return action()
    except Exception as error:  # zipfile names no closed set of what damaged bytes raise
        raise BionerError(f"{name}: the zip archive is damaged or cut off. {_AGAIN}") from error
