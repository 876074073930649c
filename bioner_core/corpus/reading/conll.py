"""CoNLL and similar tables: a word and its tag per line; a blank line or a column separates sentences."""

import sys
from collections.abc import Mapping
from dataclasses import replace

from bioner_core.corpus.reading.bounds import MAX_WORDS
from bioner_core.corpus.reading.columns import Layout, find_layouts, iterate_rows, report_choice
from bioner_core.corpus.reading.findings import Findings
from bioner_core.corpus.reading.passages import Passage, Reading
from bioner_core.corpus.reading.placement import build_mention
from bioner_core.corpus.reading.split_names import (
    name_documents,
    parse_file_part,
    parse_part,
    strip_file_name,
)
from bioner_core.corpus.reading.tag_columns import STACKED_TAGS, TAG, is_tag
from bioner_core.corpus.reading.tag_scheme import TagSchemeCounter, decode_stacked_tags
from bioner_core.corpus.sentences import Part
from bioner_core.corpus.tags import decode_tags
from bioner_core.errors import BionerError

NAME = "CoNLL"
BLANK = "\ufffd"  # replaces a word of spaces only, since a word cannot be empty
_HINT = "Each line needs a word, the separator and a tag such as B-Drug or O; a blank line ends a sentence."
_SEPARATOR_NAMES = {"\t": "tabs", " ": "spaces", ",": "commas", ";": "semicolons", "|": "bars"}


def claim(files: Mapping[str, str]) -> set[str]:
    """Return the files in which a column holds tags."""
    return set(find_layouts(files))


def read(files: Mapping[str, str], *, name: str, documents: str | None, column: str | None = None) -> Reading:
    """Read all sentences of all files.

    :param documents: the name or number (from 1) of the column that names documents
    :param column: the name or number of the column of tags; the most likely one where None
    :raises BionerError: for a line that has another number of columns, or no tag
    """
    findings = Findings()
    passages: list[Passage] = []
    columns: tuple[str, ...] = ()
    file_documents = name_documents(files)
    layouts = find_layouts(files)
    for file, text in files.items():
        layout = layouts.get(file)
        if layout is None:  # cannot happen: claim() found one
            raise BionerError(f"{file}: no column holds tags. {_HINT}")
        if documents is not None:
            layout = replace(layout, document=layout.find_column(documents, where=file))
        columns = columns or layout.list_tag_columns()
        if column is not None:
            layout = layout.select_tags(layout.find_column(column, where=file, option="--column"))
        elif layout.unread:
            report_choice(layout, file, findings)
        reader = _FileReader(file, layout, file_documents[file], findings)
        passages += reader.read(text)
    reading = findings.build_reading(name=name, format_name=NAME, passages=passages)
    return replace(reading, columns=columns)


