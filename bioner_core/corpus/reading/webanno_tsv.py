"""WebAnno TSV 3 (WebAnno, INCEpTION): one line per token, columns for each layer."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from sys import intern
from typing import NoReturn

from bioner_core.corpus.reading.annotators import select_versions
from bioner_core.corpus.reading.bounds import MAX_WORDS, iterate_lines
from bioner_core.corpus.reading.findings import Findings
from bioner_core.corpus.reading.passages import Passage, Reading
from bioner_core.corpus.reading.placement import INSIDE_WORD, RawMention, place_token_mentions
from bioner_core.corpus.reading.split_names import refuse_documents
from bioner_core.corpus.reading.texts import assign_parts
from bioner_core.corpus.reading.uima_layers import Annotation, is_structure, select_labels
from bioner_core.errors import BionerError

NAME = "WebAnno TSV"
MAX_CELLS = 1_000  # of a line; an export has fewer
MAX_CELL = 100_000  # characters of an annotated cell
_START = "#FORMAT=WebAnno TSV 3"
_TOKEN_NUMBER = re.compile(r"\d{1,9}-\d{1,9}(\.\d{1,9})?")
_ENTRY = re.compile(r"(?:[^\\|]|\\.|\\$)+", re.DOTALL)
_NUMBERED = re.compile(r"((?:[^\\\[]|\\.)*)\[(\d{1,9})\]", re.DOTALL)
_ESCAPE = re.compile(r"\\(->|.)", re.DOTALL)
_ESCAPED = {"t": "\t", "n": "\n", "r": "\r", "f": "\f", "b": "\b"}
_SKIPPED_LAYERS = {"#T_RL": "relations", "#T_CH": "chains of coreference"}
_FORM = "A line needs a number such as 1-2, a place such as 5-7, a token, and one cell for each feature."


@dataclass(frozen=True)
class _Layer:
    name: str
    columns: tuple[tuple[int, str], ...]  # (cell, feature), without slots and their targets


@dataclass
class _Sentence:
    document: str
    tokens: list[str] = field(default_factory=list)
    annotations: list[Annotation] = field(default_factory=list)


@dataclass
class _OpenAnnotation:
    """An annotation whose tokens are still being collected."""

    layer: str
    features: dict[str, str]
    where: str
    fragments: list[tuple[int, int]] = field(default_factory=list)


def claim(files: Mapping[str, str]) -> set[str]:
    """Return the files with the header of WebAnno TSV 3."""
    return {name for name, text in files.items() if text[:200].lstrip("\ufeff\r\n ").startswith(_START)}


def read(files: Mapping[str, str], *, name: str, documents: str | None) -> Reading:
    """Read all sentences with the spans of all layers that hold entities.

    :raises BionerError: for a line that is neither token, comment nor blank, or lacks cells
    """
    refuse_documents(documents, name=name, since=f"{NAME} is a document a file")
    findings = Findings()
    document_names, n_unannotated = select_versions(files, findings)
    sentences: list[_Sentence] = []
    for file, document in document_names.items():
        sentences += _Reader(file, document, findings).read(files[file])
    labels = iter(
        select_labels(
            [annotation for s in sentences for annotation in s.annotations], where=name, findings=findings
        )
    )
    passages = []
    for sentence in sentences:
        raw_mentions = [
            RawMention(next(labels), annotation.fragments, where=annotation.where)
            for annotation in sentence.annotations
        ]
        mentions = place_token_mentions(raw_mentions, len(sentence.tokens), findings=findings)
        passages.append(Passage(document=sentence.document, tokens=tuple(sentence.tokens), mentions=mentions))
    return findings.build_reading(
        name=name, format_name=NAME, passages=assign_parts(passages), n_unannotated=n_unannotated
    )


class _Reader:
    """Reads one file."""

    def __init__(self, file: str, document: str, findings: Findings) -> None:
        self.file = file
        self.document = document
        self.findings = findings
        self.layers: list[_Layer] = []
        self.n_cells = 3
        self.unannotated_end = ""  # end of a row without annotations
        self.closed_keys: set[tuple[str, str]] = set()  # (layer, number) of earlier sentences

    def read(self, text: str) -> list[_Sentence]:
        """Return the sentences of the file."""
        sentences: list[_Sentence] = []
        sentence = _Sentence(self.document)
        open_annotations: dict[tuple[str, str], _OpenAnnotation] = {}
        for number, line in iterate_lines(text, where=self.file):
            if line[:1].isdigit():
                self._read_token_row(line, number, sentence, open_annotations)
                continue
            if line.startswith("#"):
                self._read_header(line)
            elif line.strip():
                self._refuse(line, number)
            if sentence.tokens and (not line.strip() or line.startswith("#Text=")):
                sentences.append(self._close_sentence(sentence, open_annotations))
                sentence, open_annotations = _Sentence(self.document), {}
        if sentence.tokens:
            sentences.append(self._close_sentence(sentence, open_annotations))
        return sentences

    def _read_header(self, line: str) -> None:
        """Add a layer and the columns of its features."""
        kind, _, rest = line.partition("=")
        if not kind.startswith("#T_"):
            return
        layer, *features = rest.split("|")
        self.unannotated_end += "\t_" * len(features)
        features = features or [""]  # a layer without features has one column, too
        cells = range(self.n_cells, self.n_cells + len(features))
        self.n_cells += len(features)
        if self.n_cells > MAX_CELLS:
            raise BionerError(
                f"{self.file}: more than {MAX_CELLS:,} columns of features. Export fewer layers."
            )
        if skipped := _SKIPPED_LAYERS.get(kind):
            self.findings.add("note", self.file, f"{skipped} are not read.")
        elif not is_structure(layer):
            columns = []
            for i, feature in enumerate(features):
                if feature.startswith("ROLE_"):
                    self.findings.add("note", self.file, "slots, which link spans, are not read.")
                elif not features[i - 1].startswith("ROLE_") or i == 0:  # else the target of the slot
                    columns.append((cells[i], feature))
            self.layers.append(_Layer(layer, tuple(columns) or ((cells[0], ""),)))

    def _read_token_row(
        self,
        line: str,
        number: int,
        sentence: _Sentence,
        open_annotations: dict[tuple[str, str], _OpenAnnotation],
    ) -> None:
        """Add the token, or part of a token, of one line, and its annotations."""
        cells = line.split("\t")
        match = _TOKEN_NUMBER.fullmatch(cells[0])
        if match is None or len(cells) < self.n_cells:
            self._refuse(line, number)
        is_part = match is not None and match[1] is not None
        if not is_part:
            sentence.tokens.append(intern(cells[2]) if cells[2].strip() else "\ufffd")  # not escaped
            if len(sentence.tokens) > MAX_WORDS:
                where = f"{self.file}, line {number}"
                raise BionerError(f"{where}: a sentence of more than {MAX_WORDS:,} words. Export it again.")
        if line.endswith((self.unannotated_end, f"{self.unannotated_end}\t")):
            return
        where = f"{self.file}, line {number}"
        token_index = len(sentence.tokens) - 1
        for layer in self.layers:
            if any(cells[column] != "_" for column, _ in layer.columns):
                if any(len(cells[column]) > MAX_CELL for column, _ in layer.columns):
                    raise BionerError(
                        f"{where}: a cell of more than {MAX_CELL:,} characters. Export it again."
                    )
                self._annotate(layer, cells, token_index, where, open_annotations, is_part=is_part)

    def _refuse(self, line: str, number: int) -> NoReturn:
        n = line.count("\t") + 1
        where = f"{self.file}, line {number}"
        raise BionerError(f"{where}: found {n} cells, {self.n_cells} are needed. {_FORM}")

    def _annotate(
        self,
        layer: _Layer,
        cells: Sequence[str],
        token_index: int,
        where: str,
        open_annotations: dict[tuple[str, str], _OpenAnnotation],
        *,
        is_part: bool,
    ) -> None:
        """Add a token to the annotations that the cells of one layer name."""
        if is_part and not cells[2]:
            self.findings.add_unplaced(where, "offsets without text; left out.", label=layer.name)
            return
        stacks = [(feature, _parse_cell(cells[column])) for column, feature in layer.columns]
        for i in range(max(len(stack) for _, stack in stacks)):
            entries = [(feature, stack[i]) for feature, stack in stacks if i < len(stack)]
            number = next((number for _, (_, number) in entries if number), "")
            key = (layer.name, number or f"{where} {i}")
            if key not in open_annotations:
                features = {feature: value for feature, (value, _) in entries if feature and value}
                open_annotations[key] = _OpenAnnotation(layer.name, features, where)
            if is_part:
                self.findings.add("warning", where, INSIDE_WORD)
            open_annotations[key].fragments.append((token_index, token_index + 1))

    def _close_sentence(
        self, sentence: _Sentence, open_annotations: Mapping[tuple[str, str], _OpenAnnotation]
    ) -> _Sentence:
        """Return the sentence with all annotations that were open in it."""
        for key, annotation in open_annotations.items():
            if key in self.closed_keys:
                message = "an annotation across sentences is cut at the end of the sentence."
                self.findings.add("warning", annotation.where, message)
            self.closed_keys.add(key)
            fragments = tuple(dict.fromkeys(annotation.fragments))
            sentence.annotations.append(
                Annotation(annotation.layer, annotation.features, fragments, annotation.where)
            )
        self.findings.count(1 + len(open_annotations), where=self.file)
        return sentence


def _parse_cell(cell: str) -> list[tuple[str, str]]:
    r"""Return the value and number of each annotation in a cell; "" if it has none.

    >>> _parse_cell("_"), _parse_cell("*"), _parse_cell("Drug"), _parse_cell(r"a\|b[3]|*[4]")
    ([], [('', '')], [('Drug', '')], [('a|b', '3'), ('', '4')])
    """
    if cell in ("_", ""):
        return []
    entries = _ENTRY.findall(cell) if "|" in cell else [cell]
    parsed = []
    for entry in entries:
        match = _NUMBERED.fullmatch(entry)
        value, number = match.groups() if match else (entry, "")
        parsed.append(("" if value in ("*", "_") else _unescape(value), number))
    return parsed


def _unescape(value: str) -> str:
    """Return a value with its escapes resolved."""
    return _ESCAPE.sub(lambda match: _ESCAPED.get(match[1], match[1]), value) if "\\" in value else value
