"""counts/<job id>.npz: true and false positives and false negatives of every test sentence."""

import io
import math
import zipfile
from pathlib import Path

import numpy as np

from bioner_core.errors import BionerError
from bioner_core.study.jobs import SentenceCounts
from bioner_core.study.plan import Study
from bioner_core.study.run_files import COUNTS_FOLDER

MAX_BYTES = 200_000_000  # unpacked
MAX_SENTENCES = 1_000_000  # of a test part whose size the plan does not say
MAX_ENTITIES = 5_000


def locate_counts(folder: Path, job_id: str) -> Path:
    """Return the path of a job's counts in a run's folder."""
    return folder / COUNTS_FOLDER / f"{job_id}.npz"


def list_test_sizes(study: Study, target: str) -> range:
    """Return the numbers of test sentences that a plan allows for a target: one, where it tells."""
    description = study.descriptions.get(target)
    if description is None:
        return range(MAX_SENTENCES + 1)
    n_test = len(description.decode_test_documents())
    return range(n_test, n_test + 1) if n_test else range((description.sentences or MAX_SENTENCES) + 1)


def encode_counts(counts: SentenceCounts) -> bytes:
    """Return the content of a job's file: arrays of numbers and text, no pickled objects."""
    content = io.BytesIO()
    entities = np.array(counts.entities, dtype=np.str_)
    np.savez_compressed(content, entities=entities, counts=counts.counts.astype(np.int32))
    return content.getvalue()


def decode_counts(content: bytes, *, where: str, test_sizes: range) -> SentenceCounts:
    """Return the counts of a job's file.

    :param test_sizes: the allowed numbers of test sentences.
    :raises BionerError: it holds pickled objects, other shapes or types, negative counts, another number of
        sentences, or is too large. Only the heads of the arrays are unpacked before that is known.
    """
    try:
        _check_heads(content, test_sizes)
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


def _check_heads(content: bytes, test_sizes: range) -> None:
    """Refuse arrays that claim to be larger than their data, than allowed, or than the test part."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        size = sum(entry.file_size for entry in archive.infolist())
        if size > MAX_BYTES:
            raise ValueError(f"{size:,} bytes unpacked; at most {MAX_BYTES:,} are allowed")
        (n_entities,), (n_sentences, _, _) = (_read_shape(archive, name) for name in ("entities", "counts"))
    if n_entities > MAX_ENTITIES:
        raise ValueError(f"{n_entities:,} entity types; at most {MAX_ENTITIES:,} are allowed")
    if n_sentences not in test_sizes:
        allowed = f"{test_sizes[0]:,}" if len(test_sizes) == 1 else f"at most {test_sizes[-1]:,}"
        raise ValueError(f"{n_sentences:,} test sentences; the plan has {allowed}")


def _read_shape(archive: zipfile.ZipFile, name: str) -> tuple[int, ...]:
    """Return the shape of an array from its head."""
    with archive.open(f"{name}.npy") as file:
        if np.lib.format.read_magic(file) != (1, 0):  # which numpy writes for all short heads
            raise ValueError("an array of another version")
        shape, _, dtype = np.lib.format.read_array_header_1_0(file)
    if math.prod(shape) * dtype.itemsize > archive.getinfo(f"{name}.npy").file_size:
        raise ValueError(f"{name} of shape {shape}, which is more than the file holds")
    return tuple(shape)
