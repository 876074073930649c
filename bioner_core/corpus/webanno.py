"""Write documents as WebAnno TSV 3.3, which INCEpTION and WebAnno import."""

import re
from collections.abc import Iterable

from bioner_core.corpus.sentences import Sentence

_LAYER = "de.tudarmstadt.ukp.dkpro.core.api.ner.type.NamedEntity"
_HEADER = f"#FORMAT=WebAnno TSV 3.3\n#T_SP={_LAYER}|identifier|value\n\n"
_RESERVED = re.compile(r"->|[\\\[\]|_;*]")


def serialize_webanno_tsv(sentences: Iterable[Sentence]) -> str:
    """Return one document: words separated by blanks, one sentence per line, spans as named entities."""
    lines = [_HEADER]
    begin, n_long = 0, 0  # UTF-16 units before the sentence; spans of several words so far
    for row, sentence in enumerate(sentences, 1):
        cells = ["_\t_"] * len(sentence.tokens)
        for span in sentence.spans:
            is_long = span.end - span.start > 1
            n_long += is_long
            number = f"[{n_long}]" if is_long else ""
            cell = f"*{number}\t{_escape_label(span.label)}{number}"
            cells[span.start : span.end] = [cell] * (span.end - span.start)
        words = [replace_line_breaks(word) for word in sentence.tokens]
        lines.append(f"\n#Text={' '.join(words)}\n".replace("\\", "\\\\"))
        # as INCEpTION's Tsv3XSerializer: the text is escaped, tokens are not
        for column, (word, cell) in enumerate(zip(words, cells, strict=True), 1):
            end = begin + len(word.encode("utf-16-le")) // 2
            lines.append(f"{row}-{column}\t{begin}-{end}\t{word}\t{cell}\t\n")
            begin = end + 1  # one character for the blank or line end
    return "".join(lines)


def replace_line_breaks(text: str) -> str:
    """Replace tabs and line breaks by blanks, since a token must stay on its line."""
    return re.sub(r"[\t\r\n]", " ", text)


def _escape_label(label: str) -> str:
    r"""Return a label with the reserved characters of the format escaped.

    >>> print(_escape_label("cell_line->x"))
    cell\_line\->x
    """
    return _RESERVED.sub(lambda match: f"\\{match[0]}", replace_line_breaks(label))
