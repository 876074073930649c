"""Prodigy's exports (``db-out``): JSON lines of texts with spans, hashes and an answer."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from bioner_core.corpus.reading.findings import Findings
from bioner_core.corpus.reading.json_values import first_value, values
from bioner_core.corpus.reading.jsonl_records import starts_with_record
from bioner_core.corpus.reading.passages import Passage, Reading
from bioner_core.corpus.reading.placement import Marked
from bioner_core.corpus.reading.records import content_of, document_of
from bioner_core.corpus.reading.texts import Text, passages_of
from bioner_core.errors import BionerError

NAME = "Prodigy"
_HASHES = ("_input_hash", "_task_hash")
_WHO = ("_annotator_id", "_session_id")
_MANUAL = ("ner_manual", "spans_manual", "relations", "blocks", "")  # views in which all spans are marked


@dataclass
class _Example:
    """One text, and what each annotator accepted there, by task."""

    where: str
    content: Text
    by_annotator: dict[str, dict[str, tuple[Marked, ...]]] = field(default_factory=dict)


def claims(files: Mapping[str, str]) -> set[str]:
    """Return the files whose first record is Prodigy's; none where other dialects stand beside."""
    found = {name for name, text in files.items() if _is_ours(first_value(text))}
    others = files.keys() - found if found else set()
    return set() if any(starts_with_record(files[name]) for name in others) else found


def read(files: Mapping[str, str], *, name: str, documents: str | None) -> Reading:
    """Read all accepted examples; of several annotators of one text, the one who answered most.

    :raises BionerError: for a record that is not complete, or has no text
    """
    findings = Findings()
    passages: list[Passage] = []
    left_out: Counter[str] = Counter()
    for file, text in files.items():
        examples = _examples(text, file, documents, left_out, findings)
        n_answers = Counter(who for each in examples for who in each.by_annotator)
        texts = [_text(each, n_answers, findings) for each in examples]
        passages += passages_of(texts, file=file, findings=findings)
    for answer, n in sorted(left_out.items()):
        findings.add("note", name, f"{n:,} example{'s' * (n != 1)} left out: the answer is {answer}.")
    return findings.reading(name=name, form=NAME, passages=passages)


def _is_ours(value: object) -> bool:
    return isinstance(value, dict) and any(key in value for key in _HASHES) and "text" in value


def _examples(
    text: str, file: str, documents: str | None, left_out: Counter[str], findings: Findings
) -> list[_Example]:
    """Return the examples of one file, each text once."""
    found: dict[str, _Example] = {}
    for where, value in values(text, name=file):
        if not isinstance(value, dict):
            raise BionerError(f"{where}: found no example of Prodigy, which is an object with a text.")
        answer = str(value.get("answer", "accept"))
        if answer != "accept":
            left_out["ignore" if answer == "ignore" else "reject" if answer == "reject" else "unknown"] += 1
            continue
        if str(value.get("_view_id") or "") not in _MANUAL:
            message = "yes-or-no answers: what nobody was asked about counts as no entity."
            findings.add("warning", file, message, kind=message)
        if value.get("relations"):
            findings.add("note", where, "relations are not read.")
        content = content_of({**value, "tokens": None, "words": None}, where=where, documents=documents)
        meta = value.get("meta")
        document = content.document or (document_of(meta) if isinstance(meta, dict) else "")
        own = Text(text=content.text, document=document, part=content.part)
        example = found.setdefault(str(value.get("_input_hash", where)), _Example(where, own))
        who = next((str(value[key]) for key in _WHO if value.get(key) is not None), "")
        example.by_annotator.setdefault(who, {})[str(value.get("_task_hash", where))] = content.marked
    return list(found.values())


def _text(example: _Example, n_answers: Mapping[str, int], findings: Findings) -> Text:
    """Return the text with the spans of one annotator, those of all tasks about it."""
    who = min(example.by_annotator, key=lambda one: (-n_answers[one], one))
    if len(example.by_annotator) > 1:
        message = "several annotators of one text: the one with most answers is read."
        findings.add("note", example.where, message)
    marked = [mention for spans in example.by_annotator[who].values() for mention in spans]
    own = example.content
    return Text(text=own.text, marked=marked, document=own.document, part=own.part)
