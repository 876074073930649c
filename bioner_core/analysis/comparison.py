"""Two models of a run against each other: their F1, and whether they differ by more than chance."""

from collections import Counter
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from bioner_core.analysis.resampling import assign_test_units
from bioner_core.curves.points import ALL, CurvePoint
from bioner_core.errors import BionerError
from bioner_core.scoring.significance import (
    TRIALS,
    bootstrap_f1_difference,
    compute_randomization_p,
    compute_welch_p,
)
from bioner_core.study.jobs import SentenceCounts, TrainJob
from bioner_core.study.journal import FileStamp
from bioner_core.study.run import Run

FULL = "full"


@dataclass(frozen=True, kw_only=True)
class ModelComparison:
    """F1 of two models and the tests of their difference; None where a test cannot be made."""

    f1: float | None  # mean F1 over seeds, in [0, 1]; None where the test part has no mention of the type
    other_f1: float | None
    n_seeds: int
    n_other_seeds: int
    p_runs: float | None = None  # Welch's t-test over seeds
    p_test: float | None = None  # approximate randomisation over units of the test part
    low: float | None = None  # 95 % interval of f1 - other_f1 by the paired bootstrap over units
    high: float | None = None
    unit: str = ""  # "documents" or "sentences"; "" where counts are missing


@dataclass(frozen=True)
class ModelSpec:
    """A model of a run: its source or strategy, and the sentences of the target it was trained on."""

    source: str  # or the strategy that chose the sentences, such as "margin/100"
    size: int | None  # None is full data

    @classmethod
    def parse(cls, text: str) -> "ModelSpec":
        """Read "source@n" or "source@full".

        >>> ModelSpec.parse("A+B@400"), ModelSpec.parse("none@full")
        (ModelSpec(source='A+B', size=400), ModelSpec(source='none', size=None))

        :raises BionerError: the text is neither.
        """
        source, at, size = text.rpartition("@")
        if not (at and source and (size == FULL or size.isdecimal())):
            raise BionerError(
                f"{text!r}: write a source, @ and its sentences, such as none@{FULL}, none@400 or 'EN EHR@0'."
            )
        return cls(source, None if size == FULL else int(size))

    def matches(self, item: CurvePoint | TrainJob) -> bool:
        """Tell whether a point or a job is of this model."""
        has_size = item.is_full if self.size is None else item.n_sentences == self.size and not item.is_full
        return item.arm == self.source and has_size

    def __str__(self) -> str:
        return f"{self.source}@{FULL if self.size is None else self.size}"


def compare_models(
    run: Run,
    target: str,
    entity: str,
    spec: ModelSpec,
    other_spec: ModelSpec,
    *,
    other_run: Run | None = None,
    trials: int = TRIALS,
) -> ModelComparison:
    """Compare two models that were tested on the same target.

    Welch's t-test compares seeds; the tests over the test part use the summed counts of their common seeds.

    :param entity: a type, or "all"
    :param other_run: the run of the other model; if it has another test part, nothing is tested.
    :raises BionerError: a run has no such model.
    """
    runs = (run, other_run or run)
    stamps = tuple(item.stamps for item in runs)
    return _compare_models(runs, stamps, target, entity, (spec, other_spec), trials)


@lru_cache(maxsize=256)
def _compare_models(
    runs: tuple[Run, Run],
    _: tuple[tuple[FileStamp, ...], ...],
    target: str,
    entity: str,
    specs: tuple[ModelSpec, ModelSpec],
    trials: int,
) -> ModelComparison:
    scores = [_load_scores(run, target, entity, spec) for run, spec in zip(runs, specs, strict=True)]
    means = [float(np.mean(list(by_seed.values()))) for by_seed in scores]
    f1, other_f1 = (
        mean if _is_tested(run, target, entity) else None for run, mean in zip(runs, means, strict=True)
    )
    base = ModelComparison(f1=f1, other_f1=other_f1, n_seeds=len(scores[0]), n_other_seeds=len(scores[1]))
    if f1 is None or other_f1 is None or not has_same_test_part(runs, target):
        return base
    base = replace(base, p_runs=compute_welch_p(list(scores[0].values()), list(scores[1].values())))
    counts = load_common_counts(runs, target, entity, specs)
    if counts is None:
        return base
    first, second, unit = counts  # (units, 3)
    low, high = bootstrap_f1_difference(first, second, trials=trials)
    p_test = compute_randomization_p(first, second, trials=trials)
    return replace(base, p_test=p_test, low=low, high=high, unit=unit)


