"""Tables of records: a row a sentence or text, its words, tags or entities as lists in cells."""

import ast
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from bioner_core.corpus.reading.findings import Findings
from bioner_core.corpus.reading.jsonl_records import RecordFile, passages_of
from bioner_core.corpus.reading.passages import Passage, Reading
from bioner_core.corpus.reading.records import SPANS, TAGS, TEXTS, TOKENS, content_of
from bioner_core.corpus.reading.tables import Table, tables_in
from bioner_core.errors import BionerError

NAME = "table of records"
_MAX_CELL = 1_000_000  # characters of one list
_NO_COMMA = re.compile(r"[^\[,(\s]['\"]\s+['\"]")  # between two words
_FORM = "Write lists as JSON does, or save the table as JSON lines."


def claims(files: Mapping[str, str]) -> set[str]:
    """Return the tables in which a column holds words or texts, and another one lists of tags or entities."""
    return {name for name, text in files.items() if _table(text, name)}


def read(files: Mapping[str, str], *, name: str, documents: str | None) -> Reading:
    """Read all rows of all files, as JSON records are read.

    :param documents: the column that names documents
    :raises BionerError: for a cell that is no list, or a row that does not fit, with its line
    """
    tables: list[Table] = []
    for file, text in files.items():
        table = _table(text, file)
        if table is None:  # cannot be: claims() found one
            raise BionerError(f"{file}: no column holds lists. {_FORM}")
        tables.append(table)
    return read_tables(tables, name=name, documents=documents, form=NAME)


def read_tables(tables: Iterable[Table], *, name: str, documents: str | None, form: str) -> Reading:
    """Read tables of records, whatever kind of file they come from."""
    findings = Findings()
    passages: list[Passage] = []
    for table in tables:
        found = RecordFile(table.name)
        for where, record in _records(table):
            content = content_of(record, where=where, documents=documents)
            findings.count(1 + len(content.marked), where=where)
            found.contents.append((where, content))
        passages += passages_of(found, "", findings)
    return findings.reading(name=name, form=form, passages=passages)


def _table(text: str, name: str) -> Table | None:
    if text.lstrip()[:1] in ("{", "["):
        return None
    for table in tables_in(text, name):
        try:
            if holds_lists(table):
                return table
        except BionerError:  # quotes that another separator would explain
            continue
    return None


def holds_lists(table: Table) -> bool:
    """Tell whether a column holds words or texts, and another one lists of tags or entities."""
    header = [heading.lower() for heading in table.header]
    has_words = any(heading in TOKENS for heading in header)
    marked = [at for at, heading in enumerate(header) if heading in (*TAGS, *SPANS)]
    if not marked or not (has_words or any(heading in TEXTS for heading in header)):
        return False
    sample = table.sample()
    return any({row[at].strip()[:1] for row in sample} in ({"["}, {"[", ""}) for at in marked)


def _records(table: Table) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the place of each row, and its cells by lower-case heading; what looks like a list is one."""
    header = [heading.lower() for heading in table.header]
    lists = {heading for heading in header if heading in (*TOKENS, *TAGS, *SPANS)}
    for where, row in table.rows():
        if any(row):  # a sheet has blank ones
            filled = _filled(header, row)
            yield where, {heading: _value(cell, heading in lists, where) for heading, cell in filled}


def _filled(header: Sequence[str], row: Sequence[str]) -> Iterator[tuple[str, str]]:
    return ((heading, cell) for heading, cell in zip(header, row, strict=True) if cell.strip())


def _value(cell: str, may_be_list: bool, where: str) -> Any:
    if not may_be_list or cell.lstrip()[:1] != "[":
        return cell
    if len(cell) > _MAX_CELL:
        raise BionerError(f"{where}: a list of more than {_MAX_CELL:,} characters. {_FORM}")
    if _NO_COMMA.search(cell):  # as numpy prints: Python would join the words
        raise BionerError(f"{where}: a list whose words are not parted by commas. {_FORM}")
    try:
        return json.loads(cell)
    except (ValueError, RecursionError):
        pass
    try:
        return ast.literal_eval(cell)
    except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError) as error:
        raise BionerError(f"{where}: a cell that begins as a list is none. {_FORM}") from error
