"""Tables of spans: a row a mention, with label and offsets; the text in a column, or in a file of its own."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from bioner_core.corpus.reading.bounds import printable
from bioner_core.corpus.reading.findings import Findings
from bioner_core.corpus.reading.headings import Headings, find_headings, find_texts
from bioner_core.corpus.reading.parts import file_part, folder_part, part_of, stem
from bioner_core.corpus.reading.passages import Passage, Reading
from bioner_core.corpus.reading.placing import Marked, counted_in, place
from bioner_core.corpus.reading.tables import Table, tables_in
from bioner_core.corpus.reading.texts_beside import Shelf, text_files, text_name
from bioner_core.corpus.sentences import Part
from bioner_core.corpus.tags import BARE
from bioner_core.errors import BionerError

NAME = "table of spans"
BROKEN = "its offsets are not in a form that is known, such as 6-24 or 6-24,30-35; left out."
DATE = "a spreadsheet made a date of its offsets. Format the column as text and write them again; left out."
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
    texts: dict[str, str] = {}
    for file, text in files.items():
        if found := span_table(text, file):
            tables.append(found[0])
        elif texts_of := _text_table(text, file):
            texts |= {text_name(file, id_): body for id_, body in texts_of.items()}
        else:
            texts[file] = text
    return read_tables(tables, texts, name=name, documents=documents, form=NAME)


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
    tables: Sequence[Table], texts: Mapping[str, str], *, name: str, documents: str | None, form: str
) -> Reading:
    """Read tables of spans, whatever kind of file they come from.

    :param texts: by file name; a document is found by its name with or without folders and ending
    """
    findings = Findings()
    shelf = Shelf(texts)
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
        raise BionerError(f"{tables[0].name if tables else name}: no text of its documents is here. {_FORM}")
    for file in shelf.unused():
        message = "no row of a table names it, so the document is left out: was it annotated?"
        findings.add("warning", file, message)
    return findings.reading(name=name, form=form, passages=passages, n_unannotated=len(shelf.unused()))


class _Rows:
    """The rows of one table, gathered by document."""

    def __init__(self, table: Table, headings: Headings, shelf: Shelf, findings: Findings) -> None:
        self.table = table
        self.headings = headings
        self.shelf = shelf
        self.findings = findings
        self.part = file_part(table.name)
        self.found: dict[tuple[str, str], _Document] = {}

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
        document = self._document(row)
        if document is None and (label or at):
            message = "no text of its document is here, or several are; left out."
            self.findings.unplaced(where, message, label=label, at=at or ())
        elif at is None:
            message = DATE if _is_date(row, headings) else BROKEN
            self.findings.unplaced(where, message, label=label)
        elif at and not label:
            self.findings.unplaced(where, "its label is blank; left out.", at=at)
        elif document and at:
            words = row[headings.mention] if headings.mention is not None else ""
            document.marked.append(Marked(label, at, words, where))

    def _document(self, row: Sequence[str]) -> _Document | None:
        """Return the document of a row; None where there is no text of it."""
        headings = self.headings
        name = row[headings.document].strip() if headings.document is not None else ""
        part: Part = (part_of(row[headings.part]) if headings.part is not None else "") or self.part
        text = row[headings.text] if headings.text is not None else ""
        if (name, text) in self.found:
            return self.found[name, text]
        if not text.strip():
            file = self.shelf.file(name, part, table=self.table.name)
            if file is None or not self.shelf.texts[file].strip():
                return None
            self.shelf.used.add(file)
            found = _Document(
                str(PurePosixPath(file).with_suffix("")), self.shelf.texts[file], part or folder_part(file)
            )
        else:
            found = _Document(printable(name) or f"{stem(self.table.name)}#{len(self.found) + 1}", text, part)
        return self.found.setdefault((name, text), found)


def _is_date(row: Sequence[str], headings: Headings) -> bool:
    cell = row[headings.spans] if headings.spans is not None else ""
    return cell[:5].rstrip("-").isdecimal() and cell.count("-") == 2 and cell[4:5] == "-"


def documents_of(tables: Iterable[tuple[Table, Headings]]) -> set[str]:
    """Return the names of documents in the rows of tables whose texts are not in a column."""
    columns = [(table, headings.document) for table, headings in tables if headings.text is None]
    return {row[at].strip() for table, at in columns if at is not None for _, row in table.rows()}


def _text_table(text: str, name: str) -> dict[str, str]:
    """Return the texts of a table of documents and texts, by document; none where it is none."""
    if text.lstrip()[:1] in ("{", "["):
        return {}
    for table in tables_in(text, name):
        try:
            columns = find_texts(table.header, table.sample)
            if columns:
                return {row[columns[0]].strip(): row[columns[1]] for _, row in table.rows()}
        except BionerError:
            continue
    return {}
