"""Detect the format of files by their content and read them as one corpus.

Each format claims the files that it explains. Of the formats that explain much, the most specific one reads
its files; the others are reported as not read. ``formats`` lists the formats.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import NoReturn, TypeVar

from bioner_core.corpus.reading.annotator_folders import select_annotator
from bioner_core.corpus.reading.bounds import escape_name, open_path, open_uploads
from bioner_core.corpus.reading.encoding import decode_files
from bioner_core.corpus.reading.findings import Findings
from bioner_core.corpus.reading.formats import (
    BYTE_FORMATS,
    COLUMN_FORMATS,
    FORMATS,
    NAMES,
    ByteFormat,
    Format,
)
from bioner_core.corpus.reading.json_values import forget_first_values
from bioner_core.corpus.reading.passages import Finding, NothingPlacedError, Reading
from bioner_core.corpus.reading.unread_exports import explain_export, explain_texts
from bioner_core.errors import BionerError

__all__ = ["BYTE_FORMATS", "FORMATS", "NAMES", "read_files", "read_path"]

T = TypeVar("T")
_MIN_SHARE = 0.1  # of the characters that the best format explains; a format with less explains stray files
_MAX_PACKED = 20  # characters of text that a byte of a workbook or data set may hold
_MAX_UNPLACED_SHARE = 0.05  # of mentions without a valid place; above it, the first finding is a warning


def read_path(path: Path, *, documents: str | None = None, column: str | None = None) -> Reading:
    """Read a corpus from a file, a zip or a folder.

    :param documents: the column or field that names documents, if not a usual one
    :param column: the column or field of the annotations, where several hold some
    :raises BionerError: if nothing can be read, a record is malformed, or there are no entities
    """
    files = open_path(path)
    where = path.resolve().name
    name = where if path.is_dir() else path.stem
    return _Detection(files, escape_name(where)).read(name=name, documents=documents, column=column)


def read_files(
    files: Mapping[str, bytes], *, name: str, documents: str | None = None, column: str | None = None
) -> Reading:
    """Read uploaded files as one corpus; archives are unpacked. The parameters are those of ``read_path``."""
    detection = _Detection(open_uploads(files), escape_name(name))
    return detection.read(name=name, documents=documents, column=column)


class _Detection:
    """Finds the format of some files and reads them."""

    def __init__(self, files: Mapping[str, bytes], where: str) -> None:
        self.files = files
        self.where = where
        self.findings = Findings()

    def read(self, *, name: str, documents: str | None, column: str | None) -> Reading:
        """Return the corpus, with the findings on its files first."""
        if not any(content.strip() for content in self.files.values()):
            reason = "is empty" if self.files else "holds nothing to read"
            raise BionerError(f"{self.where}: {reason}. {_list_formats()}")
        reading = self._read_bytes(name=name, documents=documents, column=column)
        if reading is None:
            reading = self._read_texts(name=name, documents=documents, column=column)
        reading = select_annotator(reading, where=self.where)
        if not reading.labels:
            message = _explain_no_entities(reading, self.where)
            raise NothingPlacedError(message, reading.unplaced, reading.n_unplaced)
        return replace(
            reading,
            name=_clean_name(reading.name),
            findings=(
                *_warn_of_unplaced(reading, self.where),
                *reading.findings,
                *self.findings.list_findings(),
            ),
        )

    def _read_bytes(self, *, name: str, documents: str | None, column: str | None) -> Reading | None:
        """Read the files that the first matching byte format claims; None if texts explain more."""
        for reader in BYTE_FORMATS:
            claimed = reader.claim_bytes(self.files)
            others = self.files.keys() - claimed
            size = _MAX_PACKED * sum(len(self.files[file]) for file in claimed)
            if not claimed or self._is_stray(size, others):
                continue
            self._start(reader, others, column)
            options = {} if column is None else {"column": column}
            files = _select(self.files, claimed)
            return reader.read_bytes(files, name=name, documents=documents, **options)
        return None

    def _is_stray(self, size: int, others: set[str]) -> bool:
        """Tell whether the other files hold a corpus that is much larger than ``size`` characters."""
        if sum(len(self.files[file]) for file in others) * _MIN_SHARE <= size:
            return False
        try:
            texts = decode_files(_select(self.files, others), Findings())
        except BionerError:
            return False
        return any(n * _MIN_SHARE > size for _, _, n in _list_claims(texts))

    def _read_texts(self, *, name: str, documents: str | None, column: str | None) -> Reading:
        """Read the files of the text format that explains them best."""
        try:
            texts = decode_files(self.files, self.findings)
        except BionerError as error:
            if reason := explain_export(self.files):
                raise BionerError(f"{self.where}: {reason}") from error
            raise
        claims = _list_claims(texts)
        forget_first_values()
        if not claims:
            self._refuse(texts)
        most = max(n for _, _, n in claims)
        reader, claimed, _ = next(claim for claim in claims if claim[2] >= _MIN_SHARE * most)
        self._start(reader, texts.keys() - claimed, column)
        options = {} if column is None else {"column": column}
        return reader.read(_select(texts, claimed), name=name, documents=documents, **options)

    def _start(self, reader: Format | ByteFormat, unread: set[str], column: str | None) -> None:
        """Report the files that ``reader`` does not read; refuse a column where it has none to choose."""
        if column is not None and reader not in COLUMN_FORMATS:
            reason = f"{reader.NAME} has one place for annotations, so --column {column} has no meaning."
            raise BionerError(f"{self.where}: {reason}")
        for file in sorted(unread):
            message = f"not read: not part of the {reader.NAME} corpus beside it."
            self.findings.add("note", file, message)

    def _refuse(self, texts: Mapping[str, str]) -> NoReturn:
        if reason := explain_export(self.files) or explain_texts(texts):
            raise BionerError(f"{self.where}: {reason}")
        reason = f"its format is not recognised. {_describe_shape(texts)} {_list_formats()}"
        raise BionerError(f"{self.where}: {reason}{_format_first(self.findings.list_findings())}")


def _list_claims(texts: Mapping[str, str]) -> list[tuple[Format, set[str], int]]:
    """Return the formats that claim files, in order of precedence, with the files and their characters.

    A format that claims nearly everything ends the search.
    """
    n_all = sum(map(len, texts.values()))
    claims = []
    for reader in FORMATS:
        if claimed := reader.claim(texts):
            n = sum(len(texts[file]) for file in claimed)
            claims.append((reader, claimed, n))
            if n >= (1 - _MIN_SHARE) * n_all:
                break
    return claims


def _select(files: Mapping[str, T], names: Iterable[str]) -> dict[str, T]:
    """Return some of the files, in their order."""
    names = set(names)
    return {file: content for file, content in files.items() if file in names}


def _warn_of_unplaced(reading: Reading, where: str) -> tuple[Finding, ...]:
    """Return a warning if too many mentions are left out."""
    n, n_all = reading.n_unplaced, reading.n_unplaced + reading.labels.total()
    if n <= _MAX_UNPLACED_SHARE * n_all:
        return ()
    message = (
        f"{n:,} of {n_all:,} mentions ({n / n_all:.0%}) have no valid place in the text and are left "
        "out. Check that texts and annotations are of the same version."
    )
    return (Finding(level="warning", where=where, message=message),)


def _clean_name(name: str) -> str:
    """Reduce a name to letters, digits, ``.``, ``_``, ``-`` and spaces."""
    return re.sub(r"[^\w. -]+", "_", name)[:80].strip(" .") or "corpus"


def _list_formats() -> str:
    return f"{len(NAMES)} formats are read; docs/formats.md shows an example of each."


def _describe_shape(texts: Mapping[str, str]) -> str:
    """Describe the files by their number, or the first line by its columns; no text."""
    if len(texts) > 1:
        return f"Looked at {len(texts):,} files."
    first = next(iter(texts.values())).lstrip()[:10_000].partition("\n")[0]
    n = len(re.split(r"[\t ,;|]+", first.strip()))
    return f"Its first line has {n:,} column{'s' * (n != 1)}, none of them tags."


def _explain_no_entities(reading: Reading, where: str) -> str:
    reason = _format_first(finding for finding in reading.findings if finding.level == "warning")
    return f"{where}: no entities in {len(reading.passages):,} texts or sentences ({reading.format}).{reason}"


def _format_first(findings: Iterable[Finding]) -> str:
    return next((f" {finding.where}: {finding.message}" for finding in findings), "")
