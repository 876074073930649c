"""BioCreative's tables: abstracts (id, title, text) beside entities (DrugProt, ChemProt, CHEMDNER)."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping

from bioner_core.corpus.reading.bounds import iterate_lines
from bioner_core.corpus.reading.findings import Findings
from bioner_core.corpus.reading.passages import Passage, Reading
from bioner_core.corpus.reading.placement import RawMention
from bioner_core.corpus.reading.split_names import refuse_documents
from bioner_core.corpus.reading.texts import AnnotatedText, build_passages

NAME = "BioCreative tables"
_TERM = re.compile(r"([^\t]+)\tT\d+\t([^\t]+)\t(\d{1,9})\t(\d{1,9})\t(.+)")  # DrugProt, ChemProt
_CHEMDNER = re.compile(r"([^\t]+)\t([TA])\t(\d{1,9})\t(\d{1,9})\t([^\t]+)\t([^\t]+)")
_ABSTRACT = re.compile(r"([^\t]{1,60})\t([^\t]+)\t([^\t]*)")
_NO_TEXT = "its abstract is missing; left out."


def claim(files: Mapping[str, str]) -> set[str]:
    """Return the files of entities, and those of abstracts beside them."""
    entities = {name for name, text in files.items() if _is_entities(text)}
    abstracts = {name for name in files.keys() - entities if _is_abstracts(files[name])}
    return entities | abstracts if entities and abstracts else set()


def read(files: Mapping[str, str], *, name: str, documents: str | None) -> Reading:
    """Read all abstracts; relations are not read. Every abstract counts as annotated.

    :raises BionerError: where a line is too long
    """
    refuse_documents(documents, name=name, since="its tables name the documents")
    findings = Findings()
    entities = {file for file, text in files.items() if _is_entities(text)}
    abstracts: dict[str, tuple[str, str, str]] = {}  # file, title and abstract by id
    for file in sorted(files.keys() - entities):
        for _, line in iterate_lines(files[file], where=file):
            if match := _ABSTRACT.fullmatch(line):
                abstracts[match[1].strip()] = file, match[2], match[3]
    mentions: defaultdict[str, list[RawMention]] = defaultdict(list)
    for file in sorted(entities):
        for key, mention in _iterate_mentions(files[file], file, abstracts, findings):
            if key in abstracts:
                mentions[key].append(mention)
            else:
                findings.add_unplaced(mention.where, _NO_TEXT, label=mention.label)
    passages: list[Passage] = []
    texts_by_file: defaultdict[str, list[AnnotatedText]] = defaultdict(list)
    for key, (file, title, body) in abstracts.items():
        text = AnnotatedText(text=f"{title}\t{body}", raw_mentions=mentions[key], document=key)
        texts_by_file[file].append(text)
    for file, texts in sorted(texts_by_file.items()):
        passages += build_passages(texts, file=file, findings=findings)
    return findings.build_reading(name=name, format_name=NAME, passages=passages)


def _is_entities(text: str) -> bool:
    first = text[:10_000].lstrip("\r\n").partition("\n")[0].rstrip("\r")
    return bool(_TERM.fullmatch(first) or _CHEMDNER.fullmatch(first))


def _is_abstracts(text: str) -> bool:
    lines = text[:200_000].split("\n")[:20]
    full = [line.rstrip("\r") for line in (lines[:-1] or lines) if line.strip()]
    return bool(full) and all(_ABSTRACT.fullmatch(line) and " " in line for line in full)


def _iterate_mentions(
    text: str, file: str, abstracts: Mapping[str, tuple[str, str, str]], findings: Findings
) -> Iterator[tuple[str, RawMention]]:
    """Yield document and mention of each line; CHEMDNER counts from the title or from the abstract."""
    for number, line in iterate_lines(text, where=file):
        where = f"{file}, line {number}"
        if match := _TERM.fullmatch(line):
            key, label, start, end, words = match.groups()
            yield key.strip(), RawMention(label, ((int(start), int(end)),), words, where)
        elif match := _CHEMDNER.fullmatch(line):
            key, section, start, end, words, label = match.groups()
            title = abstracts.get(key.strip(), ("", "", ""))[1]
            shift = len(title) + 1 if section == "A" else 0
            yield key.strip(), RawMention(label, ((int(start) + shift, int(end) + shift),), words, where)
        elif line.strip():
            findings.add_unplaced(where, "not a line of entities; left out.")
