"""CoNLL and tables like it: a word and its tag in each line, a blank line (or a column) between sentences."""

import sys
from collections.abc import Mapping
from dataclasses import replace

from bioner_core.corpus.reading.bounds import MAX_WORDS
from bioner_core.corpus.reading.columns import TAG, Layout, find_layout, rows
from bioner_core.corpus.reading.findings import Findings
from bioner_core.corpus.reading.passages import Passage, Reading
from bioner_core.corpus.reading.placement import mention_at
from bioner_core.corpus.reading.split_names import document_of_files, file_part, part_of, stem
from bioner_core.corpus.reading.tag_scheme import Scheme
from bioner_core.corpus.sentences import Part
from bioner_core.corpus.tags import mentions_from_tags
from bioner_core.errors import BionerError

NAME = "CoNLL"
BLANK = "\ufffd"  # stands for a word of blanks only, since a word cannot be empty
_FORM = "Each line needs a word, the separator and a tag such as B-Drug or O; a blank line ends a sentence."
_NAMES = {"\t": "tabs", " ": "blanks", ",": "commas", ";": "semicolons", "|": "bars"}


def claims(files: Mapping[str, str]) -> set[str]:
    """Return the files in which a column holds tags."""
    return {name for name, text in files.items() if find_layout(text)}


def read(files: Mapping[str, str], *, name: str, documents: str | None) -> Reading:
    """Read all sentences of all files.

    :param documents: the name or number (from 1) of the column that names documents
    :raises BionerError: for a line that has another number of columns, or no tag
    """
    findings = Findings()
    passages: list[Passage] = []
    of_files = document_of_files(files)
    for file, text in files.items():
        layout = find_layout(text)
        if layout is None:  # cannot be: claims() found one
            raise BionerError(f"{file}: no column holds tags. {_FORM}")
        if documents is not None:
            layout = replace(layout, document=layout.column(documents, where=file))
        table = _Table(file, layout, of_files[file], findings)
        passages += table.read(text)
    return Reading(name=name, format=NAME, passages=tuple(passages), findings=findings.listed())


class _Table:
    """One file: the sentence that is open, and what was seen so far."""

    def __init__(self, file: str, layout: Layout, document: str, findings: Findings) -> None:
        self.file = file
        self.layout = layout
        self.findings = findings
        self.document = self.of_file = document
        self.sentence = ""  # its name, where a column holds one
        self.part: Part = file_part(file)
        self.n_documents = 0
        self.is_named = False  # does a mark give its document a name?
        self.scheme = Scheme()
        self.passages: list[Passage] = []
        self.words: list[str] = []
        self.tags: list[str] = []

    def read(self, text: str) -> list[Passage]:
        """Return the sentences of ``text``."""
        layout = self.layout
        tags_seen: set[str] = set()
        keys = [i for i in (layout.sentence, layout.document, layout.part) if i is not None]
        rows_ = rows(text, layout.separator, where=self.file)
        if layout.header:
            next(row for row in rows_ if row[1])
        for number, cells in rows_:
            if not cells:
                self._end()
                continue
            if cells[0][:1] in "-#" and self._is_aside(cells):
                continue
            if len(cells) != layout.n_columns:
                self._refuse(number, cells)
            if keys:
                self._follow(cells)
            word, tag = cells[layout.word], cells[layout.tag]
            if tag not in tags_seen:
                self._check(tag, number)
                tags_seen.add(tag)
            self.words.append(sys.intern(word))  # one object for all occurrences
            self.tags.append(tag)
            if len(self.words) > MAX_WORDS:
                self._refuse_length(number)
        self._end()
        self._note_oddities()
        if self.n_documents == 1 and not self.is_named:  # one -DOCSTART- on top says nothing about documents
            return [replace(each, document=self.of_file) for each in self.passages]
        return self.passages

    def _end(self) -> None:
        """Close the open sentence."""
        if not self.words:
            return
        found = mentions_from_tags(self.tags)
        self.scheme.see(self.tags, found)
        if "" in self.words or not all(map(str.strip, self.words)):
            self.words = [word if word.strip() else BLANK for word in self.words]
            self.findings.add("note", self.file, f"a word of blanks only is kept as {BLANK}.")
        self.findings.count(1 + len(found), where=self.file)
        self.passages.append(
            Passage(
                document=self.document,
                tokens=tuple(self.words),
                mentions=tuple(mention_at(*each) for each in found),
                part=self.part,
            )
        )
        self.words, self.tags = [], []

    def _is_aside(self, cells: list[str]) -> bool:
        """Tell whether a line is a comment or starts a document, and note which document."""
        if cells[0].startswith("-DOCSTART-"):
            self._start_document(f"{stem(self.file)}#{self.n_documents + 1}")
            return True
        if not cells[0].startswith("#"):
            return False
        if len(cells) == self.layout.n_columns and TAG.fullmatch(cells[self.layout.tag]):
            return False  # the sign "#" as a word
        line = " ".join(cells)
        if line.startswith("# newdoc id = "):
            self._start_document(line.removeprefix("# newdoc id = "))
            self.is_named = True
        elif line.startswith("###"):
            self._start_document(line.lstrip("# "))
            self.is_named = True
        return True

    def _start_document(self, name: str) -> None:
        self._end()
        if self.layout.document is None:
            self.n_documents += 1
            self.document = name

    def _follow(self, cells: list[str]) -> None:
        """End the sentence where its number changes, and take over the document and the part."""
        layout = self.layout
        sentence = cells[layout.sentence] if layout.sentence is not None else ""
        document = cells[layout.document] if layout.document is not None else self.document
        if (sentence and sentence != self.sentence) or document != self.document:
            self._end()
        self.sentence, self.document = sentence or self.sentence, document
        if layout.part is not None:
            self.part = part_of(cells[layout.part])

    def _check(self, tag: str, number: int) -> None:
        if self.layout.is_marked and not TAG.fullmatch(tag):
            raise BionerError(f"{self.file}, line {number}: {_first_word(tag)} is no tag. {_FORM}")

    def _refuse(self, number: int, cells: list[str]) -> None:
        n = len(cells)
        raise BionerError(
            f"{self.file}, line {number}: found {n} column{'s' * (n != 1)} in {_first_word(cells[0])}, other "
            f"lines have {self.layout.n_columns}, parted by {_NAMES[self.layout.separator]}. {_FORM}"
        )

    def _refuse_length(self, number: int) -> None:
        raise BionerError(
            f"{self.file}, line {number}: a sentence of more than {MAX_WORDS:,} words. Put a blank line "
            "after each sentence."
        )

    def _note_oddities(self) -> None:
        if self.layout.is_marked:
            self.scheme.note(self.file, self.findings)
        if len(self.passages) == 1 and len(self.passages[0].tokens or ()) > 1_000:
            message = (
                "one sentence of more than 1,000 words: blank lines between sentences seem to be missing."
            )
            self.findings.add("warning", self.file, message)


def _first_word(cell: str) -> str:
    """Return what a message may quote to show the place: one word, no running text of a patient."""
    return repr(next(iter(cell.split()), "")[:20])
