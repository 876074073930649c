"""Test sentences in which a trained model found, missed or invented mentions, for people to look at."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np

from bioner_core.corpus.sentences import Sentence
from bioner_core.corpus.split import split_corpus
from bioner_core.curves.points import ALL, NONE
from bioner_core.errors import BionerError
from bioner_core.study.corpus_copies import locate_copy
from bioner_core.study.jobs import TrainJob
from bioner_core.study.journal import FileStamp, read_stamp
from bioner_core.study.run import Run

Kind = Literal["found", "missed", "invented"]
_COLUMNS: dict[Kind, int] = {"found": 0, "invented": 1, "missed": 2}  # of the counts: tp, fp, fn


@dataclass(frozen=True, kw_only=True)
class Example:
    """A test sentence with its gold spans, and how many mentions of one entity type a model got right."""

    sentence: Sentence
    counts: Mapping[Kind, int]  # true positives, false negatives, false positives; exact spans only


def select_examples(
    run: Run, *, target: str, source: str, entity: str, kind: Kind, n: int = 10
) -> tuple[Example, ...]:
    """Return the test sentences with most mentions found, missed or invented; ties: the shorter first.

    The model is the full one for "none", else the zero-shot one; of several seeds the first that is trained.
    Sentences of "found" have no error.

    :param entity: a type, or "all".
    :raises BionerError: no such model is trained yet, or the run came without its text or its counts.
    """
    done = run.finished_job_ids()
    for job in run.study.jobs:
        is_wanted = job.is_full if source == NONE else job.n_sentences == 0
        if (job.target, job.source) == (target, source) and is_wanted and job.id in done:
            stamps = (read_stamp(locate_copy(run.folder, target)), run.counts_stamp(job.id))
            return _select_examples(run, job, entity, kind, n, stamps)
    raise BionerError(f"run {run.name}: no model from {source} was tested on {target} here.")


@lru_cache(maxsize=32)
def _select_examples(
    run: Run, job: TrainJob, entity: str, kind: Kind, n: int, _: tuple[FileStamp, ...]
) -> tuple[Example, ...]:
    counted = run.counts(job.id)
    types = [at for at, name in enumerate(counted.entities) if entity in (name, ALL)]
    test = split_corpus(run.corpora()[job.target], seed=job.split_seed).test
    counts = counted.counts[:, types].sum(axis=1)  # (test sentences, 3): found, invented, missed
    if len(test) != len(counts):
        raise BionerError(f"run {run.name}: counts of {len(counts)} sentences, {len(test)} in the test part.")
    wanted = counts[:, _COLUMNS[kind]]
    if kind == "found":
        wanted = np.where(counts[:, 1:].any(axis=1), 0, wanted)
    order = sorted(np.flatnonzero(wanted).tolist(), key=lambda at: (-int(wanted[at]), len(test[at].tokens)))
    return tuple(
        Example(
            sentence=test[at],
            counts={name: int(counts[at, column]) for name, column in _COLUMNS.items()},
        )
        for at in order[:n]
    )
