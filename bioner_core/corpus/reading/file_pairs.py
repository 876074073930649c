"""Texts and the annotation files that belong to them, beside each other or in parallel folders."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations
from pathlib import PurePosixPath

from bioner_core.corpus.reading.bounds import shown
from bioner_core.errors import BionerError


@dataclass(frozen=True)
class FilePair:
    """A document with the names of its two files, "" where one is missing."""

    document: str
    text: str
    annotations: str


def paired(texts_: Iterable[str], annotations_: Iterable[str], *, anywhere: bool = False) -> list[FilePair]:
    """Pair texts with annotations of the same name beside them or in a parallel folder, sorted by name.

    :param anywhere: pair what is left where a name occurs once on either side, whatever its folders.
    :raises BionerError: where a text has annotations in several folders
    """
    texts = {_stem(name): name for name in texts_}
    annotations = {_stem(name): name for name in annotations_}
    pairs = {
        stem: FilePair(stem, texts[stem], annotations.pop(stem)) for stem in texts if stem in annotations
    }
    index: dict[tuple[str, ...], set[str]] = defaultdict(set)
    for stem in annotations:
        for path in _shortened(stem):
            index[path].add(stem)
    for stem, text in texts.items():
        if stem in pairs:
            continue
        path, others = next(((p, index[p]) for p in _shortened(stem) if p in index), ((), set()))
        if len(others) > 1:
            folders = shown(sorted(str(PurePosixPath(other).parent) for other in others))
            raise BionerError(
                f"{text}: has annotation files in several folders ({folders}). "
                "Give the texts and one of these."
            )
        found = annotations.pop(next(iter(others)), "") if others else ""
        pairs[stem] = FilePair("/".join(path) if found else stem, text, found)
    if anywhere:
        _join_rest(pairs, annotations)
    alone = [FilePair(stem, "", name) for stem, name in annotations.items()]
    return sorted([*pairs.values(), *alone], key=lambda pair: pair.document)


def _join_rest(pairs: dict[str, FilePair], annotations: dict[str, str]) -> None:
    """Pair what is left by its last name, where that occurs once on either side."""
    by_name: defaultdict[str, list[str]] = defaultdict(list)
    for stem in annotations:
        by_name[PurePosixPath(stem).name].append(stem)
    left = [stem for stem, pair in pairs.items() if not pair.annotations]
    names = [PurePosixPath(stem).name for stem in left]
    for stem, name in zip(left, names, strict=True):
        if names.count(name) == 1 == len(by_name[name]):
            pairs[stem] = FilePair(stem, pairs[stem].text, annotations.pop(by_name[name][0]))


def _shortened(stem: str) -> list[tuple[str, ...]]:
    """Return a path as it is, then with each folder left out."""
    *folders, last = PurePosixPath(stem).parts
    n = len(folders)
    return [(*kept, last) for size in (n, n - 1) if size >= 0 for kept in combinations(folders, size)]


def _stem(name: str) -> str:
    return name[:-4]
