"""Compare the text of a mention in a file with the text at its offsets."""

import re
from collections.abc import Sequence
from unicodedata import combining, name, normalize

from bioner_core.corpus.reading.offsets import Fragment

Fragments = Sequence[Fragment]
_MIN_EQUAL = 0.7  # share of equal characters in texts of one length
_GREEK_LETTER = re.compile(r"GREEK SMALL LETTER (\w+)")
_SIGNS = re.compile(r"[\W_]+")


def is_same_text(text: str, fragments: Fragments, surface: str) -> bool:
    """Tell whether ``fragments``, in this order, hold ``surface``; ignore blanks, case and composition."""
    covered = [text[start:end] for start, end in fragments]
    if " ".join(covered) == surface:
        return True
    actual, expected = "".join("".join(covered).split()), "".join(surface.split())
    shorter, longer = sorted((len(actual), len(expected)))
    is_similar_length = longer <= 4 * shorter  # normalizing long texts is slow
    return is_similar_length and _normalize_text(actual) == _normalize_text(expected)


def _normalize_text(text: str) -> str:
    return normalize("NFKC", text).casefold()


def is_normalized_text(text: str, fragments: Fragments, surface: str) -> bool:
    """Tell whether ``fragments`` hold ``surface`` in another spelling: a or alpha for α, other dashes.

    Both must begin and end alike, with a letter or with a sign, so that a shift by one is no spelling.
    """
    actual = normalize("NFKD", " ".join(text[start:end] for start, end in fragments).strip())
    expected = normalize("NFKD", surface.strip())
    if not actual or not expected or max(len(actual), len(expected)) > 4 * min(len(actual), len(expected)):
        return False
    if actual[0].isalnum() != expected[0].isalnum() or actual[-1].isalnum() != expected[-1].isalnum():
        return False
    if not _list_spellings(actual).isdisjoint(_list_spellings(expected)):
        return True
    n_equal = sum(a == b for a, b in zip(actual.casefold(), expected.casefold(), strict=False))
    return len(actual) == len(expected) and n_equal >= _MIN_EQUAL * len(actual)


def _list_spellings(text: str) -> set[str]:
    """Return the letters and digits of a text with Greek letters as names, and as Latin letters."""
    plain = _SIGNS.sub("", "".join(c for c in text.casefold() if not combining(c)))
    return {"".join(map(spell, plain)) for spell in (_spell_name, _spell_letter)} - {""}


def _spell_name(character: str) -> str:
    match = _GREEK_LETTER.match(name(character, ""))
    return match[1].lower().removeprefix("final ") if match else character


def _spell_letter(character: str) -> str:
    """Return the Latin letter that replaces a Greek one; u for μ, as in micrograms."""
    return "u" if character == "μ" else _spell_name(character)[:1]
