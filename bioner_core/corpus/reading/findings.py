"""What a reader notes on its way; much of a kind is counted, not repeated."""

from collections import Counter

from bioner_core.corpus.reading.passages import Finding, Level

LISTED = 10  # findings of one kind that are shown each


class Findings:
    """Findings in the order in which they were made, and mentions left out."""

    def __init__(self) -> None:
        self.n_unplaced = 0
        self._listed: list[Finding] = []
        self._counts: Counter[tuple[Level, str]] = Counter()

    def add(self, level: Level, where: str, message: str, *, kind: str = "") -> None:
        """Note one thing; ``kind`` stands for all alike where their messages differ."""
        key = level, kind or message
        self._counts[key] += 1
        if self._counts[key] <= LISTED:
            self._listed.append(Finding(level=level, where=where, message=message))

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
