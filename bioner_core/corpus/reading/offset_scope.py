"""Infer whether the offsets of a table count from a text, or from the line that a column names."""

from collections.abc import Callable, Sequence
from itertools import islice

from bioner_core.corpus.reading.headings import SpanColumns
from bioner_core.corpus.reading.mention_texts import is_same_text
from bioner_core.corpus.reading.placement import is_inside_word
from bioner_core.corpus.reading.tables import Table
from bioner_core.errors import BionerError

_N_SAMPLED = 500  # rows
_MIN_SHARE = 0.5  # of the rows that must fit


def infer_first_line(
    table: Table, columns: SpanColumns, find_text: Callable[[Sequence[str]], str]
) -> int | None:
    """Return the number of the first line (0 or 1), or None where offsets count from the whole text.

    A row fits where its span covers its words, or else begins and ends at words. Amazon Comprehend counts
    lines from 0.

    :raises BionerError: where neither texts nor their lines fit
    """
    n_fit = {0: 0, 1: 0, None: 0}
    n_rows = 0
    for _, row in islice(table.rows(), _N_SAMPLED):
        text, fragments = find_text(row), columns.parse_fragments(row)
        if not text or not fragments:
            continue
        n_rows += 1
        number = int(row[columns.scope or 0])
        lines = text.split("\n")
        surface = row[columns.mention].strip() if columns.mention is not None else ""
        n_fit[None] += _fits(text, fragments, surface)
        for first in (0, 1):
            at = number - first
            n_fit[first] += 0 <= at < len(lines) and _fits(lines[at], fragments, surface)
    best = max(n_fit, key=n_fit.__getitem__)
    if n_rows and n_fit[best] <= _MIN_SHARE * n_rows:
        heading = table.header[columns.scope or 0]
        raise BionerError(
            f"{table.name}: offsets seem to count from what the column {heading[:40]!r} numbers, and these "
            "texts are not there. Add a column with the text of each row, or count from the document."
        )
    return best


def _fits(text: str, fragments: Sequence[tuple[int, int]], surface: str) -> bool:
    if not all(0 <= start < end <= len(text) and text[start:end].strip() for start, end in fragments):
        return False
    if surface:
        return is_same_text(text, fragments, surface)
    return not any(is_inside_word(edge, text) for fragment in fragments for edge in fragment)
