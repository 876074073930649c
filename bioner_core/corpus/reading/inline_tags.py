"""Text with entities between tags: ``took <DRUG>aspirin</DRUG>`` or ``<ENAMEX TYPE="DRUG">``."""

import html
import re
from collections import Counter
from collections.abc import Mapping
from pathlib import PurePosixPath

from bioner_core.corpus.reading.findings import Findings
from bioner_core.corpus.reading.passages import Passage, Reading
from bioner_core.corpus.reading.placement import RawMention
from bioner_core.corpus.reading.split_names import refuse_documents, strip_file_name
from bioner_core.corpus.reading.texts import AnnotatedText, build_passages

NAME = "inline tags"
_TAG = re.compile(r"<(/?)([A-Za-z][\w.:-]{0,60})((?:\s[^<>]{0,400})?)(/?)>")
_COMMENT = re.compile(r"<\?[^<>]*\?>|<!--[^<>]*-->|<!DOCTYPE[^<>\[]*>")
_TYPE = re.compile(r"""\b(?:type|sem|class|category|label)\s*=\s*["']([^"']{1,100})["']""", re.IGNORECASE)
_NOT_ENTITIES = re.compile(
    r"p|s|div|doc|docs|document|documents|text|body|head|html|title|abstract|sent|sentence|paragraph|para|"
    r"corpus|set|article|section|w|tok|token|b|i|u|em|strong|br|span|a|li|ul|ol|table|tr|td|th|h[1-6]|"
    r"meta|link|script|style|front|back|sec|ref|sup|sub|id|pmid|articleset|articleinfo|root|data|dataset",
    re.IGNORECASE,
)
_DOCUMENTS = re.compile(r"</(?:doc|document|article)>", re.IGNORECASE)
_MIN_PAIRS = 2  # of tags around entities, in all files
_MAX_TYPES = 100
_MAX_ENTITY = 300  # characters
_MAX_OPEN = 20  # tags that wait for their end


def claim(files: Mapping[str, str]) -> set[str]:
    """Return the files, if in some of them pairs of tags stand around words of running text.

    Files without tags are documents without entities, if they have the extension of a file with tags.
    """
    pairs: Counter[str] = Counter()
    tagged = set()
    for name, text in files.items():
        if n_pairs := _count_pairs(text):
            tagged.add(name)
            pairs.update(n_pairs)
    if pairs.total() < _MIN_PAIRS or len(pairs) > _MAX_TYPES:
        return set()
    endings = {PurePosixPath(name).suffix for name in tagged}
    return {name for name in files if PurePosixPath(name).suffix in endings}


def read(files: Mapping[str, str], *, name: str, documents: str | None) -> Reading:
    """Read one document per file, or per DOC inside; tags that hold other tags are mentions, too."""
    refuse_documents(documents, name=name, since="its documents are files or DOC elements")
    findings = Findings()
    passages: list[Passage] = []
    for file, text in files.items():
        pieces = [piece for piece in _DOCUMENTS.split(text) if piece.strip()]
        texts = []
        for number, piece in enumerate(pieces, 1):
            document = strip_file_name(file) + (f"#{number}" if len(pieces) > 1 else "")
            texts.append(_parse_text(piece, document, f"{file}, document {number}", findings))
        passages += build_passages([t for t in texts if t.text.strip()], file=file, findings=findings)
    return findings.build_reading(name=name, format_name=NAME, passages=passages)


def _is_entity(name: str) -> bool:
    return not _NOT_ENTITIES.fullmatch(name)


def _count_pairs(text: str) -> Counter[str]:
    """Count, by name, the pairs of tags around words inside running text.

    Words stand before or behind such a pair, and not only other tags as in XML of fields.
    """
    pairs: Counter[str] = Counter()
    if "</" not in text or text.lstrip()[:1] in ("{", "["):
        return pairs
    opened, start, has_words_before, last = "", 0, False, 0
    closed = ""  # the name of a pair that ended at ``last`` without words before it
    for match in _TAG.finditer(text):
        has_words = bool(text[last : match.start()].strip())
        if closed and has_words:
            pairs[closed] += 1
        closed = ""
        if match[1] and match[2] == opened and _is_entity(opened) and match.start() - start <= _MAX_ENTITY:
            if has_words_before:
                pairs[opened] += 1
            else:
                closed = opened
        opened, start, has_words_before = ("", 0, False) if match[1] else (match[2], match.end(), has_words)
        last = match.end()
    return pairs


def _parse_text(text: str, document: str, where: str, findings: Findings) -> AnnotatedText:
    pieces: list[str] = []
    mentions: list[RawMention] = []
    length = end = 0
    opened: list[tuple[str, str, int]] = []  # name, label, start
    text = _COMMENT.sub("", text)
    for match in _TAG.finditer(text):
        pieces.append(html.unescape(text[end : match.start()]))
        length += len(pieces[-1])
        end = match.end()
        if match[4] or not _is_entity(match[2]):
            continue
        if not match[1]:
            kind = _TYPE.search(match[3])
            opened = [*opened[-_MAX_OPEN:], (match[2], kind[1] if kind else match[2], length)]
        elif item := next((o for o in reversed(opened) if o[0] == match[2]), None):
            opened.remove(item)
            mentions.append(RawMention(item[1], ((item[2], length),), "", where))
    pieces.append(html.unescape(text[end:]))
    if opened:
        findings.add("warning", where, "a tag without its end is not read.")
    mentions.sort(key=lambda mention: mention.fragments)
    return AnnotatedText(text="".join(pieces), raw_mentions=mentions, document=document)
