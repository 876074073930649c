"""Data sets as Hugging Face keeps them: Parquet and Arrow files of words and tags, of texts and entities."""

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import PurePosixPath
from typing import Any

from bioner_core.corpus.reading.arrow_files import ArrowFile, Record, is_arrow
from bioner_core.corpus.reading.bounds import shown
from bioner_core.corpus.reading.findings import Findings
from bioner_core.corpus.reading.jsonl_records import RecordFile, passages_of
from bioner_core.corpus.reading.passages import Passage, Reading
from bioner_core.corpus.reading.placement import Marked
from bioner_core.corpus.reading.records import (
    DOCUMENTS,
    PARTS,
    SPANS,
    TAGS,
    TEXTS,
    TOKENS,
    Content,
    content_of,
)
from bioner_core.corpus.reading.sheets import Sheets, claimed_texts, read_sheets, sorted_out
from bioner_core.corpus.reading.split_names import part_of
from bioner_core.corpus.reading.tables import Row, Table
from bioner_core.errors import BionerError

NAME = "Parquet or Arrow"
_ASIDES = {"dataset_info.json", "dataset_infos.json", "state.json", "dataset_dict.json"}  # of save_to_disk
_DEEP = 6  # levels of a feature in which class names are looked for
_NO_CORPUS = (
    "no column holds words and their tags (tokens, ner_tags), a text and its entities (text, entities), or "
    "a table of spans."
)


def claims_bytes(files: Mapping[str, bytes]) -> set[str]:
    """Return the files of a data set, what lies beside them, and the texts that its tables speak of.

    :raises BionerError: where the only file is damaged, or holds no corpus
    """
    opened: list[ArrowFile] = []
    for name, content in files.items():
        try:
            opened += [ArrowFile(content, name)] if is_arrow(content) else []
        except BionerError:
            if len(files) == 1:
                raise
    mine = {file.name for file in opened if _holds_records(file)} or _tables_of_spans(opened, files)
    if not mine:
        if opened and len(files) == 1:
            raise BionerError(f"{opened[0].name}: {_NO_CORPUS} Its columns: {shown(opened[0].columns)}.")
        return set()
    return mine | {name for name in files if PurePosixPath(name).name in _ASIDES}


def _tables_of_spans(opened: Sequence[ArrowFile], files: Mapping[str, bytes]) -> set[str]:
    """Return the files that hold tables of spans or of words and tags, and the texts beside them."""
    found: dict[str, Sheets] = {}
    for file in opened:
        try:
            found[file.name] = sorted_out([_table(file)])
        except BionerError:
            if len(files) == 1:
                raise
    if not any(sheets.are_corpus for sheets in found.values()):
        return set()
    mine = {name for name, sheets in found.items() if sheets.are_corpus or sheets.texts}
    others = files.keys() - {file.name for file in opened}
    return mine.union(*(claimed_texts(found[name], others) for name in mine))


def read_bytes(files: Mapping[str, bytes], *, name: str, documents: str | None) -> Reading:
    """Read all records of all files; where there are none, their tables of spans.

    :param documents: the column that names documents; dots lead into structs
    """
    opened = [ArrowFile(content, file) for file, content in files.items() if is_arrow(content)]
    records = [file for file in opened if _holds_records(file)]
    if not records:
        tables: Sheets = sorted_out(map(_table, opened))
        beside = {file: content for file, content in files.items() if not is_arrow(content)}
        texts = {file: content for file, content in beside.items() if PurePosixPath(file).name not in _ASIDES}
        return read_sheets(tables, texts, name=name, documents=documents, form=NAME)
    findings = Findings()
    passages: list[Passage] = []
    for file in records:
        found = RecordFile(file.name)
        features = _features(file.metadata)
        for number, record in enumerate(file.records(), 1):
            where = f"{file.name}, row {number}"
            content = _content(record, features, where=where, documents=documents)
            findings.count(1 + len(content.marked), where=where)
            found.contents.append((where, content))
        passages += passages_of(found, "", findings)
    return findings.reading(name=name, form=NAME, passages=passages)


def _holds_records(file: ArrowFile) -> bool:
    """Tell by names and types of columns whether each row is a sentence or text with its mentions."""
    columns = set(file.columns)
    has_spans = not file.nested.isdisjoint(columns.intersection(SPANS))
    has_words = not file.nested.isdisjoint(columns.intersection(TOKENS))
    if has_words and (has_spans or not file.nested.isdisjoint(columns.intersection(TAGS))):
        return True
    return has_spans and bool(columns.intersection(TEXTS) or "passages" in file.nested)


