"""Find the format of files by their content, and read them as one corpus."""

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
    datasets,
    doccano,
    gate_xml,
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
from bioner_core.corpus.reading.bounds import open_path, open_uploads, printable
from bioner_core.corpus.reading.encoding import decode
from bioner_core.corpus.reading.findings import Findings
from bioner_core.corpus.reading.passages import Finding, NothingPlacedError, Reading
from bioner_core.errors import BionerError

_MANY_UNPLACED = 0.05  # share of mentions without a valid place that the first finding says


class Format(Protocol):
    """A reader: one file of this folder, and one line in ``FORMATS``."""

    NAME: str  # as people call it

    def claims(self, files: Mapping[str, str]) -> set[str]:
        """Return the names of the files that are this format's, judged by content."""

    def read(self, files: Mapping[str, str], *, name: str, documents: str | None) -> Reading:
        """Read the claimed files as one corpus."""


class ByteFormat(Protocol):
    """A reader of files that are no text: one line in ``BYTE_FORMATS``."""

    NAME: str  # as people call it

    def claims_bytes(self, files: Mapping[str, bytes]) -> set[str]:
        """Return the names of the files that are this format's, judged by content; cheap."""

    def read_bytes(self, files: Mapping[str, bytes], *, name: str, documents: str | None) -> Reading:
        """Read the claimed files as one corpus."""


BYTE_FORMATS: tuple[ByteFormat, ...] = (workbooks, datasets, spacy_docbin)  # asked first; never decoded
FORMATS: tuple[Format, ...] = (  # the first that claims a file reads all that it claims
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
NAMES = (*(form.NAME for form in FORMATS), *(form.NAME for form in BYTE_FORMATS))


def read(path: Path, *, documents: str | None = None) -> Reading:
    """Read a corpus from a file, a zip or a folder.

    :param documents: the column or field that names documents, where the format has no usual one
    :raises BionerError: where nothing can be read, a record is broken, or there are no entities
    """
    files = open_path(path)
    where = path.resolve().name
    name = where if path.is_dir() else path.stem
    return _read(files, where=printable(where), name=name, documents=documents)


def read_files(files: Mapping[str, bytes], *, name: str, documents: str | None = None) -> Reading:
    """Read uploaded files as one corpus; zips among them are unpacked."""
    return _read(open_uploads(files), where=printable(name), name=name, documents=documents)


def _read(files: Mapping[str, bytes], *, where: str, name: str, documents: str | None) -> Reading:
    findings = Findings()
    if not any(content.strip() for content in files.values()):
        what = "is empty" if files else "holds nothing to read"
        raise BionerError(f"{where}: {what}. {_formats()}")
    reading = _read_bytes(files, findings, name=name, documents=documents)
    if reading is None:
        reading = _read_texts(decode(files, findings), findings, where=where, name=name, documents=documents)
    if not reading.labels:
        raise NothingPlacedError(_no_entities(reading, where), reading.unplaced, reading.n_unplaced)
    return replace(
        reading,
        name=_allowed_name(reading.name),
        findings=(*_many_unplaced(reading, where), *reading.findings, *findings.listed()),
    )


def _read_bytes(
    files: Mapping[str, bytes], findings: Findings, *, name: str, documents: str | None
) -> Reading | None:
    """Read what the first format of bytes claims; None where none does."""
    for form in BYTE_FORMATS:
        if mine := form.claims_bytes(files):
            _note_others(files.keys() - mine, form.NAME, findings)
            own = {file: content for file, content in files.items() if file in mine}
            return form.read_bytes(own, name=name, documents=documents)
    return None


def _read_texts(
    texts: Mapping[str, str], findings: Findings, *, where: str, name: str, documents: str | None
) -> Reading:
    """Read what the first format of text claims."""
    for form in FORMATS:
        if mine := form.claims(texts):
            _note_others(texts.keys() - mine, form.NAME, findings)
            own = {file: text for file, text in texts.items() if file in mine}
            return form.read(own, name=name, documents=documents)
    raise BionerError(
        f"{where}: in no format that is known. {_shape(texts)} {_formats()}{_first(findings.listed())}"
    )


def _note_others(others: set[str], form: str, findings: Findings) -> None:
    for other in sorted(others):
        findings.add("note", other, f"not read: no part of the {form} corpus beside it.")


def _many_unplaced(reading: Reading, where: str) -> tuple[Finding, ...]:
    """Return what to know before all else, where too much is left out."""
    n, n_all = reading.n_unplaced, reading.n_unplaced + reading.labels.total()
    if n <= _MANY_UNPLACED * n_all:
        return ()
    message = (
        f"{n:,} of {n_all:,} mentions ({n / n_all:.0%}) have no valid place in the text and are left "
        "out. Check that texts and annotations are of the same version."
    )
    return (Finding(level="warning", where=where, message=message),)


def _allowed_name(name: str) -> str:
    """Return a name of letters, digits, ``.``, ``_``, ``-`` and blanks."""
    return re.sub(r"[^\w. -]+", "_", name)[:80].strip(" .") or "corpus"


def _formats() -> str:
    return f"Known are {', '.join(NAMES)}; see docs/formats.md for how each looks."


def _shape(texts: Mapping[str, str]) -> str:
    """Say how the first file looks, in numbers."""
    if len(texts) > 1:
        return f"Looked at {len(texts):,} files."
    first = next(iter(texts.values())).lstrip()[:10_000].partition("\n")[0]
    n = len(re.split(r"[\t ,;|]+", first.strip()))
    return f"Its first line has {n:,} column{'s' * (n != 1)}, none of them tags."


def _no_entities(reading: Reading, where: str) -> str:
    why = _first(each for each in reading.findings if each.level == "warning")
    return f"{where}: no entities in {len(reading.passages):,} texts or sentences ({reading.format}).{why}"


def _first(findings: Iterable[Finding]) -> str:
    return next((f" {each.where}: {each.message}" for each in findings), "")
