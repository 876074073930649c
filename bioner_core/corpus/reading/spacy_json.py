"""spaCy's training data before version 3: JSON documents of paragraphs, sentences and tokens."""

from collections.abc import Iterator, Mapping
from typing import Any

from bioner_core.corpus.reading.findings import Findings
from bioner_core.corpus.reading.json_formats import claim_values, list_objects, require_object
from bioner_core.corpus.reading.json_values import iterate_values
from bioner_core.corpus.reading.passages import Passage, Reading
from bioner_core.corpus.reading.placement import build_mention
from bioner_core.corpus.reading.split_names import parse_file_part, refuse_documents
from bioner_core.corpus.reading.token_formats import parse_words
from bioner_core.corpus.tags import decode_tags

NAME = "spaCy JSON"
_HINT = "A document is {id, paragraphs: [{sentences: [{tokens: [{orth, ner}]}]}]}."


def claim(files: Mapping[str, str]) -> set[str]:
    """Return the files whose first value is a document of paragraphs with sentences of tokens."""
    return claim_values(files, _is_document)


def read(files: Mapping[str, str], *, name: str, documents: str | None) -> Reading:
    """Read one passage per sentence; a token without ``ner`` or with ``-`` is outside mentions."""
    refuse_documents(documents, name=name, since="spaCy numbers its documents")
    findings = Findings()
    passages: list[Passage] = []
    for file, text in files.items():
        for where, value in iterate_values(text, name=file):
            passages += _iterate_sentences(require_object(value, where, _HINT), file, where, findings)
    return findings.build_reading(name=name, format_name=NAME, passages=passages)


def _is_document(value: object) -> bool:
    if (
        not isinstance(value, dict)
        or not isinstance(value.get("paragraphs"), list)
        or not value["paragraphs"]
    ):
        return False
    first = value["paragraphs"][0]
    return isinstance(first, dict) and isinstance(first.get("sentences"), list)


def _iterate_sentences(
    document: dict[str, Any], file: str, where: str, findings: Findings
) -> Iterator[Passage]:
    name = f"{file}#{document.get('id', where)}"
    for paragraph in list_objects(document.get("paragraphs"), where, _HINT):
        for sentence in list_objects(paragraph.get("sentences"), where, _HINT):
            tokens = list_objects(sentence.get("tokens"), where, _HINT)
            words = parse_words([token.get("orth") for token in tokens], where, _HINT)
            tags = [token.get("ner") or "O" for token in tokens]
            mentions = decode_tags(["O" if tag == "-" else str(tag) for tag in tags])
            findings.count(1 + len(mentions), where=where)
            if words:
                yield Passage(
                    document=name,
                    tokens=words,
                    mentions=tuple(build_mention(*mention) for mention in mentions),
                    part=parse_file_part(file),
                )
