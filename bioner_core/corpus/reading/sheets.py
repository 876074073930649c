"""Tables that are no text, of a workbook or a data set: of spans, texts, records, words and tags."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from bioner_core.corpus.reading import conll, list_tables
from bioner_core.corpus.reading.columns import find_layout
from bioner_core.corpus.reading.encoding import decode
from bioner_core.corpus.reading.findings import Findings
from bioner_core.corpus.reading.headings import Headings, find_headings, find_texts
from bioner_core.corpus.reading.passages import Reading
from bioner_core.corpus.reading.span_tables import documents_of, read_tables
from bioner_core.corpus.reading.tables import Table
from bioner_core.corpus.reading.texts_beside import Shelf, text_files


@dataclass(frozen=True)
class Sheets:
    """The tables of some files, by what they hold."""

    spans: list[tuple[Table, Headings]] = field(default_factory=list)
    texts: list[tuple[Table, tuple[int, int]]] = field(default_factory=list)  # columns of document and text
    records: list[Table] = field(default_factory=list)  # of texts, too, where a column names documents
    words: list[Table] = field(default_factory=list)

    def add(self, others: "Sheets") -> None:
        """Take over the tables of another file."""
        self.spans.extend(others.spans)
        self.texts.extend(others.texts)
        self.records.extend(others.records)
        self.words.extend(others.words)

    @property
    def are_corpus(self) -> bool:
        """Tell whether there are mentions among them."""
        return bool(self.spans or self.records or self.words)


def sorted_out(tables: Iterable[Table]) -> Sheets:
    """Return what each table holds; a table that holds nothing of a corpus is left out."""
    found = Sheets()
    for table in tables:
        if headings := find_headings(table.header, table.sample):
            found.spans.append((table, headings))
            continue
        columns = find_texts(table.header, table.sample)
        if columns:
            found.texts.append((table, columns))
        if list_tables.holds_lists(table):
            found.records.append(table)
        elif not columns and _has_words(table):
            found.words.append(table)
    return found


def claimed_texts(sheets: Sheets, files: Iterable[str]) -> set[str]:
    """Return the files beside the tables that hold the texts of their documents."""
    return text_files(documents_of(sheets.spans), set(files))


def read_sheets(
    sheets: Sheets, files: Mapping[str, bytes], *, name: str, documents: str | None, form: str
) -> Reading:
    """Read the tables of spans; where there are none, those of records, then those of words and tags.

    :param files: those that hold texts, as bytes.
    """
    if not sheets.spans and not sheets.records:
        return _read_words(sheets.words, name=name, documents=documents, form=form)
    findings = Findings()
    read = "spans" if sheets.spans else "records"
    for table in sheets.words:
        findings.add("note", table.name, f"not read: words and tags beside tables of {read}. Give it alone.")
    if not sheets.spans:
        reading = list_tables.read_tables(sheets.records, name=name, documents=documents, form=form)
        return replace(reading, findings=(*reading.findings, *findings.listed()))
    for table in sheets.records:
        findings.add("note", table.name, "its lists are not read: it stands beside tables of spans.")
    shelf = Shelf()
    shelf.add_files(dict(decode(files, findings)) if files else {})
    for table, (document, text) in sheets.texts:
        shelf.add_table(table, ((where, row[document], row[text]) for where, row in table.rows()))
    tables = [table for table, _ in sheets.spans]
    reading = read_tables(tables, shelf, name=name, documents=documents, form=form)
    return replace(reading, findings=(*reading.findings, *findings.listed()))


def _has_words(table: Table) -> bool:
    return find_layout(_lines(table, table.sample())) is not None


def _read_words(tables: Sequence[Table], *, name: str, documents: str | None, form: str) -> Reading:
    texts = {table.name: _lines(table, (cells for _, cells in table.rows())) for table in tables}
    return replace(conll.read(texts, name=name, documents=documents), format=form)


def _lines(table: Table, rows: Iterable[Sequence[str]]) -> str:
    """Return a table of words and tags as lines of tabs."""
    lines = ["\t".join(map(_one_line, cells)) for cells in rows]
    return "\n".join(["\t".join(map(_one_line, table.header)), *lines, ""])


def _one_line(cell: str) -> str:
    return re.sub(r"[\t\r\n]+", " ", cell)
