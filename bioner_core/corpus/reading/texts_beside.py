"""Texts in files and tables of their own, found by what the rows of a table of spans call them."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import PurePosixPath

from bioner_core.corpus.reading.split_names import folder_part
from bioner_core.corpus.reading.tables import Table
from bioner_core.corpus.sentences import Part

TextRow = tuple[str, str, str]  # its place; its document; the text


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Beside:
    """A text beside tables of spans: a file, or a row of a table of texts."""

    document: str  # with folders, without ending
    full_name: str  # with the table that holds it, where other texts are called the same
    text: str
    where: str  # the file, or the row
    home: str  # the folder or workbook that it lies in
    part: Part  # that its folder or table says
    is_repeated: bool = False  # its table has other texts of the same document


def text_files(documents: Iterable[str], files: Set[str]) -> set[str]:
    """Return the files that hold the texts of documents; with these, all .txt beside them."""
    wanted = {_id(document) for document in documents}
    found = {file for file in files if not wanted.isdisjoint(_names(file))}
    return found | {file for file in files if file.lower().endswith(".txt")} if found else set()


class Shelf:
    """Texts in files and tables of their own, found by what rows call them."""

    def __init__(self) -> None:
        self._texts: list[Beside] = []
        self._named: set[Beside] = set()  # by a row of a table of spans
        self._index: defaultdict[str, list[Beside]] = defaultdict(list)
        self._n_called: Counter[str] = Counter()

    def add_files(self, files: Mapping[str, str]) -> None:
        """Take over files that are a text each, by name."""
        for file, text in files.items():
            path = PurePosixPath(file)
            name = str(path.with_suffix(""))
            home, part = str(path.parent), folder_part(file)
            self._add(
                file, Beside(document=name, full_name=name, text=text, where=file, home=home, part=part)
            )

    def add_table(self, table: Table, rows: Iterable[TextRow]) -> None:
        """Take over a table of texts; a row that says the same as one above counts once."""
        places: defaultdict[str, dict[str, str]] = defaultdict(dict)  # of each text of each document
        for where, document, text in rows:
            places[_id(document)].setdefault(text, where)
        folder = PurePosixPath(table.name).parent
        for document, texts in places.items():
            for text, where in texts.items():
                beside = Beside(
                    document=str(folder / document),
                    full_name=f"{table.name}/{document}",
                    text=text,
                    where=where,
                    home=table.home,
                    part=table.part,
                    is_repeated=len(texts) > 1,
                )
                self._add(str(folder / f"{document}.txt"), beside)

    def find(self, document: str, part: Part, *, home: str) -> Sequence[Beside]:
        """Return the text of a document: none where there is none, several where nothing tells them apart.

        Of several those count whose table has no other of the same document, then the nearest to the table
        of spans, then those of the same part.

        :param part: that the row of spans says
        :param home: the folder or workbook of the table of spans
        """
        found = self._index.get(_id(document), [])
        if len(found) > 1:
            found = [each for each in found if not each.is_repeated] or found
            shared = [_n_shared(home, each.home) for each in found]
            found = [each for each, n in zip(found, shared, strict=True) if n == max(shared)]
            found = [each for each in found if each.part == part] or found
        self._named.update(found)
        return found[:1] if len({(each.part, each.text) for each in found}) == 1 else found

    def name(self, text: Beside) -> str:
        """Return what its document is called, different from all others on the shelf."""
        return text.document if self._n_called[text.document] == 1 else text.full_name

    def unused(self) -> list[Beside]:
        """Return texts that no row names, in the order in which they came."""
        return [text for text in self._texts if text not in self._named]

    def _add(self, file: str, text: Beside) -> None:
        self._texts.append(text)
        self._n_called[text.document] += 1
        for name in _names(file):
            self._index[name].append(text)


def _names(file: str) -> Iterator[str]:
    """Yield a file's names with and without folders, .txt left out."""
    parts = PurePosixPath(file).parts
    return (_id("/".join(parts[at:])) for at in range(len(parts)))


def _n_shared(home: str, other: str) -> int:
    """Count the folders that two places have in common, from the outermost."""
    n = 0
    for one, two in zip(PurePosixPath(home).parts, PurePosixPath(other).parts, strict=False):
        if one != two:
            break
        n += 1
    return n


def _id(document: str) -> str:
    """Return what counts of a document's name: no ending .txt, slashes one way."""
    document = document.strip().replace("\\", "/").removeprefix("./")
    return document[:-4] if document.lower().endswith(".txt") else document
