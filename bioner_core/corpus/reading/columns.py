"""Infer the layout of tables of words and tags: the separator and the role of each column."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from bioner_core.corpus.reading.bounds import format_names, iterate_lines
from bioner_core.corpus.reading.findings import Findings
from bioner_core.corpus.reading.tables import read_cells
from bioner_core.corpus.reading.tag_columns import TAG, TagColumn, are_bare_labels, find_tag_columns
from bioner_core.errors import BionerError

_SEPARATORS = ("\t", " ", ",", ";", "|")
_SAMPLE_LENGTH = 100_000  # characters from which the layout is inferred
_MAX_SAMPLED = 200  # files of one shape from which its columns are inferred
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
    unread: tuple[TagColumn, ...] = ()  # other columns that hold tags
    labels: frozenset[str] = frozenset()  # bare labels in the sample

    def find_column(self, requested: str, *, where: str, option: str = "--documents") -> int:
        """Return the number of a column that the user requests by name, or by number from 1."""
        if requested.lower() in self.header:
            return self.header.index(requested.lower())
        if requested.isdecimal() and len(requested) < 5 and 1 <= int(requested) <= self.n_columns:
            return int(requested) - 1
        names = f" or one of {format_names(self.header)}" if self.header else ""
        raise BionerError(
            f"{where}: has no column {requested!r} for {option}. Give a number from 1 to "
            f"{self.n_columns}{names}."
        )

    def list_tag_columns(self) -> tuple[str, ...]:
        """Return the numbers, from 1, of the columns that hold tags; () if only one does."""
        numbers = dict.fromkeys([self.tag, *(column.number for column in self.unread)])
        return tuple(str(number + 1) for number in numbers) if len(numbers) > 1 else ()

    def select_tags(self, number: int) -> "Layout":
        """Return this layout with another column of tags."""
        has_prefixes = all(column.has_prefixes for column in self.unread if column.number == number)
        word = self.word if self.word != number else self.tag
        return replace(self, tag=number, word=word, has_prefixes=has_prefixes and self.has_prefixes)


def report_choice(layout: Layout, file: str, findings: Findings) -> None:
    """Report which column of tags is read, and which others there are."""
    is_usual = all(column.is_chunks for column in layout.unread)
    others = " and ".join(column.describe() for column in layout.unread)
    message = (
        f"several columns hold tags: column {layout.tag + 1} is read, not {others}. Take another one by "
        f"--column {layout.unread[0].number + 1}."
    )
    findings.add(
        "note" if is_usual else "warning", file, message, kind="several columns hold tags: one is read."
    )


@dataclass(frozen=True, eq=False)
class _Sample:
    """The first rows of a file, split by one separator, of the most frequent width."""

    separator: str
    header: tuple[str, ...]
    roles: Mapping[str, int]  # by heading
    columns: Sequence[Sequence[str]]

    @property
    def shape(self) -> tuple[str, int, tuple[str, ...]]:
        """Return what files of one kind have in common."""
        return self.separator, len(self.columns), self.header


def find_layout(text: str) -> Layout | None:
    """Return the layout of a table; None if no column holds tags."""
    return find_layouts({"": text}).get("")


def find_layouts(files: Mapping[str, str]) -> dict[str, Layout]:
    """Return the layout of each file that has a column of tags; files of one shape have one layout.

    Each file must have such a column for itself, or bare labels that other files of its shape have.
    """
    layouts: dict[str, Layout] = {}
    for separator in _SEPARATORS:
        samples: dict[str, _Sample] = {}
        for file, text in files.items():
            if file not in layouts and (sample := _take_sample(text, separator)):
                samples[file] = sample
        groups: defaultdict[tuple[str, int, tuple[str, ...]], list[str]] = defaultdict(list)
        for file, sample in samples.items():
            groups[sample.shape].append(file)
        for group in groups.values():
            layouts |= _infer_layouts({file: samples[file] for file in group})
    return layouts


def _infer_layouts(samples: Mapping[str, _Sample]) -> dict[str, Layout]:
    """Return the layout of the files of one shape that hold tags."""
    certain = {file: sample for file, sample in samples.items() if find_tag_columns(sample.columns)}
    if not certain:
        return {}
    first = list(certain.values())[:_MAX_SAMPLED]
    columns = [
        [cell for cells in joined for cell in cells]
        for joined in zip(*(sample.columns for sample in first), strict=True)
    ]
    layout = _build_layout(first[0], columns)
    if layout is None:
        return {}
    return {
        file: layout
        for file, sample in samples.items()
        if file in certain or (layout.labels and _has_labels(sample.columns[layout.tag], layout.labels))
    }


def _has_labels(cells: Sequence[str], labels: frozenset[str]) -> bool:
    """Tell whether most labels in these cells are known from other files."""
    present = set(cells) - {"O"}
    return are_bare_labels(present) and 2 * len(present & labels) >= len(present)


def _take_sample(text: str, separator: str) -> _Sample | None:
    """Return the first rows that have the most frequent width; None if that is less than two."""
    head = text[:_SAMPLE_LENGTH]
    if len(head) < len(text):
        head = head[: head.rfind("\n") + 1]
    try:
        rows = [c for _, c in iterate_rows(head, separator, where="") if c and not _is_comment(c)]
    except BionerError:
        return None
    widths = Counter(map(len, rows))
    n_columns = max(widths, key=lambda width: (widths[width], width), default=0)
    if n_columns < 2:
        return None
    table = [cells for cells in rows if len(cells) == n_columns]
    header = tuple(cell.strip().lower() for cell in table[0])
    roles = {role: i for role, names in _HEADERS.items() for i, cell in enumerate(header) if cell in names}
    if not ("word" in roles and "tag" in roles) and not _has_tags_below(table):
        header, roles = (), {}
    columns = list(zip(*table[1 if header else 0 :], strict=True))
    return _Sample(separator, header, roles, columns) if columns else None


def _has_tags_below(table: Sequence[Sequence[str]]) -> bool:
    """Tell whether some column holds tags in all rows but the first, which then has headings."""
    for first, *cells in zip(*table, strict=True):
        tags = set(cells)
        if tags - {"O"} and not TAG.fullmatch(first) and all(map(TAG.fullmatch, tags)):
            return True
    return False


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


def _build_layout(sample: _Sample, columns: Sequence[Sequence[str]]) -> Layout | None:
    """Return the layout of tables of one shape, whose columns are joined."""
    roles = sample.roles
    candidates = find_tag_columns(columns, sample.header)
    if not candidates:
        return None
    candidates.sort(key=lambda column: column.heading not in _HEADERS["tag"])  # stable
    tag, *unread = candidates
    return Layout(
        separator=sample.separator,
        n_columns=len(columns),
        word=roles.get("word", _find_word_column(columns, tag.number)),
        tag=tag.number,
        has_prefixes=tag.has_prefixes,
        header=sample.header,
        unread=tuple(unread),
        labels=frozenset() if tag.has_prefixes else frozenset(tag.cells) - {"O"},
        **{role: roles.get(role) for role in ("sentence", "document", "part")},
    )


def _find_word_column(columns: Sequence[Sequence[str]], tag: int) -> int:
    """Return the first column that holds neither the tags nor only numbers."""
    others = [i for i in range(len(columns)) if i != tag]
    return next((i for i in others if not all(cell.isdecimal() for cell in columns[i])), others[0])
