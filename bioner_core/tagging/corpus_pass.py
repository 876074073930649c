"""One pass of a frozen encoder over a corpus: vectors in 16 bits, on disk, memory-mapped, computed once."""

import errno
import os
import shutil
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from transformers import PreTrainedModel

from bioner_core.corpus.cache import lock_cached_file, report_cache_errors
from bioner_core.corpus.sentences import Corpus
from bioner_core.files import free_space, is_intact, write_digest
from bioner_core.study.jobs import JobProgress, TrainJob, format_reading
from bioner_core.tagging.encoders.encoded_corpora import EncodedCorpora
from bioner_core.tagging.encoders.windows import Ints, Window
from bioner_core.tagging.finetuning.batches import (
    Batch,
    EncodedSentence,
    TaggedWindow,
    list_windows,
    pad_windows,
    split_into_micro_batches,
)
from bioner_core.tagging.finetuning.memory import choose_batch_limits, retry_with_smaller_batches

MAX_BYTES = 8 << 30  # of all files of a folder together; those unused for longest are deleted first
MAX_FLOAT16 = float(np.finfo(np.float16).max)
CPU_BATCH_PIECES = 1024  # of a batch, padding included; all layers' states of larger ones are slow

Floats16 = NDArray[np.float16]
WindowsOfSentences = Mapping[tuple[str, ...], tuple[Window, ...]]  # by tokens
EncodeWindows = Callable[[PreTrainedModel, Sequence[TaggedWindow], torch.dtype, int], Floats16]
"""Returns the vectors of some windows, one behind the other; the number is that of pieces in a batch."""


def compute_vectors_once(
    path: Path,
    job: TrainJob,
    corpus: Corpus,
    encoded: EncodedCorpora,
    *,
    encode: EncodeWindows,
    n_columns: Callable[[int], int],
    number_rows: Callable[[WindowsOfSentences], list[Ints]],
) -> Generator[JobProgress, None, Floats16]:
    """Yield progress while the encoder reads a corpus; return the vectors, from disk where they are cached.

    :param job: names the encoder, ``max_pieces`` and ``dtype``
    :param path: of the array; a second process waits for what the first one computes
    :param n_columns: of the array, from the width of the encoder's hidden states
    :param number_rows: returns the rows of the array that each window's vectors go to; each row once
    :returns: (rows, columns), read-only
    :raises BionerError: the cache cannot be written, or memory is too small for a single window
    """
    with lock_cached_file(path):
        if not is_intact(path):
            width = n_columns(encoded.measure_width(job))
            yield from _write_vectors(path, job, corpus, encoded, encode, width, number_rows)
        os.utime(path)  # used now
        return np.asarray(np.load(path, mmap_mode="r"))  # on disk; an array is cheaper to slice than a memmap


