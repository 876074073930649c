"""Texts of tables of spans that are in other files or tables, found by document name."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import PurePosixPath

from bioner_core.corpus.reading.split_names import parse_folder_part
from bioner_core.corpus.reading.tables import Table
from bioner_core.corpus.sentences import Part

TextRow = tuple[str, str, str]  # its place; its document name; the text


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CompanionText:
    """A text for tables of spans: a file, or a row of a table of texts."""

    document: str  # with folders, without extension
    full_name: str  # with the name of its table, for texts with equal document names
    text: str
    where: str  # the file, or the row
    container: str  # its folder or workbook
    part: Part  # in the name of its folder or table
    is_repeated: bool = False  # its table has several texts of this document


def find_text_files(documents: Iterable[str], files: Set[str]) -> set[str]:
    """Return the files that hold the texts of documents, and all .txt files if there is one of these."""
    names = {_normalize_name(document) for document in documents}
    matches = {file for file in files if not names.isdisjoint(_iterate_names(file))}
    return matches | {file for file in files if file.lower().endswith(".txt")} if matches else set()


class TextIndex:
    """An index of texts by document name."""

    def __init__(self) -> None:
        self._texts: list[CompanionText] = []
        self._named_by_rows: set[CompanionText] = set()  # texts that some row of a table of spans names
        self._index: defaultdict[str, list[CompanionText]] = defaultdict(list)
        self._n_per_document: Counter[str] = Counter()

    def add_files(self, files: Mapping[str, str]) -> None:
        """Add files that hold one text each."""
        for file, text in files.items():
            path = PurePosixPath(file)
            name = str(path.with_suffix(""))
            container, part = str(path.parent), parse_folder_part(file)
            self._add(
                file,
                CompanionText(
                    document=name, full_name=name, text=text, where=file, container=container, part=part
                ),
            )

    def add_table(self, table: Table, rows: Iterable[TextRow]) -> None:
        """Add a table of texts; equal rows count once."""
        places: defaultdict[str, dict[str, str]] = defaultdict(dict)  # document → text → place
        for where, document, text in rows:
            places[_normalize_name(document)].setdefault(text, where)
        folder = PurePosixPath(table.name).parent
        for document, texts in places.items():
            for text, where in texts.items():
                companion = CompanionText(
                    document=str(folder / document),
                    full_name=f"{table.name}/{document}",
                    text=text,
                    where=where,
                    container=table.container,
                    part=table.part,
                    is_repeated=len(texts) > 1,
                )
                self._add(str(folder / f"{document}.txt"), companion)

    def find(self, document: str, part: Part, *, container: str) -> Sequence[CompanionText]:
        """Return the text of a document; none if there is none, several if they cannot be told apart.

        Of several texts, prefer those whose table has only one for the document, then those nearest to the
        table of spans, then those of the same part.

        :param part: the part in the row of spans
        :param container: the folder or workbook of the table of spans
        """
        candidates = self._index.get(_normalize_name(document), [])
        if len(candidates) > 1:
            candidates = [text for text in candidates if not text.is_repeated] or candidates
            n_shared = [_count_shared_folders(container, text.container) for text in candidates]
            most = max(n_shared)
            candidates = [text for text, n in zip(candidates, n_shared, strict=True) if n == most]
            candidates = [text for text in candidates if text.part == part] or candidates
        self._named_by_rows.update(candidates)
        return candidates[:1] if len({(text.part, text.text) for text in candidates}) == 1 else candidates

    def name_document(self, text: CompanionText) -> str:
        """Return a document name that is unique in the index."""
        return text.document if self._n_per_document[text.document] == 1 else text.full_name

    def list_unused(self) -> list[CompanionText]:
        """Return texts that no row names, in the order in which they were added."""
        return [text for text in self._texts if text not in self._named_by_rows]

    def _add(self, file: str, text: CompanionText) -> None:
        self._texts.append(text)
        self._n_per_document[text.document] += 1
        for name in _iterate_names(file):
            self._index[name].append(text)


def _iterate_names(file: str) -> Iterator[str]:
    """Yield a file's names with and without folders, without .txt."""
    parts = PurePosixPath(file).parts
    return (_normalize_name("/".join(parts[start:])) for start in range(len(parts)))


def _count_shared_folders(path: str, other_path: str) -> int:
    """Count the folders that two paths have in common, from the outermost."""
    n = 0
    for folder, other_folder in zip(PurePosixPath(path).parts, PurePosixPath(other_path).parts, strict=False):
        if folder != other_folder:
            break
        n += 1
    return n


def _normalize_name(document: str) -> str:
    """Return a document's name without .txt, and with forward slashes."""
    document = document.strip().replace("\\", "/").removeprefix("./")
    return document[:-4] if document.lower().endswith(".txt") else document
