"""Find the field of a task that holds its text, for tools where the user names the fields."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bioner_core.corpus.reading.annotation_fields import find_first
from bioner_core.corpus.reading.bounds import format_names
from bioner_core.corpus.reading.findings import Findings
from bioner_core.corpus.reading.offsets import OffsetConvention
from bioner_core.corpus.reading.passages import Passage
from bioner_core.corpus.reading.placement import RawMention, is_checkable
from bioner_core.corpus.reading.records import (
    PART_FIELDS,
    TEXT_FIELDS,
    find_document_name,
    select_field,
)
from bioner_core.corpus.reading.split_names import parse_part
from bioner_core.corpus.reading.texts import AnnotatedText, build_passages
from bioner_core.errors import BionerError

_LINK_PREFIXES = ("http://", "https://", "s3://", "gs://", "/data/", "azure-blob://")
_MAX_VOTING_TASKS = 200  # tasks that vote for a field
_MAX_VOTES_PER_TASK = 10  # mentions of each of them


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """The fields that a tool shows to annotators, and the mentions that one of them annotated."""

    where: str
    data: Mapping[str, Any]
    raw_mentions: tuple[RawMention, ...]
    metadata: Mapping[str, Any]  # other fields of the record


def build_task_passages(
    tasks: Sequence[Task],
    *,
    file: str,
    documents: str | None,
    findings: Findings,
    unstated: OffsetConvention | None = None,
) -> list[Passage]:
    """Return one passage for each task that has a text.

    :param documents: the field that names the document; dots lead into fields of fields
    :param unstated: how the tool counts offsets, for files without the words of mentions
    :raises BionerError: where no field holds texts, or the texts are links
    """
    field = find_text_field(tasks)
    if tasks and not field:
        raise BionerError(
            f"{tasks[0].where}: no text among the fields {format_names(tasks[0].data)}. Each task needs a "
            "field with its text."
        )
    if tasks and all(str(task.data.get(field, "")).startswith(_LINK_PREFIXES) for task in tasks):
        raise BionerError(
            f"{tasks[0].where}: the field {format_names([field])!r} holds links, not texts. Put the texts "
            "themselves there."
        )
    texts = [_build_text(task, field, documents) for task in tasks]
    convention = None
    if unstated and not any(is_checkable(mention) for task in tasks for mention in task.raw_mentions):
        convention = unstated
        if any(unstated.has_other_offsets(text.text) for text in texts if text.raw_mentions):
            message = f"no words beside the offsets: they are read as {unstated.name}, as the tool counts."
            findings.add("warning", file, message)
    return build_passages(texts, file=file, findings=findings, convention=convention)


def keep_unannotated_tasks(
    unannotated: Sequence[Task], tasks: Sequence[Task], *, documents: str | None, findings: Findings
) -> None:
    """Keep the texts of tasks that nobody completed, in the field that holds the texts of the others."""
    field = find_text_field(tasks)
    for task in unannotated if field else ():
        text = _build_text(task, field, documents)
        findings.keep_unannotated(text.text, document=text.document)


def find_text_field(tasks: Sequence[Task]) -> str:
    """Return the field that most mentions match; of equals, the most usual, then the longest."""
    votes: Counter[str] = Counter()
    lengths: Counter[str] = Counter()
    for task in tasks[:_MAX_VOTING_TASKS]:
        for field, value in task.data.items():
            if isinstance(value, str):
                lengths[field] += len(value)
                votes[field] += sum(
                    _has_same_text(mention, value) for mention in task.raw_mentions[:_MAX_VOTES_PER_TASK]
                )

    def rank(field: str) -> tuple[int, int, int]:
        usual_rank = len(TEXT_FIELDS) - TEXT_FIELDS.index(field) if field in TEXT_FIELDS else 0
        return votes[field], usual_rank, lengths[field]

    return max(lengths, key=rank, default="")


def _has_same_text(mention: RawMention, text: str) -> bool:
    return bool(mention.surface) and any(
        text[start:end] == mention.surface for start, end in mention.fragments
    )


def _build_text(task: Task, field: str, documents: str | None) -> AnnotatedText:
    value = task.data.get(field)
    fields = {**task.metadata, **task.data}
    document = select_field(fields, documents, task.where) if documents else find_document_name(fields)
    return AnnotatedText(
        text=value if isinstance(value, str) else "",
        raw_mentions=task.raw_mentions,
        document=document,
        part=parse_part(str(find_first(fields, PART_FIELDS) or "")),
    )
