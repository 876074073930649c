"""The scheme of a file's tags, as far as it is worth a word: mentions that begin with I-."""

from collections import Counter
from collections.abc import Sequence

from bioner_core.corpus.reading.findings import Findings
from bioner_core.corpus.tags import split_tag


class Scheme:
    """Counts by which tags the mentions of one file begin."""

    def __init__(self) -> None:
        self._starts: Counter[str] = Counter()  # "I", "B", "B after its like", "label" → mentions

    def see(self, tags: Sequence[str], found: Sequence[tuple[int, int, str]]) -> None:
        """Take in the tags of a sentence and the mentions (start, end, label) found in them."""
        for start, _, label in found:
            tag = tags[start]
            mark, _ = split_tag(tag)
            if mark == "B" and start > 0 and split_tag(tags[start - 1])[1] == label:
                mark = "B after its like"
            elif mark == "I" and tag[1:2] not in ("", "-", "_"):
                mark = "label"  # alone, as inside–outside files write it
            self._starts[mark] += 1

    def note(self, file: str, findings: Findings) -> None:
        """Say where mentions begin with I-, unless the whole file is written so (IOB1)."""
        n_inside = self._starts["I"]
        is_iob1 = self._starts["B after its like"] and not self._starts["B"]
        if n_inside and not is_iob1:
            n = self._starts.total()
            message = f"{n_inside:,} of {n:,} mentions start with I- without B-; each is read as a mention."
            findings.add("warning", file, message, kind="mentions that start with I- without B-.")
