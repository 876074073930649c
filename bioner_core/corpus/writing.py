"""Export corpora as CoNLL, JSON lines, brat and WebAnno TSV."""

import json
import os
import re
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from itertools import accumulate
from pathlib import Path
from unicodedata import normalize

from bioner_core.corpus.reading.bounds import format_names, is_skipped
from bioner_core.corpus.reading.split_names import parse_folder_part
from bioner_core.corpus.sentences import Corpus, Sentence
from bioner_core.corpus.tags import encode_bio_tags
from bioner_core.corpus.webanno import replace_line_breaks, serialize_webanno_tsv
from bioner_core.errors import BionerError
from bioner_core.files import create_private_folder, explain_write_error, write_atomically

_MAX_NAME_BYTES = 200  # of 255


def export_corpus(corpus: Corpus, out: Path, to: str) -> tuple[str, ...]:
    """Write ``corpus`` to ``out``, which must not exist yet; return sentences on names that had to change.

    :param to: "conll" (a file; a folder of files where the corpus has parts), "jsonl" (a file), "brat" or
        "webanno" (folders).
    :raises BionerError: the format is unknown, ``out`` exists, or it cannot be written.
    """
    if to not in WRITERS:
        raise BionerError(f"unknown format {to!r}. Choose {', '.join(WRITERS)}.")
    if os.path.exists(out):  # Path.exists raises if a name is too long
        raise BionerError(f"{out}: already exists. Choose another name, or move the old one away first.")
    if not os.path.isdir(out.parent):
        raise BionerError(f"{out}: the folder {out.parent} does not exist. Create it first.")
    try:
        WRITERS[to](corpus, out)
    except OSError as error:
        raise BionerError(explain_write_error(out, error)) from error
    return describe_changed_names(corpus, to)


def describe_changed_names(corpus: Corpus, to: str) -> tuple[str, ...]:
    """Return sentences on the documents and types that a format names otherwise: how many, by which rule."""
    sentences = []
    if to in ("brat", "webanno"):
        groups = _group_by_file(corpus)
        n_changed = sum(name != _locate_document(group[0]) for name, group in groups.items())
        if n_changed:
            sentences.append(
                f"{n_changed:,} of {len(groups):,} documents have another name as a file: characters other "
                "than letters, digits, blanks and . _ - became _, long names are cut, and names that are "
                "taken got _2, _3 and so on."
            )
    if to == "brat":
        changed = [f"{label} is {name}" for label, name in _name_brat_types(corpus).items() if label != name]
        if changed:
            sentences.append(
                f"{len(changed):,} of {len(corpus.types):,} types have another name, since brat allows no "
                f"blanks in it: {format_names(changed, length=200)}."
            )
    return tuple(sentences)


def write_conll(corpus: Corpus, out: Path) -> None:
    """Write word, tab and BIO tag per line, a blank line between sentences, documents as ``# newdoc id``.

    Where the corpus has parts, ``out`` becomes a folder of train.conll, dev.conll and test.conll.
    """
    parts: defaultdict[str, list[Sentence]] = defaultdict(list)
    for sentence in corpus.sentences:
        parts[sentence.part].append(sentence)
    if set(parts) <= {""}:
        write_atomically(out, _serialize_conll(corpus.sentences))
    else:
        files = {f"{part or 'other'}.conll": _serialize_conll(sentences) for part, sentences in parts.items()}
        _write_folder(out, files)


def _serialize_conll(sentences: Iterable[Sentence]) -> str:
    lines = []
    document = ""
    for sentence in sentences:
        if sentence.document != document:
            document = sentence.document
            lines.append(f"# newdoc id = {replace_line_breaks(document)}")
        tags = encode_bio_tags(sentence.spans, len(sentence.tokens))
        words = map(replace_line_breaks, sentence.tokens)
        lines += [f"{word}\t{tag}" for word, tag in zip(words, tags, strict=True)]
        lines.append("")
    return "\n".join([*lines, ""])


def write_jsonl(corpus: Corpus, out: Path) -> None:
    """Write a record per sentence: ``tokens``, ``ner_tags``, and ``document`` and ``part`` if known."""
    lines = []
    for sentence in corpus.sentences:
        record: dict[str, object] = {
            "tokens": sentence.tokens,
            "ner_tags": encode_bio_tags(sentence.spans, len(sentence.tokens)),
        }
        if sentence.document:
            record["document"] = sentence.document
        if sentence.part:
            record["part"] = sentence.part
        lines.append(json.dumps(record, ensure_ascii=False))
    write_atomically(out, "\n".join([*lines, ""]))


