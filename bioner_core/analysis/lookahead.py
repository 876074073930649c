"""The models that a search would train next, one after the other, and what they are expected to reach."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from math import exp, inf, log, sqrt

from bioner_core.analysis.resampling import estimate_sampling_noise
from bioner_core.curves.curve import Curve
from bioner_core.curves.placement import (
    Candidate,
    Choice,
    Precision,
    choose_candidate,
    list_candidate_sizes,
    measure_rows,
)
from bioner_core.curves.points import NONE
from bioner_core.study.duration import measure_run_speed
from bioner_core.study.jobs import TrainJob
from bioner_core.study.run import Run
from bioner_core.study.search import Search
from bioner_core.study.store import RunStore
from bioner_core.study.workload import compute_job_workload, compute_total_workload

FLOOR_MARGIN = 1.1  # of the floor: a search ends where the interval is this near to it
MAX_AHEAD = 8  # models that are looked ahead
N_SEEDS = 5  # that are used in turn; a new one also where a size has them all


@dataclass(frozen=True, kw_only=True)
class Lookahead:
    """The models that a search would train, best first, and what they are expected to reach."""

    choices: tuple[Choice, ...]
    jobs: tuple[TrainJob, ...]
    ratio: float | None  # high / low after them; None where it is unknown now
    is_enough: bool  # they are expected to reach the goal
    is_short_of_time: bool  # some model was left out, as it would last longer than the limit allows

    @property
    def share(self) -> float:
        """Return the share of the variance of ln N that the models are expected to remove, in [0, 1]."""
        return min(1.0, sum(choice.share for choice in self.choices))

    @property
    def seconds(self) -> float:
        """Return the seconds that the models take one after the other."""
        return sum(choice.candidate.cost for choice in self.choices)


def select_searched_curves(run: Run, search: Search) -> list[Curve]:
    """Return the curves that a search is about: a source's number needs the one without pretraining, too."""
    return [
        curve
        for curve in run.curves()
        if search.target in (None, curve.target)
        and (search.source is None or curve.source in (search.source, NONE))
    ]


def measure_searched_rows(run: Run, search: Search) -> list[Precision]:
    """Return how exactly the searched numbers of a run are determined, one row for each target and source."""
    rows = measure_rows(
        select_searched_curves(run, search),
        fraction=search.fraction,
        goal_f1=search.goal_f1,
        noise=estimate_sampling_noise(run, RunStore()),
        entities=(search.entity,) if search.entity else (),
    )
    return [row for row in rows if search.source in (None, row.decided_by[1])]


def compute_goal_ratio(search: Search, row: Precision) -> float:
    """Return the high / low that is enough for a row: the search's, or near the floor where that is above."""
    return max(search.until, FLOOR_MARGIN * (row.floor or 0))


def is_exact_enough(search: Search, row: Precision) -> bool:
    """Return whether a row needs no more models."""
    return row.ratio is not None and row.ratio <= compute_goal_ratio(search, row)


def find_widest_row(search: Search, rows: Iterable[Precision]) -> Precision | None:
    """Return the row that is furthest from its goal; one without an interval is furthest; None of none."""
    return max(
        rows,
        key=lambda row: inf if row.ratio is None else row.ratio / compute_goal_ratio(search, row),
        default=None,
    )


