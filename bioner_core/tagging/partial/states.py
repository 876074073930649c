"""States of word pieces: what the lower layers of an encoder make of a corpus, computed once, on disk."""

import hashlib
import json
from collections.abc import Generator, Sequence
from dataclasses import replace
from functools import partial
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from transformers import PreTrainedModel

from bioner_core.corpus.cache import STATES
from bioner_core.corpus.sentences import Corpus
from bioner_core.study.jobs import JobProgress, TrainJob
from bioner_core.tagging.corpus_pass import (
    Floats16,
    WindowsOfSentences,
    compute_vectors_once,
    convert_to_float16,
    iterate_hidden_states,
)
from bioner_core.tagging.encoders.encoded_corpora import EncodedCorpora
from bioner_core.tagging.encoders.windows import Ints, Window
from bioner_core.tagging.finetuning.batches import TaggedWindow

VERSION = 1  # raise when the same encoder and corpus would give other states


def compute_states(
    job: TrainJob, corpus: Corpus, encoded: EncodedCorpora, *, cache: Path
) -> Generator[JobProgress, None, dict[tuple[str, ...], tuple[Window, ...]]]:
    """Yield progress while the encoder reads a corpus; return the windows of its sentences, with states.

    A piece's state is what the first of the upper layers receives. All windows share one file in memory.

    :param job: names the encoder, its layers, ``max_pieces`` and ``dtype``
    :returns: by tokens
    """
    windows_of = encoded.windows(job, corpus.name)
    rows = _number_rows(windows_of)
    vectors = yield from compute_vectors_once(
        cache / STATES / f"{corpus.digest}-{compute_states_digest(job)}.npy",
        job,
        corpus,
        encoded,
        encode=partial(_encode_pieces, job.settings.upper_layers),
        n_columns=lambda width: width,
        number_rows=_number_rows,
    )
    states = iter([vectors[of[0] : of[-1] + 1] for of in rows])
    return {
        tokens: tuple(replace(window, states=next(states)) for window in windows)
        for tokens, windows in windows_of.items()
    }


def compute_states_digest(job: TrainJob) -> str:
    """Return 16 hex digits of all that determines states, beside the corpus."""
    settings = job.settings
    model = [job.model, job.model_revision]
    layers = [settings.upper_layers, *filter(None, [settings.first_layers])]
    record = [VERSION, *model, settings.max_pieces, settings.dtype, *layers]
    return hashlib.sha256(json.dumps(record).encode()).hexdigest()[:16]


def _number_rows(windows_of: WindowsOfSentences) -> list[Ints]:
    """Return the rows of the pieces of each window: one window behind the other."""
    lengths = [len(window.input_ids) for windows in windows_of.values() for window in windows]
    return [np.arange(begin, end) for begin, end in pairwise(np.cumsum([0, *lengths]))]


def _encode_pieces(
    n_upper: int,
    model: PreTrainedModel,
    windows: Sequence[TaggedWindow],
    compute_dtype: torch.dtype,
    max_batch_pieces: int,
) -> Floats16:
    """Return the states of the pieces of some windows below the upper layers, (pieces, width)."""
    vectors = []
    for _, batch, states in iterate_hidden_states(model, windows, compute_dtype, max_batch_pieces):
        vectors.append(convert_to_float16(states[-1 - n_upper][batch.attention_mask.bool()]))
    return np.concatenate(vectors)
