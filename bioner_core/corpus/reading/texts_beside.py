"""Texts in files of their own, found by what the rows of a table call them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from pathlib import PurePosixPath

from bioner_core.corpus.reading.parts import folder_part
from bioner_core.corpus.sentences import Part


def text_files(documents: Iterable[str], files: Set[str]) -> set[str]:
    """Return the files that hold the texts of documents; with these, all .txt beside them."""
    index = _index(files)
    found = {file for document in documents for file in index.get(_id(document), ())}
    return found | {file for file in files if file.lower().endswith(".txt")} if found else set()


class Shelf:
    """Texts in files of their own, found by what rows call them."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self.texts = texts
        self.used: set[str] = set()
        self._index = _index(texts)

    def file(self, document: str, part: Part, *, table: str) -> str | None:
        """Return the file of a document; of several, the nearest to the table, then that of the same part."""
        files: Sequence[str] = self._index.get(_id(document), ())
        if len(files) > 1:
            shared = [_n_shared(table, file) for file in files]
            files = [file for file, n in zip(files, shared, strict=True) if n == max(shared)]
        if len(files) > 1:
            files = [file for file in files if folder_part(file) == part]
        return files[0] if len(files) == 1 else None

    def unused(self) -> list[str]:
        """Return files that no row names."""
        return sorted(self.texts.keys() - self.used)


def _index(files: Iterable[str]) -> dict[str, list[str]]:
    """Return files by their names with and without folders, .txt left out."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for file in sorted(files):
        parts = PurePosixPath(file).parts
        for at in range(len(parts)):
            inner = "/".join(parts[at:])
            found[_id(inner)].append(file)
    return dict(found)


def _n_shared(name: str, other: str) -> int:
    """Count the folders that two files have in common, from the outermost."""
    n = 0
    for one, two in zip(PurePosixPath(name).parent.parts, PurePosixPath(other).parent.parts, strict=False):
        if one != two:
            break
        n += 1
    return n


def text_name(table: str, document: str) -> str:
    """Return the name that a text of a table has, as if it were a file beside the table."""
    return str(PurePosixPath(table).parent / f"{_id(document)}.txt")


def _id(document: str) -> str:
    """Return what counts of a document's name: no ending .txt, slashes one way."""
    document = document.strip().replace("\\", "/").removeprefix("./")
    return document[:-4] if document.lower().endswith(".txt") else document
