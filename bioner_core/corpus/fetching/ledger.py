"""The record of downloads: which corpora of the library were downloaded, and the digests of their files."""

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock

from bioner_core.corpus.fetching.contents import compute_contents_digest, compute_git_hash
from bioner_core.corpus.fetching.registry import PublicCorpus, RemoteFile
from bioner_core.errors import BionerError
from bioner_core.files import create_private_folder, explain_write_error, write_atomically

_FILE = ".fetched.json"  # in the folder of the library; hidden, so it is no corpus
NOT_VERIFIED = "digest recorded at the first download, not verified by us"


@dataclass(frozen=True, kw_only=True)
class DownloadRecord:
    """The download of a corpus of the library."""

    public: str  # its name on the list
    digest: str  # of the corpus as it was read
    at: str  # UTC, ISO 8601
    is_verified: bool  # all files had digests on the list; the key in the file is "is_known"
    counts: str  # how its counts compare with the published ones, in one line


class Ledger:
    """The file with the downloads of a library."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / _FILE

    def check(self, remote: RemoteFile, content: bytes, files: dict[str, bytes], *, accept: bool) -> str:
        """Compare a file with its digest on the list, or of its first download; return its digest.

        :param accept: accept a file that differs from that of the first download.
        :raises BionerError: it is a different file.
        """
        if remote.git:
            return _check_digest(remote, remote.git, compute_git_hash(content))
        if remote.sha256:
            return _check_digest(remote, remote.sha256, hashlib.sha256(content).hexdigest())
        digest = compute_contents_digest(files)
        if remote.contents:
            return _check_digest(remote, remote.contents, digest)
        first = self._read()["files"].get(remote.url)
        if first and first["digest"] != digest and not accept:
            raise BionerError(
                f"{remote.file}: is not the same file as on {first['at'][:10]} (digest "
                f"{digest[:12]}…, then {first['digest'][:12]}…). Nothing was kept. If its home page "
                "announces a new version, accept it with --accept-changed."
            )
        return digest

    def record_download(
        self, corpus: PublicCorpus, name: str, digests: dict[str, str], entry: DownloadRecord
    ) -> None:
        """Record a download: the corpus, and the digests of files without one on the list.

        :raises BionerError: the record is damaged, or cannot be written.
        """
        unlisted_urls = {remote.url for remote in corpus.files if not remote.has_digest}
        try:
            create_private_folder(self.path.parent)
            # other processes may record their downloads at the same time
            with FileLock(self.path.with_name(f"{_FILE}.lock")):
                record = self._read()
                for url in unlisted_urls & digests.keys():
                    if record["files"].get(url, {}).get("digest") != digests[url]:
                        record["files"][url] = {"digest": digests[url], "at": entry.at}
                record["corpora"][name] = _build_entry(entry)
                write_atomically(self.path, json.dumps(record, ensure_ascii=False, indent=1))
        except OSError as error:
            raise BionerError(explain_write_error(self.path, error)) from error

    def find_record(self, name: str, digest: str) -> DownloadRecord | None:
        """Return the download of the corpus with this digest; None where it was not downloaded."""
        try:
            entry = dict(self._read()["corpora"][name])
            record = DownloadRecord(is_verified=entry.pop("is_known"), **entry)
        except (KeyError, TypeError, ValueError):
            return None
        return record if record.digest == digest else None

    def _read(self) -> dict[str, dict[str, Any]]:
        try:
            record = json.loads(self.path.read_bytes())
            return {"files": dict(record["files"]), "corpora": dict(record["corpora"])}
        except FileNotFoundError:
            return {"files": {}, "corpora": {}}
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise BionerError(
                f"{self.path}: the record of downloads cannot be read. Move it away; the digests of first "
                "downloads are then recorded anew."
            ) from error


def _build_entry(record: DownloadRecord) -> dict[str, object]:
    """Return the JSON object of a download."""
    entry = asdict(record)
    return {("is_known" if name == "is_verified" else name): value for name, value in entry.items()}


def _check_digest(remote: RemoteFile, expected: str, actual: str) -> str:
    """Return the digest of a file. :raises BionerError: it is not the expected one."""
    if actual != expected:
        raise BionerError(
            f"{remote.file}: is not the file on the list (digest {actual[:12]}…, expected {expected[:12]}…). "
            "It was cut off, changed during the download, or replaced at its source. Nothing was kept."
        )
    return actual