def look_ahead(
    run: Run,
    search: Search,
    rows: Sequence[Precision],
    *,
    under_way: Sequence[TrainJob] = (),
    seconds: float = 0.0,
) -> Lookahead:
    """Return the models that a search would train next, one after the other, until its goal is expected.

    Only rows that are not exact enough count. The widest of them is expected to narrow as all together do.

    :param rows: of ``measure_searched_rows``
    :param under_way: models in training, whose results count as known.
    :param seconds: spent so far: a model that would last longer than the limit allows is left out.
    """
    open_rows = [row for row in rows if not is_exact_enough(search, row)]
    widest = find_widest_row(search, open_rows)
    curves, speed = _select_open_curves(run, search, open_rows), measure_run_speed(run)
    left = None if search.max_seconds is None or speed is None else search.max_seconds - seconds
    jobs, choices, expected = list[TrainJob](), list[Choice](), widest.ratio if widest else None
    is_enough = is_short_of_time = False
    while widest and len(jobs) < MAX_AHEAD and not is_enough:
        offers = {}
        for job, candidate in _list_candidates(run, curves, jobs, speed or 1.0):
            if left is None or candidate.cost <= left:
                offers[candidate] = job
            else:
                is_short_of_time = True
        choice = choose_candidate(
            curves,
            list(offers),
            fraction=search.fraction,
            goal_f1=search.goal_f1,
            noise=estimate_sampling_noise(run, RunStore()),
            under_way=[_build_candidate(job, 1.0) for job in (*under_way, *jobs)],
            entities=(search.entity,) if search.entity else (),
            searched=[row.decided_by[:2] for row in open_rows],
        )
        if choice is None:
            break
        jobs.append(offers[choice.candidate])
        choices.append(choice)
        if widest.ratio is not None:
            removed = min(1.0, sum(choice.share for choice in choices))
            expected = exp(log(widest.ratio) * sqrt(1 - removed))
            is_enough = expected <= compute_goal_ratio(search, widest)
    return Lookahead(
        choices=tuple(choices),
        jobs=tuple(jobs),
        ratio=expected,
        is_enough=is_enough,
        is_short_of_time=is_short_of_time,
    )


def _select_open_curves(run: Run, search: Search, rows: Iterable[Precision]) -> list[Curve]:
    """Return the curves of some rows, and those without pretraining that they are compared with."""
    places = {row.decided_by[:2] for row in rows}
    targets = {target for target, _ in places}
    return [
        curve
        for curve in select_searched_curves(run, search)
        if (curve.target, curve.source) in places or (curve.target in targets and curve.source == NONE)
    ]


def _list_candidates(
    run: Run, curves: Iterable[Curve], more: Sequence[TrainJob], speed: float
) -> Iterator[tuple[TrainJob, Candidate]]:
    """Yield the jobs that could be added to a run: of each target, source and size the next seed.

    :param speed: seconds per unit of workload
    """
    train_sizes, jobs = run.study.train_sizes, [*run.study.jobs, *more]
    pretrained = {(job.source, job.seed) for job in jobs}
    for target, source in dict.fromkeys((curve.target, curve.source) for curve in curves):
        planned = [job for job in jobs if (job.target, job.arm) == (target, source)]
        full = train_sizes[target]
        sizes = list_candidate_sizes({job.n_sentences for job in planned if not job.is_full}, full)
        for n in (*sizes, *([full] if any(job.is_full for job in planned) else [])):
            seed = _choose_seed(planned, n)
            job = replace(planned[0], n_sentences=n, is_full=n == full, seed=seed)
            work = compute_job_workload(job, train_sizes)
            if (source, seed) not in pretrained:
                work = compute_total_workload([job], train_sizes)
            yield job, _build_candidate(job, work * speed)


def _choose_seed(jobs: Sequence[TrainJob], n: int) -> int:
    """Return the seed of one more model of a curve: the least used one that its size does not have.

    Sizes of one seed are nested, so models of many seeds tell more than those of one. A source is pretrained
    once for each seed, so its curve takes the seeds that it has.
    """
    uses = Counter(job.seed for job in jobs)
    seeds = sorted(uses) if jobs[0].source != NONE else sorted({*uses, *range(N_SEEDS)})
    used = {job.seed for job in jobs if job.n_sentences == n}
    free = [seed for seed in seeds if seed not in used]
    return min(free, key=lambda seed: uses[seed], default=max(seeds) + 1)


def _build_candidate(job: TrainJob, cost: float) -> Candidate:
    return Candidate(
        target=job.target,
        source=job.source,
        n=job.n_sentences,
        seed=job.seed,
        is_full=job.is_full,
        cost=cost,
    )
