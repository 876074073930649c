"""Decode files: by byte order mark, as UTF-8, or by a guess over all remaining files together."""

import codecs
import re
import string
from collections.abc import Iterable, Mapping

from bioner_core.corpus.reading.findings import Findings
from bioner_core.errors import BionerError

RUSSIAN_ENCODINGS = ("cp1251", "koi8_r", "cp866")
_CYRILLIC = "".join(map(chr, range(0x430, 0x450))) + "ё"
_WESTERN = "".join(map(chr, range(0xC0, 0x100))) + "‘’“”–—…°µ±·•«»"
_ASCII_LETTERS = string.ascii_letters.encode()
_ASCII = bytes(range(128))
_WORD = re.compile(rb"[A-Za-z\x80-\xff]+")
_MIN_SHARE = 0.75  # of the expected characters in a text of the guessed encoding
_SAMPLE_LENGTH = 65_536  # bytes of a file, and of all files, that a guess uses
_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # begins with the mark of UTF-16, so it comes first
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_BINARY_KINDS = (
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


def decode_files(files: Mapping[str, bytes], findings: Findings) -> dict[str, str]:
    """Decode the files that are text; line ends and offsets are preserved.

    Byte order marks are removed. Binary files are reported as findings. All files that are not Unicode
    get one guessed encoding, since a text and its annotations share it.

    :raises BionerError: if none of the files is text
    """
    texts: dict[str, str] = {}
    undecoded: dict[str, bytes] = {}
    rejected: list[tuple[str, str]] = []
    for name, content in files.items():
        if reason := _explain_binary(content):
            rejected.append((name, reason))
        elif (text := _decode_unicode(name, content, findings)) is not None:
            texts[name] = text
        else:
            undecoded[name] = content
    encoding = _guess_encoding(undecoded.values()) if undecoded else ""
    for name, content in undecoded.items():
        if (text := _decode_strictly(content, encoding)) is None:
            rejected.append((name, "its encoding is not recognised. Save it as UTF-8."))
            continue
        texts[name] = text
        message = (
            f"encoding guessed: {encoding}. Look at the words; if they are wrong, save the file as UTF-8"
        )
        findings.add("warning", name, message + ".")
    if rejected and not texts:
        others = f" Not text either: {len(rejected) - 1:,} more." if len(rejected) > 1 else ""
        raise BionerError(f"{rejected[0][0]}: {rejected[0][1]}{others}")
    for name, reason in rejected:
        findings.add("note", name, f"not read: {reason}", kind="not read: not text.")
    return {name: texts[name] for name in files if name in texts}


def _explain_binary(content: bytes) -> str:
    """Return what kind of binary file this is; "" for text."""
    if content.startswith(tuple(mark for mark, _ in _BYTE_ORDER_MARKS)):
        return ""
    for start, kind in _BINARY_KINDS:
        if content.startswith(start):
            return f"{kind}."
    if b"\0" in content:
        return "not text, or UTF-16 without its mark (it holds NUL bytes). Save it as UTF-8 text."
    n_control = len(content) - len(content.translate(None, _CONTROL))
    if n_control > len(content) / 100:
        return "not text (it is full of control characters). Save it as UTF-8 text."
    return ""


def _decode_unicode(name: str, content: bytes, findings: Findings) -> str | None:
    """Decode Unicode with at most a few damaged bytes; None for other encodings."""
    for mark, encoding in _BYTE_ORDER_MARKS:
        if content.startswith(mark):
            return _decode_damaged(name, content[len(mark) :], encoding, findings)
    if (text := _decode_strictly(content, "utf-8")) is not None:
        return text
    text = content.decode("utf-8", errors="replace")
    n_intact = len(text) - len(text.encode("ascii", errors="ignore")) - text.count("\ufffd")
    if text.count("\ufffd") > n_intact / 10:
        return None
    return _decode_damaged(name, content, "utf-8", findings)


def _decode_damaged(name: str, content: bytes, encoding: str, findings: Findings) -> str:
    """Decode and replace damaged bytes by �, with a finding."""
    text = content.decode(encoding, errors="replace")
    if _decode_strictly(content, encoding) is None:
        message = f"damaged {encoding.upper()}: broken bytes are shown as �. Compare with the original file."
        findings.add("warning", name, message)
    return text


def _decode_strictly(content: bytes, encoding: str) -> str | None:
    try:
        return content.decode(encoding)
    except ValueError:
        return None


def _guess_encoding(contents: Iterable[bytes]) -> str:
    """Return the encoding with the highest share of expected letters; "ascii" if none is plausible.

    Only words with non-ASCII bytes count, since tags and field names carry no information. Western words
    have a few such bytes among ASCII letters; Russian words have no others and are mostly lower case.
    """
    words = b" ".join(
        word for content in contents for word in _WORD.findall(content[:_SAMPLE_LENGTH]) if not word.isascii()
    )[:_SAMPLE_LENGTH]
    non_ascii = words.translate(None, _ASCII)
    n_ascii = len(words.translate(None, bytes({*range(256)} - set(_ASCII_LETTERS))))
    if n_ascii >= len(non_ascii) / 2:
        return "cp1252" if _compute_share(non_ascii, "cp1252", _WESTERN) > _MIN_SHARE else "ascii"
    best = max(RUSSIAN_ENCODINGS, key=lambda encoding: _compute_share(non_ascii, encoding, _CYRILLIC))
    return best if _compute_share(non_ascii, best, _CYRILLIC + _CYRILLIC.upper()) > _MIN_SHARE else "ascii"


def _compute_share(content: bytes, encoding: str, characters: str) -> float:
    """Return the share of ``characters`` in the decoded content, in [0, 1]; 0 if it cannot be decoded."""
    text = _decode_strictly(content, encoding) or ""
    return sum(text.count(character) for character in characters) / max(1, len(text))
