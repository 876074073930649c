"""Our own file of a corpus: a header line, then one JSON line a sentence; nothing is lost."""

import json
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any, get_args

from bioner_core.corpus.sentences import Corpus, Part, Sentence, Span, sentence_record
from bioner_core.errors import BionerError
from bioner_core.files import write_whole

KEY = "bioner_corpus"  # of the header; its value is the version
VERSION = 1  # raise when an older program could not read the file
_ABOUT = ("name", "types", "language", "domain", "licence", "is_synthetic", "label_map")
_LATER = ("home", "citation")  # files written before these fields came lack them
_WORDS = ("name", "language", "domain", "licence", "home", "citation")  # of these, those that are texts


def corpus_text(corpus: Corpus) -> str:
    """Return the file's text: a header line, then one line a sentence."""
    about = {name: getattr(corpus, name) for name in _ABOUT + _LATER} | {"label_map": dict(corpus.label_map)}
    header = {KEY: VERSION, **about}
    lines = (json.dumps(record, ensure_ascii=False) for record in map(sentence_record, corpus.sentences))
    return "\n".join([json.dumps(header, ensure_ascii=False), *lines, ""])


def write_corpus(path: Path, corpus: Corpus) -> None:
    """Write ``corpus`` to ``path``, whole or not at all."""
    write_whole(path, corpus_text(corpus))


def is_corpus_file(path: Path) -> bool:
    """Tell whether the file begins as ``write_corpus`` begins one."""
    beginning = json.dumps({KEY: 0}).removesuffix("0}").encode()
    with path.open("rb") as file:
        return file.read(len(beginning)) == beginning


def load_corpus(path: Path) -> Corpus:
    """Read what ``write_corpus`` wrote; the digest is the written corpus's.

    :raises BionerError: where a line is not what it should be, with its number.
    """
    number = 1
    sentences = []
    try:
        with path.open(encoding="utf-8") as file:
            header = json.loads(file.readline())
            if header[KEY] > VERSION:
                raise _NewerError(
                    f"{path}: written by a newer version of this program (format {header[KEY]}; "
                    f"this one reads {VERSION}). Update the program."
                )
            about = _about(header)
            for number, line in enumerate(file, 2):  # noqa: B007, the number is for the message
                sentences.append(_sentence(json.loads(line), about["types"]))
        return Corpus(sentences=tuple(sentences), **about)
    except _NewerError:
        raise
    except (BionerError, ValueError, TypeError, KeyError, RecursionError) as error:
        reason = str(error) if isinstance(error, BionerError) else f"{type(error).__name__}: {error}"
        raise BionerError(
            f"{path}, line {number}: not as this program writes a corpus ({reason}). "
            "Add the corpus again from its own files."
        ) from error


class _NewerError(BionerError):
    """The file is sound, but of a format that came after this program."""


def _about(header: Any) -> dict[str, Any]:
    """Return what the header says about the corpus."""
    own = {name: header[name] for name in _ABOUT} | {name: header.get(name, "") for name in _LATER}
    types, label_map = header["types"], header["label_map"]
    wrong = [name for name in _WORDS if not isinstance(own[name], str)]
    if not isinstance(types, list) or not _are_texts(types):
        wrong.append("types")
    if not isinstance(label_map, dict) or not _are_texts(label_map.values()):
        wrong.append("label_map")
    if not isinstance(own["is_synthetic"], bool):
        wrong.append("is_synthetic")
    if wrong:
        raise ValueError(f"of the wrong kind: {', '.join(wrong)}")
    return own | {"types": tuple(types)}


def _sentence(record: Any, types: Collection[str]) -> Sentence:
    """Return the sentence that ``sentence_record`` told of."""
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
