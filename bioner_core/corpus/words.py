"""Split text into words: at blanks and punctuation, around symbols, by ICU in scripts without blanks."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from itertools import accumulate, pairwise
from unicodedata import category

from tokenizers import Regex, pre_tokenizers

from bioner_core.errors import BionerError

TOKENIZER_VERSION = 2  # increment when some text is split into other words
_FIRST_VERSION = 1  # before symbols were split off, and before ICU
_SYMBOL = (  # a flag, or a symbol; joined to skin tones, variants and what a zero-width joiner adds
    r"(?:[\x{1F1E6}-\x{1F1FF}]{2}|\p{S})(?:[\x{FE0F}\x{20E3}\x{1F3FB}-\x{1F3FF}]|\x{200D}\p{S})*"
)
_WORDS = pre_tokenizers.Sequence(
    [
        pre_tokenizers.BertPreTokenizer(),
        # BERT's normalizer separates Chinese characters; its pre-tokenizer alone does not
        pre_tokenizers.Split(Regex(r"\p{Han}"), "isolated"),
        pre_tokenizers.Split(Regex(_SYMBOL), "isolated"),
    ]
)
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
    words = [
        offsets for word, offsets in _WORDS.pre_tokenize_str(text) if word.isalnum() or _is_visible(word)
    ]
    if text.isascii() or not _WITHOUT_BLANKS.search(text):
        return words
    return [piece for start, end in words for piece in _split_word(text, start, end)]


def find_tokenizer_version(texts: Iterable[str]) -> int:
    """Return the first version of ``tokenize_words`` that splits these texts as they are split today."""
    text = "".join(set().union(*texts))  # each character once
    has_symbols = any(category(c)[0] == "S" for c in text if ord(c) > 127)
    return TOKENIZER_VERSION if has_symbols or _WITHOUT_BLANKS.search(text) else _FIRST_VERSION


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
