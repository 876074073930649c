"""Detect mentions that begin with I- in files that are not IOB1 throughout."""

from collections import Counter
from collections.abc import Sequence

from bioner_core.corpus.reading.findings import Findings
from bioner_core.corpus.reading.tag_columns import split_stacked_tags
from bioner_core.corpus.tags import decode_tags, split_tag


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


def decode_stacked_tags(tags: Sequence[str]) -> list[tuple[int, int, str]]:
    """Return the mentions (start, end, label) of cells that hold several tags, each label by itself.

    >>> decode_stacked_tags(["B-Chemical;B-Drug", "I-Chemical"])
    [(0, 2, 'Chemical'), (0, 1, 'Drug')]
    """
    cells = [split_stacked_tags(tag) for tag in tags]
    labels = dict.fromkeys(split_tag(tag)[1] for cell in cells for tag in cell if tag != "O")
    mentions = []
    for label in labels:
        of_label = (next((tag for tag in cell if split_tag(tag)[1] == label), "O") for cell in cells)
        mentions += decode_tags(list(of_label))
    return sorted(mentions, key=lambda mention: mention[0])
