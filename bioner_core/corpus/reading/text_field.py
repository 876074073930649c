"""Which field of a task is the text that its mentions point into, where tools leave that to the user."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bioner_core.corpus.reading.bounds import shown
from bioner_core.corpus.reading.findings import Findings
from bioner_core.corpus.reading.passages import Passage
from bioner_core.corpus.reading.placement import Marked
from bioner_core.corpus.reading.records import PARTS, TEXTS, document_of, first, named
from bioner_core.corpus.reading.split_names import part_of
from bioner_core.corpus.reading.texts import Text, passages_of
from bioner_core.errors import BionerError

_LINKS = ("http://", "https://", "s3://", "gs://", "/data/", "azure-blob://")
_VOTERS, _VOTES = 200, 10  # tasks that tell which field is the text, and mentions of each


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What a tool shows to its annotators, and what one of them marked there."""

    where: str
    data: Mapping[str, Any]
    marked: tuple[Marked, ...]
    aside: Mapping[str, Any]  # what else the record says of it: metadata


def passages_of_tasks(
    tasks: Sequence[Task], *, file: str, documents: str | None, findings: Findings
) -> list[Passage]:
    """Return a passage for each task that has a text.

    :param documents: the field that names the document; dots lead into fields of fields
    :raises BionerError: where no field holds texts, or the texts are links
    """
    key = text_field(tasks)
    if tasks and not key:
        raise BionerError(
            f"{tasks[0].where}: no text among the fields {shown(tasks[0].data)}. Each task needs a field "
            "with its text."
        )
    if tasks and all(str(task.data.get(key, "")).startswith(_LINKS) for task in tasks):
        raise BionerError(
            f"{tasks[0].where}: the field {shown([key])!r} holds links, not texts. Put the texts "
            "themselves there."
        )
    return passages_of([_text(task, key, documents) for task in tasks], file=file, findings=findings)


def text_field(tasks: Sequence[Task]) -> str:
    """Return the field whose text most mentions' words stand in, else the usual one, else the longest."""
    votes: Counter[str] = Counter()
    lengths: Counter[str] = Counter()
    for task in tasks[:_VOTERS]:
        for key, value in task.data.items():
            if isinstance(value, str):
                lengths[key] += len(value)
                votes[key] += sum(_is_there(mention, value) for mention in task.marked[:_VOTES])

    def rank(key: str) -> tuple[int, int, int]:
        usual = len(TEXTS) - TEXTS.index(key) if key in TEXTS else 0
        return votes[key], usual, lengths[key]

    return max(lengths, key=rank, default="")


def _is_there(mention: Marked, text: str) -> bool:
    return bool(mention.words) and any(text[start:end] == mention.words for start, end in mention.fragments)


def _text(task: Task, key: str, documents: str | None) -> Text:
    value = task.data.get(key)
    everything = {**task.aside, **task.data}
    document = named(everything, documents, task.where) if documents else document_of(everything)
    return Text(
        text=value if isinstance(value, str) else "",
        marked=task.marked,
        document=document,
        part=part_of(str(first(everything, PARTS) or "")),
    )
