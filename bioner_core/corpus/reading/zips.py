"""Zip archives, unpacked in memory only and not beyond the bounds."""

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

_STARTS = (b"PK\x03\x04", b"PK\x05\x06")  # an archive with members, an empty one
_ENTRY = b"PK\x01\x02"  # each member has one in the central directory
_OFFICE = "[Content_Types].xml"  # is in every Office document
_BOOK = "xl/workbook.xml"
_AGAIN = "Zip it again, or give the files themselves."


def is_zip(content: bytes, *, name: str) -> bool:
    """Tell by content whether this is a zip; refuse what only calls itself one."""
    if content.startswith(_STARTS):
        return True
    if name.lower().endswith(".zip"):
        raise BionerError(f"{name}: named .zip, but its content is no zip archive. {_AGAIN}")
    return False


def is_workbook(content: bytes) -> bool:
    """Tell by the names of its members whether a zip is an Excel workbook, and does not merely hold one."""
    if not (content.startswith(_STARTS[0]) and _BOOK.encode() in content and _OFFICE.encode() in content):
        return False
    try:
        names = ZipFile(io.BytesIO(content)).namelist()
    except Exception:  # damaged: of a workbook, the first member tells
        return content[30:].startswith((b"xl/", b"docProps/", b"_rels/", _OFFICE.encode()))
    return _BOOK in names and _OFFICE in names


def members(
    content: bytes,
    *,
    name: str,
    room: int,
    max_files: int,
    is_office: bool = False,
    is_kept: Callable[[str], bool] = bool,
) -> Iterator[tuple[str, Callable[[], bytes]]]:
    """Yield the name of each file inside and what reads it; nothing touches the disk.

    :param room: bytes that all members together may unpack to
    :param is_office: an Office document, which holds members that are no corpus, is meant
    :param is_kept: says by its name whether a file is wanted; only those count for the room
    """
    if content.count(_ENTRY) > max_files:  # counted before zipfile makes an object of each
        raise BionerError(
            f"{name}: more than {max_files:,} files. Take one part of it at a time, or join files."
        )
    archive = _tried(partial(ZipFile, io.BytesIO(content)), name)
    entries = [entry for entry in archive.infolist() if _is_file(entry) and is_kept(entry.filename)]
    if sum(entry.file_size for entry in entries) > room:
        raise BionerError(
            f"{name}: unpacks to more than {room // 1_000_000} MB, which is more than is read at once. Give "
            "the annotated part alone."
        )
    if not is_office and any(entry.filename == _OFFICE for entry in entries):
        raise BionerError(f"{name}: an Office document. Save its table as CSV or its text as plain text.")
    for entry in entries:
        yield _checked(entry, name), partial(_tried, partial(archive.read, entry), name)


def _is_file(entry: ZipInfo) -> bool:
    is_folder = entry.filename.endswith("/") or not entry.filename
    return not is_folder and not stat.S_ISLNK(entry.external_attr >> 16)


def _checked(entry: ZipInfo, name: str) -> str:
    """Return the member's name, if it stays inside and can be unpacked."""
    inside = entry.filename.replace("\\", "/")
    if ".." in PurePosixPath(inside).parts or inside.startswith("/") or re.match("[A-Za-z]:", inside):
        raise BionerError(
            f"{name}: a member's name leads out of the archive, so none of it is read. {_AGAIN}"
        )
    if entry.flag_bits & 1:
        raise BionerError(f"{name}: needs a password. Unpack it first.")
    if entry.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
        raise BionerError(f"{name}: packed in a way other than the usual (deflate). {_AGAIN}")
    return inside


def _tried(action: Callable[[], T], name: str) -> T:
    try:
        return action()
    except Exception as error:  # zipfile names no closed set of what damaged bytes raise
        raise BionerError(f"{name}: the zip archive is damaged or cut off. {_AGAIN}") from error
