"""What a reader notes and counts on its way; much of a kind is counted, not repeated."""

import csv
import io
from collections import Counter
from collections.abc import Iterable, Sequence

from bioner_core.corpus.reading.bounds import MAX_ITEMS, shown
from bioner_core.corpus.reading.passages import Finding, Level, Passage, Reading, Unplaced
from bioner_core.errors import BionerError

LISTED = 10  # findings of one kind that are shown each
MAX_UNPLACED = 10_000  # mentions left out that are kept with their places

Fragments = Sequence[tuple[int, int]]


class Findings:
    """Findings in the order in which they were made, mentions left out, and how much was read."""

    def __init__(self) -> None:
        self.n_unplaced = 0
        self._n_items = 0
        self._unplaced: list[Unplaced] = []
        self._listed: list[Finding] = []
        self._counts: Counter[tuple[Level, str]] = Counter()

    def add(self, level: Level, where: str, message: str, *, kind: str = "") -> None:
        """Note one thing; ``kind`` stands for all alike where their messages differ."""
        key = level, kind or message
        self._counts[key] += 1
        if self._counts[key] <= LISTED:
            self._listed.append(Finding(level=level, where=where, message=message))

    def count(self, n: int, *, where: str) -> None:
        """Count ``n`` more sentences, records or mentions; refuse too many before memory runs out."""
        self._n_items += n
        if self._n_items > MAX_ITEMS:
            raise BionerError(
                f"{where}: more than {MAX_ITEMS:,} sentences and mentions. Give a part of the corpus."
            )

    def unplaced(
        self, where: str, message: str, *, kind: str = "", label: str = "", at: Fragments = ()
    ) -> None:
        """Note that a mention is left out, since it has no valid place in the text.

        :param at: its fragments as the file has them; none where it has none that can be read.
        """
        self.add("warning", where, message, kind=kind)
        self._leave_out(where, message, label, at)

    def all_unplaced(self, where: str, message: str, marked: Iterable[tuple[str, str, Fragments]]) -> None:
        """Note by one finding that all mentions (place, label, fragments) of a text are left out."""
        self.add("warning", where, message)
        for place, label, at in marked:
            self._leave_out(place or where, message, label, at)

    def _leave_out(self, where: str, reason: str, label: str, at: Fragments) -> None:
        self.n_unplaced += 1
        if len(self._unplaced) < MAX_UNPLACED:
            start, end = (at[0][0], at[-1][1]) if at else (None, None)
            label = shown([label], length=80)
            self._unplaced.append(Unplaced(where=where, reason=reason, label=label, start=start, end=end))

    def reading(
        self, *, name: str, form: str, passages: Iterable[Passage], n_unannotated: int = 0
    ) -> Reading:
        """Return what was read, with all that was found on the way."""
        return Reading(
            name=name,
            format=form,
            passages=tuple(passages),
            findings=self.listed(),
            n_unannotated=n_unannotated,
            n_unplaced=self.n_unplaced,
            unplaced=self.unplaced_mentions,
        )

    @property
    def unplaced_mentions(self) -> tuple[Unplaced, ...]:
        """Return the mentions left out, the first 10,000."""
        return tuple(self._unplaced)

    def listed(self) -> tuple[Finding, ...]:
        """Return the findings; beyond ten of a kind, how many more there are."""
        more = (
            Finding(level=level, where=f"{n - LISTED:,} more places", message=kind)
            for (level, kind), n in self._counts.items()
            if n > LISTED
        )
        return (*self._listed, *more)


def unplaced_csv(unplaced: Iterable[Unplaced]) -> str:
    """Return mentions left out as CSV: place, label, offsets as in the file, reason; no running text."""
    return _csv(
        ("where", "label", "start", "end", "reason"),
        ((each.where, each.label, each.start, each.end, each.reason) for each in unplaced),
    )


def findings_csv(findings: Iterable[Finding]) -> str:
    """Return findings as CSV, a row each."""
    return _csv(("level", "where", "message"), ((each.level, each.where, each.message) for each in findings))


def _csv(columns: Sequence[str], rows: Iterable[Sequence[str | int | None]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([plain_cell(cell) if isinstance(cell, str) else cell for cell in row] for row in rows)
    return text.getvalue()


def plain_cell(cell: str) -> str:
    """Return a cell's text so that no spreadsheet computes it.

    >>> plain_cell("=A1"), plain_cell("a.ann, line 3")
    ("'=A1", 'a.ann, line 3')
    """
    return f"'{cell}" if cell[:1] in tuple("=+-@\t\r") else cell
