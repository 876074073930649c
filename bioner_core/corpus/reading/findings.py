"""What a reader notes and counts on its way; much of a kind is counted, not repeated."""

from collections import Counter

from bioner_core.corpus.reading.bounds import MAX_ITEMS
from bioner_core.corpus.reading.passages import Finding, Level
from bioner_core.errors import BionerError

LISTED = 10  # findings of one kind that are shown each


class Findings:
    """Findings in the order in which they were made, mentions left out, and how much was read."""

    def __init__(self) -> None:
        self.n_unplaced = 0
        self._n_items = 0
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

    def unplaced(self, where: str, message: str, *, n: int = 1, kind: str = "") -> None:
        """Note that ``n`` mentions are left out, since they have no valid place in the text."""
        self.n_unplaced += n
        self.add("warning", where, message, kind=kind)

    def listed(self) -> tuple[Finding, ...]:
        """Return the findings; beyond ten of a kind, how many more there are."""
        more = (
            Finding(level=level, where=f"{n - LISTED:,} more places", message=kind)
            for (level, kind), n in self._counts.items()
            if n > LISTED
        )
        return (*self._listed, *more)
