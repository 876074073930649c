"""doccano's exports for sequence labelling: JSON lines of texts, with labels or entities, a file a member."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bioner_core.corpus.reading.findings import Findings
from bioner_core.corpus.reading.json_values import first_value, values
from bioner_core.corpus.reading.jsonl_records import starts_with_record
from bioner_core.corpus.reading.passages import Passage, Reading
from bioner_core.corpus.reading.records import Content, content_of
from bioner_core.corpus.reading.texts import Text, passages_of
from bioner_core.errors import BionerError

NAME = "doccano"
_MARKS = ("Comments", "comments", "annotation_approver")


@dataclass(frozen=True, slots=True)
class _Version:
    """A text as one file has it."""

    file: str
    where: str
    content: Content


def claims(files: Mapping[str, str]) -> set[str]:
    """Return the files whose first record is doccano's; none where other dialects stand beside."""
    found = {name for name, text in files.items() if _is_ours(first_value(text))}
    others = files.keys() - found if found else set()
    return set() if any(starts_with_record(files[name]) for name in others) else found


def read(files: Mapping[str, str], *, name: str, documents: str | None) -> Reading:
    """Read all texts, each once: of several members' files, the one that has most labelled texts.

    :raises BionerError: for a record that is not complete
    """
    findings = Findings()
    versions: dict[tuple[str, str], list[_Version]] = defaultdict(list)
    n_labelled: Counter[str] = Counter()
    for file, text in files.items():
        for number, (where, value) in enumerate(_records(text, file, findings)):
            content = content_of(value, where=where, documents=documents)
            versions[str(value.get("id", f"{file} {number}")), content.text].append(
                _Version(file, where, content)
            )
            n_labelled[file] += bool(content.marked)
    kept: dict[str, list[Text]] = {file: [] for file in files}
    for same in versions.values():
        best = min(same, key=lambda each: (not each.content.marked, -n_labelled[each.file], each.file))
        if sum(bool(each.content.marked) for each in same) > 1:
            message = "several members labelled the same text: one of them is read."
            findings.add("note", best.where, message)
        own = best.content
        kept[best.file].append(Text(text=own.text, marked=own.marked, document=own.document, part=own.part))
    passages: list[Passage] = []
    for file, texts in kept.items():
        passages += passages_of(texts, file=file, findings=findings)
    _note_empty(passages, name, findings)
    return findings.reading(name=name, form=NAME, passages=passages)


def _is_ours(value: object) -> bool:
    if not isinstance(value, dict) or not isinstance(value.get("text"), str):
        return False
    entities = value.get("entities")
    is_of_relations = isinstance(entities, list) and isinstance(value.get("relations"), list)
    is_of_entities = is_of_relations and all(
        isinstance(e, dict) and "start_offset" in e for e in entities or ()
    )
    return is_of_entities or any(key in value for key in _MARKS)


def _records(text: str, file: str, findings: Findings) -> Iterator[tuple[str, dict[str, Any]]]:
    for where, value in values(text, name=file):
        if not isinstance(value, dict):
            raise BionerError(f"{where}: found no record of doccano, which is an object with a text.")
        if value.get("relations"):
            findings.add("note", where, "relations are not read.")
        annotations = value.get("annotations")
        if isinstance(annotations, list):  # before version 1 labels were numbers
            named = [{**a, "label": str(a.get("label"))} for a in annotations if isinstance(a, dict)]
            value = {**value, "annotations": named}
        yield where, value


def _note_empty(passages: list[Passage], name: str, findings: Findings) -> None:
    """Say how many texts have no entity, since doccano exports texts that nobody opened as well."""
    n = sum(not each.mentions for each in passages)
    if n:
        message = (
            f"{n:,} of {len(passages):,} texts have no entity. If some were never looked at, export approved "
            "documents only: all are read as annotated."
        )
        findings.add("note", name, message)
