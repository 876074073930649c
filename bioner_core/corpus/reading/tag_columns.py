"""Choose the column of tags in a table of words and tags: by the heading, the types and the mentions."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from bioner_core.corpus.reading.bounds import format_names
from bioner_core.corpus.tags import BARE, split_tag

TAG = re.compile(r"O|[BIMELSUW](?:[-_].*)?", re.DOTALL)
STACKED_TAGS = re.compile(  # in one cell
    r"(?:[BIMELSUW]-[^;|,+/&]+|O)(?:[;|,+/&](?:[BIMELSUW]-[^;|,+/&]+|O))+"
)
_LABEL = re.compile(r"[^\W\d][\w-]*")
_CHUNKS = re.compile("NP|VP|PP|ADJP|ADVP|SBAR|PRT|CONJP|INTJ|LST|UCP")  # of CoNLL-2000
_PREDICTED = re.compile(r"pred|system|hyp|auto|output|guess", re.IGNORECASE)
_MIN_TAGS = 0.9  # share of cells with a prefix; the reader reports the others
_MIN_OUTSIDE = 0.1  # share of O in a column of bare labels
_MAX_DISTINCT = 0.7  # distinct bare labels per distinct cell of another column
_MIN_REPEATED = 0.3  # share of equal tags where two columns have one: versions of the same annotation
_SIMILAR = 1.5  # times as many mentions; more than that, and not the order, tells gold from other columns
Column = Sequence[str]


@dataclass(frozen=True, eq=False)
class TagColumn:
    """A column that holds tags."""

    number: int  # from 0
    cells: Column
    heading: str = ""
    repeats: "TagColumn | None" = field(default=None, compare=False)  # a column with mostly the same tags

    @cached_property
    def types(self) -> list[str]:
        """Return the labels in the column, sorted."""
        return sorted({split_tag(cell)[1] for cell in set(self.cells)} - {""})

    @cached_property
    def n_starts(self) -> int:
        """Count the places where a mention starts, roughly: a tag after O, or B- or S-."""
        pairs = zip(["O", *self.cells], self.cells, strict=False)
        return sum(cell != "O" and (last == "O" or split_tag(cell)[0] in "BS") for last, cell in pairs)

    @cached_property
    def has_prefixes(self) -> bool:
        """Tell whether the tags are such as B-… and I-…, rather than bare labels or O throughout."""
        return set(self.cells) != {"O"} and _are_tags(self.cells, ())

    @property
    def is_chunks(self) -> bool:
        """Tell whether the labels are those of syntactic chunks."""
        return bool(self.types) and all(map(_CHUNKS.fullmatch, self.types))

    def rank(self, most: int) -> tuple[bool, bool, bool, bool, bool]:
        """Return what is compared with other columns; the largest holds the entities.

        :param most: mentions in the column with the most
        """
        is_predicted = bool(self.repeats or _PREDICTED.search(self.heading))
        has_many = self.n_starts * _SIMILAR >= most
        return not self.is_chunks, not is_predicted, self.types != [BARE], has_many, self.n_starts > 0

    def describe(self) -> str:
        """Return number, labels and mentions for a message."""
        if self.is_chunks:
            return f"column {self.number + 1} (chunks)"
        kind = f"repeats column {self.repeats.number + 1}: predictions?" if self.repeats else ""
        labels = kind or format_names(self.types, length=60) or "no labels"
        return f"column {self.number + 1} ({labels}; {self.n_starts:,} mention{'s' * (self.n_starts != 1)})"


def find_tag_columns(columns: Sequence[Column], headings: Sequence[str] = ()) -> list[TagColumn]:
    """Return the columns that hold tags, that of the entities first; those with prefixes, or bare labels."""
    for fits in (_are_tags, _are_labels):
        candidates = [
            TagColumn(number, cells, headings[number] if headings else "")
            for number, cells in enumerate(columns)
            if fits(cells, columns)
        ]
        if candidates:
            break
    named = [c if (first := _find_repeated(c, candidates)) is None else _mark(c, first) for c in candidates]
    has_mentions = any(column.n_starts for column in named)
    order = named if has_mentions else named[::-1]  # without any mention the last column, as CoNLL has it
    most = max((column.n_starts for column in named if not column.is_chunks), default=0)
    return sorted(order, key=lambda column: column.rank(most), reverse=True)  # else from left to right


def _mark(column: TagColumn, repeated: TagColumn) -> TagColumn:
    return TagColumn(column.number, column.cells, column.heading, repeated)


def _find_repeated(column: TagColumn, others: Sequence[TagColumn]) -> TagColumn | None:
    """Return a column to the left whose tags this one mostly repeats, as predictions repeat gold tags."""
    for other in others:
        if other.number >= column.number:
            break
        if _PREDICTED.search(other.heading):
            continue
        both = [(a, b) for a, b in zip(other.cells, column.cells, strict=True) if a != "O" != b]
        if both and sum(a == b for a, b in both) >= _MIN_REPEATED * len(both):
            return other
    return None


def _are_tags(cells: Column, _columns: Sequence[Column]) -> bool:
    """Tell whether most cells, and half of those that are not O, are tags."""
    counts = Counter(cells)
    n_outside = counts.pop("O", 0)
    n_tags = sum(n for cell, n in counts.items() if is_tag(cell))
    return n_outside + n_tags >= _MIN_TAGS * len(cells) and 2 * n_tags >= len(cells) - n_outside


def _are_labels(cells: Column, columns: Sequence[Column]) -> bool:
    """Tell whether cells are O or bare labels, of which there are few.

    Where less than half of the cells are O, another column must hold more different cells, since words and
    their classes have this shape, too.
    """
    labels = set(cells) - {"O"}
    if cells.count("O") < _MIN_OUTSIDE * len(cells) or not are_bare_labels(labels):
        return False
    n_words = max(len(set(column)) for column in columns)
    return cells.count("O") >= len(cells) / 2 or len(labels) <= _MAX_DISTINCT * n_words


def is_tag(cell: str) -> bool:
    """Tell whether a cell is a tag with a prefix, O, or several of these."""
    return bool(TAG.fullmatch(cell) or STACKED_TAGS.fullmatch(cell))


def are_bare_labels(labels: set[str]) -> bool:
    """Tell whether all of these look like the name of a label."""
    return all(_LABEL.fullmatch(label) for label in labels)


def split_stacked_tags(tag: str) -> list[str]:
    """Return the tags in a cell; one where it holds several of different labels.

    >>> split_stacked_tags("B-Chemical;B-Drug"), split_stacked_tags("B-Disease/Disorder")
    (['B-Chemical', 'B-Drug'], ['B-Disease/Disorder'])
    """
    return re.split(r"[;|,+/&]+", tag) if STACKED_TAGS.fullmatch(tag) else [tag]
