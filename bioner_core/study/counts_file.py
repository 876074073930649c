"""counts/<job id>.npz: true and false positives and false negatives of every test sentence."""

import io
import zipfile
from pathlib import Path

import numpy as np

from bioner_core.errors import BionerError
from bioner_core.study.jobs import SentenceCounts
from bioner_core.study.run_files import COUNTS_FOLDER

MAX_BYTES = 200_000_000  # unpacked


def locate_counts(folder: Path, job_id: str) -> Path:
    """Return the path of a job's counts in a run's folder."""
    return folder / COUNTS_FOLDER / f"{job_id}.npz"


def encode_counts(counts: SentenceCounts) -> bytes:
    """Return the content of a job's file: arrays of numbers and text, no pickled objects."""
    content = io.BytesIO()
    entities = np.array(counts.entities, dtype=np.str_)
    np.savez_compressed(content, entities=entities, counts=counts.counts.astype(np.int32))
    return content.getvalue()


def decode_counts(content: bytes, *, where: str) -> SentenceCounts:
    """Return the counts of a job's file.

    :raises BionerError: it holds pickled objects, other shapes or types, negative counts, or is too large.
    """
    try:
        size = sum(entry.file_size for entry in zipfile.ZipFile(io.BytesIO(content)).infolist())
        if size > MAX_BYTES:
            raise ValueError(f"{size:,} bytes unpacked; at most {MAX_BYTES:,} are allowed")
        with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
            entities, counts = arrays["entities"], arrays["counts"]
        if entities.dtype.kind != "U" or entities.ndim != 1 or counts.dtype != np.int32:
            raise ValueError("names must be text and counts int32")
        if counts.ndim != 3 or counts.shape[1:] != (len(entities), 3) or counts.min(initial=0) < 0:
            raise ValueError(f"counts of shape {counts.shape} for {len(entities)} entities, or below 0")
    except Exception as error:  # zipfile and numpy do not list what damaged bytes can raise
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise BionerError(f"{where}: not counts as this program writes them ({reason}).") from error
    return SentenceCounts(entities=tuple(map(str, entities)), counts=counts)
