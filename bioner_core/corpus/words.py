"""Split text into words: at blanks and punctuation, around symbols, by ICU in scripts without blanks.

The tokenizers library says what a word is. For the characters of most texts a regular expression says the
same in a tenth of the time.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from functools import cache
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING
from unicodedata import category

from bioner_core.errors import BionerError

if TYPE_CHECKING:
    from tokenizers.pre_tokenizers import PreTokenizer

TOKENIZER_VERSION = 2  # increment when some text is split into other words
_FIRST_VERSION = 1  # before symbols were split off, and before ICU
_SYMBOL = (  # a flag, or a symbol; joined to skin tones, variants and what a zero-width joiner adds
    r"(?:[\x{1F1E6}-\x{1F1FF}]{2}|\p{S})(?:[\x{FE0F}\x{20E3}\x{1F3FB}-\x{1F3FF}]|\x{200D}\p{S})*"
)
_BLOCKS = (  # Latin, Greek, Cyrillic; dashes and quotes, currencies, arrows, mathematics; Chinese signs
    *((0x20, 0x7F), (0xA0, 0x530), (0x2010, 0x2028), (0x202F, 0x205F), (0x20A0, 0x20C1), (0x2100, 0x2300)),
    *((0x3000, 0x3005), (0x3008, 0x3021), (0xFF01, 0xFF66)),
)


def _list_common(categories: str) -> str:
    """Return common characters of some categories of Unicode, escaped for a regular expression."""
    characters = (chr(code) for block in _BLOCKS for code in range(*block))
    return re.escape("".join(c for c in characters if category(c)[0] in categories))


_LETTERS = _list_common("LMN")
_SIGNS = _list_common("PS") + "\u4e00-\u9fa5"  # words on their own, as Chinese characters are
_UNCOMMON = re.compile(rf"[^{_LETTERS}{_SIGNS}{_list_common('Z')}\t\n\r]")
_COMMON_WORD = re.compile(rf"[{_LETTERS}]+|[{_SIGNS}]")
_NOT_LETTER = re.compile(rf"[^{_LETTERS}\0-\x7f]")
_WITHOUT_BLANKS = re.compile(  # Thai, Lao, Burmese, Khmer and Japanese's kana
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u19e0-\u19ff\ua9e0-\ua9ff\uaa60-\uaa7f"
    "\u3040-\u30ff\u31f0-\u31ff\uff66-\uff9f]"
)
_KATAKANA = re.compile("[\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff\uff66-\uff9f]+")
_MIN_KATAKANA = 3  # letters of a word of katakana; shorter pieces are syllables


def tokenize_words(text: str) -> list[tuple[int, int]]:
    """Return the character offsets of words and punctuation marks; none is empty or invisible.

    :raises BionerError: for a script without blanks where ICU is not installed

    >>> [(start, end) for start, end in tokenize_words("5-mg dose😩.")]
    [(0, 1), (1, 2), (2, 4), (5, 9), (9, 10), (10, 11)]
    """
    if not _UNCOMMON.search(text):
        return [word.span() for word in _COMMON_WORD.finditer(text)]
    return _tokenize_by_library(text)


def _tokenize_by_library(text: str) -> list[tuple[int, int]]:
    """Split text with any characters."""
    words = [
        offsets
        for word, offsets in _load_pre_tokenizer().pre_tokenize_str(text)
        if word.isalnum() or _is_visible(word)
    ]
    if not _WITHOUT_BLANKS.search(text):
        return words
    return [piece for start, end in words for piece in _split_word(text, start, end)]


@cache
def _load_pre_tokenizer() -> "PreTokenizer":
    from tokenizers import Regex, pre_tokenizers  # at use: most texts are split without it

    return pre_tokenizers.Sequence(
        [
            pre_tokenizers.BertPreTokenizer(),
            # BERT's normalizer separates Chinese characters; its pre-tokenizer alone does not
            pre_tokenizers.Split(Regex(r"\p{Han}"), "isolated"),
            pre_tokenizers.Split(Regex(_SYMBOL), "isolated"),
        ]
    )


def find_tokenizer_version(texts: Iterable[str]) -> int:
    """Return the first version of ``tokenize_words`` that splits these texts as they are split today."""
    characters = set[str]().union(*map(_NOT_LETTER.findall, texts))
    is_new = any(category(c)[0] == "S" or _WITHOUT_BLANKS.match(c) for c in characters)
    return TOKENIZER_VERSION if is_new else _FIRST_VERSION


def _is_visible(word: str) -> bool:
    """Tell whether an encoder sees the word: BERT drops control characters and U+FFFD."""
    return any(character.isprintable() and character != "\ufffd" for character in word)


def _split_word(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Return the words of a run of letters in a script without blanks, by ICU's dictionaries."""
    run = text[start:end]
    if not _WITHOUT_BLANKS.search(run):
        return [(start, end)]
    edges = [0, *_find_boundaries(run)]
    if max(run) > "\uffff":  # ICU counts UTF-16 units
        units = accumulate((1 + (c > "\uffff") for c in run), initial=0)
        offsets = {unit: at for at, unit in enumerate(units)}
        edges = [offsets[edge] for edge in edges]
    edges = _keep_loanwords(run, edges)
    return [(start + first, start + last) for first, last in pairwise(edges) if first < last]


def _find_boundaries(run: str) -> list[int]:
    """Return the ends of the words that ICU finds, in UTF-16 units."""
    try:
        import icu  # at use: few corpora need its 40 MB of dictionaries
    except ImportError as error:
        raise BionerError(
            "a text in a script without blanks (Thai, Lao, Khmer, Burmese, Japanese) needs the package "
            "pyicu-wheels. Install it: pip install pyicu-wheels."
        ) from error
    boundaries = icu.BreakIterator.createWordInstance(icu.Locale.getRoot())
    boundaries.setText(run)
    return list(boundaries)


def _keep_loanwords(run: str, edges: list[int]) -> list[int]:
    """Remove boundaries inside katakana that ICU's dictionary lacks, such as names of drugs.

    It cuts these into syllables. A compound of words that it has is still split.
    """
    inside: set[int] = set()
    for match in _KATAKANA.finditer(run):
        inner = edges[bisect_right(edges, match.start()) : bisect_left(edges, match.end())]
        pieces = [match.start(), *inner, match.end()]
        if min(last - first for first, last in pairwise(pieces)) < _MIN_KATAKANA:
            inside.update(pieces[1:-1])
    return sorted({*edges} - inside)
