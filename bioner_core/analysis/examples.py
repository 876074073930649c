"""Test sentences in which a trained model found, missed or invented mentions, for people to look at."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np

from bioner_core.corpus.sentences import Sentence
from bioner_core.corpus.split import split_corpus
from bioner_core.curves.points import ALL, NONE
from bioner_core.errors import BionerError
from bioner_core.study.jobs import TrainJob
from bioner_core.study.run import Run

Kind = Literal["found", "missed", "invented"]
_COLUMNS: dict[Kind, int] = {"found": 0, "invented": 1, "missed": 2}  # of the counts: tp, fp, fn


@dataclass(frozen=True, kw_only=True)
class Example:
    """A test sentence with its gold spans, and what became of its mentions of one entity type."""

    sentence: Sentence
    n_found: int  # gold mentions found as they are
    n_missed: int  # gold mentions not found as they are
    n_invented: int  # mentions found that are not gold; a wrong end counts as one missed, one invented


def examples(
    run: Run, *, target: str, source: str, entity: str, kind: Kind, n: int = 10
) -> tuple[Example, ...]:
    """Return the test sentences with most mentions found, missed or invented, the shorter of two first.

    The model is the full one for "none", else the zero-shot one; of several seeds the first that is trained.
    Sentences of "found" are free of errors.

    :param entity: a type, or "all".
    :raises BionerError: no such model is trained yet, or the run came without its text or its counts.
    """
    done = run.finished_job_ids()
    for job in run.study.jobs:
        is_wanted = job.is_full if source == NONE else job.n_sentences == 0
        if (job.target, job.source) == (target, source) and is_wanted and job.id in done:
            return _examples(run, job, entity, kind, n)
    raise BionerError(f"run {run.name}: no model from {source} was tested on {target} here.")


@lru_cache(maxsize=32)  # what a job has found never changes
def _examples(run: Run, job: TrainJob, entity: str, kind: Kind, n: int) -> tuple[Example, ...]:
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
    return tuple(_example(test[at], *map(int, counts[at])) for at in order[:n])


def _example(sentence: Sentence, n_found: int, n_invented: int, n_missed: int) -> Example:
    return Example(sentence=sentence, n_found=n_found, n_missed=n_missed, n_invented=n_invented)
