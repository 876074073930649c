"""A corpus as WebAnno TSV 3.3, which INCEpTION and WebAnno import: to look over labels, or to annotate on."""

import re
from collections.abc import Iterable

from bioner_core.corpus.sentences import Sentence

_LAYER = "de.tudarmstadt.ukp.dkpro.core.api.ner.type.NamedEntity"
_HEADER = f"#FORMAT=WebAnno TSV 3.3\n#T_SP={_LAYER}|identifier|value\n\n"
_RESERVED = re.compile(r"->|[\\\[\]|_;*]")


def webanno_tsv(sentences: Iterable[Sentence]) -> str:
    """Return one document: words parted by blanks, a line a sentence, spans as named entities."""
    lines = [_HEADER]
    begin, n_long = 0, 0  # UTF-16 units before the sentence; spans of several words so far
    for row, sentence in enumerate(sentences, 1):
        cells = ["_\t_"] * len(sentence.tokens)
        for span in sentence.spans:
            is_long = span.end - span.start > 1
            n_long += is_long
            number = f"[{n_long}]" if is_long else ""
            cell = f"*{number}\t{_value(span.label)}{number}"
            cells[span.start : span.end] = [cell] * (span.end - span.start)
        words = [_word(word) for word in sentence.tokens]
        lines.append(f"\n#Text={' '.join(words)}\n".replace("\\", "\\\\"))
        # as INCEpTION's Tsv3XSerializer: the text is escaped, tokens are not
        for column, (word, cell) in enumerate(zip(words, cells, strict=True), 1):
            end = begin + len(word.encode("utf-16-le")) // 2
            lines.append(f"{row}-{column}\t{begin}-{end}\t{word}\t{cell}\t\n")
            begin = end + 1  # a blank, or the end of the line
    return "".join(lines)


def _word(word: str) -> str:
    return re.sub(r"[\t\r\n]", " ", word)


def _value(label: str) -> str:
    r"""Return a label with what the format reserves escaped.

    >>> print(_value("cell_line->x"))
    cell\_line\->x
    """
    return _RESERVED.sub(lambda match: f"\\{match[0]}", _word(label))
