"""Test sentences that a trained model got wrong, for people to look at."""

from dataclasses import dataclass
from functools import lru_cache

from bioner_core.corpus.sentences import Sentence
from bioner_core.corpus.split import split_corpus
from bioner_core.curves.points import ALL, NONE
from bioner_core.errors import BionerError
from bioner_core.study.jobs import TrainJob
from bioner_core.study.run import Run


@dataclass(frozen=True, kw_only=True)
class Example:
    """A test sentence with its gold spans, and how many of one entity type went wrong."""

    sentence: Sentence
    n_missed: int  # gold mentions not found as they are
    n_false: int  # mentions found that are not gold


def hardest(run: Run, *, target: str, source: str, entity: str, n: int = 10) -> tuple[Example, ...]:
    """Return the test sentences with most errors: of the full model for "none", else of the zero-shot one.

    Of several seeds the first that is trained tells.

    :param entity: a type, or "all".
    :raises BionerError: no such model is trained yet, or the run came without its text or its counts.
    """
    done = run.done()
    for job in run.study.jobs:
        is_wanted = job.is_full if source == NONE else job.n_sentences == 0
        if (job.target, job.source) == (target, source) and is_wanted and job.id in done:
            return _hardest(run, job, entity, n)
    raise BionerError(f"run {run.name}: no model from {source} was tested on {target} here.")


@lru_cache(maxsize=32)  # what a job has found never changes
def _hardest(run: Run, job: TrainJob, entity: str, n: int) -> tuple[Example, ...]:
    found = run.counts(job.id)
    types = [at for at, name in enumerate(found.entities) if entity in (name, ALL)]
    test = split_corpus(run.corpora()[job.target], seed=job.split_seed).test
    errors = found.counts[:, types, 1:].sum(axis=1)  # (test sentences, 2): false, missed
    if len(test) != len(errors):
        raise BionerError(f"run {run.name}: counts of {len(errors)} sentences, {len(test)} in the test part.")
    order = sorted(range(len(test)), key=lambda at: -int(errors[at].sum()))
    return tuple(
        Example(sentence=test[at], n_missed=int(errors[at, 1]), n_false=int(errors[at, 0]))
        for at in order[:n]
        if errors[at].any()
    )
