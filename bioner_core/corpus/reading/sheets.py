"""Read the tables of workbooks and data sets: tables of spans, texts, records, or words and tags."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from bioner_core.corpus.reading import conll, list_tables
from bioner_core.corpus.reading.columns import find_layout
from bioner_core.corpus.reading.companion_texts import TextIndex, find_text_files
from bioner_core.corpus.reading.encoding import decode_files
from bioner_core.corpus.reading.findings import Findings
from bioner_core.corpus.reading.headings import SpanColumns, find_span_columns, find_text_columns
from bioner_core.corpus.reading.passages import Reading
from bioner_core.corpus.reading.span_tables import list_documents, read_tables
from bioner_core.corpus.reading.tables import Table
from bioner_core.errors import BionerError


@dataclass(frozen=True)
class ClassifiedTables:
    """The tables of some files, sorted by what they hold."""

    spans: list[tuple[Table, SpanColumns]] = field(default_factory=list)
    texts: list[tuple[Table, tuple[int, int]]] = field(default_factory=list)  # columns of document and text
    records: list[Table] = field(default_factory=list)  # with lists in cells; may be in ``texts``, too
    words: list[Table] = field(default_factory=list)

    def add(self, others: "ClassifiedTables") -> None:
        """Add the tables of another file."""
        self.spans.extend(others.spans)
        self.texts.extend(others.texts)
        self.records.extend(others.records)
        self.words.extend(others.words)

    @property
    def has_mentions(self) -> bool:
        """Tell whether some table can hold mentions."""
        return bool(self.spans or self.records or self.words)


def classify_tables(tables: Iterable[Table]) -> ClassifiedTables:
    """Sort tables by what they hold; leave out those that hold nothing of a corpus."""
    classified = ClassifiedTables()
    for table in tables:
        if span_columns := find_span_columns(table.header, table.sample):
            classified.spans.append((table, span_columns))
            continue
        text_columns = find_text_columns(table.header, table.sample)
        if text_columns:
            classified.texts.append((table, text_columns))
        if list_tables.has_lists(table):
            classified.records.append(table)
        elif not text_columns and _has_words(table):
            classified.words.append(table)
    return classified


def find_claimed_texts(tables: ClassifiedTables, files: Iterable[str]) -> set[str]:
    """Return the files that hold the texts of the documents in the tables."""
    return find_text_files(list_documents(tables.spans), set(files))


def read_sheets(
    tables: ClassifiedTables,
    files: Mapping[str, bytes],
    *,
    name: str,
    documents: str | None,
    format_name: str,
    column: str | None = None,
) -> Reading:
    """Read the tables of spans; where there are none, those of records, then those of words and tags.

    :param files: the text files beside the tables
    :param column: the column of tags or entities, where several hold some
    """
    if not tables.spans and not tables.records:
        reading = conll.read(_format_tables(tables.words), name=name, documents=documents, column=column)
        return replace(reading, format=format_name)
    findings = Findings()
    kind = "spans" if tables.spans else "records"
    for table in tables.words:
        findings.add("note", table.name, f"not read: words and tags beside tables of {kind}. Give it alone.")
    if not tables.spans:
        reading = list_tables.read_tables(
            tables.records, name=name, documents=documents, format_name=format_name, column=column
        )
        return replace(reading, findings=(*reading.findings, *findings.list_findings()))
    if column is not None:
        reason = f"a table of spans has one label in each row, so --column {column} has no meaning."
        raise BionerError(f"{tables.spans[0][0].name}: {reason}")
    for table in tables.records:
        findings.add("note", table.name, "its lists are not read: it stands beside tables of spans.")
    text_index = TextIndex()
    text_index.add_files(dict(decode_files(files, findings)) if files else {})
    for table, (document, text) in tables.texts:
        text_index.add_table(table, ((where, row[document], row[text]) for where, row in table.rows()))
    span_tables = [table for table, _ in tables.spans]
    reading = read_tables(span_tables, text_index, name=name, documents=documents, format_name=format_name)
    return replace(reading, findings=(*reading.findings, *findings.list_findings()))


def _has_words(table: Table) -> bool:
    return find_layout(_format_lines(table, table.sample())) is not None


def _format_tables(tables: Sequence[Table]) -> dict[str, str]:
    """Return tables of words and tags as texts of tab-separated lines."""
    return {table.name: _format_lines(table, (cells for _, cells in table.rows())) for table in tables}


def _format_lines(table: Table, rows: Iterable[Sequence[str]]) -> str:
    """Return a table of words and tags as tab-separated lines."""
    lines = ["\t".join(map(_join_lines, cells)) for cells in rows]
    return "\n".join(["\t".join(map(_join_lines, table.header)), *lines, ""])


def _join_lines(cell: str) -> str:
    return re.sub(r"[\t\r\n]+", " ", cell)
