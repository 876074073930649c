"""Tables of spans: a row a mention, with label and offsets; the text in a column, or in a file of its own."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from bioner_core.corpus.reading.bounds import printable
from bioner_core.corpus.reading.findings import Findings
from bioner_core.corpus.reading.headings import Headings, find_headings, find_texts
from bioner_core.corpus.reading.passages import Passage, Reading
from bioner_core.corpus.reading.placement import Marked, counted_in, place
from bioner_core.corpus.reading.split_names import part_of, stem
from bioner_core.corpus.reading.tables import Table, tables_in
from bioner_core.corpus.reading.texts_beside import Beside, Shelf, TextRow, text_files
from bioner_core.corpus.sentences import Part
from bioner_core.corpus.tags import BARE
from bioner_core.errors import BionerError

NAME = "table of spans"
BROKEN = "its offsets are not in a form that is known, such as 6-24 or 6-24,30-35; left out."
DATE = "a spreadsheet made a date of its offsets. Format the column as text and write them again; left out."
NO_TEXT = "no text of its document is here; left out."
SEVERAL = "several texts of its document are here"
_LISTED = 3  # places of them that a message names
_TELL_APART = (
    "left out. Name documents apart, or say train, dev or test in the names of the tables or their folders."
)
_FORM = (
    "Each row is a mention: document, label, offsets (spans such as 6-24, or start and end), and the text in "
    "a column or as DOCUMENT.txt."
)


@dataclass
class _Document:
    """A text and what rows mark in it."""

    name: str
    text: str
    part: Part
    marked: list[Marked] = field(default_factory=list)


def claims(files: Mapping[str, str]) -> set[str]:
    """Return the tables of spans, the tables of texts beside them, and the files that hold their texts."""
    found = {name: pair for name, text in files.items() if (pair := span_table(text, name))}
    if not found:
        return set()
    others = files.keys() - found.keys()
    texts = {name for name in others if _text_table(files[name], name)}
    wanted = documents_of(found.values())
    return found.keys() | texts | text_files(wanted, others - texts)


def read(files: Mapping[str, str], *, name: str, documents: str | None) -> Reading:
    """Read all tables and the texts they speak of.

    :param documents: the heading, or number from 1, of the column that names documents
    :raises BionerError: where no text can be found, or --documents names no column
    """
    tables: list[Table] = []
    shelf = Shelf()
    for file, text in files.items():
        if found := span_table(text, file):
            tables.append(found[0])
        elif texts := _text_table(text, file):
            shelf.add_table(*texts)
        else:
            shelf.add_files({file: text})
    return read_tables(tables, shelf, name=name, documents=documents, form=NAME)


def span_table(text: str, name: str) -> tuple[Table, Headings] | None:
    """Return the table of spans that a file is, and what its columns hold; None where it is none."""
    if text.lstrip()[:1] in ("{", "["):
        return None
    for table in tables_in(text, name):
        try:
            headings = find_headings(table.header, table.sample)
        except BionerError:  # quotes that another separator would explain
            continue
        if headings:
            return table, headings
    return None


def read_tables(
    tables: Sequence[Table], shelf: Shelf, *, name: str, documents: str | None, form: str
) -> Reading:
    """Read tables of spans, whatever kind of file they come from.

    :param shelf: texts that stand in no column of theirs
    :raises BionerError: where no row has a text: there is none, or there are several that nothing tells apart
    """
    findings = Findings()
    passages: list[Passage] = []
    for table in tables:
        headings = find_headings(table.header, table.sample, documents=documents, where=table.name)
        if headings is None:  # cannot be: span_table() found them
            raise BionerError(f"{table.name}: its columns are not found. {_FORM}")
        found = _Rows(table, headings, shelf, findings).read()
        marked = [(each.text, each.marked) for each in found]
        rule = counted_in(marked, where=table.name, findings=findings)
        for each in found:
            mentions = place(each.marked, each.text, rule=rule, findings=findings)
            passages.append(Passage(document=each.name, text=each.text, mentions=mentions, part=each.part))
    if not passages:
        several = next((each for each in findings.listed() if each.message.startswith(SEVERAL)), None)
        if several:
            raise BionerError(f"{several.where}: {several.message}")
        raise BionerError(f"{tables[0].name if tables else name}: no text of its documents is here. {_FORM}")
    unused = shelf.unused()
    for text in unused:
        message = "no row of a table names it, so the document is left out: was it annotated?"
        findings.add("warning", text.where, message)
    return findings.reading(name=name, form=form, passages=passages, n_unannotated=len(unused))


class _Rows:
    """The rows of one table, gathered by document."""

    def __init__(self, table: Table, headings: Headings, shelf: Shelf, findings: Findings) -> None:
        self.table = table
        self.headings = headings
        self.shelf = shelf
        self.findings = findings
        self.part, self.home = table.part, table.home
        self.found: dict[tuple[str, str] | Beside, _Document] = {}
        self.beside: dict[tuple[str, Part], _Document | str] = {}  # by name and part, as rows say them

    def read(self) -> list[_Document]:
        """Return the documents in the order in which rows name them."""
        for where, row in self.table.rows():
            self.findings.count(1, where=where)
            self._take(where, row)
        return list(self.found.values())

    def _take(self, where: str, row: Sequence[str]) -> None:
        headings = self.headings
        label = BARE if headings.label is None else row[headings.label].strip()
        at = headings.fragments(row)
        document = self._document(where, row)
        if isinstance(document, str) and (label or at):
            kind = NO_TEXT if document == NO_TEXT else f"{SEVERAL}; left out."
            self.findings.unplaced(where, document, kind=kind, label=label, at=at or ())
        elif at is None:
            message = DATE if _is_date(row, headings) else BROKEN
            self.findings.unplaced(where, message, label=label)
        elif at and not label:
            self.findings.unplaced(where, "its label is blank; left out.", at=at)
        elif at and not isinstance(document, str):
            words = row[headings.mention] if headings.mention is not None else ""
            document.marked.append(Marked(label, at, words, where))

    def _document(self, where: str, row: Sequence[str]) -> _Document | str:
        """Return the document of a row; where it has not one text, the reason."""
        headings = self.headings
        name = row[headings.document].strip() if headings.document is not None else ""
        part: Part = (part_of(row[headings.part]) if headings.part is not None else "") or self.part
        text = row[headings.text] if headings.text is not None else ""
        if not text.strip():
            if (name, part) not in self.beside:
                self.beside[name, part] = self._find(name, part, where)
            return self.beside[name, part]
        if (name, text) not in self.found:
            called = printable(name) or f"{stem(self.table.name)}#{len(self.found) + 1}"
            self.found[name, text] = _Document(called, text, part)
        return self.found[name, text]

    def _find(self, name: str, part: Part, where: str) -> _Document | str:
        """Return the document whose text stands beside the table; where it has not one, the reason."""
        texts = self.shelf.find(name, part, home=self.home)
        if len(texts) > 1:
            places = "; ".join(each.where for each in texts[:_LISTED])
            more = f"; {len(texts) - _LISTED:,} more" if len(texts) > _LISTED else ""
            return f"{SEVERAL} ({places}{more}); {_TELL_APART}"
        if not texts or not texts[0].text.strip():
            return NO_TEXT
        (text,) = texts
        if part and text.part and part != text.part:
            message = (
                f"it is of the {part} part, its text of the {text.part} part ({text.where}). Kept in {part}: "
                "check that the text is its own."
            )
            kind = f"texts of the {text.part} part in the {part} part: check that they are their own."
            self.findings.add("warning", where, message, kind=kind)
        return self.found.setdefault(text, _Document(self.shelf.name(text), text.text, part or text.part))


def _is_date(row: Sequence[str], headings: Headings) -> bool:
    cell = row[headings.spans] if headings.spans is not None else ""
    return cell[:5].rstrip("-").isdecimal() and cell.count("-") == 2 and cell[4:5] == "-"


def documents_of(tables: Iterable[tuple[Table, Headings]]) -> set[str]:
    """Return the names of documents in the rows of tables whose texts are not in a column."""
    columns = [(table, headings.document) for table, headings in tables if headings.text is None]
    return {row[at].strip() for table, at in columns if at is not None for _, row in table.rows()}


def _text_table(text: str, name: str) -> tuple[Table, list[TextRow]] | None:
    """Return the table of documents and texts that a file is, with its rows; None where it is none."""
    if text.lstrip()[:1] in ("{", "["):
        return None
    for table in tables_in(text, name):
        try:
            columns = find_texts(table.header, table.sample)
            if columns:
                return table, [(where, row[columns[0]], row[columns[1]]) for where, row in table.rows()]
        except BionerError:  # quotes that another separator would explain
            continue
    return None