def write_brat(corpus: Corpus, out: Path) -> None:
    """Write a folder with a .txt and a .ann for each document, in a subfolder for each part.

    Words are separated by blanks, sentences by an empty line; all sentences without a document go into one
    text.
    """
    files, types = {}, _name_brat_types(corpus)
    for name, sentences in _group_by_file(corpus).items():
        files[f"{name}.txt"], files[f"{name}.ann"] = _serialize_brat(sentences, types)
    _write_folder(out, files)


def write_webanno(corpus: Corpus, out: Path) -> None:
    """Write a folder with a .tsv for each document, in a subfolder for each part."""
    documents = _group_by_file(corpus)
    _write_folder(out, {f"{name}.tsv": serialize_webanno_tsv(group) for name, group in documents.items()})


def _group_by_file(corpus: Corpus) -> Mapping[str, list[Sentence]]:
    """Return the sentences of each document of each part, by file name without suffix."""
    documents: defaultdict[tuple[str, str], list[Sentence]] = defaultdict(list)
    for sentence in corpus.sentences:
        documents[sentence.part, sentence.document].append(sentence)
    numbers: dict[str, int] = {}
    return {
        _reserve_name(_build_file_name(group[0]), numbers, _fold_file_name): group
        for group in documents.values()
    }


def _reserve_name(name: str, numbers: dict[str, int], fold: Callable[[str], str]) -> str:
    """Return a name that nothing else has: ``name``, or with _2, _3, … appended.

    :param numbers: of each name so far, folded, the number to try next; the new name is added
    :param fold: returns the same text for names that count as the same
    """
    free, key = name, fold(name)
    while fold(free) in numbers:
        free, numbers[key] = f"{name}_{numbers[key]}", numbers[key] + 1
    numbers[fold(free)] = 2
    return free


def _fold_file_name(name: str) -> str:
    """Return a file name normalized and without case: some disks see no difference."""
    return normalize("NFC", name).casefold()


def _locate_document(sentence: Sentence) -> str:
    """Return the name of a document, in the folder of its part."""
    name = sentence.document or "sentences"
    if parse_folder_part(name) != sentence.part:
        name = f"{sentence.part}/{name}".removeprefix("/")
    return name


def _build_file_name(sentence: Sentence) -> str:
    """Return the file name of a document without suffix; its folder names the part."""
    steps = (_cut_name(re.sub(r"[^\w. -]", "_", step)) for step in _locate_document(sentence).split("/"))
    return "/".join(f"_{step}" if not step.strip(". ") or is_skipped(step) else step for step in steps)


def _cut_name(name: str) -> str:
    """Cut a file name so that every disk takes it, with a number and a suffix."""
    return name.encode()[:_MAX_NAME_BYTES].decode(errors="ignore")


def _name_brat_types(corpus: Corpus) -> dict[str, str]:
    """Return the name of each entity type in brat: without blanks, and no two alike."""
    names, numbers = {}, dict[str, int]()
    for label in sorted(corpus.types, key=lambda label: (len(label.split()) > 1, label)):
        names[label] = _reserve_name("_".join(label.split()), numbers, str)
    return names


def _serialize_brat(sentences: Iterable[Sentence], types: Mapping[str, str]) -> tuple[str, str]:
    """Return the text and the annotations of one document.

    :param types: the name of each entity type in brat.
    """
    texts: list[str] = []
    lines: list[str] = []
    begin = 0  # character offset of the sentence in the document
    for sentence in sentences:
        words = [replace_line_breaks(word) for word in sentence.tokens]
        text = " ".join(words)
        starts = [0, *accumulate(len(word) + 1 for word in words)]  # of each word, and one past the last
        for span in sentence.spans:
            start, end = starts[span.start], starts[span.end] - 1
            offsets = f"{begin + start} {begin + end}"
            lines.append(f"T{len(lines) + 1}\t{types[span.label]} {offsets}\t{text[start:end]}\n")
        texts.append(f"{text}\n\n")
        begin += len(text) + 2
    return "".join(texts), "".join(lines)


def _write_folder(out: Path, files: Mapping[str, str]) -> None:
    """Write a folder under a temporary name, then rename it."""
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name[:40]}.") as base:
        folder = Path(base) / "corpus"
        for name, text in files.items():
            path = create_private_folder((folder / name).parent) / (folder / name).name
            path.touch(mode=0o600)
            path.write_text(text, encoding="utf-8", newline="")
        folder.rename(out)


WRITERS: Mapping[str, Callable[[Corpus, Path], None]] = {
    "conll": write_conll,
    "jsonl": write_jsonl,
    "brat": write_brat,
    "webanno": write_webanno,
}
