"""Uploads of the dashboard, kept on disk until they are saved or removed, under ids that nobody guesses."""

import json
import os
import re
import secrets
import shutil
import tempfile
import time
import zipfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from bioner_core.corpus.reading.detect import read_files
from bioner_core.corpus.reading.passages import Reading
from bioner_core.errors import BionerError
from bioner_core.files import (
    count_folder_bytes,
    create_private_folder,
    explain_write_error,
    locate_corpora_folder,
    write_atomically,
)
from bioner_core.users.audit import record_action
from bioner_core.users.limits import check_room

MAX_DAYS = 7  # since the last change; then an upload is deleted
MAX_KEPT_BYTES = 1_000_000_000  # of all uploads together
GONE = (
    "This upload is no longer here: it was saved or removed, or nobody changed it for "
    f"{MAX_DAYS} days. Give the files again."
)
_FOLDER = ".uploads"  # inside the folder of the library, which lists no hidden names
_FILES, _RECORD = "files.zip", "upload.json"
_ID = re.compile(r"[\w-]{32}", re.ASCII)

Choice = str | int | list[str] | None


@dataclass(frozen=True, kw_only=True)
class KeptUpload:
    """What is known of an upload without reading its files."""

    title: str
    n_bytes: int  # of its files together
    names: tuple[str, ...]  # of its files
    choices: Mapping[str, Choice] = field(default_factory=dict)  # of the page's widgets, by key


class KeptUploads:
    """The folder of kept uploads, readable by the user alone: a folder each, named by its id."""

    def __init__(self) -> None:
        self.folder = locate_corpora_folder() / _FOLDER

    def add(self, files: Mapping[str, bytes], *, title: str) -> str:
        """Keep the files and return the id: 32 letters, 192 random bits.

        :raises BionerError: they cannot be written, or there is no room.
        """
        self.delete_old()
        n_bytes = sum(map(len, files.values()))
        check_room(n_bytes)
        if n_bytes + count_folder_bytes(self.folder) > MAX_KEPT_BYTES:
            raise BionerError(
                f"no room: uploads on this machine may have {MAX_KEPT_BYTES // 1_000_000:,} MB together. "
                f"Save or remove earlier ones; each is deleted {MAX_DAYS} days after its last change."
            )
        upload_id = secrets.token_urlsafe(24)
        record = KeptUpload(title=title, n_bytes=n_bytes, names=tuple(files))
        try:
            create_private_folder(self.folder)
            unfinished = Path(tempfile.mkdtemp(dir=self.folder, prefix=".unfinished-"))
            try:
                _pack(unfinished / _FILES, files)
                _write_record(unfinished, record)
                os.rename(unfinished, self.folder / upload_id)
            except BaseException:
                shutil.rmtree(unfinished, ignore_errors=True)
                raise
        except OSError as error:
            raise BionerError(explain_write_error(self.folder, error)) from error
        record_action("upload", f"{len(files)} files, {n_bytes} bytes")
        return upload_id

    def open(self, upload_id: str) -> KeptUpload:
        """Return an upload. :raises BionerError: there is none with this id, or its record is damaged."""
        self.delete_old()
        try:
            record = json.loads((self._locate(upload_id) / _RECORD).read_text(encoding="utf-8"))
            return KeptUpload(**{**record, "names": tuple(record["names"])})
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise BionerError(GONE) from error

    def read_files(self, upload_id: str) -> dict[str, bytes]:
        """Return the files by name. :raises BionerError: they are not there any more, or damaged."""
        names = self.open(upload_id).names
        try:
            with zipfile.ZipFile(self._locate(upload_id) / _FILES) as archive:
                return {name: archive.read(str(number)) for number, name in enumerate(names)}
        except (OSError, KeyError, zipfile.BadZipFile) as error:
            raise BionerError(GONE) from error

    def save_choices(self, upload_id: str, choices: Mapping[str, Choice]) -> None:
        """Keep the choices with their upload. :raises BionerError: it is gone, or cannot be written."""
        upload = self.open(upload_id)
        folder = self._locate(upload_id)
        record = KeptUpload(
            title=upload.title, n_bytes=upload.n_bytes, names=upload.names, choices=dict(choices)
        )
        try:
            _write_record(folder, record)
        except OSError as error:
            raise BionerError(explain_write_error(folder, error)) from error

    def delete(self, upload_id: str) -> None:
        """Delete an upload, if it is there. :raises BionerError: a part of it cannot be deleted."""
        self._delete_folder(self._locate(upload_id))
        record_action("delete upload")

    def delete_old(self) -> None:
        """Delete uploads that nobody changed for ``MAX_DAYS``, and what a crash left unfinished."""
        oldest = time.time() - MAX_DAYS * 86_400
        for folder in self.folder.glob("*") if self.folder.is_dir() else ():
            with suppress(FileNotFoundError):  # another session deletes it, too
                if folder.stat().st_mtime < oldest:
                    self._delete_folder(folder)

    def _locate(self, upload_id: str) -> Path:
        if not _ID.fullmatch(upload_id):
            raise BionerError(GONE)
        return self.folder / upload_id

    def _delete_folder(self, folder: Path) -> None:
        try:
            shutil.rmtree(folder)
        except FileNotFoundError:
            return
        except OSError as error:
            raise BionerError(
                f"{folder}: cannot be deleted ({error.strerror or type(error).__name__}). "
                "Delete the folder by hand: it holds uploaded text."
            ) from error


def read_kept_upload(
    upload_id: str, *, name: str, documents: str | None = None, column: str | None = None
) -> Reading:
    """Read a kept upload as ``read_files`` reads its files."""
    return read_files(KeptUploads().read_files(upload_id), name=name, documents=documents, column=column)


def _pack(path: Path, files: Mapping[str, bytes]) -> None:
    """Write a zip of mode 0600; its members have numbers as names, so that no name can do harm."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    with os.fdopen(handle, "wb") as file, zipfile.ZipFile(file, "w") as archive:
        for number, content in enumerate(files.values()):
            archive.writestr(str(number), content)


def _write_record(folder: Path, upload: KeptUpload) -> None:
    """Replace the record; this renews the time of the folder's last change."""
    record = {
        "title": upload.title,
        "n_bytes": upload.n_bytes,
        "names": upload.names,
        "choices": dict(upload.choices),
    }
    write_atomically(folder / _RECORD, json.dumps(record, ensure_ascii=False))
