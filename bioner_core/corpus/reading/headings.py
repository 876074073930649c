"""Which column of a table of spans holds what: by its heading, and by the cells where headings are vague."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from bioner_core.corpus.reading.bounds import shown
from bioner_core.errors import BionerError

Sampled = Callable[[], Sequence[Sequence[str]]]
Taken = Iterable[int | None]

_NAMES: Mapping[str, str] = {  # letters and digits of headings, the likeliest first
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
_LONG = 200  # characters; a document's name is shorter
_VAGUE = {"concept", "entity", "annotation", "ner", "tag", "сущность"}  # labels, or the words of mentions
_FEW_LABELS = 0.2  # share of rows with labels of their own, above which a vague column holds no labels
_DIGITS = 15  # of an offset; more is none
_HALF = 0.5  # share of rows whose cell must be as long as the span, to be its words
_NEW = 0.5  # share of rows that must name a document of their own, to hold its text


@dataclass(frozen=True, kw_only=True)
class Headings:
    """Column numbers, from 0; None where a table has no such column."""

    label: int | None = None  # None: all mentions are of one kind
    spans: int | None = None  # "6-24" or "6-24,30-35"
    start: int | None = None
    end: int | None = None
    length: int | None = None  # instead of the end
    document: int | None = None
    part: int | None = None
    mention: int | None = None  # the words that a span covers
    text: int | None = None  # the text that it counts in

    def fragments(self, row: Sequence[str]) -> tuple[tuple[int, int], ...] | None:
        """Return the span of a row, in fragments; none where the row has no span, None where it is broken."""
        if self.spans is not None:
            return fragments(row[self.spans])
        start = row[self.start or 0]
        if self.end is not None:
            end = row[self.end]
            return _paired(start, end) if start.strip() or end.strip() else ()
        found = _paired(start, row[self.length or 0])
        return found and tuple((first, first + length) for first, length in found)


def fragments(cell: str) -> tuple[tuple[int, int], ...] | None:
    """Return the fragments that a cell writes, whatever parts them; None if it is broken.

    >>> fragments("6-24"), fragments("'6-24, 30-35'"), fragments("[(6, 24)]"), fragments(""), fragments("6")
    (((6, 24),), ((6, 24), (30, 35)), ((6, 24),), (), None)
    """
    cell = re.sub(r"(?<=\d)\.0+(?!\d)", "", cell.strip()) if "." in cell else cell.strip()
    if len(cell) > 2_000 or not re.fullmatch(r"[\d\s,;:|\-–—\[\](){}'\".]*", cell):
        return None
    digits = re.findall(r"\d+", cell)
    if len(digits) % 2 or (cell and not digits) or any(len(each) > _DIGITS for each in digits):
        return None
    numbers = [int(each) for each in digits]
    return tuple(zip(numbers[::2], numbers[1::2], strict=True))


def _paired(starts: str, ends: str) -> tuple[tuple[int, int], ...] | None:
    """Return fragments from a cell of starts and a cell of ends."""
    if starts.isdecimal() and ends.isdecimal() and len(starts) <= _DIGITS >= len(ends):
        return ((int(starts), int(ends)),)  # nearly all
    some, others = _numbers(starts), _numbers(ends)
    if not some or not others or len(some) != len(others):
        return None
    return tuple(zip(some, others, strict=True))


def _numbers(cell: str) -> list[int] | None:
    parts = re.split(r"[,;|]", cell.strip("[](){}'\" "))
    matches = [re.fullmatch(r"\s*(-?\d{1,15})(?:\.0+)?\s*", part) for part in parts]
    return [int(match[1]) for match in matches if match] if all(matches) else None


def key(heading: str) -> str:
    """Return what counts of a heading: letters and digits, in lower case.

    >>> key("Begin Offset"), key("entity_type")
    ('beginoffset', 'entitytype')
    """
    return re.sub(r"[\W_]+", "", heading.casefold())


def find_headings(
    header: Sequence[str], sampled: Sampled, *, documents: str | None = None, where: str = ""
) -> Headings | None:
    """Return what the columns of a table hold; None where it is no table of spans.

    :param sampled: what returns its first rows, each as wide as ``header``
    :param documents: heading, or number from 1, of the column that names documents
    """
    keys = [key(heading) for heading in header]
    found: dict[str, int] = {}
    for kind in ("spans", "start", "end", "length", "part"):
        if (at := _first(keys, _NAMES[kind], found.values())) is not None:
            found[kind] = at
    if not ("spans" in found or "start" in found):
        return None
    sample = sampled()
    if "spans" in found and not _are_spans(found["spans"], sample):
        at = found.pop("spans")
        if "start" not in found and keys[at] == "offset":  # and a length beside it
            found["start"] = at
    has_place = "spans" in found or ("start" in found and ("end" in found or "length" in found))
    if not has_place:
        return None
    draft = Headings(**found)
    if not any(draft.fragments(row) for row in sample):
        return None
    label = _label(keys, sample, draft, found)
    taken = {*found.values(), label}
    document = _column(documents, header, where) if documents else _document(keys, sample, taken)
    mention = _mention(keys, sample, draft, taken | {document})
    text = _text(keys, sample, draft, taken | {document, mention})
    if (document is None and text is None) or (label is None and mention is None):
        return None
    return Headings(**found, label=label, document=document, mention=mention, text=text)


def find_texts(header: Sequence[str], sampled: Sampled) -> tuple[int, int] | None:
    """Return the columns of document and text of a table that holds texts; None where it is none.

    Where most rows repeat a document, they hold sentences, words or asides, and no whole texts.
    """
    keys = [key(heading) for heading in header]
    if _first(keys, _NAMES["document"], ()) is None or _first(keys, _NAMES["text"], ()) is None:
        return None
    sample = sampled()
    document = _document(keys, sample, set())
    if document is None or not sample or len({row[document] for row in sample}) < _NEW * len(sample):
        return None
    texts = _all(keys, _NAMES["text"], [document])
    return next(((document, at) for at in texts if all(" " in row[at].strip() for row in sample)), None)


def _first(keys: Sequence[str], names: str, taken: Taken) -> int | None:
    return next(iter(_all(keys, names, taken)), None)


def _all(keys: Sequence[str], names: str, taken: Taken) -> list[int]:
    """Return the free columns that are called so, the likeliest first."""
    return [keys.index(name) for name in names.split() if name in keys and keys.index(name) not in {*taken}]


def _are_spans(column: int, sample: Sequence[Sequence[str]]) -> bool:
    return any(fragments(row[column]) for row in sample)


def _label(
    keys: Sequence[str], sample: Sequence[Sequence[str]], draft: Headings, found: Mapping[str, int]
) -> int | None:
    """Return the likeliest column, passing by those that hold the words of mentions under a vague heading."""
    for at in _all(keys, _NAMES["label"], found.values()):
        cells = [row[at] for row in sample]
        are_many = len(set(cells)) > _FEW_LABELS * len(cells)
        if not (keys[at] in _VAGUE and are_many and _share_of_length(at, sample, draft) > _HALF):
            return at
    return None


def _document(keys: Sequence[str], sample: Sequence[Sequence[str]], taken: Taken) -> int | None:
    """Return the likeliest column whose cells are short as names are."""
    columns = _all(keys, _NAMES["document"], taken)
    return next((at for at in columns if all(len(row[at]) <= _LONG for row in sample)), None)


def _mention(
    keys: Sequence[str], sample: Sequence[Sequence[str]], draft: Headings, taken: Taken
) -> int | None:
    """Return the column whose cells are as long as the spans; failing that, one that is clearly named."""
    columns = _all(keys, _NAMES["mention"], taken)
    shares = {at: _share_of_length(at, sample, draft) for at in columns}
    best = max(columns, key=lambda at: shares[at], default=None)
    if best is not None and shares[best] > _HALF:
        return best
    return next((at for at in columns if keys[at].startswith(("mention", "entity", "span", "covered"))), None)


def _share_of_length(column: int, sample: Sequence[Sequence[str]], draft: Headings) -> float:
    found = [(row[column], parts) for row in sample if (parts := draft.fragments(row))]
    n_fit = sum(
        abs(len(words.strip()) - sum(end - start for start, end in parts)) <= len(parts)
        for words, parts in found
    )
    return n_fit / len(found)


def _text(keys: Sequence[str], sample: Sequence[Sequence[str]], draft: Headings, taken: Taken) -> int | None:
    """Return the column whose cells are long enough for most spans to lie in them."""
    found = [(row, parts) for row in sample if (parts := draft.fragments(row))]
    for at in _all(keys, _NAMES["text"], taken):
        n_fit = sum(2 * len(row[at]) >= max(end for _, end in parts) for row, parts in found)
        if n_fit > _HALF * len(found):
            return at
    return None


def _column(wanted: str, header: Sequence[str], where: str) -> int:
    keys = [key(heading) for heading in header]
    if key(wanted) in keys:
        return keys.index(key(wanted))
    if wanted.isdecimal() and len(wanted) < 5 and 1 <= int(wanted) <= len(header):
        return int(wanted) - 1
    raise BionerError(
        f"{where}: has no column {wanted!r} for --documents. Give a number from 1 to {len(header)} or one of "
        f"{shown(header)}."
    )
