"""WebAnno TSV 3, which WebAnno and INCEpTION export: a line for each token, columns for each layer."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from sys import intern
from typing import NoReturn

from bioner_core.corpus.reading.annotators import one_each
from bioner_core.corpus.reading.bounds import MAX_WORDS, lines
from bioner_core.corpus.reading.findings import Findings
from bioner_core.corpus.reading.passages import Passage, Reading
from bioner_core.corpus.reading.placement import INSIDE, Marked, place_in_tokens
from bioner_core.corpus.reading.split_names import refuse_documents
from bioner_core.corpus.reading.texts import with_parts
from bioner_core.corpus.reading.uima_layers import Annotation, is_structure, labels_of
from bioner_core.errors import BionerError

NAME = "WebAnno TSV"
MAX_CELLS = 1_000  # of a line; what has more is no export
MAX_CELL = 100_000  # characters of a cell that is annotated
_START = "#FORMAT=WebAnno TSV 3"
_UNIT = re.compile(r"\d{1,9}-\d{1,9}(\.\d{1,9})?")
_ENTRY = re.compile(r"(?:[^\\|]|\\.|\\$)+", re.DOTALL)
_NUMBERED = re.compile(r"((?:[^\\\[]|\\.)*)\[(\d{1,9})\]", re.DOTALL)
_ESCAPE = re.compile(r"\\(->|.)", re.DOTALL)
_SIGNS = {"t": "\t", "n": "\n", "r": "\r", "f": "\f", "b": "\b"}
_OTHER = {"#T_RL": "relations", "#T_CH": "chains of coreference"}
_FORM = "A line needs a number such as 1-2, a place such as 5-7, a token, and one cell for each feature."


@dataclass(frozen=True)
class _Layer:
    name: str
    columns: tuple[tuple[int, str], ...]  # (cell, feature); slots and their targets are not among them


@dataclass
class _Sentence:
    document: str
    tokens: list[str] = field(default_factory=list)
    annotations: list[Annotation] = field(default_factory=list)


@dataclass
class _Open:
    """An annotation whose tokens are still being collected."""

    layer: str
    features: dict[str, str]
    where: str
    fragments: list[tuple[int, int]] = field(default_factory=list)


def claims(files: Mapping[str, str]) -> set[str]:
    """Return the files that begin as WebAnno TSV 3 does."""
    return {name for name, text in files.items() if text[:200].lstrip("\ufeff\r\n ").startswith(_START)}


def read(files: Mapping[str, str], *, name: str, documents: str | None) -> Reading:
    """Read all sentences with the spans of all layers that hold entities.

    :raises BionerError: for a line that is neither token, comment nor blank, or lacks cells
    """
    refuse_documents(documents, name=name, since=f"{NAME} is a document a file")
    findings = Findings()
    read_as, n_unannotated = one_each(files, findings)
    sentences: list[_Sentence] = []
    for file, document in read_as.items():
        sentences += _Reader(file, document, findings).read(files[file])
    labels = iter(
        labels_of([each for s in sentences for each in s.annotations], where=name, findings=findings)
    )
    passages = []
    for sentence in sentences:
        marked = [Marked(next(labels), each.fragments, where=each.where) for each in sentence.annotations]
        mentions = place_in_tokens(marked, len(sentence.tokens), findings=findings)
        passages.append(Passage(document=sentence.document, tokens=tuple(sentence.tokens), mentions=mentions))
    return findings.reading(name=name, form=NAME, passages=with_parts(passages), n_unannotated=n_unannotated)


class _Reader:
    """Reads one file."""

    def __init__(self, file: str, document: str, findings: Findings) -> None:
        self.file = file
        self.document = document
        self.findings = findings
        self.layers: list[_Layer] = []
        self.n_cells = 3
        self.empty = ""  # how a row ends where nothing is annotated
        self.seen: set[tuple[str, str]] = set()  # (layer, number) of earlier sentences

    def read(self, text: str) -> list[_Sentence]:
        """Return the sentences of the file."""
        found: list[_Sentence] = []
        sentence = _Sentence(self.document)
        open_: dict[tuple[str, str], _Open] = {}
        for number, line in lines(text, where=self.file):
            if line[:1].isdigit():
                self._unit(line, number, sentence, open_)
                continue
            if line.startswith("#"):
                self._header(line)
            elif line.strip():
                self._refuse(line, number)
            if sentence.tokens and (not line.strip() or line.startswith("#Text=")):
                found.append(self._closed(sentence, open_))
                sentence, open_ = _Sentence(self.document), {}
        if sentence.tokens:
            found.append(self._closed(sentence, open_))
        return found

    def _header(self, line: str) -> None:
        """Take note of a layer and the cells that its features fill."""
        kind, _, rest = line.partition("=")
        if not kind.startswith("#T_"):
            return
        layer, *features = rest.split("|")
        self.empty += "\t_" * len(features)
        features = features or [""]  # a layer without features has one column, too
        cells = range(self.n_cells, self.n_cells + len(features))
        self.n_cells += len(features)
        if self.n_cells > MAX_CELLS:
            raise BionerError(
                f"{self.file}: more than {MAX_CELLS:,} columns of features. Export fewer layers."
            )
        if what := _OTHER.get(kind):
            self.findings.add("note", self.file, f"{what} are not read.")
        elif not is_structure(layer):
            columns = []
            for i, feature in enumerate(features):
                if feature.startswith("ROLE_"):
                    self.findings.add("note", self.file, "slots, which link spans, are not read.")
                elif not features[i - 1].startswith("ROLE_") or i == 0:  # else what the slot links to
                    columns.append((cells[i], feature))
            self.layers.append(_Layer(layer, tuple(columns) or ((cells[0], ""),)))

    def _unit(self, line: str, number: int, sentence: _Sentence, open_: dict[tuple[str, str], _Open]) -> None:
        """Take the token, or part of one, that a line holds, and what is annotated there."""
        cells = line.split("\t")
        match = _UNIT.fullmatch(cells[0])
        if match is None or len(cells) < self.n_cells:
            self._refuse(line, number)
        is_part = match is not None and match[1] is not None
        if not is_part:
            sentence.tokens.append(intern(cells[2]) if cells[2].strip() else "\ufffd")  # not escaped
            if len(sentence.tokens) > MAX_WORDS:
                where = f"{self.file}, line {number}"
                raise BionerError(f"{where}: a sentence of more than {MAX_WORDS:,} words. Export it again.")
        if line.endswith((self.empty, f"{self.empty}\t")):
            return
        where = f"{self.file}, line {number}"
        at = len(sentence.tokens) - 1
        for layer in self.layers:
            if any(cells[column] != "_" for column, _ in layer.columns):
                if any(len(cells[column]) > MAX_CELL for column, _ in layer.columns):
                    raise BionerError(
                        f"{where}: a cell of more than {MAX_CELL:,} characters. Export it again."
                    )
                self._annotate(layer, cells, at, where, open_, is_part=is_part)

    def _refuse(self, line: str, number: int) -> NoReturn:
        n = line.count("\t") + 1
        where = f"{self.file}, line {number}"
        raise BionerError(f"{where}: found {n} cells, {self.n_cells} are needed. {_FORM}")

    def _annotate(
        self,
        layer: _Layer,
        cells: Sequence[str],
        at: int,
        where: str,
        open_: dict[tuple[str, str], _Open],
        *,
        is_part: bool,
    ) -> None:
        """Add a token to the annotations of one layer that its cells name."""
        if is_part and not cells[2]:
            self.findings.unplaced(where, "a place without text; left out.", label=layer.name)
            return
        stacks = [(feature, _stacked(cells[column])) for column, feature in layer.columns]
        for i in range(max(len(stack) for _, stack in stacks)):
            entries = [(feature, stack[i]) for feature, stack in stacks if i < len(stack)]
            number = next((number for _, (_, number) in entries if number), "")
            key = (layer.name, number or f"{where} {i}")
            if key not in open_:
                features = {feature: value for feature, (value, _) in entries if feature and value}
                open_[key] = _Open(layer.name, features, where)
            if is_part:
                self.findings.add("warning", where, INSIDE)
            open_[key].fragments.append((at, at + 1))

    def _closed(self, sentence: _Sentence, open_: Mapping[tuple[str, str], _Open]) -> _Sentence:
        """Return the sentence with its annotations."""
        for key, each in open_.items():
            if key in self.seen:
                message = "an annotation that goes on beyond its sentence is cut at the end of the sentence."
                self.findings.add("warning", each.where, message)
            self.seen.add(key)
            fragments = tuple(dict.fromkeys(each.fragments))
            sentence.annotations.append(Annotation(each.layer, each.features, fragments, each.where))
        self.findings.count(1 + len(open_), where=self.file)
        return sentence


def _stacked(cell: str) -> list[tuple[str, str]]:
    r"""Return value and number of each annotation in a cell; "" where it has none.

    >>> _stacked("_"), _stacked("*"), _stacked("Drug"), _stacked(r"a\|b[3]|*[4]")
    ([], [('', '')], [('Drug', '')], [('a|b', '3'), ('', '4')])
    """
    if cell in ("_", ""):
        return []
    entries = _ENTRY.findall(cell) if "|" in cell else [cell]
    found = []
    for entry in entries:
        match = _NUMBERED.fullmatch(entry)
        value, number = match.groups() if match else (entry, "")
        found.append(("" if value in ("*", "_") else _plain(value), number))
    return found


def _plain(value: str) -> str:
    """Return a value without its escapes."""
    return _ESCAPE.sub(lambda match: _SIGNS.get(match[1], match[1]), value) if "\\" in value else value
