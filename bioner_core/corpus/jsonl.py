"""The program's own corpus file: a header line, then one JSON line per sentence; lossless."""

import json
from collections.abc import Collection, Iterable
from io import TextIOWrapper
from pathlib import Path
from typing import Any, get_args

from bioner_core.corpus.sentences import Corpus, Part, Sentence, Span, serialize_sentence
from bioner_core.errors import BionerError
from bioner_core.files import open_file, write_atomically

KEY = "bioner_corpus"  # of the header; its value is the format version
VERSION = 1  # increment when an older program could not read the file
_FIELDS = ("name", "types", "language", "domain", "licence", "is_synthetic", "label_map")
_OPTIONAL_FIELDS = ("home", "citation")  # absent in files of older versions
_TEXT_FIELDS = ("name", "language", "domain", "licence", "home", "citation")  # fields that are strings


def serialize_corpus(corpus: Corpus) -> str:
    """Return the text of the file: a header line, then one line per sentence."""
    fields = {name: getattr(corpus, name) for name in _FIELDS + _OPTIONAL_FIELDS}
    header = {KEY: VERSION, **fields, "label_map": dict(corpus.label_map)}
    if corpus.tokenizer_version > 1:
        header["tokenizer_version"] = corpus.tokenizer_version
    if corpus.agreement_f1 is not None:
        header["agreement_f1"] = corpus.agreement_f1
    lines = (json.dumps(record, ensure_ascii=False) for record in map(serialize_sentence, corpus.sentences))
    return "\n".join([json.dumps(header, ensure_ascii=False), *lines, ""])


def save_corpus(path: Path, corpus: Corpus) -> None:
    """Write ``corpus`` to ``path`` atomically."""
    write_atomically(path, serialize_corpus(corpus))


def is_corpus_file(path: Path) -> bool:
    """Tell whether the file begins as ``save_corpus`` begins one."""
    beginning = json.dumps({KEY: 0}).removesuffix("0}").encode()
    with path.open("rb") as file:
        return file.read(len(beginning)) == beginning


def load_corpus(path: Path) -> Corpus:
    """Read a file of ``save_corpus``; the corpus has the same digest as the saved one.

    :raises BionerError: it cannot be read, or a line is invalid; the message has its number.
    """
    number = 1
    sentences = []
    try:
        with TextIOWrapper(open_file(path), encoding="utf-8") as file:
            header = json.loads(file.readline())
            if header[KEY] > VERSION:
                raise _NewerError(
                    f"{path}: written by a newer version of this program (format {header[KEY]}; "
                    f"this one reads {VERSION}). Update the program."
                )
            fields = _parse_header(header)
            for number, line in enumerate(file, 2):  # noqa: B007, the number is for the message
                sentences.append(_parse_sentence(json.loads(line), fields["types"]))
        return Corpus(sentences=tuple(sentences), **fields)
    except _NewerError:
        raise
    except OSError as error:  # of another account, for example
        raise BionerError(f"{path}: cannot be read ({error.strerror}).") from error
    except (BionerError, ValueError, TypeError, KeyError, RecursionError) as error:
        reason = str(error) if isinstance(error, BionerError) else f"{type(error).__name__}: {error}"
        raise BionerError(
            f"{path}, line {number}: not as this program writes a corpus ({reason}). "
            "Add the corpus again from its own files."
        ) from error


class _NewerError(BionerError):
    """The file has a newer format version than this program reads."""


def _parse_header(header: Any) -> dict[str, Any]:
    """Return the fields of ``Corpus`` that the header holds."""
    fields = {name: header[name] for name in _FIELDS}
    fields |= {name: header.get(name, "") for name in _OPTIONAL_FIELDS}
    types, label_map = header["types"], header["label_map"]
    wrong = [name for name in _TEXT_FIELDS if not isinstance(fields[name], str)]
    if not isinstance(types, list) or not _are_texts(types):
        wrong.append("types")
    if not isinstance(label_map, dict) or not _are_texts(label_map.values()):
        wrong.append("label_map")
    if not isinstance(fields["is_synthetic"], bool):
        wrong.append("is_synthetic")
    version = fields["tokenizer_version"] = header.get("tokenizer_version", 1)
    if type(version) is not int:
        wrong.append("tokenizer_version")
    agreement = fields["agreement_f1"] = header.get("agreement_f1")
    if agreement is not None and not (type(agreement) in (int, float) and 0 <= agreement <= 1):
        wrong.append("agreement_f1")
    if wrong:
        raise ValueError(f"of the wrong kind: {', '.join(wrong)}")
    return fields | {"types": tuple(types)}


def _parse_sentence(record: Any, types: Collection[str]) -> Sentence:
    """Return the sentence of a record of ``serialize_sentence``."""
    tokens = record["tokens"]
    if not isinstance(tokens, list) or not _are_texts(tokens) or record["part"] not in get_args(Part):
        raise ValueError("tokens must be texts, and the part train, dev, test or empty")
    if not isinstance(document := record["document"], str):
        raise ValueError("the document must be a text")
    spans = tuple(Span(*span) for span in record["spans"])
    for span in spans:
        if type(span.start) is not int or type(span.end) is not int:  # True is an int, too
            raise ValueError("the start and the end of a span must be whole numbers")
        if span.label not in types:
            raise ValueError(f"a span is a {span.label!r}, which is none of the corpus's types")
    return Sentence(tuple(tokens), spans, document, record["part"])


def _are_texts(values: Iterable[object]) -> bool:
    return all(isinstance(value, str) for value in values)
