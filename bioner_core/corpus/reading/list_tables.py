"""Tables with one sentence or text per row and its words, tags or entities as lists in cells."""

import ast
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from bioner_core.corpus.reading.annotation_fields import SPAN_FIELDS, TAG_FIELDS
from bioner_core.corpus.reading.findings import Findings
from bioner_core.corpus.reading.jsonl_records import RecordFile, build_record_passages
from bioner_core.corpus.reading.passages import Passage, Reading
from bioner_core.corpus.reading.records import (
    TEXT_FIELDS,
    TOKEN_FIELDS,
    parse_record,
)
from bioner_core.corpus.reading.tables import Table, parse_tables
from bioner_core.errors import BionerError

NAME = "table of records"
_MAX_CELL = 1_000_000  # characters of one list
_MISSING_COMMA = re.compile(r"[^\[,(\s]['\"]\s+['\"]")  # between two words
_HINT = "Write lists as JSON does, or save the table as JSON lines."


def claim(files: Mapping[str, str]) -> set[str]:
    """Return the tables with a column of words or texts and a column of lists of tags or entities."""
    return {name for name, text in files.items() if _find_table(text, name)}


def read(files: Mapping[str, str], *, name: str, documents: str | None, column: str | None = None) -> Reading:
    """Read each row of all files like a JSON record.

    :param documents: the column that names documents
    :param column: the column of tags or entities
    :raises BionerError: for a cell that is not a list, or a row of the wrong form
    """
    tables: list[Table] = []
    for file, text in files.items():
        table = _find_table(text, file)
        if table is None:  # cannot happen: claim() found one
            raise BionerError(f"{file}: no column holds lists. {_HINT}")
        tables.append(table)
    return read_tables(tables, name=name, documents=documents, format_name=NAME, column=column)


def read_tables(
    tables: Iterable[Table],
    *,
    name: str,
    documents: str | None,
    format_name: str,
    column: str | None = None,
) -> Reading:
    """Read tables of records from any kind of file."""
    findings = Findings()
    passages: list[Passage] = []
    fields: dict[str, None] = {}
    for table in tables:
        record_file = RecordFile(table.name, is_chosen=column is not None)
        for where, record in _iterate_records(table):
            content = parse_record(record, where=where, documents=documents, column=column)
            findings.count(1 + len(content.raw_mentions), where=where)
            record_file.contents.append((where, content))
        passages += build_record_passages(record_file, "", findings)
        fields |= record_file.list_fields()
    reading = findings.build_reading(name=name, format_name=format_name, passages=passages)
    return replace(reading, columns=tuple(fields))


def _find_table(text: str, name: str) -> Table | None:
    if text.lstrip()[:1] in ("{", "["):
        return None
    for table in parse_tables(text, name):
        try:
            if has_lists(table):
                return table
        except BionerError:  # quotes that belong to another separator
            continue
    return None


def has_lists(table: Table) -> bool:
    """Tell whether one column holds words or texts and another holds lists of tags or entities."""
    header = [heading.lower() for heading in table.header]
    has_words = any(heading in TOKEN_FIELDS for heading in header)
    annotated = [i for i, heading in enumerate(header) if heading in (*TAG_FIELDS, *SPAN_FIELDS)]
    if not annotated or not (has_words or any(heading in TEXT_FIELDS for heading in header)):
        return False
    sample = table.sample()
    return any({row[i].strip()[:1] for row in sample} in ({"["}, {"[", ""}) for i in annotated)


def _iterate_records(table: Table) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield place and cells (by lower-case heading) of each row, with lists parsed."""
    header = [heading.lower() for heading in table.header]
    lists = {heading for heading in header if heading in (*TOKEN_FIELDS, *TAG_FIELDS, *SPAN_FIELDS)}
    for where, row in table.rows():
        if any(row):  # sheets have blank rows
            filled = _skip_empty_cells(header, row)
            yield where, {heading: _parse_cell(cell, heading in lists, where) for heading, cell in filled}


def _skip_empty_cells(header: Sequence[str], row: Sequence[str]) -> Iterator[tuple[str, str]]:
    return ((heading, cell) for heading, cell in zip(header, row, strict=True) if cell.strip())


def _parse_cell(cell: str, may_be_list: bool, where: str) -> Any:
    if not may_be_list or cell.lstrip()[:1] != "[":
        return cell
    if len(cell) > _MAX_CELL:
        raise BionerError(f"{where}: a list of more than {_MAX_CELL:,} characters. {_HINT}")
    if _MISSING_COMMA.search(cell):  # printed by numpy: Python would join the words
        raise BionerError(f"{where}: a list whose words are not separated by commas. {_HINT}")
    try:
        return json.loads(cell)
    except (ValueError, RecursionError):
        pass
    try:
        return ast.literal_eval(cell)
    except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError) as error:
        raise BionerError(f"{where}: a cell that begins like a list is not one. {_HINT}") from error
