"""Corpora in the formats of others: CoNLL, JSON lines, brat and WebAnno TSV."""

import json
import os
import re
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from itertools import accumulate, chain, count
from pathlib import Path
from unicodedata import normalize

from bioner_core.corpus.reading.bounds import is_skipped
from bioner_core.corpus.reading.split_names import folder_part
from bioner_core.corpus.sentences import Corpus, Sentence
from bioner_core.corpus.tags import tags_from_spans
from bioner_core.corpus.webanno import webanno_tsv
from bioner_core.errors import BionerError
from bioner_core.files import why_unwritable, write_whole


def convert(corpus: Corpus, out: Path, to: str) -> None:
    """Write ``corpus`` to ``out``, which must not be there yet.

    :param to: "conll" (a file; a folder of files where the corpus has parts), "jsonl" (a file), "brat" or
        "webanno" (folders).
    :raises BionerError: the format is unknown, ``out`` is there already, or nothing can be written.
    """
    writers: Mapping[str, Callable[[Corpus, Path], None]] = {
        "conll": write_conll,
        "jsonl": write_jsonl,
        "brat": write_brat,
        "webanno": write_webanno,
    }
    if to not in writers:
        raise BionerError(f"format {to!r}: known are {', '.join(writers)}.")
    if os.path.exists(out):  # Path.exists raises where a name is too long
        raise BionerError(f"{out}: is there already. Name another place, or move it away first.")
    if not os.path.isdir(out.parent):
        raise BionerError(f"{out}: there is no folder {out.parent}. Make it first.")
    try:
        writers[to](corpus, out)
    except OSError as error:
        raise BionerError(why_unwritable(out, error)) from error


def write_conll(corpus: Corpus, out: Path) -> None:
    """Write word, tab and BIO tag a line, a blank line between sentences, documents as ``# newdoc id``.

    Where the corpus has parts, ``out`` becomes a folder of train.conll, dev.conll and test.conll.
    """
    parts: defaultdict[str, list[Sentence]] = defaultdict(list)
    for sentence in corpus.sentences:
        parts[sentence.part].append(sentence)
    if set(parts) <= {""}:
        write_whole(out, _conll(corpus.sentences))
    else:
        files = {f"{part or 'other'}.conll": _conll(sentences) for part, sentences in parts.items()}
        _write_folder(out, files)


def _conll(sentences: Iterable[Sentence]) -> str:
    lines = []
    document = ""
    for sentence in sentences:
        if sentence.document != document:
            document = sentence.document
            lines.append(f"# newdoc id = {_one_line(document)}")
        tags = tags_from_spans(sentence.spans, len(sentence.tokens))
        lines += [f"{_one_line(word)}\t{tag}" for word, tag in zip(sentence.tokens, tags, strict=True)]
        lines.append("")
    return "\n".join([*lines, ""])


def _one_line(text: str) -> str:
    return re.sub(r"[\t\r\n]", " ", text)


def write_jsonl(corpus: Corpus, out: Path) -> None:
    """Write a record a sentence, with ``tokens`` and ``ner_tags``, and ``document`` and ``part`` if known."""
    lines = []
    for sentence in corpus.sentences:
        record: dict[str, object] = {
            "tokens": sentence.tokens,
            "ner_tags": tags_from_spans(sentence.spans, len(sentence.tokens)),
        }
        about = {"document": sentence.document, "part": sentence.part}
        lines.append(json.dumps(record | {k: v for k, v in about.items() if v}, ensure_ascii=False))
    write_whole(out, "\n".join([*lines, ""]))


def write_brat(corpus: Corpus, out: Path) -> None:
    """Write a folder with a .txt and a .ann for each document, those of a part in a folder of its own.

    A text holds words parted by blanks, and an empty line between sentences; sentences that name no
    document stand in one text together.
    """
    files = {}
    for name, sentences in _documents(corpus).items():
        files[f"{name}.txt"], files[f"{name}.ann"] = _brat(sentences)
    _write_folder(out, files)


def write_webanno(corpus: Corpus, out: Path) -> None:
    """Write a folder with a .tsv for each document, those of a part in a folder of its own."""
    files = {f"{name}.tsv": webanno_tsv(sentences) for name, sentences in _documents(corpus).items()}
    _write_folder(out, files)


def _documents(corpus: Corpus) -> Mapping[str, list[Sentence]]:
    """Return the sentences of each document of each part, by the name of its file without ending."""
    documents: defaultdict[tuple[str, str], list[Sentence]] = defaultdict(list)
    for sentence in corpus.sentences:
        documents[sentence.part, sentence.document].append(sentence)
    taken: set[str] = set()
    return {_free(_file(sentences[0]), taken): sentences for sentences in documents.values()}


def _free(name: str, taken: set[str]) -> str:
    """Take a name that no other document has, on any disk: the one given, or with _2, _3, … behind it.

    :param taken: the names so far as disks that ignore case or accents' encoding see them; the name is added
    """
    names = chain([name], (f"{name}_{number}" for number in count(2)))
    free = next(each for each in names if normalize("NFC", each).casefold() not in taken)
    taken.add(normalize("NFC", free).casefold())
    return free


def _file(sentence: Sentence) -> str:
    """Return the document's file name without ending; its folders keep the part."""
    name = sentence.document or "sentences"
    if folder_part(name) != sentence.part:
        name = f"{sentence.part}/{name}".removeprefix("/")
    steps = (re.sub(r"[^\w. -]", "_", step) for step in name.split("/"))
    return "/".join(f"_{step}" if not step.strip(". ") or is_skipped(step) else step for step in steps)


def _brat(sentences: Iterable[Sentence]) -> tuple[str, str]:
    """Return text and annotations of one document."""
    texts: list[str] = []
    lines: list[str] = []
    begin = 0  # of the sentence, in characters of the document
    for sentence in sentences:
        words = [_one_line(word) for word in sentence.tokens]
        text = " ".join(words)
        starts = [0, *accumulate(len(word) + 1 for word in words)]  # of each word, and past the last
        for span in sentence.spans:
            start, end = starts[span.start], starts[span.end] - 1
            label = "_".join(span.label.split())
            place = f"{label} {begin + start} {begin + end}"
            lines.append(f"T{len(lines) + 1}\t{place}\t{text[start:end]}\n")
        texts.append(f"{text}\n\n")
        begin += len(text) + 2
    return "".join(texts), "".join(lines)


def _write_folder(out: Path, files: Mapping[str, str]) -> None:
    """Write a folder under a temporary name, then rename it."""
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name[:40]}.") as base:
        folder = Path(base) / "corpus"
        folder.mkdir()
        for name, text in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="")
        folder.rename(out)
