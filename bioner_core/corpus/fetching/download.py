"""Download one file: resume, retry and limit it; a generator yields the progress."""

import hashlib
import json
import os
import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path

import requests
from urllib3.exceptions import HTTPError, ReadTimeoutError

from bioner_core.corpus.fetching.responses import DownloadSettings, TransientError, open_url
from bioner_core.errors import BionerError
from bioner_core.files import write_atomically

_BLOCK_BYTES = 65_536  # bytes per read, at most
_MAX_ATTEMPTS = 50  # per file, so that no server can keep us busy for ever
_MIN_MEASURED_SECONDS = 1.0  # before the time left is estimated
_HTML_BEGINNINGS = (b"<!doctype html", b"<html", b"<head")


@dataclass(frozen=True, kw_only=True)
class DownloadProgress:
    """The progress of a download."""

    phase: str  # "downloading", or the reason of a pause
    done: int = 0  # bytes
    total: int | None = None  # None where unknown
    seconds_left: float | None = None  # None until it can be measured


class PartialFile:
    """The part of a file that is downloaded so far, and the version of the file on the server."""

    def __init__(self, folder: Path, url: str) -> None:
        key = hashlib.sha256(url.encode()).hexdigest()[:32]
        self.path, self.metadata_path = folder / f"{key}.part", folder / f"{key}.json"
        self.complete_path = folder / f"{key}.whole"

    @property
    def size(self) -> int:
        """Return the number of bytes downloaded so far."""
        return self.path.stat().st_size if self.path.exists() else 0

    @property
    def version(self) -> str:
        """Return the version (ETag or date) of the file that the bytes belong to; "" where unknown."""
        try:
            return str(json.loads(self.metadata_path.read_bytes())["version"])
        except (OSError, ValueError, KeyError, TypeError):
            return ""

    def build_range_headers(self) -> dict[str, str]:
        """Return the headers that request the rest if the version is the same; {} to request all."""
        if not (self.size and self.version):
            return {}
        return {"Range": f"bytes={self.size}-", "If-Range": self.version}

    def restart(self, version: str) -> None:
        """Discard all bytes and start again with a version of the file."""
        self.discard()
        if version:
            write_atomically(self.metadata_path, json.dumps({"version": version}))

    def finish(self) -> None:
        """Mark the file as complete."""
        os.replace(self.path, self.complete_path)
        self.metadata_path.unlink(missing_ok=True)

    def discard(self) -> None:
        """Delete all files of this download."""
        for path in (self.path, self.metadata_path, self.complete_path):
            path.unlink(missing_ok=True)


def download_file(
    url: str, partial_file: PartialFile, settings: DownloadSettings
) -> Generator[DownloadProgress, None, None]:
    """Download a file to ``part.complete_path``; closing the generator keeps the part for the next time.

    :raises BionerError: it is not available, a web page, or larger than allowed.
    """
    failures = 0
    for _ in range(_MAX_ATTEMPTS if not partial_file.complete_path.exists() else 0):
        before = partial_file.size
        try:
            yield from _attempt_download(url, partial_file, settings)
            return
        except TransientError as error:
            failures = 1 if partial_file.size > before else failures + 1
            if failures >= settings.attempts:
                raise BionerError(_explain_failure(str(error), partial_file.size)) from error
            wait = error.wait or settings.pause_seconds * 2 ** (failures - 1)
            yield from _pause(wait, f"{error}; tried again in {wait:.0f} s", partial_file.size)
    if not partial_file.complete_path.exists():
        raise BionerError(_explain_failure("the connection broke repeatedly", partial_file.size))


def _explain_failure(why: str, n_bytes: int) -> str:
    kept = f" {n_bytes:,} bytes are kept: the next attempt continues from there." if n_bytes else ""
    return f"the download stopped: {why}.{kept} Try again later."


def _pause(seconds: float, phase: str, done: int) -> Iterator[DownloadProgress]:
    """Wait in small steps, so that a cancellation is noticed."""
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        yield DownloadProgress(phase=phase, done=done)
        time.sleep(min(left, 0.5))


def _attempt_download(
    url: str, partial_file: PartialFile, settings: DownloadSettings
) -> Iterator[DownloadProgress]:
    """Send one request and write the answer."""
    with open_url(url, partial_file.build_range_headers(), settings) as response:
        if response.status_code == 416 or not _is_continuation(response, partial_file):
            if response.status_code != 200:
                partial_file.discard()
                raise TransientError("the server has another file than before", 0.001)
            partial_file.restart(_read_version(response))
        total = _read_total(response, partial_file.size)
        _check_size(total or 0, partial_file, settings)
        yield from _write_body(response, partial_file, total, settings)
    if total is not None and partial_file.size != total:
        raise TransientError(f"the connection ended after {partial_file.size:,} of {total:,} bytes")
    partial_file.finish()


def _write_body(
    response: requests.Response, partial_file: PartialFile, total: int | None, settings: DownloadSettings
) -> Iterator[DownloadProgress]:
    """Append the body of the answer to the part; yield the progress after each block."""
    began, first, done = time.monotonic(), partial_file.size, partial_file.size
    with partial_file.path.open("ab") as file:
        for block in _iterate_blocks(response):
            if not done:
                _refuse_web_page(block, partial_file, file.name)
            done += len(block)
            _check_size(done, partial_file, settings)
            file.write(block)
            file.flush()
            spent = time.monotonic() - began
            left = None
            if total and spent > _MIN_MEASURED_SECONDS:
                left = spent * (total - done) / (done - first)
            yield DownloadProgress(phase="downloading", done=done, total=total, seconds_left=left)


def _iterate_blocks(response: requests.Response) -> Iterator[bytes]:
    """Yield bytes as they arrive, so that an interruption loses none."""
    while True:
        try:
            block = response.raw.read1(_BLOCK_BYTES, decode_content=False)
        except ReadTimeoutError as error:
            raise TransientError("the server went silent") from error
        except HTTPError as error:
            raise TransientError("the connection broke") from error
        if not block:
            return
        yield block


def _is_continuation(response: requests.Response, partial_file: PartialFile) -> bool:
    """Tell whether the answer continues where the part ends."""
    start = response.headers.get("Content-Range", "").removeprefix("bytes ").partition("-")[0]
    return response.status_code == 206 and start == str(partial_file.size)


def _read_version(response: requests.Response) -> str:
    """Return the version of the file on the server: a strong ETag, else the date of its last change."""
    tag = response.headers.get("ETag", "")
    return tag if tag and not tag.startswith("W/") else response.headers.get("Last-Modified", "")


def _read_total(response: requests.Response, before: int) -> int | None:
    length = response.headers.get("Content-Length", "")
    return before + int(length) if length.isdecimal() else None


def _check_size(n_bytes: int, partial_file: PartialFile, settings: DownloadSettings) -> None:
    if n_bytes > settings.max_bytes:
        partial_file.discard()
        raise BionerError(
            f"the file is larger than {settings.max_bytes / 1e6:.0f} MB, the limit for downloads. "
            "Nothing was kept."
        )


def _refuse_web_page(block: bytes, partial_file: PartialFile, name: str) -> None:
    if block.lstrip()[:20].lower().startswith(_HTML_BEGINNINGS):
        partial_file.discard()
        raise BionerError(
            "the server sent a web page instead of the file: it may ask you to log in or to accept terms, or "
            "the file has moved. Nothing was kept. Look at the corpus's home page."
        )
