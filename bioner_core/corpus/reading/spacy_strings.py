"""The numbers that spaCy writes instead of strings: fixed symbols, and hashes of all other strings."""

import struct
from collections.abc import Iterable

_SYMBOLS = (  # spacy.symbols: first number, then names in order; flags and unused ones are left out
    (
        64,
        """
        ID ORTH LOWER NORM SHAPE PREFIX SUFFIX LENGTH CLUSTER LEMMA POS TAG DEP ENT_IOB ENT_TYPE HEAD
        SENT_START SPACY PROB LANG ADJ ADP ADV AUX CONJ CCONJ DET INTJ NOUN NUM PART PRON PROPN PUNCT
        SCONJ SYM VERB X EOL SPACE
        """,
    ),
    (
        380,
        """
        PERSON NORP FACILITY ORG GPE LOC PRODUCT EVENT WORK_OF_ART LANGUAGE LAW DATE TIME PERCENT MONEY
        QUANTITY ORDINAL CARDINAL acomp advcl advmod agent amod appos attr aux auxpass cc ccomp complm
        conj cop csubj csubjpass dep det dobj expl hmod hyph infmod intj iobj mark meta neg nmod nn
        npadvmod nsubj nsubjpass num number oprd obj obl parataxis partmod pcomp pobj poss possessive
        preconj prep prt punct quantmod relcl rcmod root xcomp acl ENT_KB_ID MORPH ENT_ID IDX _
        """,
    ),
)
_M = 0xC6A4A7935BD1E995
_MASK = 2**64 - 1
ORTH, ENT_IOB, ENT_TYPE = 65, 77, 78  # numbers of attributes


def map_strings(strings: Iterable[str]) -> dict[int, str]:
    """Return the string of each number."""
    strings_by_number = {hash_string(string): string for string in strings}
    for first, names in _SYMBOLS:
        strings_by_number |= dict(enumerate(names.split(), first))
    return strings_by_number | {0: ""}


def hash_string(string: str) -> int:
    """Return MurmurHash64A with seed 1 of the string's UTF-8 bytes.

    Austin Appleby, https://github.com/aappleby/smhasher

    >>> hash_string("aspirin")
    4683865126024612261
    """
    content = string.encode("utf-8", errors="surrogatepass")
    n_whole = len(content) // 8
    mixed = 1 ^ (len(content) * _M & _MASK)
    for block in struct.unpack(f"<{n_whole}Q", content[: 8 * n_whole]):
        block = block * _M & _MASK
        block = (block ^ block >> 47) * _M & _MASK
        mixed = (mixed ^ block) * _M & _MASK
    if rest := content[8 * n_whole :]:
        mixed = (mixed ^ int.from_bytes(rest, "little")) * _M & _MASK
    mixed = (mixed ^ mixed >> 47) * _M & _MASK
    return mixed ^ mixed >> 47
