"""Find the role of each column in a table of spans: by its heading, and by its cells if that is ambiguous."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from bioner_core.corpus.reading.bounds import format_names
from bioner_core.corpus.reading.offset_cells import clear_placeholder, parse_fragments, parse_pairs
from bioner_core.errors import BionerError

Rows = Sequence[Sequence[str]]
SampleRows = Callable[[], Rows]
UsedColumns = Iterable[int | None]

_HEADINGS: Mapping[str, str] = {  # normalized headings, the most likely first
    "spans": """
        spans span entityspans entityspan mentionspan charspans charspan offsets offset positions
        position locations location ranges range indices позиции позиция
    """,
    "start": """
        start startoffset startchar startcharacter startindex startidx startpos startposition begin
        beginoffset beginchar beginindex beginpos beginposition from offsetstart offsetfrom
        charstart charbegin spanstart spanbegin entitystart mentionstart annotationstart offset
        начало
    """,
    "end": """
        end endoffset endchar endcharacter endindex endidx endpos endposition stop stopoffset to
        offsetend offsetto charend spanend entityend mentionend annotationend finish конец
    """,
    "length": "length len size spanlength длина",
    "label": """
        label entitytype entitylabel nerlabel nertype nertag type entityclass entitycategory
        category annotationtype concepttype semantictype semanticgroup class tag ner concept entity
        annotation метка типсущности тип класс категория сущность
    """,
    "document": """
        documentid docid documentname document doc filename fileid file textid noteid recordid
        reportid articleid abstractid reviewid pmid pmcid tweetid messageid sampleid sourcefile
        documentno docno key id документ файл
    """,
    "part": "part split subset partition",
    "scope": """
        line lineno linenumber lineid lineindex lineidx sentence sentenceid sentid sentenceno
        sentencenumber sentenceindex sentenceidx sentno paragraph paragraphid passage passageid
    """,
    "mention": """
        mention mentiontext entitytext entitymention entityname entity spantext span surface surfaceform
        coveredtext annotatedtext annotationtext text words word term phrase string value quote
        concept annotation сущность текст
    """,
    "text": """
        fulltext documenttext doctext rawtext notetext sourcetext text sentence content note report
        abstract body passage comment review post tweet message document текст предложение
    """,
}
_MAX_NAME = 200  # characters of a document's name
_AMBIGUOUS_HEADINGS = {"concept", "entity", "annotation", "ner", "tag", "сущность"}  # labels or mentions
_MAX_LABEL_SHARE = 0.2  # distinct labels per row; an ambiguous column with more holds no labels
_MIN_FIT_SHARE = 0.5  # share of rows whose cell is as long as the span, for a column of mentions
_MIN_DISTINCT_SHARE = 0.5  # distinct documents per row of a table of texts


@dataclass(frozen=True, kw_only=True)
class SpanColumns:
    """Column numbers of a table of spans, from 0; None if the table has no such column."""

    label: int | None = None  # None: all mentions have the same type
    spans: int | None = None  # "6-24" or "6-24,30-35"
    start: int | None = None
    end: int | None = None
    length: int | None = None  # instead of the end
    document: int | None = None
    part: int | None = None
    mention: int | None = None  # the text of the mention
    text: int | None = None  # the text in which offsets count
    scope: int | None = None  # numbers of the lines from which offsets may count; only without ``text``

    def parse_fragments(self, row: Sequence[str]) -> tuple[tuple[int, int], ...] | None:
        """Parse the span of a row; () if the row has none, None if it is malformed."""
        if self.spans is not None:
            return parse_fragments(clear_placeholder(row[self.spans]))
        start = clear_placeholder(row[self.start or 0])
        if self.end is not None:
            end = clear_placeholder(row[self.end])
            return parse_pairs(start, end) if start.strip() or end.strip() else ()
        if not start.strip():
            return ()
        pairs = parse_pairs(start, row[self.length or 0])
        return pairs and tuple((first, first + length) for first, length in pairs)


def normalize_heading(heading: str) -> str:
    """Reduce a heading to its letters and digits in lower case.

    >>> normalize_heading("Begin Offset"), normalize_heading("entity_type")
    ('beginoffset', 'entitytype')
    """
    return re.sub(r"[\W_]+", "", heading.casefold())


def find_span_columns(
    header: Sequence[str], sample_rows: SampleRows, *, documents: str | None = None, where: str = ""
) -> SpanColumns | None:
    """Find the columns of a table of spans; None for other tables.

    :param sample_rows: returns the first rows, each as wide as ``header``
    :param documents: heading, or number from 1, of the column that names documents
    """
    keys = [normalize_heading(heading) for heading in header]
    columns: dict[str, int] = {}
    for role in ("spans", "start", "end", "length", "part"):
        if (column := _find_first(keys, _HEADINGS[role], columns.values())) is not None:
            columns[role] = column
    if not ("spans" in columns or "start" in columns):
        return None
    sample = sample_rows()
    if "spans" in columns and not any(parse_fragments(row[columns["spans"]]) for row in sample):
        column = columns.pop("spans")
        if "start" not in columns and keys[column] == "offset":  # with a column of lengths
            columns["start"] = column
    if not ("spans" in columns or ("start" in columns and ("end" in columns or "length" in columns))):
        return None
    draft = SpanColumns(**columns)
    if not any(draft.parse_fragments(row) for row in sample):
        return None
    label = _find_label(keys, sample, draft, columns.values())
    used = {*columns.values(), label}
    if documents:
        document: int | None = _find_named_column(documents, header, where)
    else:
        document = _find_document(keys, sample, used)
    mention = _find_mention(keys, sample, draft, used | {document})
    text = _find_text(keys, sample, draft, used | {document, mention})
    if (document is None and text is None) or (label is None and mention is None):
        return None
    scope = _find_scope(keys, sample, used | {document, mention}) if text is None else None
    return SpanColumns(**columns, label=label, document=document, mention=mention, text=text, scope=scope)


def find_text_columns(header: Sequence[str], sample_rows: SampleRows) -> tuple[int, int] | None:
    """Find the columns of document and text in a table of texts; None for other tables.

    A table whose rows mostly repeat a document holds sentences, words or notes, not whole texts.
    """
    keys = [normalize_heading(heading) for heading in header]
    if any(_find_first(keys, _HEADINGS[role], ()) is None for role in ("document", "text")):
        return None
    sample = sample_rows()
    document = _find_document(keys, sample, set())
    if document is None or not sample:
        return None
    if len({row[document] for row in sample}) < _MIN_DISTINCT_SHARE * len(sample):
        return None
    texts = _list_columns(keys, _HEADINGS["text"], [document])
    return next(((document, i) for i in texts if all(" " in row[i].strip() for row in sample)), None)


def _find_first(keys: Sequence[str], names: str, used: UsedColumns) -> int | None:
    return next(iter(_list_columns(keys, names, used)), None)


def _list_columns(keys: Sequence[str], names: str, used: UsedColumns) -> list[int]:
    """List the unused columns with one of these names, the most likely first."""
    return [keys.index(name) for name in names.split() if name in keys and keys.index(name) not in {*used}]


def _find_label(keys: Sequence[str], sample: Rows, draft: SpanColumns, used: UsedColumns) -> int | None:
    """Return the most likely column that does not hold the words of mentions under an ambiguous heading."""
    for column in _list_columns(keys, _HEADINGS["label"], used):
        cells = [row[column] for row in sample]
        is_ambiguous = keys[column] in _AMBIGUOUS_HEADINGS
        has_many = len(set(cells)) > _MAX_LABEL_SHARE * len(cells)
        if not (is_ambiguous and has_many and _compute_fit_share(column, sample, draft) > _MIN_FIT_SHARE):
            return column
    return None


def _find_document(keys: Sequence[str], sample: Rows, used: UsedColumns) -> int | None:
    """Return the most likely column whose cells are as short as names."""
    columns = _list_columns(keys, _HEADINGS["document"], used)
    return next((column for column in columns if all(len(row[column]) <= _MAX_NAME for row in sample)), None)


def _find_mention(keys: Sequence[str], sample: Rows, draft: SpanColumns, used: UsedColumns) -> int | None:
    """Return the column whose cells are as long as the spans, or else one with a clear heading."""
    columns = _list_columns(keys, _HEADINGS["mention"], used)
    shares = {column: _compute_fit_share(column, sample, draft) for column in columns}
    best = max(columns, key=lambda column: shares[column], default=None)
    if best is not None and shares[best] > _MIN_FIT_SHARE:
        return best
    return next((i for i in columns if keys[i].startswith(("mention", "entity", "span", "covered"))), None)


def _compute_fit_share(column: int, sample: Rows, draft: SpanColumns) -> float:
    """Return the share of rows whose cell is as long as the span, in [0, 1]."""
    rows = [
        (row[column], fragments)
        for row in sample
        if row[column] and (fragments := draft.parse_fragments(row))
    ]
    n_fit = sum(
        abs(len(cell.strip()) - sum(end - start for start, end in fragments)) <= len(fragments)
        for cell, fragments in rows
    )
    return n_fit / max(1, len(rows))


def _find_text(keys: Sequence[str], sample: Rows, draft: SpanColumns, used: UsedColumns) -> int | None:
    """Return the column whose cells, where not blank, are long enough to contain most spans."""
    rows = [(row, fragments) for row in sample if (fragments := draft.parse_fragments(row))]
    for column in _list_columns(keys, _HEADINGS["text"], used):
        filled = [(row[column], fragments) for row, fragments in rows if row[column].strip()]
        n_fit = sum(2 * len(cell) >= max(end for _, end in fragments) for cell, fragments in filled)
        if n_fit > _MIN_FIT_SHARE * len(filled):
            return column
    return None


def _find_scope(keys: Sequence[str], sample: Rows, used: UsedColumns) -> int | None:
    """Return the column of numbers that may say from which line or sentence offsets count."""
    columns = _list_columns(keys, _HEADINGS["scope"], used)
    return next((i for i in columns if all(row[i].strip().isdecimal() for row in sample)), None)


def _find_named_column(requested: str, header: Sequence[str], where: str) -> int:
    keys = [normalize_heading(heading) for heading in header]
    if normalize_heading(requested) in keys:
        return keys.index(normalize_heading(requested))
    if requested.isdecimal() and len(requested) < 5 and 1 <= int(requested) <= len(header):
        return int(requested) - 1
    raise BionerError(
        f"{where}: has no column {requested!r} for --documents. Give a number from 1 to {len(header)} or "
        f"one of {format_names(header)}."
    )
