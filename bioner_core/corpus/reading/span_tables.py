"""Tables of spans: one row per mention, with label and offsets; texts in a column, or in other files."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from bioner_core.corpus.reading.bounds import escape_name
from bioner_core.corpus.reading.companion_texts import CompanionText, TextIndex, TextRow, find_text_files
from bioner_core.corpus.reading.findings import Findings
from bioner_core.corpus.reading.headings import SpanColumns, find_span_columns, find_text_columns
from bioner_core.corpus.reading.passages import Passage, Reading
from bioner_core.corpus.reading.placement import RawMention, infer_convention, place_mentions
from bioner_core.corpus.reading.split_names import parse_part, strip_file_name
from bioner_core.corpus.reading.tables import Table, parse_tables
from bioner_core.corpus.sentences import Part
from bioner_core.corpus.tags import BARE
from bioner_core.errors import BionerError

NAME = "table of spans"
BAD_OFFSETS = "its offsets cannot be read; write them such as 6-24 or 6-24,30-35; left out."
DATE_OFFSETS = (
    "a spreadsheet turned its offsets into a date. Format the column as text and enter them again; left out."
)
NO_TEXT = "the text of its document is missing; left out."
SEVERAL_TEXTS = "several texts match its document"
_MAX_LISTED = 3  # places of texts that a message lists
_TELL_APART = (
    "left out. Name documents apart, or say train, dev or test in the names of the tables or their folders."
)
_FORM = (
    "Each row is a mention: document, label, offsets (spans such as 6-24, or start and end), and the text in "
    "a column or as DOCUMENT.txt."
)


@dataclass
class _Document:
    """A text and the mentions of its rows."""

    name: str
    text: str
    part: Part
    raw_mentions: list[RawMention] = field(default_factory=list)


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
        documents_read = _RowReader(table, columns, text_index, findings).read()
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
    return findings.build_reading(
        name=name, format_name=format_name, passages=passages, n_unannotated=len(unused)
    )


class _RowReader:
    """Groups the rows of one table by document."""

    def __init__(self, table: Table, columns: SpanColumns, text_index: TextIndex, findings: Findings) -> None:
        self.table = table
        self.columns = columns
        self.text_index = text_index
        self.findings = findings
        self.part, self.container = table.part, table.container
        self.documents: dict[tuple[str, str] | CompanionText, _Document] = {}
        self.documents_by_name: dict[tuple[str, Part], _Document | str] = {}  # by name and part in a row

    def read(self) -> list[_Document]:
        """Return the documents in the order of their first rows."""
        for where, row in self.table.rows():
            self.findings.count(1, where=where)
            self._read_row(where, row)
        return list(self.documents.values())

    def _read_row(self, where: str, row: Sequence[str]) -> None:
        columns = self.columns
        label = BARE if columns.label is None else row[columns.label].strip()
        fragments = columns.parse_fragments(row)
        document = self._select_document(where, row)
        if isinstance(document, str) and (label or fragments):
            kind = NO_TEXT if document == NO_TEXT else f"{SEVERAL_TEXTS}; left out."
            self.findings.add_unplaced(where, document, kind=kind, label=label, fragments=fragments or ())
        elif fragments is None:
            message = DATE_OFFSETS if _is_date(row, columns) else BAD_OFFSETS
            self.findings.add_unplaced(where, message, label=label)
        elif fragments and not label:
            self.findings.add_unplaced(where, "its label is blank; left out.", fragments=fragments)
        elif fragments and not isinstance(document, str):
            surface = row[columns.mention] if columns.mention is not None else ""
            document.raw_mentions.append(RawMention(label, fragments, surface, where))

    def _select_document(self, where: str, row: Sequence[str]) -> _Document | str:
        """Return the document of a row, or the reason why it has no text."""
        columns = self.columns
        name = row[columns.document].strip() if columns.document is not None else ""
        part: Part = (parse_part(row[columns.part]) if columns.part is not None else "") or self.part
        text = row[columns.text] if columns.text is not None else ""
        if not text.strip():
            if (name, part) not in self.documents_by_name:
                self.documents_by_name[name, part] = self._find_document(name, part, where)
            return self.documents_by_name[name, part]
        if (name, text) not in self.documents:
            document_name = (
                escape_name(name) or f"{strip_file_name(self.table.name)}#{len(self.documents) + 1}"
            )
            self.documents[name, text] = _Document(document_name, text, part)
        return self.documents[name, text]

    def _find_document(self, name: str, part: Part, where: str) -> _Document | str:
        """Return the document with its text from the index, or the reason why there is none."""
        texts = self.text_index.find(name, part, container=self.container)
        if len(texts) > 1:
            places = "; ".join(text.where for text in texts[:_MAX_LISTED])
            more = f"; {len(texts) - _MAX_LISTED:,} more" if len(texts) > _MAX_LISTED else ""
            return f"{SEVERAL_TEXTS} ({places}{more}); {_TELL_APART}"
        if not texts or not texts[0].text.strip():
            return NO_TEXT
        (text,) = texts
        if part and text.part and part != text.part:
            message = (
                f"its row is of the {part} part, but its text of the {text.part} part ({text.where}). Kept "
                f"in {part}: check that this is its text."
            )
            kind = f"texts of the {text.part} part in the {part} part: check that these are their texts."
            self.findings.add("warning", where, message, kind=kind)
        return self.documents.setdefault(
            text, _Document(self.text_index.name_document(text), text.text, part or text.part)
        )


def _is_date(row: Sequence[str], columns: SpanColumns) -> bool:
    cell = row[columns.spans] if columns.spans is not None else ""
    return cell[:5].rstrip("-").isdecimal() and cell.count("-") == 2 and cell[4:5] == "-"


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
