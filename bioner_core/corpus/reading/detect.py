"""Detect the format of files by their content and read them as one corpus.

The first format that claims any file reads the files that it claims; the others are reported as not read.
Byte formats go first. To add a format, write a module with the names of ``Format``, import it here and list
it in ``FORMATS``; the docstring of ``bioner_core.corpus.reading`` shows a complete example.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from bioner_core.corpus.reading import (
    argilla,
    bioc,
    brat,
    conll,
    doccano,
    gate_xml,
    huggingface_datasets,
    i2b2,
    jsonl_records,
    label_studio,
    list_tables,
    prodigy,
    pubtator,
    spacy_docbin,
    span_tables,
    uima_xmi,
    webanno_tsv,
    workbooks,
)
from bioner_core.corpus.reading.bounds import escape_name, open_path, open_uploads
from bioner_core.corpus.reading.encoding import decode_files
from bioner_core.corpus.reading.findings import Findings
from bioner_core.corpus.reading.passages import Finding, NothingPlacedError, Reading
from bioner_core.errors import BionerError

_MAX_UNPLACED_SHARE = 0.05  # of mentions without a valid place; above it, the first finding is a warning


class Format(Protocol):
    """A reader of text files: a module of this package, listed in ``FORMATS``."""

    NAME: str  # as users call it

    def claim(self, files: Mapping[str, str]) -> set[str]:
        """Return the names of the files in this format, by content.

        :param files: decoded text by relative file name
        """

    def read(self, files: Mapping[str, str], *, name: str, documents: str | None) -> Reading:
        """Read the claimed files as one corpus.

        :param name: proposed name of the corpus
        :param documents: column or field that names documents (``--documents``)
        :raises BionerError: with file and line, if the files cannot be read
        """


class ByteFormat(Protocol):
    """A reader of binary files: a module of this package, listed in ``BYTE_FORMATS``."""

    NAME: str  # as users call it

    def claim_bytes(self, files: Mapping[str, bytes]) -> set[str]:
        """Return the names of the files in this format, by content; must be fast."""

    def read_bytes(self, files: Mapping[str, bytes], *, name: str, documents: str | None) -> Reading:
        """Read the claimed files as one corpus."""


BYTE_FORMATS: tuple[ByteFormat, ...] = (workbooks, huggingface_datasets, spacy_docbin)  # tried before FORMATS
FORMATS: tuple[Format, ...] = (  # in order of precedence: general formats last
    brat,
    pubtator,
    i2b2,
    webanno_tsv,
    uima_xmi,
    bioc,
    gate_xml,
    label_studio,
    argilla,
    prodigy,
    doccano,
    span_tables,
    list_tables,
    jsonl_records,
    conll,
)
NAMES = (*(reader.NAME for reader in FORMATS), *(reader.NAME for reader in BYTE_FORMATS))


def read_path(path: Path, *, documents: str | None = None) -> Reading:
    """Read a corpus from a file, a zip or a folder.

    :param documents: the column or field that names documents, if not a usual one
    :raises BionerError: if nothing can be read, a record is malformed, or there are no entities
    """
    files = open_path(path)
    where = path.resolve().name
    name = where if path.is_dir() else path.stem
    return _read_contents(files, where=escape_name(where), name=name, documents=documents)


def read_files(files: Mapping[str, bytes], *, name: str, documents: str | None = None) -> Reading:
    """Read uploaded files as one corpus; zip archives are unpacked."""
    return _read_contents(open_uploads(files), where=escape_name(name), name=name, documents=documents)


def _read_contents(files: Mapping[str, bytes], *, where: str, name: str, documents: str | None) -> Reading:
    findings = Findings()
    if not any(content.strip() for content in files.values()):
        reason = "is empty" if files else "holds nothing to read"
        raise BionerError(f"{where}: {reason}. {_list_formats()}")
    reading = _read_bytes(files, findings, name=name, documents=documents)
    if reading is None:
        texts = decode_files(files, findings)
        reading = _read_texts(texts, findings, where=where, name=name, documents=documents)
    if not reading.labels:
        raise NothingPlacedError(_explain_no_entities(reading, where), reading.unplaced, reading.n_unplaced)
    return replace(
        reading,
        name=_clean_name(reading.name),
        findings=(*_warn_of_unplaced(reading, where), *reading.findings, *findings.list_findings()),
    )


def _read_bytes(
    files: Mapping[str, bytes], findings: Findings, *, name: str, documents: str | None
) -> Reading | None:
    """Read the files that the first matching byte format claims; None if there is none."""
    for reader in BYTE_FORMATS:
        if claimed := reader.claim_bytes(files):
            _report_unread(files.keys() - claimed, reader.NAME, findings)
            claimed_files = {file: content for file, content in files.items() if file in claimed}
            return reader.read_bytes(claimed_files, name=name, documents=documents)
    return None


def _read_texts(
    texts: Mapping[str, str], findings: Findings, *, where: str, name: str, documents: str | None
) -> Reading:
    """Read the files that the first matching text format claims."""
    for reader in FORMATS:
        if claimed := reader.claim(texts):
            _report_unread(texts.keys() - claimed, reader.NAME, findings)
            claimed_files = {file: text for file, text in texts.items() if file in claimed}
            return reader.read(claimed_files, name=name, documents=documents)
    reason = f"its format is not recognised. {_describe_shape(texts)} {_list_formats()}"
    raise BionerError(f"{where}: {reason}{_format_first(findings.list_findings())}")


def _report_unread(files: set[str], format_name: str, findings: Findings) -> None:
    for file in sorted(files):
        findings.add("note", file, f"not read: not part of the {format_name} corpus beside it.")


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
    return f"Supported formats: {', '.join(NAMES)}; see docs/formats.md for examples."


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
