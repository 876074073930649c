"""Inspect a file of word vectors for the LSTM-CRF by its first bytes; without one, vectors are trained."""

import gzip
import hashlib
import struct
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Literal

from bioner_core.errors import BionerError
from bioner_core.files import expand_path

# Of vectors trained on the corpora's text. Raise the revision when the same text would give other vectors.
TRAINED_REVISION = "own-text-1"
TRAINED_DIMENSIONS = 200  # as the paper's English vectors
ALLOWED_FORMATS = "word2vec (text or binary, also as .gz) or fastText (.vec, also as .gz, or .bin)"
MAX_DIMENSIONS = 4096

VectorsFormat = Literal["word2vec text", "word2vec binary", "fastText binary"]

_FASTTEXT_MAGIC = struct.pack("<i", 793712314)  # first bytes of fastText's .bin since 2017
_PICKLE_MAGIC = (b"\x80", b"PK")  # gensim's .model and .kv, numpy's .npz, torch's .pt
_MAX_LINE = 1 << 20  # bytes


def require_gensim() -> None:
    """Refuse the LSTM-CRF where the optional library that reads its word vectors is missing.

    :raises BionerError: gensim is not installed.
    """
    if find_spec("gensim") is None:
        raise BionerError(
            "model lstm-crf: reads word vectors with gensim, which is not installed. "
            "Install it: pip install 'bioner-budget[lstm]'."
        )


@dataclass(frozen=True, kw_only=True)
class VectorsFile:
    """A file of word vectors and what its header says."""

    path: Path  # absolute
    format: VectorsFormat
    n_words: int
    n_dimensions: int

    @property
    def digest(self) -> str:
        """Return the first 16 hex digits of the file's SHA-256; large files take seconds."""
        with self.path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()[:16]


def inspect_vectors(path: str | Path) -> VectorsFile:
    """Return format and size of a file of word vectors; nothing in it is unpickled.

    :raises BionerError: it cannot be read, has another format, or is shorter than its header says
    """
    file_path = expand_path(str(path)).resolve()
    try:
        with _open_file(file_path) as file:
            start = file.read(_MAX_LINE)
    except (OSError, EOFError) as error:
        reason = getattr(error, "strerror", None) or "the gzip file is damaged"
        raise BionerError(f"vectors {path}: cannot be read ({reason}).") from error
    if start.startswith(_PICKLE_MAGIC):
        raise BionerError(
            f"vectors {path}: is pickled, or an archive, which could run code when it is opened. "
            f"Save them as {ALLOWED_FORMATS}; gensim's save_word2vec_format does."
        )
    file_format, n_words, n_dimensions = _parse_header(start, path)
    # gensim would read the compressed bytes of a .bin.gz as numbers.
    if file_format == "fastText binary" and file_path.suffix == ".gz":
        raise BionerError(f"vectors {path}: unzip it first; a .bin of fastText is not read from gzip.")
    n_bytes = 2 if file_format == "word2vec text" else 4  # of a number: a digit and a blank, or float32
    least = n_words * n_dimensions * n_bytes
    if file_path.suffix != ".gz" and file_path.stat().st_size < least:
        raise BionerError(
            f"vectors {path}: is cut off: {n_words:,} vectors of {n_dimensions} numbers, as it announces, "
            "do not fit into it. Fetch it again."
        )
    return VectorsFile(path=file_path, format=file_format, n_words=n_words, n_dimensions=n_dimensions)


def _open_file(path: Path) -> "IO[bytes]":
    return gzip.open(path) if path.suffix == ".gz" else path.open("rb")  # type: ignore[return-value]


def _parse_header(start: bytes, path: str | Path) -> tuple[VectorsFormat, int, int]:
    """Return format, number of words and dimensions from the first bytes."""
    if start.startswith(_FASTTEXT_MAGIC) and len(start) > 64:
        # Magic, version, twelve settings (the first is the dimension) and a float64; then the dictionary:
        # number of entries, number of words.
        return "fastText binary", *_check_dimensions(
            struct.unpack_from("<i", start, 68)[0], struct.unpack_from("<i", start, 8)[0], path
        )
    header, _, rest = start.partition(b"\n")
    try:
        n_words, n_dimensions = (int(part) for part in header.split())
    except ValueError:
        raise BionerError(
            f"vectors {path}: its first line does not say how many words and dimensions follow, such as "
            f"20000 300. Allowed are {ALLOWED_FORMATS}."
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
            f"1 or more of 1 to {MAX_DIMENSIONS:,} are readable. Allowed are {ALLOWED_FORMATS}."
        )
    return n_words, n_dimensions
