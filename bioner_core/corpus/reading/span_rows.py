"""Group the rows of a table of spans by document."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from bioner_core.corpus.reading.bounds import escape_name
from bioner_core.corpus.reading.companion_texts import CompanionText, TextIndex
from bioner_core.corpus.reading.findings import Findings
from bioner_core.corpus.reading.headings import SpanColumns
from bioner_core.corpus.reading.offset_cells import clear_placeholder
from bioner_core.corpus.reading.offset_scope import infer_first_line
from bioner_core.corpus.reading.placement import RawMention
from bioner_core.corpus.reading.split_names import parse_part, strip_file_name
from bioner_core.corpus.reading.tables import Table
from bioner_core.corpus.sentences import Part
from bioner_core.corpus.tags import BARE

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


@dataclass
class _Document:
    """A text and the mentions of its rows."""

    name: str
    text: str
    part: Part
    raw_mentions: list[RawMention] = field(default_factory=list)


class RowReader:
    """Groups the rows of one table by document."""

    def __init__(self, table: Table, columns: SpanColumns, text_index: TextIndex, findings: Findings) -> None:
        self.table = table
        self.columns = columns
        self.text_index = text_index
        self.findings = findings
        self.part, self.container = table.part, table.container
        self.documents: dict[tuple[str, str] | CompanionText, _Document] = {}
        self.documents_by_name: dict[tuple[str, Part], _Document | str] = {}  # by name and part in a row
        self.named_texts: dict[str, _Document] = {}
        self.last: _Document | None = None  # of the row above, which merged cells continue
        self.lines: dict[str, list[_Document | None]] = {}  # by text, if offsets count from lines
        self.first_line: int | None = None  # number of the first line; None: offsets count from the text

    def read(self) -> list[_Document]:
        """Return the documents in the order of their first rows.

        :raises BionerError: where offsets seem to count from sentences whose text is not there
        """
        if self.columns.scope is not None:
            self.first_line = infer_first_line(self.table, self.columns, self._find_text)
        for where, row in self.table.rows():
            self.findings.count(1, where=where)
            self._read_row(where, row)
        lines = (line for lines in self.lines.values() for line in lines if line)
        return [*self.documents.values()] if self.first_line is None else [*lines]

    def _read_row(self, where: str, row: Sequence[str]) -> None:
        columns = self.columns
        label = BARE if columns.label is None else clear_placeholder(row[columns.label]).strip()
        fragments = columns.parse_fragments(row)
        document = self._select_document(where, row)
        if isinstance(document, str) and (label or fragments):
            kind = NO_TEXT if document == NO_TEXT else f"{SEVERAL_TEXTS}; left out."
            self.findings.add_unplaced(where, document, kind=kind, label=label, fragments=fragments or ())
        elif fragments is None:
            message = DATE_OFFSETS if _is_date(row, columns) else BAD_OFFSETS
            self.findings.add_unplaced(where, message, label=label)
        elif fragments and not label and all(end < 0 for _, end in fragments):
            return  # -1 for "nothing"
        elif fragments and not label:
            self.findings.add_unplaced(where, "its label is blank; left out.", fragments=fragments)
        elif fragments and not isinstance(document, str):
            if self.first_line is not None:
                document = self._select_line(document, row)
            surface = row[columns.mention] if columns.mention is not None else ""
            document.raw_mentions.append(RawMention(label, fragments, surface, where))

    def _select_document(self, where: str, row: Sequence[str]) -> _Document | str:
        """Return the document of a row, or the reason why it has no text."""
        columns = self.columns
        name = row[columns.document].strip() if columns.document is not None else ""
        part: Part = (parse_part(row[columns.part]) if columns.part is not None else "") or self.part
        text = row[columns.text] if columns.text is not None else ""
        if not text.strip():
            if columns.text is not None and (above := self._find_above(name)):
                return above
            if (name, part) not in self.documents_by_name:
                self.documents_by_name[name, part] = self._find_document(name, part, where)
            return self.documents_by_name[name, part]
        if (name, text) not in self.documents:
            document_name = (
                escape_name(name) or f"{strip_file_name(self.table.name)}#{len(self.documents) + 1}"
            )
            self.documents[name, text] = _Document(document_name, text, part)
        self.last = self.documents[name, text]
        self.named_texts.setdefault(name, self.last)
        return self.last

    def _find_above(self, name: str) -> _Document | None:
        """Return the document whose text stands only in the first of its rows, or in merged cells."""
        return self.named_texts.get(name) if name else self.last

    def _find_text(self, row: Sequence[str]) -> str:
        document = self._select_document("", row)
        return "" if isinstance(document, str) else document.text

    def _select_line(self, document: _Document, row: Sequence[str]) -> _Document:
        """Return the line of a document that a row names; all lines of a text are read."""
        if document.text not in self.lines:
            self.lines[document.text] = [
                _Document(f"{document.name}#{number}", line, document.part) if line.strip() else None
                for number, line in enumerate(document.text.split("\n"), 1)
            ]
        lines = self.lines[document.text]
        number = int(row[self.columns.scope or 0]) - (self.first_line or 0)
        line = lines[number] if 0 <= number < len(lines) else None
        return line or _Document(document.name, "", document.part)

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
