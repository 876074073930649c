"""Texts that could be annotated: read from files with or without annotations, and kept with a project."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bioner_core.connections.tool import build_key
from bioner_core.corpus.library import Library
from bioner_core.corpus.reading.annotation_fields import find_first
from bioner_core.corpus.reading.bounds import iterate_lines, open_path, open_uploads
from bioner_core.corpus.reading.detect import read_files
from bioner_core.corpus.reading.encoding import decode_files
from bioner_core.corpus.reading.findings import Findings
from bioner_core.corpus.reading.json_values import iterate_values
from bioner_core.corpus.reading.passages import Mention, Passage
from bioner_core.corpus.reading.records import TEXT_FIELDS, find_document_name
from bioner_core.corpus.reading.tables import read_cells
from bioner_core.corpus.sentences import Sentence
from bioner_core.corpus.tokenization import split_sentences
from bioner_core.corpus.unannotated import join_words
from bioner_core.errors import BionerError

_FORM = (
    "Texts come as a folder or zip of .txt files (each is a text), a single .txt file (each line is a text), "
    "JSON lines or a table with a field “text”, or any corpus format that is read."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolText:
    """A text that could be annotated, as annotators see it."""

    text: str
    document: str = ""  # "" where nothing names it
    n_sentences: int = 1
    mentions: tuple[Mention, ...] = ()  # that a system found; not kept with a project
    key: str = field(init=False)  # what recognizes the text

    def __post_init__(self) -> None:
        """Derive the key, once: a pool may have many texts."""
        object.__setattr__(self, "key", build_key(self.text))


def read_texts(argument: str, *, language: str = "") -> tuple[PoolText, ...]:
    """Read texts by the name of a corpus in the library, or from a file, zip or folder; each text once.

    :param language: ISO 639-1, for the count of sentences.
    :raises BionerError: there is none, or they cannot be read.
    """
    if argument in Library().names():
        corpus = Library().load(argument)
        sentences = (build_sentence_text(of, language or corpus.language) for of in corpus.sentences)
        return _collect_texts(sentences, where=argument, language=language or corpus.language)
    return read_text_files(open_path(Path(argument)), where=argument, language=language)


def read_uploaded_texts(
    files: Mapping[str, bytes], *, where: str, language: str = ""
) -> tuple[PoolText, ...]:
    """Read texts from uploaded files and zips; each text once.

    :raises BionerError: they hold no text, or cannot be read.
    """
    return read_text_files(open_uploads(files), where=where, language=language)


def read_text_files(files: Mapping[str, bytes], *, where: str, language: str = "") -> tuple[PoolText, ...]:
    """Read texts from files that are open already; each text once.

    :raises BionerError: they hold no text, or cannot be read.
    """
    return _collect_texts(_read_passages(files, where, language), where=where, language=language)


def _collect_texts(texts: Iterable["_Text"], *, where: str, language: str) -> tuple[PoolText, ...]:
    unique: dict[str, PoolText] = {}
    for text, document, mentions in texts:
        if text.strip():
            n = max(1, len(split_sentences(text, language=language)))
            pool_text = PoolText(text=text, document=document, n_sentences=n, mentions=mentions)
            unique.setdefault(pool_text.key, pool_text)
    if not unique:
        raise BionerError(f"{where}: holds no text. {_FORM}")
    return tuple(unique.values())


def split_to_sentences(texts: Sequence[PoolText], *, language: str) -> tuple[PoolText, ...]:
    """Return the sentences of texts as texts of their own, of the same documents; each once."""
    unique: dict[str, PoolText] = {}
    for of in texts:
        for start, end in split_sentences(of.text, language=language):
            sentence = PoolText(text=of.text[start:end].strip(), document=of.document)
            unique.setdefault(sentence.key, sentence)
    return tuple(unique.values())


def build_passage_text(passage: Passage, language: str) -> tuple[str, str, tuple[Mention, ...]]:
    """Return text, document and mentions of a passage; words are joined, offsets count characters."""
    if passage.tokens is None:
        return passage.text, passage.document, passage.mentions
    text, starts = join_words(passage.tokens, language=language)
    ends = [start + len(token) for start, token in zip(starts, passage.tokens, strict=True)]
    mentions = (
        Mention(mention.label, tuple((starts[start], ends[end - 1]) for start, end in mention.fragments))
        for mention in passage.mentions
    )
    return text, passage.document, tuple(mentions)


def build_sentence_text(sentence: Sentence, language: str) -> tuple[str, str, tuple[Mention, ...]]:
    """Return text, document and spans of a sentence, such as one with predicted spans."""
    mentions = tuple(Mention(span.label, ((span.start, span.end),)) for span in sentence.spans)
    passage = Passage(document=sentence.document, tokens=sentence.tokens, mentions=mentions)
    return build_passage_text(passage, language)


_Text = tuple[str, str, tuple[Mention, ...]]  # text, document, mentions


def _read_passages(contents: Mapping[str, bytes], where: str, language: str) -> Iterable[_Text]:
    """Read plain texts, else any corpus format, else records and tables with a text."""
    try:
        reading = None if _are_plain(contents) else read_files(contents, name=where)
    except BionerError:
        if texts := list(_read_records(decode_files(contents, Findings()))):
            return texts
        raise
    if reading is None:
        return _read_plain(decode_files(contents, Findings()))
    passages = (*reading.passages, *reading.unannotated)
    return (build_passage_text(passage, language) for passage in passages)


def _are_plain(contents: Mapping[str, bytes]) -> bool:
    return bool(contents) and all(name.casefold().endswith(".txt") for name in contents)


def _read_plain(files: Mapping[str, str]) -> Iterator[_Text]:
    """Yield a text for each file, named by it; of a single file each line."""
    if len(files) == 1:
        [(name, content)] = files.items()
        yield from ((line, "", ()) for _, line in iterate_lines(content, where=name))
        return
    yield from ((content, name[: -len(".txt")], ()) for name, content in files.items())


def _read_records(files: Mapping[str, str]) -> Iterator[_Text]:
    """Yield the texts of JSON records and of tables with a header."""
    for name, content in files.items():
        is_table = name.casefold().endswith((".csv", ".tsv"))
        for record in _read_table(name, content) if is_table else _iterate_objects(name, content):
            text = find_first(record, TEXT_FIELDS)
            if isinstance(text, str):
                yield text, find_document_name(record), ()


def _iterate_objects(name: str, content: str) -> Iterator[Mapping[str, object]]:
    if content.lstrip()[:1] in ("{", "["):
        yield from (value for _, value in iterate_values(content, name=name) if isinstance(value, dict))


def _read_table(name: str, content: str) -> Iterator[Mapping[str, object]]:
    delimiter = "\t" if name.casefold().endswith(".tsv") else ","
    rows = read_cells(content, delimiter, where=name)
    _, header = next(rows, (0, []))
    yield from (dict(zip(header, cells, strict=False)) for _, cells in rows)


def serialize_texts(texts: Sequence[PoolText]) -> str:
    """Return a JSON line for each text, without mentions."""
    records = ({"text": of.text, "document": of.document, "n_sentences": of.n_sentences} for of in texts)
    return "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)


def parse_texts(content: str, *, where: str) -> tuple[PoolText, ...]:
    """Return the texts of ``serialize_texts``. :raises BionerError: a line is none."""
    try:
        return tuple(PoolText(**json.loads(line)) for line in content.split("\n") if line)
    except (ValueError, TypeError, RecursionError) as error:
        raise BionerError(f"{where}: is damaged. Make the project anew, from the same texts.") from error
