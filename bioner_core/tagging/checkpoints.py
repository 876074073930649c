"""Pretraining in stages, and the weights kept after each stage so that other jobs start from them."""

import hashlib
import json
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from threading import Lock
from typing import Any, Protocol

from torch import Tensor, nn

from bioner_core.study.jobs import TrainJob
from bioner_core.tagging.split_corpora import SplitCorpora

VERSION = 1  # raise when the same pretraining would come out differently


@dataclass(frozen=True, kw_only=True)
class Stage:
    """A job's pretraining up to one of its stages: "A:B" has the stages "A" and "A:B"."""

    job: TrainJob
    groups: tuple[tuple[str, ...], ...]  # corpora trained on together, one group after the other

    @property
    def corpora(self) -> tuple[str, ...]:
        """Return the names of all corpora trained on so far."""
        return tuple(dict.fromkeys(name for group in self.groups for name in group))

    @property
    def previous(self) -> "Stage | None":
        """Return the stage before this one, None for the first."""
        return replace(self, groups=self.groups[:-1]) if len(self.groups) > 1 else None

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
        if self.job.trains_word_vectors:  # word vectors are the target's, too
            record["read"] = self.job.target_digest
        if self.job.method == "partial":  # the other two keep their digests: one in files, one in memory
            record["method"] = self.job.method
        return hashlib.sha256(json.dumps(record, sort_keys=True).encode()).hexdigest()[:16]

    @property
    def seed(self) -> int:
        """Return the seed of all random numbers of this stage."""
        return int(self.digest, 16)


class Checkpoints(Protocol):
    """Weights after stages of pretraining."""

    def lock(self, stage: Stage) -> AbstractContextManager[Any]:
        """Return a context in which no other process trains this stage."""
        ...

    def has(self, stage: Stage) -> bool:
        """Say whether the weights of a stage are kept."""
        ...

    def save(self, stage: Stage, model: Any) -> None:
        """Keep the weights of a model."""
        ...

    def load(self, stage: Stage, model: Any) -> None:
        """Load the weights of a stage into a model whose label space has all types of the stage."""
        ...


class MemoryCheckpoints:
    """Weights of small models, kept in memory for all jobs of a process, also those that are added later."""

    def __init__(self, corpora: SplitCorpora) -> None:
        self._corpora = corpora
        self._states: dict[object, dict[str, Tensor]] = {}
        self._locks: dict[object, Lock] = {}

    def lock(self, stage: Stage) -> AbstractContextManager[Any]:
        """Return a context in which no other thread trains this stage."""
        return self._locks.setdefault(self._build_key(stage), Lock())

    def has(self, stage: Stage) -> bool:
        """Say whether the weights of a stage are kept."""
        return self._build_key(stage) in self._states

    def save(self, stage: Stage, model: nn.Module) -> None:
        """Keep the weights of a model, which is not trained any further."""
        self._states[self._build_key(stage)] = model.state_dict()

    def load(self, stage: Stage, model: nn.Module) -> None:
        """Copy the weights of a stage into a model."""
        model.load_state_dict(self._states[self._build_key(stage)])

    def _build_key(self, stage: Stage) -> object:
        """Return the stage with the label space of its job's models, which their weights depend on."""
        return stage.digest, self._corpora.label_space((stage.job.target, *stage.job.sources))
