"""Features of words: hidden states of a frozen encoder, computed once a corpus and cached on disk."""

import errno
import hashlib
import json
import os
import shutil
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional
from transformers import PreTrainedModel

from bioner_core.corpus.cache import FEATURES, lock_cached_file, report_cache_errors
from bioner_core.corpus.sentences import Corpus, Sentence
from bioner_core.files import free_space, is_intact, write_digest
from bioner_core.study.jobs import JobProgress, TrainJob, format_reading
from bioner_core.tagging.encoders.encoded_corpora import EncodedCorpora
from bioner_core.tagging.encoders.windows import Ints
from bioner_core.tagging.finetuning.batches import (
    EncodedSentence,
    TaggedWindow,
    list_windows,
    pad_windows,
    split_into_micro_batches,
)
from bioner_core.tagging.finetuning.memory import choose_batch_limits, retry_with_smaller_batches

VERSION = 1  # raise when the same encoder and corpus would give other features
MAX_BYTES = 8 << 30  # of all cached features together; those unused for longest are deleted first
N_LAYERS = 4  # evenly spread, from the embeddings to the last one: 0, 4, 8 and 12 of 12
MAX_FLOAT16 = float(np.finfo(np.float16).max)
CPU_BATCH_PIECES = 1024  # of a batch, padding included; all layers' states of larger ones are slow


@dataclass(frozen=True, kw_only=True, eq=False)
class Features:
    """The features of all words of a corpus."""

    vectors: NDArray[np.float16]  # (words of distinct sentences, features), memory-mapped
    first_rows: dict[tuple[str, ...], int]  # row of the first word of each distinct sentence

    def look_up(self, sentence: Sentence) -> NDArray[np.float16]:
        """Return the features of a sentence of the corpus, (tokens, features)."""
        begin = self.first_rows[sentence.tokens]
        return self.vectors[begin : begin + len(sentence.tokens)]


def compute_features(
    job: TrainJob, corpus: Corpus, encoded: EncodedCorpora, *, cache: Path
) -> Generator[JobProgress, None, Features]:
    """Yield progress while the encoder reads a corpus; return its features, from disk where they are cached.

    A word's features are the mean states of its pieces in ``N_LAYERS`` layers, concatenated. Long sentences
    are not truncated: windows overlap, and each word is read in one of them.

    :param job: names the encoder, ``max_pieces`` and ``dtype``
    """
    first_rows, n_words = {}, 0
    for tokens in dict.fromkeys(sentence.tokens for sentence in corpus.sentences):
        first_rows[tokens] = n_words
        n_words += len(tokens)
    path = cache / FEATURES / f"{corpus.digest}-{compute_encoder_digest(job)}.npy"
    with lock_cached_file(path):  # a second process waits for what the first one computes
        if not is_intact(path):
            yield from _write_features(path, job, corpus, first_rows, n_words, encoded)
        os.utime(path)  # used now
        vectors = np.asarray(np.load(path, mmap_mode="r"))  # (words, features), on disk; cheap to slice
    return Features(vectors=vectors, first_rows=first_rows)


def compute_encoder_digest(job: TrainJob) -> str:
    """Return 16 hex digits of all that determines features, beside the corpus."""
    record = [VERSION, job.model, job.model_revision, job.settings.max_pieces, job.settings.dtype]
    return hashlib.sha256(json.dumps(record).encode()).hexdigest()[:16]


def _write_features(
    path: Path,
    job: TrainJob,
    corpus: Corpus,
    first_rows: dict[tuple[str, ...], int],
    n_words: int,
    encoded: EncodedCorpora,
) -> Generator[JobProgress, None, None]:
    """Write the features of all distinct sentences to a file that appears only when it is complete."""
    progress = partial(JobProgress, job=job, phase=format_reading(corpus.name), total=n_words)
    yield progress(done=0)
    model = encoded.copy_encoder(job, [corpus.name]).model
    windows_of = encoded.windows(job, corpus.name)
    only_o = np.array([True])  # features need no tags
    examples = [
        EncodedSentence(windows=windows_of[tokens], tags=np.zeros(len(tokens), np.int64), allowed=only_o)
        for tokens in first_rows
    ]
    first_row = {id(example): begin for example, begin in zip(examples, first_rows.values(), strict=True)}
    windows = list_windows(examples)
    unfinished_path = path.with_name(f".{path.stem}.part")  # the lock's holder is its only writer
    try:
        shape = (n_words, N_LAYERS * int(model.config.hidden_size))
        free_space(path.parent, 2 * shape[0] * shape[1], max_bytes=MAX_BYTES)
        vectors = _create_array(unfinished_path, shape)
        n_done = 0
        for batch_windows, states in _iterate_features(model, windows, getattr(torch, job.settings.dtype)):
            indices = np.concatenate(
                [first_row[id(example)] + window.word_indices for example, window in batch_windows]
            )
            vectors[indices] = states
            n_done += len(indices)
            yield progress(done=n_done)
        vectors.flush()
        del vectors  # Windows renames no file that is mapped
        with report_cache_errors(path):
            write_digest(path, of=unfinished_path)
            os.replace(unfinished_path, path)
    finally:
        unfinished_path.unlink(missing_ok=True)


