"""Rasa's training data: examples with entities as JSON, or in brackets in YAML and Markdown."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from bioner_core.corpus.reading.bounds import iterate_lines
from bioner_core.corpus.reading.findings import Findings
from bioner_core.corpus.reading.json_formats import list_objects, read_text
from bioner_core.corpus.reading.json_values import iterate_values, parse_first_value
from bioner_core.corpus.reading.passages import Passage, Reading
from bioner_core.corpus.reading.placement import RawMention
from bioner_core.corpus.reading.split_names import refuse_documents
from bioner_core.corpus.reading.texts import AnnotatedText, build_passages, parse_offset

NAME = "Rasa"
_HINT = "The file is {rasa_nlu_data: {common_examples: [{text, entities: [{start, end, entity}]}]}}."
_ENTITY = re.compile(r"\[([^\[\]\n]{1,200})\](?:\(([^()\n]{1,100})\)|(\{[^{}\n]{1,300}\}))")
_EXAMPLE = re.compile(r"\s*[-*+]\s+(.+)")


def claim(files: Mapping[str, str]) -> set[str]:
    """Return the files of examples for Rasa in any of its three forms."""
    return {name for name, text in files.items() if _is_json(text) or _is_marked(text)}


def read(files: Mapping[str, str], *, name: str, documents: str | None) -> Reading:
    """Read all examples; intents, synonyms and look-up tables are not read."""
    refuse_documents(documents, name=name, since="Rasa names no documents")
    findings = Findings()
    passages: list[Passage] = []
    for file, text in files.items():
        examples = _iterate_json(text, file) if _is_json(text) else _iterate_marked(text, file)
        passages += build_passages(list(examples), file=file, findings=findings)
    return findings.build_reading(name=name, format_name=NAME, passages=passages)


def _is_json(text: str) -> bool:
    value = parse_first_value(text)
    return isinstance(value, dict) and isinstance(value.get("rasa_nlu_data"), dict)


def _is_marked(text: str) -> bool:
    head = text[:100_000]
    is_yaml = re.search(r"^nlu:", head, re.MULTILINE) and "examples:" in head
    is_markdown = re.search(r"^##\s*intent:", head, re.MULTILINE)
    return bool((is_yaml or is_markdown) and _ENTITY.search(text))


def _iterate_json(text: str, file: str) -> Iterator[AnnotatedText]:
    for _, value in iterate_values(text, name=file):
        examples = list_objects(value["rasa_nlu_data"].get("common_examples"), file, _HINT)
        for number, example in enumerate(examples, 1):
            where = f"{file}, example {number}"
            mentions = [
                RawMention(
                    str(entity.get("entity") or "Entity"),
                    ((parse_offset(entity.get("start")), parse_offset(entity.get("end"))),),
                    "",  # ``value`` may be a synonym
                    where,
                )
                for entity in list_objects(example.get("entities"), where, _HINT)
            ]
            yield AnnotatedText(text=read_text(example, "text", where, _HINT), raw_mentions=mentions)


def _iterate_marked(text: str, file: str) -> Iterator[AnnotatedText]:
    for number, line in iterate_lines(text, where=file):
        match = _EXAMPLE.fullmatch(line)
        if not match or re.match(r"(?:intent|lookup|synonym|regex|rule|story)\s*:", match[1]):
            continue
        yield _parse_example(match[1], f"{file}, line {number}")


def _parse_example(line: str, where: str) -> AnnotatedText:
    """Return the text without its marks, and the mentions that they are."""
    pieces, mentions, length, end = [], [], 0, 0
    for match in _ENTITY.finditer(line):
        pieces += [line[end : match.start()], match[1]]
        start = length + match.start() - end
        length = start + len(match[1])
        end = match.end()
        label = _parse_label(match[3]) if match[3] else match[2].partition(":")[0]
        mentions.append(RawMention(label, ((start, length),), match[1], where))
    return AnnotatedText(text="".join([*pieces, line[end:]]), raw_mentions=mentions)


def _parse_label(content: str) -> str:
    try:
        value: Any = json.loads(content)
    except ValueError:
        return "Entity"
    return str(value.get("entity") or "Entity")
