"""Detect mentions that begin with I- in files that are not IOB1 throughout."""

from collections import Counter
from collections.abc import Sequence

from bioner_core.corpus.reading.findings import Findings
from bioner_core.corpus.tags import split_tag


class TagSchemeCounter:
    """Counts the tags with which the mentions of one file begin."""

    def __init__(self) -> None:
        self._starts: Counter[str] = Counter()  # "I", "B", "B after same label", "label" → mentions

    def add(self, tags: Sequence[str], mentions: Sequence[tuple[int, int, str]]) -> None:
        """Count the mentions (start, end, label) of one sentence with these tags."""
        for start, _, label in mentions:
            tag = tags[start]
            mark, _ = split_tag(tag)
            if mark == "B" and start > 0 and split_tag(tags[start - 1])[1] == label:
                mark = "B after same label"
            elif mark == "I" and tag[1:2] not in ("", "-", "_"):
                mark = "label"  # a tag without I-, as in inside–outside files
            self._starts[mark] += 1

    def report(self, file: str, findings: Findings) -> None:
        """Report mentions that begin with I-, unless the file is IOB1."""
        n_inside = self._starts["I"]
        is_iob1 = self._starts["B after same label"] and not self._starts["B"]
        if n_inside and not is_iob1:
            n = self._starts.total()
            message = f"{n_inside:,} of {n:,} mentions start with I- without B-; each is read as a mention."
            findings.add("warning", file, message, kind="mentions that start with I- without B-.")
