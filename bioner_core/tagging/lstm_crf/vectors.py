"""Word vectors of the LSTM-CRF: read from a file, or trained on text, for the words that occur."""

import struct
import zlib
from collections.abc import Callable, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from bioner_core.errors import BionerError
from bioner_core.study.word_vectors import TRAINED_DIMENSIONS, VectorsFile, inspect_vectors, require_gensim

_CORRUPT_FILE_ERRORS = (
    EOFError,
    ValueError,
    IndexError,
    struct.error,
    zlib.error,
    AssertionError,
    MemoryError,
    OSError,
)

RMS = 0.5  # root mean square of a vector's numbers
Vector = NDArray[np.float32]  # (dimensions,)


class Vectors:
    """A table of vectors for some words; each is scaled to the root mean square ``RMS``.

    A word that a file has in lower case alone is found in any case.

    :param look_up: returns a word's vector, or None where there is none
    """

    def __init__(self, words: Iterable[str], n_dimensions: int, look_up: Callable[[str], Vector | None]):
        self._rows: dict[str, int] = {}
        vectors = [np.zeros(n_dimensions, dtype=np.float32)]  # row 0: words without a vector
        for word in dict.fromkeys(words):
            vector = look_up(word)
            length = 0.0 if vector is None else float(np.linalg.norm(vector))
            if not np.isfinite(length):
                raise ValueError("vectors hold numbers that are not finite")
            if vector is not None and length:
                self._rows[word] = len(vectors)
                vectors.append(vector * (RMS * n_dimensions**0.5 / length))
        self.table = np.stack(vectors)  # (words + 1, dimensions)

    def rows(self, tokens: Sequence[str]) -> NDArray[np.int64]:
        """Return the table's row of each token, (tokens,); 0 where it has no vector."""
        return np.array([self._rows.get(token, 0) for token in tokens], dtype=np.int64)


def read_vectors(path: str, digest: str, words: Iterable[str]) -> Vectors:
    """Return the vectors that a file has for some words.

    :param digest: of the file that the study was planned with
    :raises BionerError: the file has changed, or is damaged
    """
    require_gensim()
    file = inspect_vectors(path)
    if file.digest != digest:
        raise BionerError(
            f"vectors {path}: the file ({file.digest}) is not what the job was planned for ({digest}). "
            "Plan the study again."
        )
    try:
        return _load_file(file, words)
    except _CORRUPT_FILE_ERRORS as error:
        raise BionerError(
            f"vectors {path}: is cut off or damaged: {file.n_words:,} words of {file.n_dimensions} numbers "
            f"cannot be read from it as {file.format}. Fetch it again."
        ) from error


def _load_file(file: VectorsFile, words: Iterable[str]) -> Vectors:
    if file.format == "fastText binary":
        from gensim.models.fasttext import load_facebook_vectors

        fasttext = load_facebook_vectors(str(file.path))
        # Its character n-grams make a vector of any word.
        return Vectors(words, file.n_dimensions, lambda word: np.asarray(fasttext[word]))
    from gensim.models import KeyedVectors

    is_binary = file.format == "word2vec binary"
    keyed_vectors = KeyedVectors.load_word2vec_format(
        str(file.path), binary=is_binary, unicode_errors="replace"
    )

    def look_up(word: str) -> Vector | None:
        spelling = next(
            (spelling for spelling in (word, word.casefold()) if spelling in keyed_vectors.key_to_index), None
        )
        return None if spelling is None else np.asarray(keyed_vectors[spelling])

    return Vectors(words, file.n_dimensions, look_up)


def train_vectors(sentences: Sequence[Sequence[str]], words: Iterable[str]) -> Vectors:
    """Train fastText vectors on sentences, and return those of some words.

    The same sentences give the same vectors: one thread, one seed. A word that is not in the sentences has
    the vector of its character n-grams.
    """
    require_gensim()
    from gensim.models import FastText

    text = [[token.casefold() for token in sentence] for sentence in sentences]
    model = FastText(
        text,
        vector_size=TRAINED_DIMENSIONS,
        sg=1,
        window=5,
        min_count=1,
        epochs=5,
        bucket=50_000,
        workers=1,
        seed=1,
    )
    return Vectors(words, TRAINED_DIMENSIONS, lambda word: np.asarray(model.wv[word.casefold()]))
