"""What was noticed when the files of a library corpus were read, kept beside the corpus."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from bioner_core.corpus.reading.passages import Finding, UnplacedMention
from bioner_core.files import create_private_folder, write_atomically

_FOLDER = ".findings"  # inside the folder of the library, which lists no hidden names


@dataclass(frozen=True, kw_only=True)
class ReadingRecord:
    """The findings on a corpus's files, and the mentions that were left out; no text of the corpus."""

    findings: Sequence[Finding] = ()
    unplaced: Sequence[UnplacedMention] = ()


NO_RECORD = ReadingRecord()


def save_record(library: Path, name: str, digest: str, record: ReadingRecord) -> None:
    """Keep a record for the corpus of this digest, without doubts: these are found in the corpus itself.

    :raises OSError: it cannot be written.
    """
    findings = [asdict(finding) for finding in record.findings if not finding.is_doubt]
    content = {"digest": digest, "findings": findings, "unplaced": [asdict(m) for m in record.unplaced]}
    create_private_folder(library / _FOLDER)
    write_atomically(_locate(library, name), json.dumps(content, ensure_ascii=False))


def load_record(library: Path, name: str, digest: str) -> ReadingRecord:
    """Return the record of a corpus; an empty one where none fits it."""
    try:
        content = json.loads(_locate(library, name).read_text(encoding="utf-8"))
        if content["digest"] != digest:
            return NO_RECORD
        return ReadingRecord(
            findings=tuple(Finding(**finding) for finding in content["findings"]),
            unplaced=tuple(UnplacedMention(**mention) for mention in content["unplaced"]),
        )
    except (OSError, ValueError, TypeError, KeyError):
        return NO_RECORD


def delete_record(library: Path, name: str) -> None:
    """Delete the record of a corpus, if there is one. :raises OSError: it cannot be deleted."""
    _locate(library, name).unlink(missing_ok=True)


def _locate(library: Path, name: str) -> Path:
    return library / _FOLDER / f"{name}.json"
