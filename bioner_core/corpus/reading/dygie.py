"""DyGIE++ and SciERC: a JSON line per document, with sentences of words and entities for each sentence."""

from collections.abc import Mapping
from typing import Any

from bioner_core.corpus.reading.findings import Findings
from bioner_core.corpus.reading.json_formats import claim_values, require_object
from bioner_core.corpus.reading.json_values import iterate_values
from bioner_core.corpus.reading.passages import Passage, Reading
from bioner_core.corpus.reading.split_names import refuse_documents
from bioner_core.corpus.reading.token_formats import build_token_passage, parse_token_spans, parse_words
from bioner_core.errors import BionerError

NAME = "DyGIE"
_HINT = "A document is {doc_key, sentences: [[words]], ner: [[[first word, last word, label]]]}."


def claim(files: Mapping[str, str]) -> set[str]:
    """Return the files whose first record has sentences of words and ``ner`` beside them."""
    return claim_values(files, _is_document)


def read(files: Mapping[str, str], *, name: str, documents: str | None) -> Reading:
    """Read one passage per sentence; relations and events are not read.

    :raises BionerError: for a document that is not complete or of another form
    """
    refuse_documents(documents, name=name, since="DyGIE names its documents")
    findings = Findings()
    passages: list[Passage] = []
    for file, text in files.items():
        for where, value in iterate_values(text, name=file):
            passages += _read_document(require_object(value, where, _HINT), file, where, findings)
    return findings.build_reading(name=name, format_name=NAME, passages=passages)


def _is_document(value: object) -> bool:
    if not isinstance(value, dict) or not isinstance(value.get("ner"), list):
        return False
    sentences = value.get("sentences")
    return isinstance(sentences, list) and bool(sentences) and isinstance(sentences[0], list)


def _read_document(value: dict[str, Any], file: str, where: str, findings: Findings) -> list[Passage]:
    sentences, entities = value.get("sentences"), value.get("ner")
    if not isinstance(sentences, list) or not isinstance(entities, list) or len(sentences) != len(entities):
        raise BionerError(f"{where}: not as many lists of entities as sentences. {_HINT}")
    passages = []
    first = 0  # offsets count words from the start of the document
    for sentence, spans in zip(sentences, entities, strict=True):
        words = parse_words(sentence, where, _HINT)
        mentions = parse_token_spans(spans or (), where, _HINT, first=first)
        document = str(value.get("doc_key") or where)
        passages.append(build_token_passage(words, mentions, file=file, document=document, findings=findings))
        first += len(words)
    return passages
