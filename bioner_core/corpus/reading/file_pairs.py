"""Pair texts with their annotation files, in the same folder or in parallel folders."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations
from pathlib import PurePosixPath

from bioner_core.corpus.reading.bounds import format_names
from bioner_core.errors import BionerError


@dataclass(frozen=True)
class FilePair:
    """A document and the names of its text and annotation file; "" if one is missing."""

    document: str
    text: str
    annotations: str


def pair_files(
    text_files: Iterable[str],
    annotation_files: Iterable[str],
    *,
    anywhere: bool = False,
    has_versions: bool = False,
) -> list[FilePair]:
    """Pair texts with annotations of the same name in the same or a parallel folder, sorted by name.

    :param has_versions: pair a text with its annotations in several folders, as of several annotators; each
        pair is a document
    :param anywhere: also pair files in unrelated folders if their name is unique on both sides
    :raises BionerError: if a text has annotations in several folders
    """
    texts = {_strip_suffix(name): name for name in text_files}
    annotations = {_strip_suffix(name): name for name in annotation_files}
    pairs = {
        stem: FilePair(stem, texts[stem], annotations.pop(stem)) for stem in texts if stem in annotations
    }
    index: dict[tuple[str, ...], set[str]] = defaultdict(set)
    for stem in annotations:
        for path in _drop_folders(stem):
            index[path].add(stem)
    for stem, text in texts.items():
        if stem in pairs:
            continue
        path, others = next(((p, index[p]) for p in _drop_folders(stem) if p in index), ((), set()))
        if len(others) > 1 and has_versions:
            pairs |= {other: FilePair(other, text, annotations.pop(other)) for other in sorted(others)}
            continue
        if len(others) > 1:
            folders = format_names(sorted(str(PurePosixPath(other).parent) for other in others))
            raise BionerError(
                f"{text}: has annotation files in several folders ({folders}). "
                "Give the texts and one of these."
            )
        annotation_file = annotations.pop(next(iter(others)), "") if others else ""
        pairs[stem] = FilePair("/".join(path) if annotation_file else stem, text, annotation_file)
    if anywhere:
        _pair_by_name(pairs, annotations)
    unpaired = [FilePair(stem, "", name) for stem, name in annotations.items()]
    return sorted([*pairs.values(), *unpaired], key=lambda pair: pair.document)


def _pair_by_name(pairs: dict[str, FilePair], annotations: dict[str, str]) -> None:
    """Pair the remaining files by name without folders, if that name is unique on both sides."""
    by_name: defaultdict[str, list[str]] = defaultdict(list)
    for stem in annotations:
        by_name[PurePosixPath(stem).name].append(stem)
    unpaired = [stem for stem, pair in pairs.items() if not pair.annotations]
    names = [PurePosixPath(stem).name for stem in unpaired]
    for stem, name in zip(unpaired, names, strict=True):
        if names.count(name) == 1 == len(by_name[name]):
            pairs[stem] = FilePair(stem, pairs[stem].text, annotations.pop(by_name[name][0]))


def _drop_folders(stem: str) -> list[tuple[str, ...]]:
    """Return the parts of a path, then the path without each of its folders in turn."""
    *folders, last = PurePosixPath(stem).parts
    n = len(folders)
    return [(*kept, last) for size in (n, n - 1) if size >= 0 for kept in combinations(folders, size)]


def _strip_suffix(name: str) -> str:
    return name[:-4]