def _is_tested(run: Run, target: str, entity: str) -> bool:
    curves = (curve for curve in run.curves() if (curve.target, curve.entity) == (target, entity))
    return all(curve.is_tested for curve in curves)


def has_same_test_part(runs: tuple[Run, Run], target: str) -> bool:
    """Tell whether both runs test on the same sentences; imported points without a plan never do."""
    if runs[0] == runs[1]:
        return True
    parts = [
        {(job.target_digest, job.split_seed) for job in run.study.jobs if job.target == target}
        for run in runs
    ]
    return len(parts[0]) == 1 and parts[0] == parts[1]


def _load_scores(run: Run, target: str, entity: str, spec: ModelSpec) -> dict[int | None, float]:
    """Return F1 by seed; where the run has several models, of the one with most points."""
    points = [p for p in run.points() if (p.target, p.entity) == (target, entity)]
    most_common = Counter((point.model, point.method) for point in points).most_common(1)
    model_points = [p for p in points if most_common and (p.model, p.method) == most_common[0][0]]
    scores = {point.seed: point.f1 for point in model_points if spec.matches(point)}
    if not scores:
        names = sorted({str(ModelSpec(p.arm, None if p.is_full else p.n_sentences)) for p in model_points})
        available = (
            f"Available: {', '.join(names[:20])}" if names else f"It has no points of {entity} in {target}"
        )
        raise BionerError(f"run {run.name}: no model {spec} for {entity} in {target}. {available}.")
    return scores


def load_common_counts(
    runs: tuple[Run, Run], target: str, entity: str, specs: tuple[ModelSpec, ModelSpec]
) -> tuple[NDArray[np.int64], NDArray[np.int64], str] | None:
    """Return tp, fp, fn by unit of both models, summed over their common seeds, and the unit's name.

    None where counts are missing. Where one run does not know its documents, the other run's are used.
    """
    jobs = [_select_finished_jobs(run, target, spec) for run, spec in zip(runs, specs, strict=True)]
    seeds = sorted(jobs[0].keys() & jobs[1].keys())
    try:
        counts = [
            [run.counts(run_jobs[seed].id) for seed in seeds]
            for run, run_jobs in zip(runs, jobs, strict=True)
        ]
    except BionerError:  # counts are missing
        return None
    lengths = {len(counted.counts) for of_model in counts for counted in of_model}
    if not seeds or len(lengths) > 1:
        return None
    n = lengths.pop()
    unit_numbers = [assign_test_units(run.study.descriptions.get(target), n) for run in runs]
    units = min(unit_numbers, key=lambda numbers: int(numbers.max(initial=-1)))
    first, second = (
        np.sum([_sum_by_unit(counted, units, entity) for counted in of_model], axis=0) for of_model in counts
    )
    return first, second, "sentences" if len(first) == n else "documents"


def _select_finished_jobs(run: Run, target: str, spec: ModelSpec) -> dict[int, TrainJob]:
    """Return the finished jobs of a model by seed."""
    done = run.finished_job_ids()
    return {
        job.seed: job
        for job in run.study.jobs
        if job.target == target and job.id in done and spec.matches(job)
    }


def _sum_by_unit(counted: SentenceCounts, units: NDArray[np.int64], entity: str) -> NDArray[np.int64]:
    """Return tp, fp, fn by unit of the test part, (units, 3)."""
    columns = [at for at, name in enumerate(counted.entities) if entity in (name, ALL)]
    sums = np.zeros((int(units.max(initial=-1)) + 1, 3), dtype=np.int64)
    np.add.at(sums, units, counted.counts[:, columns].sum(axis=1))
    return sums