def iterate_hidden_states(
    model: PreTrainedModel, windows: Sequence[TaggedWindow], compute_dtype: torch.dtype, max_batch_pieces: int
) -> Iterator[tuple[Sequence[TaggedWindow], Batch, tuple[Tensor, ...]]]:
    """Yield windows, in their order, with the states of all layers: (windows, pieces, width), padded."""
    size = max(1, max_batch_pieces // max(len(window.input_ids) for _, window in windows))
    for start in range(0, len(windows), size):
        batch_windows = windows[start : start + size]
        batch = pad_windows(batch_windows, pad_id=model.config.pad_token_id or 0, device=model.device)
        with (
            torch.inference_mode(),
            torch.autocast(model.device.type, compute_dtype, compute_dtype != torch.float32),
        ):
            states = model(batch.input_ids, batch.attention_mask, output_hidden_states=True).hidden_states
        yield batch_windows, batch, states


def convert_to_float16(vectors: Tensor) -> Floats16:
    """Return vectors in 16 bits; what lies beyond their range becomes their largest number."""
    array: Floats16 = vectors.float().clamp(-MAX_FLOAT16, MAX_FLOAT16).half().cpu().numpy()
    return array


def _write_vectors(
    path: Path,
    job: TrainJob,
    corpus: Corpus,
    encoded: EncodedCorpora,
    encode: EncodeWindows,
    width: int,
    number_rows: Callable[[WindowsOfSentences], list[Ints]],
) -> Generator[JobProgress, None, None]:
    """Write the vectors of all distinct sentences to a file that appears only when it is complete."""
    windows_of = encoded.windows(job, corpus.name)
    rows = number_rows(windows_of)
    progress = partial(
        JobProgress, job=job, phase=format_reading(corpus.name), total=sum(map(len, windows_of))
    )
    yield progress(done=0)
    unfinished_path = path.with_name(f".{path.stem}.part")  # the lock's holder is its only writer
    try:
        shape = (sum(map(len, rows)), width)
        free_space(path.parent, 2 * shape[0] * shape[1], max_bytes=MAX_BYTES)
        begin = _create_file(unfinished_path, shape)
        n_done = 0
        model, windows = encoded.load_encoder(job).model, _list_untagged(windows_of)
        for indices, batch_vectors in _iterate_vectors(model, windows, encode, job):
            with report_cache_errors(path):
                _write_rows(unfinished_path, begin, [rows[i] for i in indices], batch_vectors)
            n_done += sum(len(windows[i][1].word_indices) for i in indices)
            yield progress(done=n_done)
        with report_cache_errors(path):
            write_digest(path, of=unfinished_path)
            os.replace(unfinished_path, path)
    finally:
        unfinished_path.unlink(missing_ok=True)


def _list_untagged(windows_of: WindowsOfSentences) -> list[TaggedWindow]:
    """Return the windows of all sentences; a frozen encoder needs no tags."""
    only_o = np.array([True])
    return list_windows(
        [
            EncodedSentence(windows=windows, tags=np.zeros(len(tokens), np.int64), allowed=only_o)
            for tokens, windows in windows_of.items()
        ]
    )


def _iterate_vectors(
    model: PreTrainedModel, windows: Sequence[TaggedWindow], encode: EncodeWindows, job: TrainJob
) -> Iterator[tuple[list[int], Floats16]]:
    """Yield indices of windows, longest first, with their vectors."""
    compute_dtype: torch.dtype = getattr(torch, job.settings.dtype)
    limits = choose_batch_limits(model.device, compute_dtype)
    max_batch_pieces = CPU_BATCH_PIECES if model.device.type == "cpu" else limits.max_batch_pieces
    lengths = [len(window.input_ids) for _, window in windows]
    for indices in split_into_micro_batches(
        lengths, max_batch_pieces=max_batch_pieces, overhead=limits.overhead
    ):
        batch_windows = [windows[i] for i in indices]
        vectors, max_batch_pieces = retry_with_smaller_batches(
            partial(encode, model, batch_windows, compute_dtype), max_batch_pieces
        )
        yield indices, vectors


def _create_file(path: Path, shape: tuple[int, int]) -> int:
    """Create a file for an array, with its room on the disk; return where its first row begins.

    :raises BionerError: the disk is full.
    """
    with report_cache_errors(path):
        vectors = np.lib.format.open_memmap(path, "w+", np.dtype(np.float16), shape)
        begin, n_bytes = int(vectors.offset), path.stat().st_size
        del vectors  # pages that are mapped would count as memory of this process
        path.chmod(0o600)
        if hasattr(os, "posix_fallocate"):  # Linux
            with path.open("r+b") as file:
                os.posix_fallocate(file.fileno(), 0, n_bytes)
        elif shutil.disk_usage(path.parent).free < n_bytes:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    return begin


def _write_rows(path: Path, begin: int, rows: Sequence[Ints], vectors: Floats16) -> None:
    """Write vectors to rows of the array in a file; those of a window are neighbours."""
    ends = np.cumsum([len(numbers) for numbers in rows])
    with path.open("r+b") as file:
        for numbers, part in zip(rows, np.split(vectors, ends[:-1]), strict=True):
            if len(numbers):
                file.seek(begin + int(numbers[0]) * part.strides[0])
                file.write(part.tobytes())
