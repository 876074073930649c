"""Texts with marked mentions, as most tools' files hold them, become passages."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Any

from bioner_core.corpus.reading.findings import Findings
from bioner_core.corpus.reading.offsets import Rule
from bioner_core.corpus.reading.passages import Passage
from bioner_core.corpus.reading.placement import Marked, counted_in, place
from bioner_core.corpus.reading.split_names import file_part, folder_part, part_of, stem
from bioner_core.corpus.sentences import Part

LONG = "texts are long, so each record is taken as a document of its own."
_LONG = 400  # characters; texts that are longer on average are documents, not sentences
_MAX_DIGITS = 15  # of an offset


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A text of a file, and what it marks there."""

    text: str
    marked: Sequence[Marked] = ()
    document: str = ""  # "" where the file does not say
    part: Part = ""  # "" where only the file's name may say


def passages_of(
    texts: Sequence[Text], *, file: str, findings: Findings, rule: Rule | None = None
) -> list[Passage]:
    """Return passages with placed mentions; blank texts are left out.

    :param rule: what offsets count, where the format says so; else the mentions' words decide for the file
    """
    if rule is None:
        rule = counted_in([(each.text, each.marked) for each in texts], where=file, findings=findings)
    are_documents = are_long([each.text for each in texts]) and not any(each.document for each in texts)
    of_file = file_part(file)
    passages = []
    for number, each in enumerate(texts, 1):
        findings.count(1 + len(each.marked), where=file)
        if not each.text.strip():
            if each.marked:
                what = [(mention.where, mention.label, mention.fragments) for mention in each.marked]
                findings.all_unplaced(file, "no text: its mentions are left out.", what)
            continue
        mentions = place(each.marked, each.text, rule=rule, findings=findings)
        passages.append(
            Passage(
                document=each.document or (f"{stem(file)}:{number}" if are_documents else ""),
                text=each.text,
                mentions=mentions,
                part=each.part or of_file,
            )
        )
    if are_documents and len(texts) > 1:
        findings.add("note", file, LONG)
    return passages


def are_long(texts: Sequence[str]) -> bool:
    """Tell whether the texts of a file are documents, not sentences, by their length on average."""
    return sum(map(len, texts)) > _LONG * len(texts)


def with_parts(passages: Sequence[Passage]) -> tuple[Passage, ...]:
    """Add parts to documents that are a file each: of folders; of their names only where each says one."""
    parts = [folder_part(passage.document) for passage in passages]
    if not any(parts):
        of_names = [part_of(PurePosixPath(passage.document).name) for passage in passages]
        parts = of_names if all(of_names) else parts
    return tuple(replace(passage, part=part) for passage, part in zip(passages, parts, strict=True))


def whole(value: Any) -> int:
    """Return an offset as a file writes it; -1, which is no place, where it is no whole number.

    >>> whole("12"), whole(12.0), whole("-1"), whole(None), whole("1e3"), whole(True)
    (12, 12, -1, -1, -1, -1)
    """
    if isinstance(value, str):
        value = value.strip()
        return int(value) if value.isdecimal() and len(value) <= _MAX_DIGITS else -1
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 10**_MAX_DIGITS:
        return -1
    return int(value) if value == int(value) else -1
