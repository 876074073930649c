"""One file over the network: resumed where it was cut, tried again, bounded; progress is pulled."""

import hashlib
import json
import os
import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path

import requests
from urllib3.exceptions import HTTPError, ReadTimeoutError

from bioner_core.corpus.fetching.responses import PassingError, Rules, opened
from bioner_core.errors import BionerError
from bioner_core.files import write_whole

_BLOCK = 65_536  # bytes at a time, at most
_TRIES = 50  # of one file in all, so that no server can keep us for ever
_MEASURED = 1.0  # seconds before the time left is told
_PAGES = (b"<!doctype html", b"<html", b"<head")


@dataclass(frozen=True, kw_only=True)
class Downloading:
    """How far a download is."""

    phase: str  # "downloading", or why it waits
    done: int = 0  # bytes
    total: int | None = None  # None where nobody says
    seconds_left: float | None = None  # None until it can be measured


class PartialFile:
    """What has come of a file: the bytes under a name of their own, and how the server calls this version."""

    def __init__(self, folder: Path, url: str) -> None:
        key = hashlib.sha256(url.encode()).hexdigest()[:32]
        self.path, self.about = folder / f"{key}.part", folder / f"{key}.json"
        self.whole = folder / f"{key}.whole"

    @property
    def size(self) -> int:
        """Return how many bytes are here."""
        return self.path.stat().st_size if self.path.exists() else 0

    @property
    def version(self) -> str:
        """Return the server's name of the version that the bytes belong to; "" where it gave none."""
        try:
            return str(json.loads(self.about.read_bytes())["version"])
        except (OSError, ValueError, KeyError, TypeError):
            return ""

    def asks(self) -> dict[str, str]:
        """Return the headers that ask for the rest, as long as the file is the same."""
        if not (self.size and self.version):
            return {}
        return {"Range": f"bytes={self.size}-", "If-Range": self.version}

    def begin(self, version: str) -> None:
        """Begin anew with a version."""
        self.discard()
        if version:
            write_whole(self.about, json.dumps({"version": version}))

    def finish(self) -> None:
        """Say that all is here."""
        os.replace(self.path, self.whole)
        self.about.unlink(missing_ok=True)

    def discard(self) -> None:
        """Forget what is here."""
        for path in (self.path, self.about, self.whole):
            path.unlink(missing_ok=True)


def download(url: str, part: PartialFile, rules: Rules) -> Generator[Downloading, None, None]:
    """Bring a file to ``part.whole``; closing the generator keeps what has come, for the next time.

    :raises BionerError: it cannot be had, is a web page, or larger than allowed.
    """
    failures = 0
    for _ in range(_TRIES if not part.whole.exists() else 0):
        before = part.size
        try:
            yield from _attempt(url, part, rules)
            return
        except PassingError as error:
            failures = 1 if part.size > before else failures + 1
            if failures >= rules.attempts:
                raise BionerError(_given_up(str(error), part.size)) from error
            wait = error.wait or rules.pause_seconds * 2 ** (failures - 1)
            yield from _pause(wait, f"{error}; tried again in {wait:.0f} s", part.size)
    if not part.whole.exists():
        raise BionerError(_given_up("the connection broke again and again", part.size))


def _given_up(why: str, n_bytes: int) -> str:
    kept = f" {n_bytes:,} bytes are kept: the next attempt goes on from there." if n_bytes else ""
    return f"the download stopped: {why}.{kept} Try again later."


def _pause(seconds: float, phase: str, done: int) -> Iterator[Downloading]:
    """Wait in small steps, so that a cancel is heard."""
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        yield Downloading(phase=phase, done=done)
        time.sleep(min(left, 0.5))


def _attempt(url: str, part: PartialFile, rules: Rules) -> Iterator[Downloading]:
    """Ask once and write what comes."""
    with opened(url, part.asks(), rules) as response:
        if response.status_code == 416 or not _is_rest(response, part):
            if response.status_code != 200:
                part.discard()
                raise PassingError("the server has another file than before", 0.001)
            part.begin(_version(response))
        total = _total(response, part.size)
        _refuse_size(total or 0, part, rules)
        yield from _written(response, part, total, rules)
    if total is not None and part.size != total:
        raise PassingError(f"the connection ended after {part.size:,} of {total:,} bytes")
    part.finish()


def _written(
    response: requests.Response, part: PartialFile, total: int | None, rules: Rules
) -> Iterator[Downloading]:
    """Append the body to the part; tell how far it is at each block."""
    began, first, done = time.monotonic(), part.size, part.size
    with part.path.open("ab") as file:
        for block in _blocks(response):
            if not done:
                _refuse_page(block, part, file.name)
            done += len(block)
            _refuse_size(done, part, rules)
            file.write(block)
            file.flush()
            spent = time.monotonic() - began
            left = spent * (total - done) / (done - first) if total and spent > _MEASURED else None
            yield Downloading(phase="downloading", done=done, total=total, seconds_left=left)


def _blocks(response: requests.Response) -> Iterator[bytes]:
    """Yield what comes as it comes, so that a cut loses nothing."""
    while True:
        try:
            block = response.raw.read1(_BLOCK, decode_content=False)
        except ReadTimeoutError as error:
            raise PassingError("the server went silent") from error
        except HTTPError as error:
            raise PassingError("the connection broke") from error
        if not block:
            return
        yield block


def _is_rest(response: requests.Response, part: PartialFile) -> bool:
    """Say whether this is the rest of what is here."""
    start = response.headers.get("Content-Range", "").removeprefix("bytes ").partition("-")[0]
    return response.status_code == 206 and start == str(part.size)


def _version(response: requests.Response) -> str:
    """Return what names this version of the file for sure: a strong tag, else the time of its change."""
    tag = response.headers.get("ETag", "")
    return tag if tag and not tag.startswith("W/") else response.headers.get("Last-Modified", "")


def _total(response: requests.Response, before: int) -> int | None:
    length = response.headers.get("Content-Length", "")
    return before + int(length) if length.isdecimal() else None


def _refuse_size(n_bytes: int, part: PartialFile, rules: Rules) -> None:
    if n_bytes > rules.most:
        part.discard()
        raise BionerError(
            f"the file is larger than {rules.most / 1e6:.0f} MB, which is more than is downloaded. Nothing "
            "was kept."
        )


def _refuse_page(block: bytes, part: PartialFile, name: str) -> None:
    if block.lstrip()[:20].lower().startswith(_PAGES):
        part.discard()
        raise BionerError(
            "a web page came instead of the file: its home may ask to log in or to accept terms, or has "
            "moved the file. Nothing was kept. Look at the corpus's home page."
        )
