"""Tables of spans: one row per mention, with label and offsets; texts in a column, or in other files."""

from collections.abc import Iterable, Mapping, Sequence

from bioner_core.corpus.reading.companion_texts import TextIndex, TextRow, find_text_files
from bioner_core.corpus.reading.findings import Findings
from bioner_core.corpus.reading.headings import SpanColumns, find_span_columns, find_text_columns
from bioner_core.corpus.reading.passages import Passage, Reading
from bioner_core.corpus.reading.placement import infer_convention, place_mentions
from bioner_core.corpus.reading.span_rows import SEVERAL_TEXTS, RowReader
from bioner_core.corpus.reading.tables import Table, parse_tables
from bioner_core.errors import BionerError

NAME = "table of spans"
_FORM = (
    "Each row is a mention: document, label, offsets (spans such as 6-24, or start and end), and the text in "
    "a column or as DOCUMENT.txt."
)


def claim(files: Mapping[str, str]) -> set[str]:
    """Return the tables of spans, and the tables and files that hold their texts."""
    tables = {name: table for name, text in files.items() if (table := find_span_table(text, name))}
    if not tables:
        return set()
    other_files = files.keys() - tables.keys()
    texts = {name for name in other_files if _find_text_table(files[name], name)}
    documents = list_documents(tables.values())
    return tables.keys() | texts | find_text_files(documents, other_files - texts)


def read(files: Mapping[str, str], *, name: str, documents: str | None) -> Reading:
    """Read all tables of spans with their texts.

    :param documents: the heading, or number from 1, of the column that names documents
    :raises BionerError: where no text can be found, or --documents names no column
    """
    tables: list[Table] = []
    text_index = TextIndex()
    for file, text in files.items():
        if span_table := find_span_table(text, file):
            tables.append(span_table[0])
        elif text_table := _find_text_table(text, file):
            text_index.add_table(*text_table)
        else:
            text_index.add_files({file: text})
    return read_tables(tables, text_index, name=name, documents=documents, format_name=NAME)


def find_span_table(text: str, name: str) -> tuple[Table, SpanColumns] | None:
    """Return the table of spans in a file, and the meaning of its columns; None if there is none."""
    if text.lstrip()[:1] in ("{", "["):
        return None
    for table in parse_tables(text, name):
        try:
            columns = find_span_columns(table.header, table.sample)
        except BionerError:  # quotes that another separator would explain
            continue
        if columns:
            return table, columns
    return None


def read_tables(
    tables: Sequence[Table], text_index: TextIndex, *, name: str, documents: str | None, format_name: str
) -> Reading:
    """Read tables of spans, whatever kind of file they come from.

    :param text_index: texts that are not in a column of these tables
    :raises BionerError: where no row has a text, or several texts match and nothing tells them apart
    """
    findings = Findings()
    passages: list[Passage] = []
    for table in tables:
        columns = find_span_columns(table.header, table.sample, documents=documents, where=table.name)
        if columns is None:  # cannot be: find_span_table() found it
            raise BionerError(f"{table.name}: its columns are not found. {_FORM}")
        documents_read = RowReader(table, columns, text_index, findings).read()
        texts = [(document.text, document.raw_mentions) for document in documents_read]
        convention = infer_convention(texts, where=table.name, findings=findings)
        for document in documents_read:
            mentions = place_mentions(
                document.raw_mentions, document.text, convention=convention, findings=findings
            )
            passages.append(
                Passage(document=document.name, text=document.text, mentions=mentions, part=document.part)
            )
    if not passages:
        for finding in findings.list_findings():
            if finding.message.startswith(SEVERAL_TEXTS):
                raise BionerError(f"{finding.where}: {finding.message}")
        where = tables[0].name if tables else name
        raise BionerError(f"{where}: the texts of its documents are missing. {_FORM}")
    unused = text_index.list_unused()
    for text in unused:
        message = "no row of a table names this document, so it is left out. Was it annotated?"
        findings.add("warning", text.where, message)
        findings.keep_unannotated(text.text, document=text_index.name_document(text))
    return findings.build_reading(
        name=name, format_name=format_name, passages=passages, n_unannotated=len(unused)
    )


def list_documents(tables: Iterable[tuple[Table, SpanColumns]]) -> set[str]:
    """Return the document names in tables that have no column of texts."""
    document_columns = [(table, columns.document) for table, columns in tables if columns.text is None]
    return {row[at].strip() for table, at in document_columns if at is not None for _, row in table.rows()}


def _find_text_table(text: str, name: str) -> tuple[Table, list[TextRow]] | None:
    """Return the table of documents and texts in a file, and its rows; None if there is none."""
    if text.lstrip()[:1] in ("{", "["):
        return None
    for table in parse_tables(text, name):
        try:
            columns = find_text_columns(table.header, table.sample)
            if columns:
                return table, [(where, row[columns[0]], row[columns[1]]) for where, row in table.rows()]
        except BionerError:  # quotes that another separator would explain
            continue
    return None
