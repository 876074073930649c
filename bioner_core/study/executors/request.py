"""What every cluster is asked to train, and the jobs that it has lost."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bioner_core.corpus.sentences import Corpus
from bioner_core.study.jobs import JobFailure, NextJobs, Runner, TrainJob
from bioner_core.study.run import Run
from bioner_core.study.wishes import is_paused

MAX_LOSSES = 2  # of a job with what trained it: the first gives it back, the second fails it


@dataclass(frozen=True, kw_only=True)
class TrainingRequest:
    """The arguments of an executor that runs on a cluster."""

    jobs: Sequence[TrainJob]
    corpora: Mapping[str, Corpus]
    runner: Runner
    next_jobs: NextJobs | None
    run: Run | None  # whose pauses are obeyed

    @property
    def is_paused(self) -> bool:
        """Say whether no further model shall begin."""
        return self.run is not None and is_paused(self.run.folder)


class LostJobs:
    """Counts how often each job was lost with its process, worker or node."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()  # by job id

    def add(self, job: TrainJob, reason: str) -> JobFailure | None:
        """Return the failure of a job that was lost too often; None where it is to be given back."""
        self._counts[job.id] += 1
        return JobFailure(job=job, reason=reason) if self._counts[job.id] >= MAX_LOSSES else None
