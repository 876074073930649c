"""The layout of a table of words and tags: what parts the columns, and which column is which."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from bioner_core.corpus.reading.bounds import lines, shown
from bioner_core.corpus.reading.tables import read_cells
from bioner_core.errors import BionerError

TAG = re.compile(r"O|[BIMELSUW](?:[-_].*)?", re.DOTALL)
_SEPARATORS = ("\t", " ", ",", ";", "|")
_SAMPLE = 100_000  # characters that the layout is told by
_CELL = 131_072  # characters of one cell
_HEADERS = {
    "word": {"word", "words", "token", "tokens", "form", "слово", "токен"},
    "tag": {"tag", "tags", "ner", "ner_tag", "ner_tags", "label", "labels", "entity", "bio", "iob", "тег"},
    "sentence": {"sentence", "sentence#", "sentence #", "sentence_id", "sentence id", "sent", "sent_id"},
    "document": {"document", "document_id", "doc", "doc_id", "file", "file_name", "filename", "pmid"},
    "part": {"part", "split", "subset", "partition"},
}
Row = tuple[int, list[str]]  # line number; cells, none for a blank line


@dataclass(frozen=True, kw_only=True)
class Layout:
    """Where what stands in each row."""

    separator: str  # a tab, a comma, … or a blank for any run of blanks and tabs
    n_columns: int
    word: int  # column numbers count from 0
    tag: int
    is_marked: bool  # tags are B-…, I-…, O; else labels alone, or all are O so far
    sentence: int | None = None
    document: int | None = None
    part: int | None = None
    header: tuple[str, ...] = ()  # column names, lower case, where the first row holds them

    def column(self, wanted: str, *, where: str) -> int:
        """Return the number of a column that the user names, or numbers from 1."""
        if wanted.lower() in self.header:
            return self.header.index(wanted.lower())
        if wanted.isdecimal() and len(wanted) < 5 and 1 <= int(wanted) <= self.n_columns:
            return int(wanted) - 1
        names = f" or one of {shown(self.header)}" if self.header else ""
        raise BionerError(
            f"{where}: has no column {wanted!r} for --documents. Give a number from 1 to "
            f"{self.n_columns}{names}."
        )


def find_layout(text: str) -> Layout | None:
    """Return the layout that most of the first rows have; None where no column holds tags."""
    head = text[:_SAMPLE]
    if len(head) < len(text):
        head = head[: head.rfind("\n") + 1]
    for separator in _SEPARATORS:
        try:
            sample = [cells for _, cells in rows(head, separator, where="") if cells and not _is_aside(cells)]
        except BionerError:
            continue
        if layout := _layout(sample, separator):
            return layout
    return None


def rows(text: str, separator: str, *, where: str) -> Iterator[Row]:
    """Yield the cells of each line; quotes mean something in tables of commas and semicolons only."""
    if separator in ",;":
        yield from _quoted(text, separator, where)
        return
    cut = _cutter(separator)
    for number, line in lines(text, where=where):
        bare = line.rstrip(" \t")
        yield number, cut(bare) if bare else []


def _cutter(separator: str) -> Callable[[str], list[str]]:
    if separator == "|":
        return lambda line: line.split("|")
    if separator == "\t":
        return lambda line: (
            [cell.strip(" ") for cell in line.split("\t")] if " " in line else line.split("\t")
        )

    def cut(line: str) -> list[str]:
        cells = line.replace("\t", " ").split(" ")  # not split(): a no-break blank is part of its word
        return cells if "" not in cells else [cell for cell in cells if cell]

    return cut


def _quoted(text: str, separator: str, where: str) -> Iterator[Row]:
    for number, cells in read_cells(text, separator, where=where):
        if max(map(len, cells), default=0) > _CELL:
            raise BionerError(
                f"{where}, line {number}: no table row (field larger than field limit ({_CELL})). Check the "
                "quotes."
            )
        yield number, [cell.strip(" ") for cell in cells] if any(cells) else []


def _is_aside(cells: Sequence[str]) -> bool:
    return cells[0].startswith("-DOCSTART-") or (cells[0].startswith("#") and not TAG.fullmatch(cells[-1]))


def _layout(sample: list[list[str]], separator: str) -> Layout | None:
    """Return the layout of the commonest width, if one of its columns holds tags."""
    widths = Counter(map(len, sample))
    n_columns = max(widths, key=lambda width: (widths[width], width), default=0)
    table = [cells for cells in sample if len(cells) == n_columns]
    if n_columns < 2:
        return None
    header = tuple(cell.strip().lower() for cell in table[0])
    named = {kind: i for kind, names in _HEADERS.items() for i, cell in enumerate(header) if cell in names}
    if not ("word" in named and "tag" in named):
        header, named = (), {}
    columns = list(zip(*table[1 if header else 0 :], strict=True))
    if not columns:
        return None
    order = [named["tag"]] if header else [n_columns - 1, *range(n_columns - 1)]
    for is_marked, fits in ((True, _are_tags), (False, _are_labels)):
        if (tag := next((i for i in order if fits(columns[i])), None)) is None:
            continue
        return Layout(
            separator=separator,
            n_columns=n_columns,
            word=named.get("word", _word_column(columns, tag)),
            tag=tag,
            is_marked=is_marked and set(columns[tag]) != {"O"},
            header=header,
            **{kind: named.get(kind) for kind in ("sentence", "document", "part")},
        )
    return None


def _are_tags(cells: Sequence[str]) -> bool:
    """Tell whether nearly all cells are tags (one in ten may be broken, which the reader then names)."""
    return sum(TAG.fullmatch(cell) is not None for cell in cells) >= 0.9 * len(cells)


def _are_labels(cells: Sequence[str]) -> bool:
    """Tell whether cells are O or one of a few labels without B and I."""
    others = set(cells) - {"O"}
    return cells.count("O") >= len(cells) / 2 and all(re.fullmatch(r"[^\W\d][\w-]*", cell) for cell in others)


def _word_column(columns: Sequence[Sequence[str]], tag: int) -> int:
    """Return the first column that is no tag and does not merely count."""
    others = [i for i in range(len(columns)) if i != tag]
    return next((i for i in others if not all(cell.isdecimal() for cell in columns[i])), others[0])
