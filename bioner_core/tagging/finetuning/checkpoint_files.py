"""Weights after stages of pretraining, kept in files: trained once, reused by all sizes and targets."""

import json
import os
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save

from bioner_core.corpus.cache import DIGESTS, lock_cached_file, report_cache_errors
from bioner_core.files import (
    free_space,
    is_intact,
    write_atomically,
    write_digest,
)
from bioner_core.tagging.checkpoints import Stage
from bioner_core.tagging.encoders.encoder import ReducedEmbedding
from bioner_core.tagging.finetuning.tagger import Tagger

MAX_BYTES = 8 << 30  # of all files together; those unused for longest are deleted first
PIECES, ROWS = "pieces", "rows"  # names in a file: piece numbers, and their embeddings


class CheckpointFiles:
    """One safetensors file for each stage, as ``checkpoints.Checkpoints`` describes them.

    :param folder: of the files; created where it is missing
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def lock(self, stage: Stage) -> AbstractContextManager[None]:
        """Return the lock of a stage's file."""
        return lock_cached_file(self._path(stage))

    def has(self, stage: Stage) -> bool:
        """Say whether there is an intact file of this stage."""
        return is_intact(self._path(stage))

    def save(self, stage: Stage, model: Tagger) -> None:
        """Write the weights of a tagger; files unused for longest are deleted where there are too many."""
        content = _serialize(model, (stage.job.target_digest, *stage.job.source_digests))
        free_space(self._folder, len(content), max_bytes=MAX_BYTES)
        with report_cache_errors(self._path(stage)):
            write_atomically(self._path(stage), content)
            write_digest(self._path(stage))

    def load(self, stage: Stage, model: Tagger) -> None:
        """Load weights into a tagger with the same or more pieces and types."""
        path = self._path(stage)
        os.utime(path)  # used now
        _load_weights(model, path)

    def _path(self, stage: Stage) -> Path:
        return self._folder / f"{stage.digest}.safetensors"


def _serialize(tagger: Tagger, digests: Sequence[str]) -> bytes:
    """Return a tagger's file: trained weights, types, corpora, and the decay of the rows that it lacks."""
    frozen = {name for name, weight in tagger.named_parameters() if not weight.requires_grad}
    state = {name: tensor for name, tensor in tagger.state_dict().items() if name not in frozen}
    tensors = {}
    if embedding := _find_reduced_embedding(tagger):
        weight = embedding.embedding.weight
        rows = next(name for name, tensor in state.items() if tensor.data_ptr() == weight.data_ptr())
        is_kept = embedding.row_of_piece < len(weight)
        tensors = {ROWS: state.pop(rows), PIECES: torch.nonzero(is_kept).flatten()}
    metadata = {"types": json.dumps(tagger.types), "unused": repr(tagger.unused_row_scale)}
    metadata[DIGESTS] = " ".join(digests)
    return save({name: t.cpu().contiguous() for name, t in {**state, **tensors}.items()}, metadata)


@torch.no_grad()
def _load_weights(tagger: Tagger, path: Path) -> None:
    """Load a file into a tagger.

    AdamW changes an embedding row that never occurs by its weight decay alone. So rows of pieces that the
    file does not have are the encoder's, times the decay so far: a larger vocabulary would have given them.
    """
    with safe_open(path, "pt") as file:
        metadata = file.metadata()
        tensors = {name: file.get_tensor(name).to(tagger.device) for name in file.keys()}  # noqa: SIM118
    tagger.unused_row_scale = float(metadata["unused"])
    if embedding := _find_reduced_embedding(tagger):
        embedding.embedding.weight *= tagger.unused_row_scale
        embedding.embedding.weight[embedding.row_of_piece[tensors.pop(PIECES)]] = tensors.pop(ROWS)
    tags = [0]
    for entity in json.loads(metadata["types"]):
        first = 1 + 2 * tagger.types.index(entity)
        tags += [first, first + 1]
    tagger.head.weight[tags] = tensors.pop("head.weight")
    tagger.head.bias[tags] = tensors.pop("head.bias")
    tagger.load_state_dict(tensors, strict=False)


def _find_reduced_embedding(tagger: Tagger) -> ReducedEmbedding | None:
    """Return the encoder's embedding; None where only upper layers are trained, which have none."""
    embedding = tagger.encoder.get_input_embeddings()
    return embedding if isinstance(embedding, ReducedEmbedding) else None
