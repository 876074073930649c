"""Collect findings, unplaced mentions and counts while a file is read; repeated findings are counted."""

from collections import Counter
from collections.abc import Iterable, Sequence

from bioner_core.corpus.reading.bounds import MAX_ITEMS, format_names
from bioner_core.corpus.reading.passages import Finding, Level, Passage, Reading, UnplacedMention
from bioner_core.csv_text import format_csv
from bioner_core.errors import BionerError

MAX_LISTED = 10  # findings of a kind that are listed one by one
MAX_UNPLACED = 10_000  # mentions left out whose places are kept

Fragments = Sequence[tuple[int, int]]


class Findings:
    """Collects findings in order, the mentions left out, and the number of items read."""

    def __init__(self) -> None:
        self.n_unplaced = 0
        self.n_unannotated = 0  # texts that nobody annotated
        self._unannotated: list[Passage] = []
        self.n_repeated = 0  # mentions that repeat another one exactly
        self._n_items = 0
        self._unplaced: list[UnplacedMention] = []
        self._listed: list[Finding] = []
        self._counts: Counter[tuple[Level, str]] = Counter()

    def add(self, level: Level, where: str, message: str, *, kind: str = "") -> None:
        """Add a finding.

        :param kind: message for the count of further findings; default: the message itself
        """
        key = level, kind or message
        self._counts[key] += 1
        if self._counts[key] <= MAX_LISTED:
            self._listed.append(Finding(level=level, where=where, message=message))

    def count(self, n: int, *, where: str) -> None:
        """Count ``n`` more sentences, records or mentions.

        :raises BionerError: above ``MAX_ITEMS``, before memory runs out
        """
        self._n_items += n
        if self._n_items > MAX_ITEMS:
            raise BionerError(
                f"{where}: more than {MAX_ITEMS:,} sentences and mentions. Give a part of the corpus."
            )

    def add_unplaced(
        self, where: str, message: str, *, kind: str = "", label: str = "", fragments: Fragments = ()
    ) -> None:
        """Record that a mention is left out because it has no valid place in the text.

        :param fragments: its fragments as in the file; empty if they cannot be parsed
        """
        self.add("warning", where, message, kind=kind)
        self._add_left_out(where, message, label, fragments)

    def add_unannotated(self, where: str, text: str = "", *, document: str = "") -> None:
        """Record that a text is left out because nobody annotated it; keep the text, if it is at hand."""
        self.n_unannotated += 1
        self.keep_unannotated(text, document=document)
        self.add("warning", where, "nobody annotated this text, so it is left out.")

    def keep_unannotated(self, text: str, *, document: str = "") -> None:
        """Keep a text that nobody annotated: it may be annotated next."""
        if text.strip():
            self._unannotated.append(Passage(document=document, text=text))

    def add_all_unplaced(
        self, where: str, message: str, mentions: Iterable[tuple[str, str, Fragments]]
    ) -> None:
        """Record with one finding that all mentions (place, label, fragments) of a text are left out."""
        self.add("warning", where, message)
        for place, label, fragments in mentions:
            self._add_left_out(place or where, message, label, fragments)

    def _add_left_out(self, where: str, reason: str, label: str, fragments: Fragments) -> None:
        self.n_unplaced += 1
        if len(self._unplaced) < MAX_UNPLACED:
            start, end = (fragments[0][0], fragments[-1][1]) if fragments else (None, None)
            label = format_names([label], length=80)
            self._unplaced.append(
                UnplacedMention(where=where, reason=reason, label=label, start=start, end=end)
            )

    def build_reading(
        self, *, name: str, format_name: str, passages: Iterable[Passage], n_unannotated: int = 0
    ) -> Reading:
        """Return the passages as a reading, with all findings and unplaced mentions."""
        return Reading(
            name=name,
            format=format_name,
            passages=tuple(passages),
            findings=self.list_findings(),
            n_unannotated=n_unannotated + self.n_unannotated,
            unannotated=tuple(self._unannotated),
            n_unplaced=self.n_unplaced,
            unplaced=self.unplaced_mentions,
        )

    @property
    def unplaced_mentions(self) -> tuple[UnplacedMention, ...]:
        """The mentions left out, at most ``MAX_UNPLACED``."""
        return tuple(self._unplaced)

    def list_findings(self) -> tuple[Finding, ...]:
        """Return the findings; beyond ``MAX_LISTED`` of a kind, a finding with the number of others."""
        more = (
            Finding(level=level, where=f"{n - MAX_LISTED:,} more places", message=kind)
            for (level, kind), n in self._counts.items()
            if n > MAX_LISTED
        )
        if self.n_repeated:
            repeated = f"mentions that repeat another one (place and label), kept once: {self.n_repeated:,}."
            return (*self._listed, *more, Finding(level="note", where="all files", message=repeated))
        return (*self._listed, *more)


def format_unplaced_csv(unplaced: Iterable[UnplacedMention]) -> str:
    """Format mentions left out as CSV: place, label, offsets as in the file, reason; no running text."""
    return format_csv(
        ("where", "label", "start", "end", "reason"),
        ((m.where, m.label, m.start, m.end, m.reason) for m in unplaced),
    )


def format_findings_csv(findings: Iterable[Finding]) -> str:
    """Format findings as CSV, one row per finding."""
    return format_csv(("level", "where", "message"), ((f.level, f.where, f.message) for f in findings))
