"""Features of words: hidden states of a frozen encoder, computed once a corpus and kept on disk."""

import hashlib
import json
import os
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import torch
from filelock import FileLock
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional
from transformers import PreTrainedModel

from bioner_core.corpus.sentences import Corpus, Sentence
from bioner_core.files import make_room, private_folder
from bioner_core.study.jobs import Progress, TrainJob
from bioner_core.tagging.finetuning.batches import Row, collate, micro_batches, rows_of
from bioner_core.tagging.finetuning.memory import room, within_memory
from bioner_core.tagging.finetuning.windows import Ints
from bioner_core.tagging.materials import Materials

VERSION = 1  # raise when the same encoder and corpus would give other features
MOST_BYTES = 8 << 30  # of all kept features together; those unused for longest go first
LAYERS = 4  # evenly spread, from the embeddings to the last one: 0, 4, 8 and 12 of 12
LARGEST = float(np.finfo(np.float16).max)
BUDGET_ON_CPU = 1024  # pieces at once, padding included; all layers' states are kept, and large ones are slow


@dataclass(frozen=True, kw_only=True, eq=False)
class Features:
    """What the encoder says of every word of a corpus."""

    vectors: NDArray[np.float16]  # (words of distinct sentences, features), memory-mapped
    begins: dict[tuple[str, ...], int]  # row of the first word of each distinct sentence

    def of(self, sentence: Sentence) -> NDArray[np.float16]:
        """Return the features of a sentence of the corpus, (tokens, features)."""
        begin = self.begins[sentence.tokens]
        return self.vectors[begin : begin + len(sentence.tokens)]


def corpus_features(
    job: TrainJob, corpus: Corpus, materials: Materials, *, cache: Path
) -> Generator[Progress, None, Features]:
    """Yield progress while the encoder reads a corpus; return its features, from disk where they are kept.

    A word's features are the mean states of its pieces in ``LAYERS`` layers, side by side. Nothing of a long
    sentence is lost: windows overlap, and each word is read in one.

    :param job: names the encoder, ``max_pieces`` and ``dtype``
    """
    begins, n_words = {}, 0
    for tokens in dict.fromkeys(sentence.tokens for sentence in corpus.sentences):
        begins[tokens] = n_words
        n_words += len(tokens)
    path = private_folder(cache / "features") / f"{corpus.digest}-{encoder_digest(job)}.npy"
    with FileLock(path.with_suffix(".lock")):  # a second process waits for what the first one computes
        if not path.exists():
            yield from _write(path, job, corpus, begins, n_words, materials)
        os.utime(path)  # used now
        vectors = np.asarray(np.load(path, mmap_mode="r"))  # (words, features), on disk; cheap to slice
    return Features(vectors=vectors, begins=begins)


def encoder_digest(job: TrainJob) -> str:
    """Return 16 hex digits of all that determines features, beside the corpus."""
    record = [VERSION, job.model, job.model_revision, job.settings.max_pieces, job.settings.dtype]
    return hashlib.sha256(json.dumps(record).encode()).hexdigest()[:16]


def _write(
    path: Path,
    job: TrainJob,
    corpus: Corpus,
    begins: dict[tuple[str, ...], int],
    n_words: int,
    materials: Materials,
) -> Generator[Progress, None, None]:
    """Write the features of all distinct sentences, whole or not at all."""
    progress = partial(Progress, job=job, phase=f"reading {corpus.name} with the encoder", total=n_words)
    yield progress(done=0)
    model = materials.encoder(job, [corpus.name]).model
    distinct = [Sentence(tokens=tokens) for tokens in begins]
    examples = materials.examples(job, corpus.name, distinct, types=(), only=())
    first = {id(example): begins[s.tokens] for example, s in zip(examples, distinct, strict=True)}
    rows = rows_of(examples)
    unfinished = path.with_name(f".{path.stem}.part")  # the lock's holder is its only writer
    try:
        shape = (n_words, LAYERS * int(model.config.hidden_size))
        make_room(path.parent, 2 * shape[0] * shape[1], most=MOST_BYTES)
        vectors = np.lib.format.open_memmap(unfinished, "w+", np.dtype(np.float16), shape)
        n_done = 0
        for together, states in _states(model, rows, getattr(torch, job.settings.dtype)):
            places = np.concatenate([first[id(example)] + window.words for example, window in together])
            vectors[places] = states
            n_done += len(places)
            yield progress(done=n_done)
        vectors.flush()
        del vectors  # Windows renames no file that is mapped
        os.replace(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)


def _states(
    model: PreTrainedModel, rows: Sequence[Row], products: torch.dtype
) -> Iterator[tuple[list[Row], NDArray[np.float16]]]:
    """Yield windows, longest first, with the features of their scored words, (words, features)."""
    space = room(model.device, products)
    budget = BUDGET_ON_CPU if model.device.type == "cpu" else space.budget
    lengths = [len(window.pieces) for _, window in rows]
    for places in micro_batches(lengths, budget=budget, overhead=space.overhead):
        together = [rows[place] for place in places]
        states, budget = within_memory(partial(_read, model, together, products), budget)
        yield together, states


def _read(
    model: PreTrainedModel, rows: Sequence[Row], products: torch.dtype, budget: int
) -> NDArray[np.float16]:
    """Return the features of the words of some windows, (words, features)."""
    size = max(1, budget // max(len(window.pieces) for _, window in rows))
    parts = []
    for start in range(0, len(rows), size):
        together = rows[start : start + size]
        batch = collate(together, pad=model.config.pad_token_id or 0, device=model.device)
        with torch.inference_mode(), torch.autocast(model.device.type, products, products != torch.float32):
            states = model(batch.pieces, batch.mask, output_hidden_states=True).hidden_states
        layers = [states[round(k * (len(states) - 1) / (LAYERS - 1))] for k in range(LAYERS)]
        n_pieces = np.concatenate([window.ends - window.firsts for _, window in together])
        words = torch.cat([_means(s.flatten(0, 1).float(), batch.places, n_pieces) for s in layers], dim=1)
        parts.append(words.clamp(-LARGEST, LARGEST).half().cpu().numpy())
    return np.concatenate(parts)


def _means(states: Tensor, firsts: Tensor, n_pieces: Ints) -> Tensor:
    """Return the mean state of each word's pieces, (words, width).

    :param states: of pieces, (pieces, width)
    :param firsts: place of each word's first piece
    :param n_pieces: of each word
    """
    begins = np.cumsum(n_pieces) - n_pieces
    within = np.arange(n_pieces.sum()) - np.repeat(begins, n_pieces)
    counts, offsets, steps = (torch.from_numpy(a).to(states.device) for a in (n_pieces, begins, within))
    return functional.embedding_bag(firsts.repeat_interleave(counts) + steps, states, offsets, mode="mean")
