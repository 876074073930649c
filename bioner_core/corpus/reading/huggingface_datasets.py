"""Hugging Face data sets: Parquet and Arrow files of words and tags, or of texts and entities."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import PurePosixPath
from typing import Any

from bioner_core.corpus.reading.annotation_fields import SPAN_FIELDS, TAG_FIELDS
from bioner_core.corpus.reading.arrow_files import ArrowFile, Record, is_arrow
from bioner_core.corpus.reading.bounds import format_names
from bioner_core.corpus.reading.findings import Findings
from bioner_core.corpus.reading.jsonl_records import RecordFile, build_record_passages
from bioner_core.corpus.reading.passages import Passage, Reading
from bioner_core.corpus.reading.placement import RawMention
from bioner_core.corpus.reading.records import (
    DOCUMENT_FIELDS,
    PART_FIELDS,
    TEXT_FIELDS,
    TOKEN_FIELDS,
    RecordContent,
    parse_record,
)
from bioner_core.corpus.reading.sheets import (
    ClassifiedTables,
    classify_tables,
    find_claimed_texts,
    read_sheets,
)
from bioner_core.corpus.reading.split_names import parse_part
from bioner_core.corpus.reading.tables import Row, Table
from bioner_core.errors import BionerError

NAME = "Parquet or Arrow"
_METADATA_FILES = {"dataset_info.json", "dataset_infos.json", "state.json", "dataset_dict.json"}
_MAX_DEPTH = 6  # levels of a nested feature that are searched for class names
_NO_CORPUS = (
    "no column holds words and their tags (tokens, ner_tags), a text and its entities (text, entities), or "
    "a table of spans."
)


def claim_bytes(files: Mapping[str, bytes]) -> set[str]:
    """Return the files of a data set, its metadata files, and the texts that its tables refer to.

    :raises BionerError: if the only file is damaged or holds no corpus
    """
    arrow_files: list[ArrowFile] = []
    for name, content in files.items():
        try:
            arrow_files += [ArrowFile(content, name)] if is_arrow(content) else []
        except BionerError:
            if len(files) == 1:
                raise
    claimed = {file.name for file in arrow_files if _has_records(file)}
    claimed = claimed or _find_span_tables(arrow_files, files)
    if not claimed:
        if arrow_files and len(files) == 1:
            columns = format_names(arrow_files[0].columns)
            raise BionerError(f"{arrow_files[0].name}: {_NO_CORPUS} Its columns: {columns}.")
        return set()
    return claimed | {name for name in files if PurePosixPath(name).name in _METADATA_FILES}


def _find_span_tables(arrow_files: Sequence[ArrowFile], files: Mapping[str, bytes]) -> set[str]:
    """Return the files with tables of spans or of words and tags, and the text files they refer to."""
    sheets_by_file: dict[str, ClassifiedTables] = {}
    for file in arrow_files:
        try:
            sheets_by_file[file.name] = classify_tables([_build_table(file)])
        except BionerError:
            if len(files) == 1:
                raise
    if not any(sheets.has_mentions for sheets in sheets_by_file.values()):
        return set()
    claimed = {name for name, sheets in sheets_by_file.items() if sheets.has_mentions or sheets.texts}
    others = files.keys() - {file.name for file in arrow_files}
    return claimed.union(*(find_claimed_texts(sheets_by_file[name], others) for name in claimed))


def read_bytes(
    files: Mapping[str, bytes], *, name: str, documents: str | None, column: str | None = None
) -> Reading:
    """Read the records of all files, or their tables of spans if there are no records.

    :param documents: the column that names documents; dots select fields of structs
    :param column: the column of tags or entities; the most likely one where None
    """
    arrow_files = [ArrowFile(content, file) for file, content in files.items() if is_arrow(content)]
    record_files = [file for file in arrow_files if _has_records(file)]
    if not record_files:
        tables: ClassifiedTables = classify_tables(map(_build_table, arrow_files))
        others = {file: content for file, content in files.items() if not is_arrow(content)}
        texts = {file: others[file] for file in others if PurePosixPath(file).name not in _METADATA_FILES}
        return read_sheets(tables, texts, name=name, documents=documents, format_name=NAME, column=column)
    findings = Findings()
    passages: list[Passage] = []
    fields: dict[str, None] = {}
    for file in record_files:
        record_file = RecordFile(file.name, is_chosen=column is not None)
        features = _parse_features(file.metadata)
        for number, record in enumerate(file.iterate_records(), 1):
            where = f"{file.name}, row {number}"
            content = _parse_record(record, features, where=where, documents=documents, column=column)
            findings.count(1 + len(content.raw_mentions), where=where)
            record_file.contents.append((where, content))
        passages += build_record_passages(record_file, "", findings)
        fields |= record_file.list_fields()
    reading = findings.build_reading(name=name, format_name=NAME, passages=passages)
    return replace(reading, columns=tuple(fields))


def _has_records(file: ArrowFile) -> bool:
    """Tell from the names and types of the columns whether a row is a sentence or text with mentions."""
    columns = set(file.columns)
    has_spans = not file.nested.isdisjoint(columns.intersection(SPAN_FIELDS))
    has_words = not file.nested.isdisjoint(columns.intersection(TOKEN_FIELDS))
    if has_words and (has_spans or not file.nested.isdisjoint(columns.intersection(TAG_FIELDS))):
        return True
    return has_spans and bool(columns.intersection(TEXT_FIELDS) or "passages" in file.nested)


def _parse_record(
    value: Record, features: Mapping[str, Any], *, where: str, documents: str | None, column: str | None
) -> RecordContent:
    present = {key: cell for key, cell in value.items() if cell is not None}
    value = {key: _decode_class_labels(cell, features.get(key), 0) for key, cell in present.items()}
    for key in (*SPAN_FIELDS, "passages"):
        if isinstance(value.get(key), dict):
            value[key] = _transpose_lists(value[key])
    if isinstance(value.get("passages"), list) and isinstance(value.get("entities"), list):
        return _parse_bigbio(value, where)
    return parse_record(value, where=where, documents=documents, column=column)


def _transpose_lists(columns: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Convert a struct of lists, as in older data sets, to a list of structs."""
    lists = {key: column for key, column in columns.items() if isinstance(column, list)}
    n = min(map(len, lists.values()), default=0)
    return [{key: column[row] for key, column in lists.items()} for row in range(n)]


