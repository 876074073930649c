"""The order of jobs on several slots: jobs of one source or strategy stay together, long ones start early."""

from collections.abc import Iterable, Mapping, Sequence

from bioner_core.corpus.sentences import Corpus
from bioner_core.curves.points import RANDOM
from bioner_core.study.jobs import TrainJob
from bioner_core.study.workload import (
    compute_job_workload,
    count_choosing_passes,
    count_pretraining_passes,
)

LAST_STRETCH = 2.0  # the longest job goes first once it is at least a half of a slot's share of what is left

Group = tuple[str, ...]  # of jobs that start from the same pretrained weights


class Schedule:
    """Jobs that no slot has yet, in the order of the plan. A slot is named by its number.

    A single slot trains in that order, too.

    Near the end the longest jobs go first, so that no slot waits for the last one: on plans of two to eight
    slots the end comes up to a third sooner than in the order of the plan.

    :param corpora: by name, those of all jobs; their sizes say how long a job takes
    """

    def __init__(self, jobs: Iterable[TrainJob], *, corpora: Mapping[str, Corpus], n_slots: int) -> None:
        self._sizes = {name: len(corpus.sentences) for name, corpus in corpora.items()}
        self.n_slots = n_slots
        self._groups: dict[Group, list[TrainJob]] = {}
        self._numbers: dict[str, int] = {}  # in the plan, by job id
        self._weights: dict[str, float] = {}  # sentence passes by job id
        self._pretraining: dict[Group, float] = {}  # or choosing of sentences, which sizes share, too
        self._slots: dict[Group, int] = {}  # which began a group
        self._avoided: dict[str, int] = {}  # the slot that gave a job back, by job id
        self.add(jobs)

    def __len__(self) -> int:
        """Return the number of jobs that no slot has."""
        return sum(map(len, self._groups.values()))

    def list_jobs(self) -> list[TrainJob]:
        """Return the jobs that no slot has."""
        return [job for jobs in self._groups.values() for job in jobs]

    def add(self, jobs: Iterable[TrainJob]) -> None:
        """Add jobs behind the others of their group."""
        for job in jobs:
            key = _build_group(job)
            self._groups.setdefault(key, []).append(job)
            self._numbers.setdefault(job.id, len(self._numbers))
            self._weights[job.id] = compute_job_workload(job, self._sizes)
            pretraining = sum(count_pretraining_passes([job], self._sizes).values())
            shared = max(pretraining, count_choosing_passes(job, self._sizes))
            self._pretraining[key] = max(self._pretraining.get(key, 0), shared)

    def put_back(self, jobs: Iterable[TrainJob], *, slot: int | None = None) -> None:
        """Put jobs in front of the others of their group.

        :param slot: the one that could not train them; another one gets them.
        """
        for job in reversed(list(jobs)):
            key = _build_group(job)
            self._groups.setdefault(key, []).insert(0, job)
            if slot is not None:
                self._avoided[job.id] = slot
                self._slots.pop(key, None)

    def leave_out(self, slot: int) -> None:
        """Let others have the groups that a slot began."""
        self._slots = {key: owner for key, owner in self._slots.items() if owner != slot}

    def drain(self) -> list[TrainJob]:
        """Return all jobs, and keep none."""
        jobs = self.list_jobs()
        self._groups.clear()
        return jobs

    def take(self, slot: int, *, n: int = 1, is_alone: bool = False) -> list[TrainJob]:
        """Return up to ``n`` jobs for a slot, of one group, or several without pretraining.

        :param is_alone: no other slot trains, so this one gets also what it gave back.
        """
        jobs: list[TrainJob] = []
        while len(jobs) < n and (job := self._take_job(slot, is_alone, is_first=not jobs)):
            jobs.append(job)
        return jobs

    def _take_job(self, slot: int, is_alone: bool, *, is_first: bool) -> TrainJob | None:
        allowed = {
            key: jobs
            for key, group in self._groups.items()
            if (jobs := [job for job in group if is_alone or self._avoided.get(job.id) != slot])
        }
        begun = [key for key in allowed if is_alone or self._slots.get(key) == slot]
        free = [key for key in allowed if key not in self._slots]
        if not is_first:
            begun = [key for key in begun if key in self._slots or not self._pretraining[key]]
            free = [key for key in free if not self._pretraining[key]]
        shared = [key for key in allowed if is_first and self._is_worth_sharing(key)]
        keys = (begun if is_alone else begun[:1]) or free or shared
        if not keys:
            return None
        keys.sort(key=lambda key: self._numbers[allowed[key][0].id])
        key = keys[self._choose([self._weigh(key) for key in keys])]
        jobs = allowed[key]
        job = jobs[self._choose([self._weights[job.id] for job in jobs])]
        self._groups[key].remove(job)
        if not self._groups[key]:
            del self._groups[key]
        if self._pretraining[key]:
            self._slots.setdefault(key, slot)
        return job

    def _choose(self, weights: Sequence[float]) -> int:
        """Return the index of the longest if it would else end last, or 0: the order of the plan."""
        if self.n_slots == 1:
            return 0
        left = sum(self._weights[job.id] for job in self.list_jobs())
        longest = max(weights)
        return weights.index(longest) if LAST_STRETCH * self.n_slots * longest >= left else 0

    def _is_worth_sharing(self, key: Group) -> bool:
        """Say whether the end comes sooner if a second slot trains jobs of a group.

        Weights of a small model are not kept on disk: the second slot pretrains again.
        """
        jobs = self._groups[key]
        return not jobs[0].is_small or self._pretraining[key] < self._weigh(key)

    def _weigh(self, key: Group) -> float:
        """Return the sentence passes of what is left of a group, pretraining included where none began it."""
        pretraining = 0.0 if key in self._slots else self._pretraining[key]
        return sum(self._weights[job.id] for job in self._groups[key]) + pretraining


def _build_group(job: TrainJob) -> Group:
    """Return what jobs share that start from the same weights or order; a job without either is alone."""
    if job.strategy != RANDOM:
        return (job.order_id,)
    return (job.source, str(job.seed)) if job.sources else (job.id,)
