"""Bytes to text: UTF-8, what a byte order mark names, else a guess over all such files together."""

import codecs
import re
import string
from collections.abc import Iterable, Mapping

from bioner_core.corpus.reading.findings import Findings
from bioner_core.errors import BionerError

RUSSIAN = ("cp1251", "koi8_r", "cp866")
_LOWER = "".join(map(chr, range(0x430, 0x450))) + "ё"
_WESTERN = "".join(map(chr, range(0xC0, 0x100))) + "‘’“”–—…°µ±·•«»"
_LETTERS = string.ascii_letters.encode()
_ASCII = bytes(range(128))
_FOREIGN = re.compile(rb"[A-Za-z]*[\x80-\xff][A-Za-z\x80-\xff]*")
_ENOUGH = 0.75  # share of signs that a text in the guessed encoding has at least
_SAMPLE = 65_536  # bytes of a file, and of all, that a guess looks at
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # starts as UTF-16's does, so it comes first
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_KINDS = (
    (b"%PDF", "a PDF. Save its text and annotations in a text format"),
    (b"\x1f\x8b", "a gzip archive. Unpack it first"),
    (b"7z\xbc\xaf", "a 7z archive. Unpack it first"),
    (b"Rar!", "a RAR archive. Unpack it first"),
    (b"SQLite", "a database. Export its annotations to a text format"),
    (b"\xd0\xcf\x11\xe0", "an old Office document. Save it as .xlsx or CSV"),
    (b"PAR1", "a Parquet file without words and tags, texts and entities, or a table of spans"),
    (b"ARROW1", "an Arrow file without words and tags, texts and entities, or a table of spans"),
    (b"PK\x03\x04", "an Excel workbook without a table of spans, or of words and tags"),
    *(
        (
            bytes([0x80, protocol]),
            "a Python pickle, which can run code and is never opened. Save it as JSON lines",
        )
        for protocol in range(2, 6)
    ),
)
_CONTROL = bytes({*range(32), 127} - set(b"\t\n\v\f\r\x1b"))


def decode(files: Mapping[str, bytes], findings: Findings) -> dict[str, str]:
    """Return the text of each file that is text; line ends and offsets stay as they are.

    A byte order mark is no part of the text. What is not text is a finding. Files in an old encoding are
    guessed together, since a text and its annotations share it.

    :raises BionerError: where none of the files is text
    """
    texts: dict[str, str] = {}
    foreign: dict[str, bytes] = {}
    refused: list[tuple[str, str]] = []
    for name, content in files.items():
        if reason := _why_not_text(content):
            refused.append((name, reason))
        elif (text := _unicode(name, content, findings)) is not None:
            texts[name] = text
        else:
            foreign[name] = content
    encoding = _guess(foreign.values()) if foreign else ""
    for name, content in foreign.items():
        if (text := _in(content, encoding)) is None:
            refused.append((name, "in no encoding that is known here. Save it as UTF-8."))
            continue
        texts[name] = text
        message = (
            f"encoding guessed: {encoding}. Look at the words; if they are wrong, save the file as UTF-8"
        )
        findings.add("warning", name, message + ".")
    if refused and not texts:
        others = f" Not text either: {len(refused) - 1:,} more." if len(refused) > 1 else ""
        raise BionerError(f"{refused[0][0]}: {refused[0][1]}{others}")
    for name, reason in refused:
        findings.add("note", name, f"not read: {reason}", kind="not read: not text.")
    return {name: texts[name] for name in files if name in texts}


def _why_not_text(content: bytes) -> str:
    """Return what a file is instead of text, "" if it is text."""
    if content.startswith(tuple(mark for mark, _ in _MARKS)):
        return ""
    for start, kind in _KINDS:
        if content.startswith(start):
            return f"{kind}."
    if b"\0" in content:
        return "not text, or UTF-16 without its mark (it holds NUL bytes). Save it as UTF-8 text."
    n_control = len(content) - len(content.translate(None, _CONTROL))
    if n_control > len(content) / 100:
        return "not text (it is full of control characters). Save it as UTF-8 text."
    return ""


def _unicode(name: str, content: bytes, findings: Findings) -> str | None:
    """Return the text if it is Unicode, or was before a few bytes were damaged."""
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return _repaired(name, content[len(mark) :], encoding, findings)
    if (text := _in(content, "utf-8")) is not None:
        return text
    text = content.decode("utf-8", errors="replace")
    n_whole = len(text) - len(text.encode("ascii", errors="ignore")) - text.count("\ufffd")
    if text.count("\ufffd") > n_whole / 10:
        return None
    return _repaired(name, content, "utf-8", findings)


def _repaired(name: str, content: bytes, encoding: str, findings: Findings) -> str:
    """Decode; what is broken becomes � and a finding."""
    text = content.decode(encoding, errors="replace")
    if _in(content, encoding) is None:
        message = f"damaged {encoding.upper()}: broken bytes are shown as �. Compare with the original file."
        findings.add("warning", name, message)
    return text


def _in(content: bytes, encoding: str) -> str | None:
    try:
        return content.decode(encoding)
    except ValueError:
        return None


def _guess(contents: Iterable[bytes]) -> str:
    """Return the encoding in which words look most like words, "ascii" where none does.

    Only words with bytes beyond ASCII count: tags and field names say nothing. Western words hold a few such
    bytes among plain letters; Russian words hold nothing else, and are in lower case mostly.
    """
    words = b" ".join(word for content in contents for word in _FOREIGN.findall(content[:_SAMPLE]))[:_SAMPLE]
    beyond = words.translate(None, _ASCII)
    n_plain = len(words.translate(None, bytes({*range(256)} - set(_LETTERS))))
    if n_plain >= len(beyond) / 2:
        return "cp1252" if _share(beyond, "cp1252", _WESTERN) > _ENOUGH else "ascii"
    best = max(RUSSIAN, key=lambda encoding: _share(beyond, encoding, _LOWER))
    return best if _share(beyond, best, _LOWER + _LOWER.upper()) > _ENOUGH else "ascii"


def _share(content: bytes, encoding: str, signs: str) -> float:
    """Return how much of the content is made of ``signs``; 0 where it cannot be decoded."""
    text = _in(content, encoding) or ""
    return sum(text.count(sign) for sign in signs) / max(1, len(text))
