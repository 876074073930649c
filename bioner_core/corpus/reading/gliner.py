"""GLiNER's training data: JSON records of words and entities, whose ends are the last word."""

from collections.abc import Mapping

from bioner_core.corpus.reading.findings import Findings
from bioner_core.corpus.reading.json_formats import claim_values, require_object
from bioner_core.corpus.reading.json_values import iterate_values
from bioner_core.corpus.reading.passages import Passage, Reading
from bioner_core.corpus.reading.records import find_document_name, select_field
from bioner_core.corpus.reading.token_formats import build_token_passage, parse_token_spans, parse_words

NAME = "GLiNER"
_HINT = "A record is {tokenized_text: [words], ner: [[first word, last word, label]]}."


def claim(files: Mapping[str, str]) -> set[str]:
    """Return the files whose first record has ``tokenized_text`` and ``ner``."""
    return claim_values(
        files, lambda value: isinstance(value, dict) and {"tokenized_text", "ner"} <= value.keys()
    )


def read(files: Mapping[str, str], *, name: str, documents: str | None) -> Reading:
    """Read one sentence per record.

    :param documents: the field that names documents
    :raises BionerError: for a record that is not complete or of another form
    """
    findings = Findings()
    passages: list[Passage] = []
    for file, text in files.items():
        for where, value in iterate_values(text, name=file):
            record = require_object(value, where, _HINT)
            words = parse_words(record.get("tokenized_text"), where, _HINT)
            mentions = parse_token_spans(record.get("ner") or (), where, _HINT)
            document = select_field(record, documents, where) if documents else find_document_name(record)
            passages.append(
                build_token_passage(words, mentions, file=file, document=document, findings=findings)
            )
    return findings.build_reading(name=name, format_name=NAME, passages=passages)