def _parse_bigbio(value: Record, where: str) -> RecordContent:
    """Parse a record of the BigBIO schema: passages and entities with texts and offsets.

    https://github.com/bigscience-workshop/biomedical/blob/main/task_schemas.md
    """
    text = ""
    for passage in value["passages"]:
        for surface, (start, _) in _iterate_fragments(passage, where):
            gap = min(max(0, start - len(text)), 10_000)  # spaces between passages
            text = f"{text}{' ' * gap}{surface}"
    mentions = []
    for entity in value["entities"]:
        pairs = list(_iterate_fragments(entity, where))
        if pairs and isinstance(entity.get("type"), str):
            surface = " ".join(surface for surface, _ in pairs)
            fragments = tuple(fragment for _, fragment in pairs)
            mentions.append(RawMention(entity["type"], fragments, surface, where))
    document = next((str(value[key]) for key in (*DOCUMENT_FIELDS, "id") if value.get(key)), "")
    part = next((parse_part(str(value[key])) for key in PART_FIELDS if value.get(key)), "")
    return RecordContent(text=text, raw_mentions=tuple(mentions), document=document, part=part)  # type: ignore[arg-type]


def _iterate_fragments(item: Any, where: str) -> Iterator[tuple[str, tuple[int, int]]]:
    """Yield text and (start, end) of each fragment of a passage or an entity."""
    item = item if isinstance(item, dict) else {}
    texts, offsets = item.get("text"), item.get("offsets")
    if not isinstance(texts, list) or not isinstance(offsets, list) or len(texts) > len(offsets):
        raise BionerError(f"{where}: a passage or an entity needs texts, and offsets for each of them.")
    if len(texts) == 1 < len(offsets):
        texts = [*texts, *[""] * (len(offsets) - 1)]
    for surface, pair in zip(texts, offsets, strict=False):
        if not isinstance(surface, str) or not isinstance(pair, list) or len(pair) != 2 or None in pair:
            raise BionerError(f"{where}: an offset is not a pair of start and end.")
        yield surface, (int(pair[0]), int(pair[1]))


def _parse_features(metadata: bytes) -> Mapping[str, Any]:
    """Parse the column features of a data set, such as class names; empty if absent or damaged."""
    try:
        features = json.loads(metadata or b"{}")["info"]["features"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return {}
    return features if isinstance(features, dict) else {}


def _decode_class_labels(value: Any, feature: Any, depth: int) -> Any:
    """Replace class numbers in a value by class names."""
    if feature is None or depth > _MAX_DEPTH:
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
        return [_decode_class_labels(item, inner, depth + 1) for item in value]
    if isinstance(value, dict) and isinstance(inner, dict):
        return {key: _decode_class_labels(item, inner.get(key), depth + 1) for key, item in value.items()}
    return value


def _build_table(file: ArrowFile) -> Table:
    return Table(name=file.name, header=file.columns, rows=partial(_iterate_rows, file))


def _iterate_rows(file: ArrowFile) -> Iterator[Row]:
    features = _parse_features(file.metadata)
    for number, record in enumerate(file.iterate_records(), 1):
        cells = (_decode_class_labels(record[key], features.get(key), 0) for key in file.columns)
        yield f"{file.name}, row {number}", ["" if cell is None else str(cell) for cell in cells]
