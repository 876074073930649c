"""Which word vectors an LSTM-CRF reads: a file, told by its first bytes, or the corpora's own text."""

import gzip
import hashlib
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Literal

from bioner_core.errors import BionerError

TRAINED_REVISION = "own-text-1"  # raise when the same text would give other vectors
TRAINED_DIMENSIONS = 200  # as many as the paper's English vectors have
ALLOWED_FORMATS = "word2vec (text or binary, also as .gz) or fastText (.vec, also as .gz, or .bin)"
MAX_DIMENSIONS = 4096

VectorsFormat = Literal["word2vec text", "word2vec binary", "fastText binary"]

_FASTTEXT_MAGIC = struct.pack("<i", 793712314)  # what a .bin of fastText begins with since 2017
_PICKLE_MAGIC = (b"\x80", b"PK")  # of gensim's own .model and .kv, numpy's .npz and torch's .pt
_MAX_LINE = 1 << 20  # bytes of a text file's line


@dataclass(frozen=True, kw_only=True)
class VectorsFile:
    """A file of word vectors, as its first bytes describe it."""

    path: Path  # absolute
    format: VectorsFormat
    n_words: int
    n_dimensions: int

    @property
    def digest(self) -> str:
        """Return 16 hex digits of the file's SHA-256; large files take seconds."""
        with self.path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()[:16]


def inspect_vectors(path: str | Path) -> VectorsFile:
    """Return what a file of word vectors holds; nothing in it is unpickled or run.

    :raises BionerError: there is none, it is of another format, or shorter than it says
    """
    found = Path(path).expanduser().resolve()
    try:
        with _open_file(found) as file:
            start = file.read(_MAX_LINE)
    except (OSError, EOFError) as error:
        reason = getattr(error, "strerror", None) or "it is no whole gzip file"
        raise BionerError(f"vectors {path}: cannot be read ({reason}).") from error
    if start.startswith(_PICKLE_MAGIC):
        raise BionerError(
            f"vectors {path}: is pickled, or an archive, which could run code when it is opened. "
            f"Save them as {ALLOWED_FORMATS}; gensim's save_word2vec_format does."
        )
    form, n_words, n_dimensions = _parse_header(start, path)
    if form == "fastText binary" and found.suffix == ".gz":  # gensim would read the zipped bytes as numbers
        raise BionerError(f"vectors {path}: unzip it first; a .bin of fastText is not read from gzip.")
    least = n_words * n_dimensions * (2 if form == "word2vec text" else 4)  # a number and a blank; float32
    if found.suffix != ".gz" and found.stat().st_size < least:
        raise BionerError(
            f"vectors {path}: is cut off: {n_words:,} vectors of {n_dimensions} numbers, as it announces, "
            "do not fit into it. Fetch it again."
        )
    return VectorsFile(path=found, format=form, n_words=n_words, n_dimensions=n_dimensions)


def _open_file(path: Path) -> "IO[bytes]":
    return gzip.open(path) if path.suffix == ".gz" else path.open("rb")  # type: ignore[return-value]


def _parse_header(start: bytes, path: str | Path) -> tuple[VectorsFormat, int, int]:
    """Return form, words and dimensions by the first bytes."""
    if start.startswith(_FASTTEXT_MAGIC) and len(start) > 64:
        # Magic, version, twelve settings (the first is the dimension) and a float64, then the dictionary:
        # its entries, of which words.
        return "fastText binary", *_check_dimensions(
            struct.unpack_from("<i", start, 68)[0], struct.unpack_from("<i", start, 8)[0], path
        )
    header, _, rest = start.partition(b"\n")
    try:
        n_words, n_dimensions = (int(part) for part in header.split())
    except ValueError:
        raise BionerError(
            f"vectors {path}: its first line does not say how many words and dimensions follow, such as "
            f"20000 300. Known are {ALLOWED_FORMATS}."
        ) from None
    _check_dimensions(n_words, n_dimensions, path)
    line = rest.partition(b"\n")[0]
    try:
        is_text = len([float(part) for part in line.split()[-n_dimensions:]]) == n_dimensions
    except ValueError:
        is_text = False
    return ("word2vec text" if is_text else "word2vec binary"), n_words, n_dimensions


def _check_dimensions(n_words: int, n_dimensions: int, path: str | Path) -> tuple[int, int]:
    if n_words < 1 or not 1 <= n_dimensions <= MAX_DIMENSIONS:
        raise BionerError(
            f"vectors {path}: announces {n_words:,} words of {n_dimensions:,} dimensions; "
            f"1 or more of 1 to {MAX_DIMENSIONS:,} are readable. Known are {ALLOWED_FORMATS}."
        )
    return n_words, n_dimensions
