"""Recognise folders in which several people annotated the same texts; read one, and compare them."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import PurePosixPath

from bioner_core.corpus.reading.agreement import compute_agreement
from bioner_core.corpus.reading.bounds import format_names
from bioner_core.corpus.reading.passages import Finding, Passage, Reading

_FINAL = re.compile(r"gold|curat|consens|adjudic|final|master|reference|agreed|harmoni[sz]ed", re.IGNORECASE)
_MAX_FOLDERS = 20
_Versions = Mapping[str, Mapping[str, Sequence[Passage]]]  # passages by folder and document


def select_annotator(reading: Reading, *, where: str) -> Reading:
    """Return the reading with one version of texts that stand in several folders, and their agreement.

    Folders hold versions if they share names and texts of documents, and most documents in folders have
    several versions. The folder that is named as final is read, else that with the most documents, then that
    with the most mentions.
    """
    versions = _group_versions(reading.passages)
    if not versions:
        return reading
    n_mentions = {
        folder: sum(len(passage.mentions) for pieces in documents.values() for passage in pieces)
        for folder, documents in versions.items()
    }
    order = sorted(
        versions,
        key=lambda name: (not _FINAL.search(name), -len(versions[name]), -n_mentions[name], name),
    )
    best = order[0]
    kept = [
        passage
        for passage in reading.passages
        if _split_name(passage)[0] == best or _split_name(passage)[1] not in versions[best]
    ]
    mentions = {
        folder: {name: _list_mentions(pieces) for name, pieces in documents.items()}
        for folder, documents in versions.items()
    }
    score, n_pairs = compute_agreement(mentions)
    agreement = score or 0.0
    message = (
        f"{len(order)} folders hold versions of the same texts ({format_names(order, length=100)}), as of "
        f"several annotators: {best} is read. Exact agreement in pairs is F1 {100 * agreement:.1f} (mean of "
        f"{n_pairs} pair{'s' * (n_pairs != 1)})."
    )
    finding = Finding(level="warning", where=where, message=message)
    return replace(
        reading, passages=tuple(kept), findings=(finding, *reading.findings), agreement_f1=agreement
    )


def _list_mentions(passages: Sequence[Passage]) -> set[tuple[object, ...]]:
    return {(n, m.label, m.fragments) for n, passage in enumerate(passages) for m in passage.mentions}


def _split_name(passage: Passage) -> tuple[str, str]:
    """Return the first folder of a document and the rest of its name; "" for none."""
    folder, _, name = passage.document.partition("/")
    return (folder, name) if name else ("", passage.document)


def _group_versions(passages: Sequence[Passage]) -> _Versions:
    """Return the documents by folder, if most of them have several versions; else nothing."""
    folders: defaultdict[str, defaultdict[str, list[Passage]]] = defaultdict(lambda: defaultdict(list))
    for passage in passages:
        folder, name = _split_name(passage)
        if passage.part:
            return {}
        if not folder:
            continue
        folders[folder][PurePosixPath(name).as_posix()].append(passage)
    if not 2 <= len(folders) <= _MAX_FOLDERS:
        return {}
    texts: defaultdict[tuple[str, object], int] = defaultdict(int)
    for documents in folders.values():
        for name, pieces in documents.items():
            texts[name, tuple((piece.text, piece.tokens) for piece in pieces)] += 1
    n_repeated = sum(n for n in texts.values() if n > 1)
    n_names = len({name for name, _ in texts})
    if n_names < len(texts) or 2 * n_repeated < sum(texts.values()):
        return {}
    return folders