def _create_array(path: Path, shape: tuple[int, int]) -> "np.memmap[Any, np.dtype[np.float16]]":
    """Create a file for an array, with its room on the disk: a full disk ends a process that writes later.

    :raises BionerError: the disk is full.
    """
    with report_cache_errors(path):
        vectors = np.lib.format.open_memmap(path, "w+", np.dtype(np.float16), shape)
        path.chmod(0o600)
        n_bytes = path.stat().st_size
        if hasattr(os, "posix_fallocate"):  # Linux
            with path.open("r+b") as file:
                os.posix_fallocate(file.fileno(), 0, n_bytes)
        elif shutil.disk_usage(path.parent).free < n_bytes:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    return vectors


def _iterate_features(
    model: PreTrainedModel, windows: Sequence[TaggedWindow], compute_dtype: torch.dtype
) -> Iterator[tuple[list[TaggedWindow], NDArray[np.float16]]]:
    """Yield windows, longest first, with the features of their scored words, (words, features)."""
    limits = choose_batch_limits(model.device, compute_dtype)
    max_batch_pieces = CPU_BATCH_PIECES if model.device.type == "cpu" else limits.max_batch_pieces
    lengths = [len(window.input_ids) for _, window in windows]
    for indices in split_into_micro_batches(
        lengths, max_batch_pieces=max_batch_pieces, overhead=limits.overhead
    ):
        batch_windows = [windows[i] for i in indices]
        states, max_batch_pieces = retry_with_smaller_batches(
            partial(_encode_words, model, batch_windows, compute_dtype), max_batch_pieces
        )
        yield batch_windows, states


def _encode_words(
    model: PreTrainedModel, windows: Sequence[TaggedWindow], compute_dtype: torch.dtype, max_batch_pieces: int
) -> NDArray[np.float16]:
    """Return the features of the words of some windows, (words, features)."""
    size = max(1, max_batch_pieces // max(len(window.input_ids) for _, window in windows))
    features = []
    for start in range(0, len(windows), size):
        batch_windows = windows[start : start + size]
        batch = pad_windows(batch_windows, pad_id=model.config.pad_token_id or 0, device=model.device)
        with (
            torch.inference_mode(),
            torch.autocast(model.device.type, compute_dtype, compute_dtype != torch.float32),
        ):
            states = model(batch.input_ids, batch.attention_mask, output_hidden_states=True).hidden_states
        layers = [states[round(k * (len(states) - 1) / (N_LAYERS - 1))] for k in range(N_LAYERS)]
        n_pieces = np.concatenate([window.piece_ends - window.first_pieces for _, window in batch_windows])
        words = torch.cat(
            [_average_pieces(s.flatten(0, 1).float(), batch.word_starts, n_pieces) for s in layers], dim=1
        )
        features.append(words.clamp(-MAX_FLOAT16, MAX_FLOAT16).half().cpu().numpy())
    return np.concatenate(features)


def _average_pieces(states: Tensor, word_starts: Tensor, n_pieces: Ints) -> Tensor:
    """Return the mean state of each word's pieces, (words, width).

    :param states: of pieces, (pieces, width)
    :param word_starts: index of each word's first piece
    :param n_pieces: of each word
    """
    first_rows = np.cumsum(n_pieces) - n_pieces
    within = np.arange(n_pieces.sum()) - np.repeat(first_rows, n_pieces)
    counts, offsets, steps = (torch.from_numpy(a).to(states.device) for a in (n_pieces, first_rows, within))
    return functional.embedding_bag(
        word_starts.repeat_interleave(counts) + steps, states, offsets, mode="mean"
    )
