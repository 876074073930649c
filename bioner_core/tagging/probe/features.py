"""Features of words: hidden states of a frozen encoder, computed once a corpus and cached on disk."""

import hashlib
import json
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional
from transformers import PreTrainedModel

from bioner_core.corpus.cache import FEATURES
from bioner_core.corpus.sentences import Corpus, Sentence
from bioner_core.study.jobs import JobProgress, TrainJob
from bioner_core.tagging.corpus_pass import (
    Floats16,
    compute_vectors_once,
    convert_to_float16,
    iterate_hidden_states,
)
from bioner_core.tagging.encoders.encoded_corpora import EncodedCorpora
from bioner_core.tagging.encoders.windows import Ints
from bioner_core.tagging.finetuning.batches import TaggedWindow

VERSION = 1  # raise when the same encoder and corpus would give other features
N_LAYERS = 4  # evenly spread, from the embeddings to the last one: 0, 4, 8 and 12 of 12


@dataclass(frozen=True, kw_only=True, eq=False)
class Features:
    """The features of all words of a corpus."""

    vectors: Floats16  # (words of distinct sentences, features), memory-mapped
    first_rows: dict[tuple[str, ...], int]  # row of the first word of each distinct sentence

    def look_up(self, sentence: Sentence) -> Floats16:
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
    vectors = yield from compute_vectors_once(
        cache / FEATURES / f"{corpus.digest}-{compute_encoder_digest(job)}.npy",
        job,
        corpus,
        encoded,
        encode=_encode_words,
        n_columns=lambda width: N_LAYERS * width,
        number_rows=lambda windows_of: [
            first_rows[tokens] + window.word_indices
            for tokens, windows in windows_of.items()
            for window in windows
        ],
    )
    return Features(vectors=vectors, first_rows=first_rows)


def compute_encoder_digest(job: TrainJob) -> str:
    """Return 16 hex digits of all that determines features, beside the corpus."""
    record = [VERSION, job.model, job.model_revision, job.settings.max_pieces, job.settings.dtype]
    return hashlib.sha256(json.dumps(record).encode()).hexdigest()[:16]


def _encode_words(
    model: PreTrainedModel, windows: Sequence[TaggedWindow], compute_dtype: torch.dtype, max_batch_pieces: int
) -> Floats16:
    """Return the features of the words of some windows, (words, features)."""
    features = []
    for batch_windows, batch, states in iterate_hidden_states(
        model, windows, compute_dtype, max_batch_pieces
    ):
        layers = [states[round(k * (len(states) - 1) / (N_LAYERS - 1))] for k in range(N_LAYERS)]
        n_pieces = np.concatenate([window.piece_ends - window.first_pieces for _, window in batch_windows])
        words = torch.cat(
            [_average_pieces(s.flatten(0, 1).float(), batch.word_starts, n_pieces) for s in layers], dim=1
        )
        features.append(convert_to_float16(words))
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
