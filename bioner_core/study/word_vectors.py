"""Which word vectors an LSTM-CRF reads: a file, told by its first bytes, or the corpora's own text."""

import gzip
import hashlib
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Literal

from bioner_core.errors import BionerError

OWN_REVISION = "own-text-1"  # raise when the same text would give other vectors
OWN_DIMENSIONS = 200  # as many as the paper's English vectors have
FORMS = "word2vec (text or binary, also as .gz) or fastText (.vec, also as .gz, or .bin)"
MOST_DIMENSIONS = 4096

Form = Literal["word2vec text", "word2vec binary", "fastText binary"]

_FASTTEXT = struct.pack("<i", 793712314)  # what a .bin of fastText begins with since 2017
_PICKLED = (b"\x80", b"PK")  # of gensim's own .model and .kv, numpy's .npz and torch's .pt
_LONGEST_LINE = 1 << 20  # bytes of a text file's line


@dataclass(frozen=True, kw_only=True)
class VectorsFile:
    """A file of word vectors, as its first bytes describe it."""

    path: Path  # absolute
    form: Form
    n_words: int
    n_dimensions: int

    @property
    def digest(self) -> str:
        """Return 16 hex digits of the file's SHA-256; large files take seconds."""
        with self.path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()[:16]


def vectors_file(path: str | Path) -> VectorsFile:
    """Return what a file of word vectors holds; nothing in it is unpickled or run.

    :raises BionerError: there is none, it is of another format, or shorter than it says
    """
    found = Path(path).expanduser().resolve()
    try:
        with _opened(found) as file:
            start = file.read(_LONGEST_LINE)
    except (OSError, EOFError) as error:
        reason = getattr(error, "strerror", None) or "it is no whole gzip file"
        raise BionerError(f"vectors {path}: cannot be read ({reason}).") from error
    if start.startswith(_PICKLED):
        raise BionerError(
            f"vectors {path}: is pickled, or an archive, which could run code when it is opened. "
            f"Save them as {FORMS}; gensim's save_word2vec_format does."
        )
    form, n_words, n_dimensions = _described(start, path)
    if form == "fastText binary" and found.suffix == ".gz":  # gensim would read the zipped bytes as numbers
        raise BionerError(f"vectors {path}: unzip it first; a .bin of fastText is not read from gzip.")
    least = n_words * n_dimensions * (2 if form == "word2vec text" else 4)  # a number and a blank; float32
    if found.suffix != ".gz" and found.stat().st_size < least:
        raise BionerError(
            f"vectors {path}: is cut off: {n_words:,} vectors of {n_dimensions} numbers, as it announces, "
            "do not fit into it. Fetch it again."
        )
    return VectorsFile(path=found, form=form, n_words=n_words, n_dimensions=n_dimensions)


def _opened(path: Path) -> "IO[bytes]":
    return gzip.open(path) if path.suffix == ".gz" else path.open("rb")  # type: ignore[return-value]


def _described(start: bytes, path: str | Path) -> tuple[Form, int, int]:
    """Return form, words and dimensions by the first bytes."""
    if start.startswith(_FASTTEXT) and len(start) > 64:
        # Magic, version, twelve settings (the first is the dimension) and a float64, then the dictionary:
        # its entries, of which words.
        return "fastText binary", *_sane(
            struct.unpack_from("<i", start, 68)[0], struct.unpack_from("<i", start, 8)[0], path
        )
    header, _, rest = start.partition(b"\n")
    try:
        n_words, n_dimensions = (int(part) for part in header.split())
    except ValueError:
        raise BionerError(
            f"vectors {path}: its first line does not say how many words and dimensions follow, such as "
            f"20000 300. Known are {FORMS}."
        ) from None
    _sane(n_words, n_dimensions, path)
    line = rest.partition(b"\n")[0]
    try:
        is_text = len([float(part) for part in line.split()[-n_dimensions:]]) == n_dimensions
    except ValueError:
        is_text = False
    return ("word2vec text" if is_text else "word2vec binary"), n_words, n_dimensions


def _sane(n_words: int, n_dimensions: int, path: str | Path) -> tuple[int, int]:
    if n_words < 1 or not 1 <= n_dimensions <= MOST_DIMENSIONS:
        raise BionerError(
            f"vectors {path}: announces {n_words:,} words of {n_dimensions:,} dimensions; "
            f"1 or more of 1 to {MOST_DIMENSIONS:,} are readable. Known are {FORMS}."
        )
    return n_words, n_dimensions