class _FileReader:
    """Reads one file and keeps the open sentence and the finished passages."""

    def __init__(self, file: str, layout: Layout, document: str, findings: Findings) -> None:
        self.file = file
        self.layout = layout
        self.findings = findings
        self.document = self.file_document = document
        self.sentence = ""  # its id, if a column holds one
        self.part: Part = parse_file_part(file)
        self.n_documents = 0
        self.is_named = False  # has a comment named a document?
        self.has_stacks = False  # does a cell hold several tags?
        self.scheme = TagSchemeCounter()
        self.passages: list[Passage] = []
        self.words: list[str] = []
        self.tags: list[str] = []

    def read(self, text: str) -> list[Passage]:
        """Return the sentences of ``text``."""
        layout = self.layout
        tags_seen: set[str] = set()
        has_metadata = any(i is not None for i in (layout.sentence, layout.document, layout.part))
        rows = iterate_rows(text, layout.separator, where=self.file)
        if layout.header:
            next(row for row in rows if row[1])
        for number, cells in rows:
            if not cells:
                self._close_sentence()
                continue
            if cells[0][:1] in "-#" and self._is_comment(cells):
                continue
            if len(cells) != layout.n_columns:
                self._refuse_row(number, cells)
            if has_metadata:
                self._track_columns(cells)
            word, tag = cells[layout.word], cells[layout.tag]
            if tag not in tags_seen:
                self._check_tag(tag, number)
                tags_seen.add(tag)
            self.words.append(sys.intern(word))  # one object for all occurrences
            self.tags.append(tag)
            if len(self.words) > MAX_WORDS:
                self._refuse_length(number)
        self._close_sentence()
        self._report_oddities()
        if self.n_documents == 1 and not self.is_named:  # a single -DOCSTART- does not separate documents
            return [replace(passage, document=self.file_document) for passage in self.passages]
        return self.passages

    def _close_sentence(self) -> None:
        """Turn the open sentence into a passage."""
        if not self.words:
            return
        if self.has_stacks:
            mentions = decode_stacked_tags(self.tags)
        else:
            mentions = decode_tags(self.tags)
            self.scheme.add(self.tags, mentions)
        if "" in self.words or not all(map(str.strip, self.words)):
            self.words = [word if word.strip() else BLANK for word in self.words]
            self.findings.add("note", self.file, f"a word of spaces only is kept as {BLANK}.")
        self.findings.count(1 + len(mentions), where=self.file)
        self.passages.append(
            Passage(
                document=self.document,
                tokens=tuple(self.words),
                mentions=tuple(build_mention(*mention) for mention in mentions),
                part=self.part,
            )
        )
        self.words, self.tags = [], []

    def _is_comment(self, cells: list[str]) -> bool:
        """Tell whether a line is a comment; start a new document if the comment says so."""
        if cells[0].startswith("-DOCSTART-"):
            self._close_sentence()
            if self.passages and not self.n_documents and self.layout.document is None:
                self._name_first_document()
            self._start_document(f"{strip_file_name(self.file)}#{self.n_documents + 1}")
            return True
        if not cells[0].startswith("#"):
            return False
        if len(cells) == self.layout.n_columns and TAG.fullmatch(cells[self.layout.tag]):
            return False  # the word "#"
        line = " ".join(cells)
        if line.startswith("# newdoc id = "):
            self._start_document(line.removeprefix("# newdoc id = "))
            self.is_named = True
        elif line.startswith("###"):
            self._start_document(line.lstrip("# "))
            self.is_named = True
        return True

    def _name_first_document(self) -> None:
        """Name the document before the first -DOCSTART-, which then stands between documents."""
        first = f"{strip_file_name(self.file)}#1"
        self.passages = [replace(passage, document=first) for passage in self.passages]
        self.n_documents = 1

    def _start_document(self, name: str) -> None:
        self._close_sentence()
        if self.layout.document is None:
            self.n_documents += 1
            self.document = name

    def _track_columns(self, cells: list[str]) -> None:
        """Update document and part from their columns; close the sentence if its id or document changes."""
        layout = self.layout
        sentence = cells[layout.sentence] if layout.sentence is not None else ""
        document = cells[layout.document] if layout.document is not None else self.document
        if (sentence and sentence != self.sentence) or document != self.document:
            self._close_sentence()
        self.sentence, self.document = sentence or self.sentence, document
        if layout.part is not None:
            self.part = parse_part(cells[layout.part])

    def _check_tag(self, tag: str, number: int) -> None:
        if STACKED_TAGS.fullmatch(tag):
            message = "several tags in one cell: each of them is read."
            self.findings.add("note", f"{self.file}, line {number}", message)
            self.has_stacks = True
        if self.layout.has_prefixes and not is_tag(tag):
            raise BionerError(f"{self.file}, line {number}: {_quote_first_word(tag)} is not a tag. {_HINT}")

    def _refuse_row(self, number: int, cells: list[str]) -> None:
        n = len(cells)
        raise BionerError(
            f"{self.file}, line {number}: found {n} column{'s' * (n != 1)} in {_quote_first_word(cells[0])}, "
            f"other lines have {self.layout.n_columns}, separated by "
            f"{_SEPARATOR_NAMES[self.layout.separator]}. {_HINT}"
        )

    def _refuse_length(self, number: int) -> None:
        raise BionerError(
            f"{self.file}, line {number}: a sentence of more than {MAX_WORDS:,} words. Put a blank line "
            "after each sentence."
        )

    def _report_oddities(self) -> None:
        if self.layout.has_prefixes:
            self.scheme.report(self.file, self.findings)
        if len(self.passages) == 1 and len(self.passages[0].tokens or ()) > 1_000:
            message = (
                "one sentence of more than 1,000 words: blank lines between sentences seem to be missing."
            )
            self.findings.add("warning", self.file, message)


def _quote_first_word(cell: str) -> str:
    """Quote at most the first 20 characters of a word, so that no patient text enters a message."""
    return repr(next(iter(cell.split()), "")[:20])
