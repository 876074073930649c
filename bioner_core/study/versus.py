"""Two models of a run against each other: their F1, and whether they differ by more than chance."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from bioner_core.curves.points import ALL, CurvePoint
from bioner_core.errors import BionerError
from bioner_core.scoring.significance import TRIALS, bootstrapped, randomised, welch
from bioner_core.study.evidence import places_of
from bioner_core.study.jobs import TrainJob
from bioner_core.study.journal import Stamp, stamp
from bioner_core.study.run import POINTS, Run

FULL = "full"


@dataclass(frozen=True, kw_only=True)
class Versus:
    """What the tests say of the difference of two models; None where they cannot be made."""

    one: float  # mean F1 over seeds, in [0, 1]
    other: float
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


def versus(run: Run, target: str, entity: str, one: Side, other: Side, *, trials: int = TRIALS) -> Versus:
    """Compare two models of a run that were tested on the same target.

    Over seeds by Welch's t-test; over the test part by the counts of the seeds that both have, added up.

    :param entity: a type, or "all"
    :raises BionerError: the run has no such model.
    """
    return _versus(run, stamp(run.folder / POINTS), target, entity, one, other, trials)


@lru_cache(maxsize=256)
def _versus(run: Run, _: Stamp, target: str, entity: str, one: Side, other: Side, trials: int) -> Versus:
    scores = [_scores(run, target, entity, side) for side in (one, other)]
    means = [float(np.mean(list(found.values()))) for found in scores]
    base = Versus(one=means[0], other=means[1], n_one=len(scores[0]), n_other=len(scores[1]))
    p_runs = welch(list(scores[0].values()), list(scores[1].values()))
    counts = _counts(run, target, entity, one, other)
    if counts is None:
        return Versus(**{**vars(base), "p_runs": p_runs})
    mine, theirs, unit = counts
    low, high = bootstrapped(mine, theirs, trials=trials)
    p_test = randomised(mine, theirs, trials=trials)
    return Versus(
        **{**vars(base), "p_runs": p_runs, "p_test": p_test, "low": low, "high": high, "unit": unit}
    )


def _scores(run: Run, target: str, entity: str, side: Side) -> dict[int | None, float]:
    """Return F1 by seed."""
    own = [p for p in run.points() if (p.target, p.entity) == (target, entity)]
    found = {point.seed: point.f1 for point in own if side.holds(point)}
    if not found:
        there = sorted({str(Side(p.source, None if p.is_full else p.n_sentences)) for p in own})
        known = (
            f"There are: {', '.join(there[:20])}" if there else f"It has no points of {entity} in {target}"
        )
        raise BionerError(f"run {run.name}: no model {side} for {entity} in {target}. {known}.")
    return found


def _counts(
    run: Run, target: str, entity: str, one: Side, other: Side
) -> tuple[NDArray[np.int64], NDArray[np.int64], str] | None:
    """Return tp, fp, fn by unit of both, over their common seeds, and the unit; None where there are none."""
    done = run.done()
    jobs = [job for job in run.study.jobs if job.target == target and job.id in done]
    mine, theirs = ({job.seed: job for job in jobs if side.holds(job)} for side in (one, other))
    sums: list[NDArray[np.int64]] = []
    n_sentences = 0
    for side in (mine, theirs):
        total = np.zeros((0, 3), dtype=np.int64)
        for seed in sorted(mine.keys() & theirs.keys()):
            try:
                found = run.counts(side[seed].id)
            except BionerError:
                return None
            of = [at for at, name in enumerate(found.entities) if entity in (name, ALL)]
            n_sentences = len(found.counts)
            places = places_of(run, side[seed], n_sentences)
            by_unit = np.zeros((int(places.max(initial=-1)) + 1, 3), dtype=np.int64)
            np.add.at(by_unit, places, found.counts[:, of].sum(axis=1))
            total = total + by_unit if len(total) else by_unit
        sums.append(total)
    if not len(sums[0]) or sums[0].shape != sums[1].shape:
        return None
    return sums[0], sums[1], "sentences" if len(sums[0]) == n_sentences else "documents"
