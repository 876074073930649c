"""Two models of a run against each other: their F1, and whether they differ by more than chance."""

from collections import Counter
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from bioner_core.analysis.resampling import places_of
from bioner_core.curves.points import ALL, CurvePoint
from bioner_core.errors import BionerError
from bioner_core.scoring.significance import TRIALS, bootstrap_f1_difference, compute_randomization_p, compute_welch_p
from bioner_core.study.jobs import SentenceCounts, TrainJob
from bioner_core.study.journal import FileStamp, read_stamp
from bioner_core.study.run import Run
from bioner_core.study.run_files import POINTS_FILE

FULL = "full"


@dataclass(frozen=True, kw_only=True)
class Versus:
    """What the tests say of the difference of two models; None where they cannot be made."""

    one: float | None  # mean F1 over seeds, in [0, 1]; None where the test part has no mention of the type
    other: float | None
    n_one: int  # seeds
    n_other: int
    p_runs: float | None = None  # Welch's t-test over seeds
    p_test: float | None = None  # approximate randomisation over units of the test part
    low: float | None = None  # 95 % interval of one - other by the paired bootstrap over units
    high: float | None = None
    unit: str = ""  # "documents" or "sentences"; "" where counts are missing


@dataclass(frozen=True)
class Side:
    """A model of a run: its source, and the sentences of the target it was trained on."""

    source: str
    size: int | None  # None is full data

    @classmethod
    def of(cls, text: str) -> "Side":
        """Read "source@n" or "source@full".

        >>> Side.of("A+B@400"), Side.of("none@full")
        (Side(source='A+B', size=400), Side(source='none', size=None))

        :raises BionerError: it is neither.
        """
        source, at, size = text.rpartition("@")
        if not (at and source and (size == FULL or size.isdecimal())):
            raise BionerError(
                f"{text!r}: write a source, @ and its sentences, such as none@{FULL}, none@400 or 'EN EHR@0'."
            )
        return cls(source, None if size == FULL else int(size))

    def holds(self, of: CurvePoint | TrainJob) -> bool:
        """Say whether a point or a job is of this model."""
        is_size = of.is_full if self.size is None else of.n_sentences == self.size and not of.is_full
        return of.source == self.source and is_size

    def __str__(self) -> str:
        return f"{self.source}@{FULL if self.size is None else self.size}"


def versus(
    run: Run,
    target: str,
    entity: str,
    one: Side,
    other: Side,
    *,
    other_run: Run | None = None,
    trials: int = TRIALS,
) -> Versus:
    """Compare two models that were tested on the same target.

    Over seeds by Welch's t-test; over the test part by the counts of the seeds that both have, added up.

    :param entity: a type, or "all"
    :param other_run: that the other model is of; where its test part is another one, nothing is tested.
    :raises BionerError: a run has no such model.
    """
    runs = (run, other_run or run)
    return _versus(
        runs, tuple(read_stamp(of.folder / POINTS_FILE) for of in runs), target, entity, (one, other), trials
    )


@lru_cache(maxsize=256)
def _versus(
    runs: tuple[Run, Run],
    _: tuple[FileStamp, ...],
    target: str,
    entity: str,
    sides: tuple[Side, Side],
    trials: int,
) -> Versus:
    scores = [_scores(run, target, entity, side) for run, side in zip(runs, sides, strict=True)]
    means = [float(np.mean(list(found.values()))) for found in scores]
    one, other = (
        f1 if _is_tested(run, target, entity) else None for run, f1 in zip(runs, means, strict=True)
    )
    base = Versus(one=one, other=other, n_one=len(scores[0]), n_other=len(scores[1]))
    if one is None or other is None or not is_same_test(runs, target):
        return base
    base = replace(base, p_runs=compute_welch_p(list(scores[0].values()), list(scores[1].values())))
    counts = common_counts(runs, target, entity, sides)
    if counts is None:
        return base
    mine, theirs, unit = counts
    low, high = bootstrap_f1_difference(mine, theirs, trials=trials)
    return replace(base, p_test=compute_randomization_p(mine, theirs, trials=trials), low=low, high=high, unit=unit)


def _is_tested(run: Run, target: str, entity: str) -> bool:
    own = (curve for curve in run.curves() if (curve.target, curve.entity) == (target, entity))
    return all(curve.is_tested for curve in own)


def is_same_test(runs: tuple[Run, Run], target: str) -> bool:
    """Say whether both runs test on the same sentences; points without a plan are not known to."""
    if runs[0] == runs[1]:
        return True
    parts = [
        {(job.target_digest, job.split_seed) for job in run.study.jobs if job.target == target}
        for run in runs
    ]
    return len(parts[0]) == 1 and parts[0] == parts[1]


def _scores(run: Run, target: str, entity: str, side: Side) -> dict[int | None, float]:
    """Return F1 by seed; of several models that of most points."""
    every = [p for p in run.points() if (p.target, p.entity) == (target, entity)]
    tried = Counter((point.model, point.method) for point in every).most_common(1)
    own = [p for p in every if tried and (p.model, p.method) == tried[0][0]]
    found = {point.seed: point.f1 for point in own if side.holds(point)}
    if not found:
        there = sorted({str(Side(p.source, None if p.is_full else p.n_sentences)) for p in own})
        known = (
            f"There are: {', '.join(there[:20])}" if there else f"It has no points of {entity} in {target}"
        )
        raise BionerError(f"run {run.name}: no model {side} for {entity} in {target}. {known}.")
    return found


def common_counts(
    runs: tuple[Run, Run], target: str, entity: str, sides: tuple[Side, Side]
) -> tuple[NDArray[np.int64], NDArray[np.int64], str] | None:
    """Return tp, fp, fn by unit of both, over their common seeds, and the unit; None where there are none.

    Where one run does not know its documents, the other run's are taken.
    """
    jobs = [_jobs(run, target, side) for run, side in zip(runs, sides, strict=True)]
    seeds = sorted(jobs[0].keys() & jobs[1].keys())
    try:
        found = [[run.counts(own[seed].id) for seed in seeds] for run, own in zip(runs, jobs, strict=True)]
    except BionerError:  # counts are missing
        return None
    lengths = {len(each.counts) for side in found for each in side}
    if not seeds or len(lengths) > 1:
        return None
    n = lengths.pop()
    known = [places_of(run.study.descriptions.get(target), n) for run in runs]
    places = min(known, key=lambda each: int(each.max(initial=-1)))
    mine, theirs = (np.sum([_by_unit(each, places, entity) for each in side], axis=0) for side in found)
    return mine, theirs, "sentences" if len(mine) == n else "documents"


def _jobs(run: Run, target: str, side: Side) -> dict[int, TrainJob]:
    """Return the finished jobs of a model by seed."""
    done = run.finished_job_ids()
    return {
        job.seed: job for job in run.study.jobs if job.target == target and job.id in done and side.holds(job)
    }


def _by_unit(found: SentenceCounts, places: NDArray[np.int64], entity: str) -> NDArray[np.int64]:
    """Return tp, fp, fn by unit of the test part, (units, 3)."""
    types = [at for at, name in enumerate(found.entities) if entity in (name, ALL)]
    sums = np.zeros((int(places.max(initial=-1)) + 1, 3), dtype=np.int64)
    np.add.at(sums, places, found.counts[:, types].sum(axis=1))
    return sums
