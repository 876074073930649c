"""Infer the layout of a table of words and tags: the separator and the role of each column."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from bioner_core.corpus.reading.bounds import format_names, iterate_lines
from bioner_core.corpus.reading.tables import read_cells
from bioner_core.errors import BionerError

TAG = re.compile(r"O|[BIMELSUW](?:[-_].*)?", re.DOTALL)
_SEPARATORS = ("\t", " ", ",", ";", "|")
_SAMPLE_LENGTH = 100_000  # characters from which the layout is inferred
_MAX_CELL = 131_072  # characters of one cell
_HEADERS = {
    "word": {"word", "words", "token", "tokens", "form", "слово", "токен"},
    "tag": {"tag", "tags", "ner", "ner_tag", "ner_tags", "label", "labels", "entity", "bio", "iob", "тег"},
    "sentence": {"sentence", "sentence#", "sentence #", "sentence_id", "sentence id", "sent", "sent_id"},
    "document": {"document", "document_id", "doc", "doc_id", "file", "file_name", "filename", "pmid"},
    "part": {"part", "split", "subset", "partition"},
}
Row = tuple[int, list[str]]  # line number; cells (empty for a blank line)


@dataclass(frozen=True, kw_only=True)
class Layout:
    """The separator of a table and the column numbers, which count from 0."""

    separator: str  # a tab, a comma, …; a space stands for any run of spaces and tabs
    n_columns: int
    word: int
    tag: int
    has_prefixes: bool  # tags such as B-…, I-…, O; otherwise bare labels, or only O in the sample
    sentence: int | None = None
    document: int | None = None
    part: int | None = None
    header: tuple[str, ...] = ()  # lower-case column names, if the first row holds them

    def find_column(self, requested: str, *, where: str) -> int:
        """Return the number of a column that the user requests by name, or by number from 1."""
        if requested.lower() in self.header:
            return self.header.index(requested.lower())
        if requested.isdecimal() and len(requested) < 5 and 1 <= int(requested) <= self.n_columns:
            return int(requested) - 1
        names = f" or one of {format_names(self.header)}" if self.header else ""
        raise BionerError(
            f"{where}: has no column {requested!r} for --documents. Give a number from 1 to "
            f"{self.n_columns}{names}."
        )


def find_layout(text: str) -> Layout | None:
    """Return the layout of most of the first rows; None if no column holds tags."""
    head = text[:_SAMPLE_LENGTH]
    if len(head) < len(text):
        head = head[: head.rfind("\n") + 1]
    for separator in _SEPARATORS:
        try:
            sample = [
                cells
                for _, cells in iterate_rows(head, separator, where="")
                if cells and not _is_comment(cells)
            ]
        except BionerError:
            continue
        if layout := _infer_layout(sample, separator):
            return layout
    return None


def iterate_rows(text: str, separator: str, *, where: str) -> Iterator[Row]:
    """Yield line number and cells of each line; quotes count only between commas or semicolons."""
    if separator in ",;":
        yield from _iterate_quoted_rows(text, separator, where)
        return
    split = _build_splitter(separator)
    for number, line in iterate_lines(text, where=where):
        stripped = line.rstrip(" \t")
        yield number, split(stripped) if stripped else []


def _build_splitter(separator: str) -> Callable[[str], list[str]]:
    if separator == "|":
        return lambda line: line.split("|")
    if separator == "\t":
        return lambda line: (
            [cell.strip(" ") for cell in line.split("\t")] if " " in line else line.split("\t")
        )

    def split(line: str) -> list[str]:
        cells = line.replace("\t", " ").split(" ")  # not split(): a no-break space is part of its word
        return cells if "" not in cells else [cell for cell in cells if cell]

    return split


def _iterate_quoted_rows(text: str, separator: str, where: str) -> Iterator[Row]:
    for number, cells in read_cells(text, separator, where=where):
        if max(map(len, cells), default=0) > _MAX_CELL:
            raise BionerError(
                f"{where}, line {number}: not a table row (field larger than field limit ({_MAX_CELL})). "
                "Check the quotes."
            )
        yield number, [cell.strip(" ") for cell in cells] if any(cells) else []


def _is_comment(cells: Sequence[str]) -> bool:
    return cells[0].startswith("-DOCSTART-") or (cells[0].startswith("#") and not TAG.fullmatch(cells[-1]))


def _infer_layout(sample: list[list[str]], separator: str) -> Layout | None:
    """Return the layout of the rows with the most frequent width; None if no column holds tags."""
    widths = Counter(map(len, sample))
    n_columns = max(widths, key=lambda width: (widths[width], width), default=0)
    table = [cells for cells in sample if len(cells) == n_columns]
    if n_columns < 2:
        return None
    header = tuple(cell.strip().lower() for cell in table[0])
    roles = {role: i for role, names in _HEADERS.items() for i, cell in enumerate(header) if cell in names}
    if not ("word" in roles and "tag" in roles):
        header, roles = (), {}
    columns = list(zip(*table[1 if header else 0 :], strict=True))
    if not columns:
        return None
    order = [roles["tag"]] if header else [n_columns - 1, *range(n_columns - 1)]
    for has_prefixes, fits in ((True, _are_tags), (False, _are_labels)):
        if (tag := next((i for i in order if fits(columns[i])), None)) is None:
            continue
        return Layout(
            separator=separator,
            n_columns=n_columns,
            word=roles.get("word", _find_word_column(columns, tag)),
            tag=tag,
            has_prefixes=has_prefixes and set(columns[tag]) != {"O"},
            header=header,
            **{role: roles.get(role) for role in ("sentence", "document", "part")},
        )
    return None


def _are_tags(cells: Sequence[str]) -> bool:
    """Tell whether at least 90 % of the cells are tags; the reader reports the others."""
    return sum(TAG.fullmatch(cell) is not None for cell in cells) >= 0.9 * len(cells)


def _are_labels(cells: Sequence[str]) -> bool:
    """Tell whether at least half of the cells are O and the others bare labels."""
    others = set(cells) - {"O"}
    return cells.count("O") >= len(cells) / 2 and all(re.fullmatch(r"[^\W\d][\w-]*", cell) for cell in others)


def _find_word_column(columns: Sequence[Sequence[str]], tag: int) -> int:
    """Return the first column that holds neither the tags nor only numbers."""
    others = [i for i in range(len(columns)) if i != tag]
    return next((i for i in others if not all(cell.isdecimal() for cell in columns[i])), others[0])
