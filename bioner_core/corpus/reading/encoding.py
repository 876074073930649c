"""Bytes to text: UTF-8, what a byte order mark names, else a guess over all such files together."""

import codecs
from collections.abc import Iterable, Mapping

from charset_normalizer import from_bytes

from bioner_core.corpus.reading.findings import Findings
from bioner_core.errors import BionerError

GUESSED = ["cp1251", "koi8_r", "cp866", "cp1252"]  # what Russian and western texts come in beside UTF-8
_SAMPLE = 65_536  # bytes that a guess looks at
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
    sample = b"\n".join(contents)[:_SAMPLE]
    best = from_bytes(sample, cp_isolation=GUESSED).best()
    return best.encoding if best else "ascii"
