"""Open a corpus by its name in the library or from files: read, map labels, flatten mentions, check."""

import os
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

from bioner_core.corpus.checks import check_corpus
from bioner_core.corpus.flatten import flatten
from bioner_core.corpus.jsonl import is_corpus_file, load_corpus
from bioner_core.corpus.labels import LabelMap, find_unused_labels, propose_label_map
from bioner_core.corpus.library import Library, propose_name, validate_name
from bioner_core.corpus.reading.bounds import format_names
from bioner_core.corpus.reading.detect import read_path
from bioner_core.corpus.reading.passages import Finding, Mention, Passage, Reading
from bioner_core.corpus.reading_record import ReadingRecord
from bioner_core.corpus.sentences import Corpus
from bioner_core.errors import BionerError

_NO_LABELS: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, kw_only=True)
class OpenedCorpus:
    """A corpus, what was read for it, and the findings on it."""

    corpus: Corpus
    reading: Reading | None  # None for a corpus file of this program
    findings: tuple[Finding, ...]
    label_map: LabelMap
    n_read: Counter[str]  # mentions in the file, by entity type
    n_placed: Counter[str]  # flat spans, by entity type

    @property
    def record(self) -> ReadingRecord:
        """Return what the library keeps of the reading."""
        unplaced = self.reading.unplaced if self.reading else ()
        return ReadingRecord(findings=self.findings, unplaced=unplaced)


def open_corpus(
    argument: str | Path,
    *,
    label_map: Mapping[str, str] = _NO_LABELS,
    documents: str | None = None,
    column: str | None = None,
    name: str | None = None,
    language: str | None = None,
    domain: str | None = None,
) -> OpenedCorpus:
    """Open a corpus by its name in the library, or read a file, zip or folder.

    :param argument: a name in the library has precedence over a path; "./x" is always a path.
    :param label_map: raw label → type, with precedence over the defaults; "" drops a label.
    :param documents: the column or field that names the document of a row.
    :param column: the column or field of the annotations, where several hold some.
    :param name: of the corpus; where None, from the file or its name. So are language and domain.
    :raises BionerError: there is no such file or corpus, it cannot be read, or it has no entities.
    """
    if not str(argument).strip():
        raise BionerError("the name of a corpus is empty. Name a file, a folder or a corpus.")
    library = Library()
    path = Path(argument)
    if isinstance(argument, str) and argument in library.names():
        corpus = library.load(argument)
    elif not os.path.exists(path):  # Path.exists raises if a name is too long
        available = ", ".join(library.names()) or "nothing yet"
        raise BionerError(f"{argument}: no such file or folder, nor corpus of the library ({available}).")
    elif path.is_file() and is_corpus_file(path):
        corpus = load_corpus(path)
    else:
        reading = read_path(path, documents=documents, column=column)
        return open_reading(
            reading, label_map=label_map, where=str(argument), name=name, language=language, domain=domain
        )
    corpus = replace(
        corpus,
        name=corpus.name if name is None else validate_name(name),
        language=corpus.language if language is None else language,
        domain=corpus.domain if domain is None else domain,
    )
    return _open_stored_corpus(corpus, label_map)


def open_reading(
    reading: Reading,
    *,
    label_map: Mapping[str, str] = _NO_LABELS,
    where: str = "",
    name: str | None = None,
    language: str | None = None,
    domain: str | None = None,
) -> OpenedCorpus:
    """Map labels, flatten mentions and check the corpus of a reading, such as that of uploaded files.

    :param where: its name in messages; that of the reading where empty.
    :raises BionerError: no entity is left.
    """
    labels = propose_label_map(reading.labels, extra=label_map)
    name = propose_name(reading.name) if name is None else validate_name(name)
    flat = flatten(reading, labels, name=name, language=language, domain=domain)
    findings = [*reading.findings, *flat.findings]
    if not flat.n_placed:
        counts = format_names((f"{label} ({count})" for label, count in reading.labels.items()), length=400)
        first = f" First finding: {findings[0].where}: {findings[0].message}" if findings else ""
        raise BionerError(
            f"{where or reading.name}: no entities. Read as {reading.format}: {len(flat.corpus.sentences)} "
            f"sentences, labels: {counts or 'none'}.{first}"
        )
    for raw in find_unused_labels(reading.labels, label_map):
        available = ", ".join(reading.labels)
        message = f"--map {raw}={label_map[raw]}: no mention has this label. Available: {available}."
        findings.append(Finding(level="warning", where=name, message=message))
    return OpenedCorpus(
        corpus=flat.corpus,
        reading=reading,
        findings=(*findings, *check_corpus(flat.corpus)),
        label_map=labels,
        n_read=flat.n_read,
        n_placed=flat.n_placed,
    )


def read_annotations(path: Path, *, documents: str | None = None, column: str | None = None) -> Reading:
    """Read what another system annotated: a file, zip or folder of any format that is read.

    :raises BionerError: there is no such file, it cannot be read, or it has no mention.
    """
    if not os.path.exists(path):  # Path.exists raises if a name is too long
        raise BionerError(f"{path}: no such file or folder.")
    if path.is_file() and is_corpus_file(path):
        return convert_to_reading(load_corpus(path))
    return read_path(path, documents=documents, column=column)


def convert_to_reading(corpus: Corpus) -> Reading:
    """Return a corpus in the form in which readers return files: each entity type is a label."""
    passages = (
        Passage(
            document=sentence.document,
            tokens=sentence.tokens,
            mentions=tuple(Mention(span.label, ((span.start, span.end),)) for span in sentence.spans),
            part=sentence.part,
        )
        for sentence in corpus.sentences
    )
    return Reading(
        name=corpus.name,
        format="library",
        passages=tuple(passages),
        language=corpus.language,
        domain=corpus.domain,
        licence=corpus.licence,
        is_synthetic=corpus.is_synthetic,
        agreement_f1=corpus.agreement_f1,
    )


def _open_stored_corpus(corpus: Corpus, label_map: Mapping[str, str]) -> OpenedCorpus:
    """Open a corpus whose labels are mapped already; map its types again if ``label_map`` is not empty."""
    if label_map:
        opened = open_reading(convert_to_reading(corpus), label_map=label_map, name=corpus.name)
        remapped = replace(
            opened.corpus,
            home=corpus.home,
            citation=corpus.citation,
            tokenizer_version=corpus.tokenizer_version,
        )
        return replace(opened, corpus=remapped)
    return OpenedCorpus(
        corpus=corpus,
        reading=None,
        findings=check_corpus(corpus),
        label_map=LabelMap({entity: entity for entity in corpus.types}),
        n_read=corpus.mentions,
        n_placed=corpus.mentions,
    )