def _content(value: Record, features: Mapping[str, Any], *, where: str, documents: str | None) -> Content:
    value = {key: _named(each, features.get(key), 0) for key, each in value.items() if each is not None}
    for key in (*SPANS, "passages"):
        if isinstance(value.get(key), dict):
            value[key] = _rows(value[key])
    if isinstance(value.get("passages"), list) and isinstance(value.get("entities"), list):
        return _bigbio(value, where)
    return content_of(value, where=where, documents=documents)


def _rows(columns: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return a struct of lists, as older data sets have it, as a list of structs."""
    lists = {key: each for key, each in columns.items() if isinstance(each, list)}
    n = min(map(len, lists.values()), default=0)
    return [{key: each[at] for key, each in lists.items()} for at in range(n)]


def _bigbio(value: Record, where: str) -> Content:
    """Return a record of the BigBIO schema: passages and entities, each with texts and their offsets.

    https://github.com/bigscience-workshop/biomedical/blob/main/task_schemas.md
    """
    text = ""
    for words, at in (pair for passage in value["passages"] for pair in _pairs(passage, where)):
        gap = min(max(0, at[0] - len(text)), 10_000)  # what lies between is blank
        text = f"{text}{' ' * gap}{words}"
    marked = []
    for entity in value["entities"]:
        pairs = list(_pairs(entity, where))
        if pairs and isinstance(entity.get("type"), str):
            words = " ".join(words for words, _ in pairs)
            marked.append(Marked(entity["type"], tuple(at for _, at in pairs), words, where))
    document = next((str(value[key]) for key in (*DOCUMENTS, "id") if value.get(key)), "")
    part = next((part_of(str(value[key])) for key in PARTS if value.get(key)), "")
    return Content(text=text, marked=tuple(marked), document=document, part=part)  # type: ignore[arg-type]


def _pairs(item: Any, where: str) -> Iterator[tuple[str, tuple[int, int]]]:
    """Yield words and fragment of a passage or an entity."""
    item = item if isinstance(item, dict) else {}
    texts, offsets = item.get("text"), item.get("offsets")
    if not isinstance(texts, list) or not isinstance(offsets, list) or len(texts) > len(offsets):
        raise BionerError(f"{where}: a passage or an entity needs texts, and offsets for each of them.")
    if len(texts) == 1 < len(offsets):
        texts = [*texts, *[""] * (len(offsets) - 1)]
    for words, at in zip(texts, offsets, strict=False):
        if not isinstance(words, str) or not isinstance(at, list) or len(at) != 2 or None in at:
            raise BionerError(f"{where}: an offset is no pair of start and end.")
        yield words, (int(at[0]), int(at[1]))


def _features(metadata: bytes) -> Mapping[str, Any]:
    """Return what the data set says of its columns, such as the names of its classes."""
    try:
        features = json.loads(metadata or b"{}")["info"]["features"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return {}
    return features if isinstance(features, dict) else {}


def _named(value: Any, feature: Any, depth: int) -> Any:
    """Return a value with the names of classes in place of their numbers."""
    if feature is None or depth > _DEEP:
        return value
    if isinstance(feature, list):
        feature = {"feature": feature[0]} if feature else {}
    if not isinstance(feature, dict):
        return value
    names = feature.get("names")
    if feature.get("_type") == "ClassLabel" and isinstance(names, list) and isinstance(value, int):
        return str(names[value]) if 0 <= value < len(names) else value
    inner = feature.get("feature", feature)
    if isinstance(value, list):
        return [_named(each, inner, depth + 1) for each in value]
    if isinstance(value, dict) and isinstance(inner, dict):
        return {key: _named(each, inner.get(key), depth + 1) for key, each in value.items()}
    return value


def _table(file: ArrowFile) -> Table:
    return Table(name=file.name, header=file.columns, rows=partial(_cells, file))


def _cells(file: ArrowFile) -> Iterator[Row]:
    features = _features(file.metadata)
    for number, record in enumerate(file.records(), 1):
        cells = (_named(record[key], features.get(key), 0) for key in file.columns)
        yield f"{file.name}, row {number}", ["" if cell is None else str(cell) for cell in cells]
