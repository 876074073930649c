"""Find where sentences start, in time linear in the length of the text."""

from functools import lru_cache

from sentencex import get_sentence_boundaries

PIECE_LENGTH = 5_000  # characters; sentencex takes time quadratic in the quotation marks of a text
_MARGIN = 100  # characters; a boundary so near to the end of a piece is decided in the next one


@lru_cache(maxsize=1)  # for callers who ask twice for the same text
def find_sentence_starts(text: str, language: str) -> tuple[int, ...]:
    """Return the offsets at which sentences start, in increasing order; the first is 0 unless text is empty.

    A text up to ``PIECE_LENGTH`` characters is split as a whole. Of a longer one each piece begins with the
    last sentence of the piece before, so that it has its context.

    :param language: ISO 639-1, as sentencex takes it
    """
    starts = [0] if text else []
    begin = 0
    while begin < len(text):
        end = begin + PIECE_LENGTH
        is_last = end >= len(text)
        boundaries = get_sentence_boundaries(language, text[begin:end])
        inner = [begin + boundary["start_index"] for boundary in boundaries[1:]]
        starts += [at for at in inner if is_last or at <= end - _MARGIN]
        begin = len(text) if is_last else max(starts[-1], begin + PIECE_LENGTH // 2)
    return tuple(starts)
