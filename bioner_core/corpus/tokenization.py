"""Split text into sentences, and guess its language."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import pairwise

from bioner_core.corpus.sentence_boundaries import find_sentence_starts

# The most frequent short words of each language; ties are decided in this order.
_COMMON = {
    "en": "the and of to in is was for with my that have it on not but he she no this at",
    "ru": "и в не на я с что по у за от это но как для мне при до так после",
    "de": "der die und das ich nicht mit ist ein zu den von auf für im eine bei nach",
    "fr": "le la les et de des du un une est pas je dans pour avec qui sur au",
    "es": "el la los las de del un una en que no con por para se es al",
    "it": "il la le di del un una in che non con per è si al della",
    "pt": "os as de do da um uma em que não com por para se ao",
    "nl": "de het een en van in is dat niet ik met voor op te zijn bij",
    "pl": "nie na się do że jest po od jak ale przez",
    "uk": "і в не на я з що по у за від це але як для мені при до так після та",
    "bg": "и в не на се с че по за от това но като съм е да са беше",
}
_SCRIPTS = (  # scripts of (mostly) one language
    ("ja", re.compile(r"[\u3040-\u30ff]")),
    ("zh", re.compile(r"[\u4e00-\u9fff]")),
    ("ko", re.compile(r"[\uac00-\ud7af]")),
    ("el", re.compile(r"[\u0370-\u03ff]")),
    ("th", re.compile(r"[\u0e00-\u0e7f]")),
    ("lo", re.compile(r"[\u0e80-\u0eff]")),
    ("my", re.compile(r"[\u1000-\u109f]")),
    ("km", re.compile(r"[\u1780-\u17ff]")),
    ("ar", re.compile(r"[\u0600-\u06ff]")),
    ("he", re.compile(r"[\u0590-\u05ff]")),
    ("hi", re.compile(r"[\u0900-\u097f]")),
)
_LETTERS = re.compile(r"[^\W\d_]+")
_CYRILLIC = re.compile(r"[\u0400-\u04ff]")


def split_sentences(
    text: str, *, language: str = "", keep: Sequence[tuple[int, int]] = ()
) -> list[tuple[int, int]]:
    """Return the character offsets of sentences, in order; blank ones are left out.

    :param language: ISO 639-1; where unknown, English abbreviations are assumed.
    :param keep: character ranges (end exclusive) that no sentence boundary may split.

    >>> text = "Dr. Smith slept. He woke."
    >>> split_sentences(text), split_sentences(text, keep=[(10, 19)])
    ([(0, 17), (17, 25)], [(0, 25)])
    """
    starts = find_sentence_starts(text, language or "en")
    if len(starts) == 1:
        return [] if text.isspace() else [(0, len(text))]
    inside = {i for start, end in keep for i in range(bisect_right(starts, start), bisect_left(starts, end))}
    kept = [at for i, at in enumerate(starts) if i not in inside]
    return [(start, end) for start, end in pairwise([*kept, len(text)]) if not text[start:end].isspace()]


def guess_language(text: str) -> str:
    """Return the ISO 639-1 code that script and frequent words indicate; "" where they are inconclusive.

    >>> guess_language("I took it for a week and the pain was gone"), guess_language("Аспирин помог")
    ('en', 'ru')
    """
    text = text[:50_000].casefold()
    tokens = _LETTERS.findall(text)
    n_letters = sum(map(len, tokens))
    for language, script in _SCRIPTS:
        if len(script.findall(text)) > 0.2 * n_letters:
            return language
    counts = {
        language: sum(map(set(common.split()).__contains__, tokens)) for language, common in _COMMON.items()
    }
    best = max(counts, key=counts.__getitem__)
    if counts[best] >= 0.04 * len(tokens) and counts[best] > 0:
        return best
    return "ru" if len(_CYRILLIC.findall(text)) > 0.5 * n_letters else ""
