"""What was downloaded into the library: from which entry of the list, and the files' first digests."""

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from filelock import FileLock

from bioner_core.corpus.fetching.contents import digest_of_contents, git_name
from bioner_core.corpus.fetching.registry import PublicCorpus, Source
from bioner_core.errors import BionerError
from bioner_core.files import private_folder, why_unwritable, write_whole

_FILE = ".fetched.json"  # in the library's folder; hidden, so no corpus
NOT_VERIFIED = "digest recorded at the first download, not verified by us"


@dataclass(frozen=True, kw_only=True)
class Fetched:
    """A corpus of the library that was downloaded."""

    public: str  # its name on the list
    digest: str  # of the corpus as it was read then
    at: str  # UTC, ISO 8601
    is_known: bool  # all files were compared with digests on record
    counts: str  # how its counts compare with the published ones, in one line


class Ledger:
    """The record of downloads beside the library's corpora."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / _FILE

    def check(self, source: Source, content: bytes, files: dict[str, bytes], *, accept: bool) -> str:
        """Compare a download with the digest on record, or with that of the first download; return its own.

        :param accept: take a file that is another one than at the first download.
        :raises BionerError: it is another file.
        """
        if source.git:
            return _same(source, source.git, git_name(content))
        if source.sha256:
            return _same(source, source.sha256, hashlib.sha256(content).hexdigest())
        digest = digest_of_contents(files)
        if source.contents:
            return _same(source, source.contents, digest)
        first = self._read()["files"].get(source.url)
        if first and first["digest"] != digest and not accept:
            raise BionerError(
                f"{source.file}: is not the file that was downloaded on {first['at'][:10]} (digest "
                f"{digest[:12]}…, then {first['digest'][:12]}…). Nothing was kept. If its home page tells of "
                "a new version, take it by --accept-changed."
            )
        return digest

    def note(self, corpus: PublicCorpus, name: str, digests: dict[str, str], fetched: Fetched) -> None:
        """Record a download: digests of files that have none on record, and the corpus.

        :raises BionerError: the record is damaged, or cannot be written.
        """
        own = {source.url for source in corpus.files if not source.is_known}
        try:
            private_folder(self.path.parent)
            # downloads of other corpora, in other processes, may end at the same moment
            with FileLock(self.path.with_name(f"{_FILE}.lock")):
                record = self._read()
                for url in own & digests.keys():
                    if record["files"].get(url, {}).get("digest") != digests[url]:
                        record["files"][url] = {"digest": digests[url], "at": fetched.at}
                record["corpora"][name] = asdict(fetched)
                write_whole(self.path, json.dumps(record, ensure_ascii=False, indent=1))
        except OSError as error:
            raise BionerError(why_unwritable(self.path, error)) from error

    def fetched(self, name: str, digest: str) -> Fetched | None:
        """Return how this very corpus came here; None where it did not come by a download."""
        try:
            found = Fetched(**self._read()["corpora"][name])
        except (KeyError, TypeError):
            return None
        return found if found.digest == digest else None

    def _read(self) -> dict[str, dict[str, Any]]:
        try:
            record = json.loads(self.path.read_bytes())
            return {"files": dict(record["files"]), "corpora": dict(record["corpora"])}
        except FileNotFoundError:
            return {"files": {}, "corpora": {}}
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise BionerError(
                f"{self.path}: the record of downloads cannot be read. Move it away; digests of first "
                "downloads are then recorded anew."
            ) from error


def now() -> str:
    """Return the time in UTC, to the second, as ISO 8601."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def _same(source: Source, expected: str, found: str) -> str:
    if found != expected:
        raise BionerError(
            f"{source.file}: is not the file on the list (digest {found[:12]}…, expected {expected[:12]}…). "
            "It was cut, changed on the way, or replaced at its home. Nothing was kept."
        )
    return found
