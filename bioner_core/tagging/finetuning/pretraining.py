"""Taggers that start from source corpora: trained once, kept on disk, reused by all sizes and targets."""

import hashlib
import json
import os
from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from filelock import FileLock
from safetensors import safe_open
from safetensors.torch import save

from bioner_core.curves.sources import stages
from bioner_core.files import make_room, private_folder, write_whole
from bioner_core.study.jobs import Progress, TrainJob
from bioner_core.tagging.encoders.encoder import CutEmbedding
from bioner_core.tagging.examples import nothing_left, training_part
from bioner_core.tagging.finetuning.batches import EncodedSentence, trainable
from bioner_core.tagging.finetuning.tagger import Tagger
from bioner_core.tagging.finetuning.train import train
from bioner_core.tagging.materials import Materials

VERSION = 1  # raise when the same pretraining would come out differently
MOST_BYTES = 8 << 30  # of all kept files together; those unused for longest go first
PIECES, ROWS = "pieces", "rows"  # names in a kept file: piece numbers, and their embeddings


@dataclass(frozen=True, kw_only=True)
class Stage:
    """A job's pretraining up to one of its stages: "A:B" has the stages "A" and "A:B"."""

    job: TrainJob
    groups: tuple[tuple[str, ...], ...]  # corpora trained on together, one group after the other

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names of all corpora trained on so far."""
        return tuple(dict.fromkeys(name for group in self.groups for name in group))

    @property
    def digest(self) -> str:
        """Return 16 hex digits of all that determines the weights; targets share them where they can."""
        digests = dict(zip(self.job.sources, self.job.source_digests, strict=True))
        record = {
            "version": VERSION,
            "groups": [[digests[name] for name in group] for group in self.groups],
            "model": (self.job.model, self.job.model_revision),
            "settings": self.job.settings.record,
            "seed": self.job.seed,
            "split_seed": self.job.split_seed,
            "without": self.job.target_digest if self.job.leave_out_shared else "",
        }
        if self.job.reads_own_text:  # word vectors are the target's, too
            record["read"] = self.job.target_digest
        return hashlib.sha256(json.dumps(record, sort_keys=True).encode()).hexdigest()[:16]


def start(job: TrainJob, materials: Materials, *, cache: Path) -> Generator[Progress, None, Tagger]:
    """Yield progress while sources are trained on; return a tagger that is ready for the job's target.

    What was trained before, by any job that starts from the same source, seed and settings, is read from
    ``cache/pretrained``. Its label space has the types of target and sources.
    """
    tagger = _new_tagger(job, (job.target, *job.sources), materials, seed=int(job.id, 16))
    if job.sources:
        groups = stages(job.source)
        _load(tagger, (yield from _pretrained(Stage(job=job, groups=groups), materials, cache)))
    return tagger


def _pretrained(stage: Stage, materials: Materials, cache: Path) -> Generator[Progress, None, Path]:
    """Return the file with a stage's weights, trained now where there is none."""
    folder = private_folder(cache / "pretrained")
    path = folder / f"{stage.digest}.safetensors"
    with FileLock(folder / f"{stage.digest}.lock"):  # a second process waits for what the first one trains
        if not path.exists():
            job, seed = stage.job, int(stage.digest, 16)
            tagger = _new_tagger(job, stage.names, materials, seed=seed)
            unused = 1.0
            if len(stage.groups) > 1:
                earlier = replace(stage, groups=stage.groups[:-1])
                unused = _load(tagger, (yield from _pretrained(earlier, materials, cache)))
            for step in train(tagger, _examples(stage, tagger, materials), job.settings, seed=seed):
                unused *= 1 - step.learning_rate * job.settings.weight_decay
                phase = "pretraining on " + "+".join(stage.groups[-1])
                yield Progress(job=job, phase=phase, done=step.number, total=step.total)
            content = _content(tagger, unused)
            make_room(folder, len(content), most=MOST_BYTES)
            write_whole(path, content)
    os.utime(path)  # used now
    return path


def _new_tagger(job: TrainJob, names: Sequence[str], materials: Materials, *, seed: int) -> Tagger:
    """Return an untrained tagger over the pieces and types of some corpora of a job."""
    digests = {job.target: job.target_digest, **dict(zip(job.sources, job.source_digests, strict=True))}
    types = {entity for name in names for entity in materials.corpus(name, digests[name]).types}
    return Tagger(
        materials.encoder(job, names).model,
        tuple(sorted(types)),
        dropout=job.settings.dropout,
        dtype=job.settings.dtype,
        seed=seed,
    )


def _examples(stage: Stage, tagger: Tagger, materials: Materials) -> list[EncodedSentence]:
    """Return the training parts of a stage's last group, with tags of the types that each annotates."""
    job = stage.job
    examples = []
    for name in stage.groups[-1]:
        types = materials.split(name, seed=job.split_seed).types
        sentences = training_part(job, name, materials)
        examples += materials.examples(job, name, sentences, types=tagger.types, only=types)
    kept = trainable(examples)
    if not kept:
        raise nothing_left(job, stage.groups[-1])
    return kept


def _content(tagger: Tagger, unused: float) -> bytes:
    """Return the file of a tagger; ``unused`` is what weight decay left of rows that it does not have."""
    cut = _embedding(tagger)
    state = tagger.state_dict()
    rows = next(name for name, tensor in state.items() if tensor.data_ptr() == cut.kept.weight.data_ptr())
    tensors = {ROWS: state.pop(rows), PIECES: torch.nonzero(cut.places < len(cut.kept.weight)).flatten()}
    about = {"types": json.dumps(tagger.types), "unused": repr(unused)}
    return save({name: t.cpu().contiguous() for name, t in {**state, **tensors}.items()}, about)


@torch.no_grad()
def _load(tagger: Tagger, path: Path) -> float:
    """Load kept weights into a tagger with the same or more pieces and types; return ``unused``.

    AdamW moves an embedding row that never occurs by its weight decay alone, so rows of pieces that the
    file does not have are the encoder's own, times ``unused``: a larger vocabulary would have given them.
    """
    with safe_open(path, "pt") as file:
        about = file.metadata()
        tensors = {name: file.get_tensor(name).to(tagger.device) for name in file.keys()}  # noqa: SIM118
    unused = float(about["unused"])
    cut = _embedding(tagger)
    cut.kept.weight *= unused
    cut.kept.weight[cut.places[tensors.pop(PIECES)]] = tensors.pop(ROWS)
    tags = [0]
    for entity in json.loads(about["types"]):
        first = 1 + 2 * tagger.types.index(entity)
        tags += [first, first + 1]
    tagger.head.weight[tags] = tensors.pop("head.weight")
    tagger.head.bias[tags] = tensors.pop("head.bias")
    tagger.load_state_dict(tensors, strict=False)
    return unused


def _embedding(tagger: Tagger) -> CutEmbedding:
    """Return the encoder's embedding, which ``Materials`` has cut."""
    embedding = tagger.encoder.get_input_embeddings()
    if not isinstance(embedding, CutEmbedding):
        raise TypeError(f"the embedding is a {type(embedding).__name__}, not a CutEmbedding")
    return embedding
