"""Our own file of a corpus: a header line, then one JSON line a sentence; nothing is lost."""

import json
from pathlib import Path
from typing import Any, get_args

from bioner_core.corpus.sentences import Corpus, Part, Sentence, Span, sentence_record
from bioner_core.errors import BionerError
from bioner_core.files import write_whole

KEY = "bioner_corpus"  # of the header; its value is the version
VERSION = 1  # raise when an older program could not read the file
_ABOUT = ("name", "types", "language", "domain", "licence", "is_synthetic", "label_map")
_LATER = ("home", "citation")  # files written before these fields came lack them


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
            about = _about(path, json.loads(file.readline()))
            for number, line in enumerate(file, 2):  # noqa: B007, the number is for the message
                sentences.append(_sentence(json.loads(line)))
    except (ValueError, TypeError, KeyError) as error:
        raise BionerError(
            f"{path}, line {number}: not as this program writes a corpus ({type(error).__name__}: {error}). "
            "Add the corpus again from its own files."
        ) from error
    return Corpus(sentences=tuple(sentences), **about)


def _about(path: Path, header: Any) -> dict[str, Any]:
    """Return what the header says about the corpus."""
    if header[KEY] > VERSION:
        raise BionerError(
            f"{path}: written by a newer version of this program (format {header[KEY]}; this one reads "
            f"{VERSION}). Update the program."
        )
    own = {name: header[name] for name in _ABOUT} | {name: header.get(name, "") for name in _LATER}
    return own | {"types": tuple(header["types"])}


def _sentence(record: Any) -> Sentence:
    """Return the sentence that ``sentence_record`` told of."""
    tokens = tuple(record["tokens"])
    if not all(isinstance(token, str) for token in tokens) or record["part"] not in get_args(Part):
        raise ValueError("tokens must be texts, and the part train, dev, test or empty")
    spans = tuple(Span(*span) for span in record["spans"])
    return Sentence(tokens, spans, record["document"], record["part"])
