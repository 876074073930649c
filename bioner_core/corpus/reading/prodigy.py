"""Prodigy exports (``db-out``): JSON lines of texts with spans, hashes and an answer."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from bioner_core.corpus.reading.agreement import compute_agreement
from bioner_core.corpus.reading.findings import Findings
from bioner_core.corpus.reading.json_values import iterate_values, parse_first_value
from bioner_core.corpus.reading.jsonl_records import is_record_file
from bioner_core.corpus.reading.passages import Passage, Reading
from bioner_core.corpus.reading.placement import RawMention
from bioner_core.corpus.reading.records import find_document_name, parse_record
from bioner_core.corpus.reading.texts import AnnotatedText, build_passages
from bioner_core.errors import BionerError

NAME = "Prodigy"
_HASH_FIELDS = ("_input_hash", "_task_hash")
_ANNOTATOR_FIELDS = ("_annotator_id", "_session_id")
# Views in which all spans are marked.
_MANUAL_VIEWS = ("ner_manual", "spans_manual", "relations", "blocks", "")


@dataclass
class _Example:
    """One text, and the mentions that each annotator accepted there, by task."""

    where: str
    content: AnnotatedText
    by_annotator: dict[str, dict[str, tuple[RawMention, ...]]] = field(default_factory=dict)


def claim(files: Mapping[str, str]) -> set[str]:
    """Return the files whose first record is Prodigy's; none if there are JSON files of other formats."""
    claimed = {name for name, text in files.items() if _is_prodigy_record(parse_first_value(text))}
    other_files = files.keys() - claimed if claimed else set()
    return set() if any(is_record_file(files[name]) for name in other_files) else claimed


def read(files: Mapping[str, str], *, name: str, documents: str | None) -> Reading:
    """Read all accepted examples; of several annotators of one text, the one with most answers.

    :raises BionerError: for a record that is not complete, or has no text
    """
    findings = Findings()
    passages: list[Passage] = []
    n_left_out: Counter[str] = Counter()
    versions: defaultdict[str, dict[str, set[RawMention]]] = defaultdict(dict)  # by annotator and text
    for file, text in files.items():
        examples = _read_examples(text, file, documents, n_left_out, findings)
        n_answers = Counter(annotator for example in examples for annotator in example.by_annotator)
        texts = [_build_text(example, n_answers, findings) for example in examples]
        passages += build_passages(texts, file=file, findings=findings)
        for example in examples:
            for annotator, tasks in example.by_annotator.items():
                mentions = {replace(mention, where="") for spans in tasks.values() for mention in spans}
                versions[annotator][f"{file} {example.where}"] = mentions
    for answer, n in sorted(n_left_out.items()):
        findings.add("note", name, f"{n:,} example{'s' * (n != 1)} left out: the answer is {answer}.")
    reading = findings.build_reading(name=name, format_name=NAME, passages=passages)
    return replace(reading, agreement_f1=compute_agreement(versions)[0])


def _is_prodigy_record(value: object) -> bool:
    return isinstance(value, dict) and any(key in value for key in _HASH_FIELDS) and "text" in value


def _read_examples(
    text: str, file: str, documents: str | None, n_left_out: Counter[str], findings: Findings
) -> list[_Example]:
    """Return the examples of one file, one per text."""
    examples: dict[str, _Example] = {}
    for where, value in iterate_values(text, name=file):
        if not isinstance(value, dict):
            raise BionerError(f"{where}: not a Prodigy example, which is an object with a text.")
        answer = str(value.get("answer", "accept"))
        if answer != "accept":
            n_left_out["ignore" if answer == "ignore" else "reject" if answer == "reject" else "unknown"] += 1
            continue
        if str(value.get("_view_id") or "") not in _MANUAL_VIEWS:
            message = "yes-or-no answers: text without a question counts as text without entities."
            findings.add("warning", file, message, kind=message)
        if value.get("relations"):
            findings.add("note", where, "relations are not read.")
        content = parse_record({**value, "tokens": None, "words": None}, where=where, documents=documents)
        meta = value.get("meta")
        document = content.document or (find_document_name(meta) if isinstance(meta, dict) else "")
        text_ = AnnotatedText(text=content.text, document=document, part=content.part)
        example = examples.setdefault(str(value.get("_input_hash", where)), _Example(where, text_))
        annotator = next((str(value[key]) for key in _ANNOTATOR_FIELDS if value.get(key) is not None), "")
        example.by_annotator.setdefault(annotator, {})[str(value.get("_task_hash", where))] = (
            content.raw_mentions
        )
    return list(examples.values())


def _build_text(example: _Example, n_answers: Mapping[str, int], findings: Findings) -> AnnotatedText:
    """Return the text with the spans that one annotator accepted in all tasks about it."""
    annotator = min(example.by_annotator, key=lambda name: (-n_answers[name], name))
    if len(example.by_annotator) > 1:
        message = "several annotators of one text: the one with most answers is read."
        findings.add("note", example.where, message)
    raw_mentions = [mention for spans in example.by_annotator[annotator].values() for mention in spans]
    content = example.content
    return AnnotatedText(
        text=content.text, raw_mentions=raw_mentions, document=content.document, part=content.part
    )
