"""What strategies need against random sentences, by sentences, words and hours.

A strategy takes the place of a source: then curves, budgets, intervals and savings, draw by draw, are those
of sources, with random sentences as ``none``. The axes by words and hours replace each size by the effort
that it takes, counted in sentences of average length, so that the smoothing of curves stays as it is.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from statistics import fmean
from typing import Literal

from bioner_core.analysis.external_scoring import split_target
from bioner_core.analysis.resampling import estimate_sampling_noise
from bioner_core.computed_once import compute_once
from bioner_core.costs.hours_and_money import compute_annotation_hours
from bioner_core.costs.rates import Rates
from bioner_core.curves.budget import Budget
from bioner_core.curves.budget_table import combine_types, compute_curve_budgets
from bioner_core.curves.curve import PlannedSeeds, SizeKey, average_if_complete, build_curves
from bioner_core.curves.draws import SamplingNoise
from bioner_core.curves.points import ALL, AVERAGES, EXTERNAL_METHODS, NONE, RANDOM, CurvePoint
from bioner_core.errors import BionerError
from bioner_core.study.run import Run
from bioner_core.study.store import RunStore

Axis = Literal["sentences", "words", "hours"]
AXES: tuple[Axis, ...] = ("sentences", "words", "hours")
Verdict = Literal["pays", "costs", "open"]
FRACTIONS = (0.90, 0.95, 0.99)
_Size = tuple[str, str, str, str, int]  # target, arm, model, method, sentences
_RowKey = tuple[str, str, str, str, str]


@dataclass(frozen=True, kw_only=True)
class AxisNeed:
    """What a strategy needs and saves against random, in sentences, words or hours; None where unknown."""

    plan: float | None
    low: float | None  # 90 % interval of the plan
    high: float | None
    is_beyond: bool  # the upper end lies beyond full data
    saved: float | None  # None for random itself
    saved_is_bound: bool  # at least: random does not get there
    saved_low: float | None  # 90 % interval of what is saved, draw by draw
    saved_high: float | None

    @property
    def verdict(self) -> Verdict:
        """Say whether choosing pays: with its whole interval, with none of it, or neither is shown."""
        if self.saved_low is not None and self.saved_low > 0:
            return "pays"
        return "costs" if self.saved_high is not None and self.saved_high < 0 else "open"


@dataclass(frozen=True, kw_only=True, eq=False)
class StrategyNeed:
    """What one strategy needs for a goal. Budgets by words and hours count sentences of average length."""

    strategy: str  # "random" is the reference
    budgets: Mapping[Axis, Budget]  # by words and hours only where words are known
    words_per_sentence: float | None  # of the training part; None where unknown

    @property
    def sentences(self) -> Budget:
        """Return the budget by sentences."""
        return self.budgets["sentences"]

    def measure(self, axis: Axis, rates: Rates) -> AxisNeed | None:
        """Return the need in the unit of an axis, hours at the mean rate; None where it is not known."""
        budget = self.budgets.get(axis)
        if budget is None:
            return None
        units = {"words": self.words_per_sentence, "hours": fmean(compute_annotation_hours(1, rates))}
        unit = units.get(axis) or 1.0

        def convert(n: int | None) -> float | None:
            return None if n is None else n * unit

        return AxisNeed(
            plan=convert(budget.n_plan),
            low=convert(budget.n_low),
            high=convert(budget.n_high),
            is_beyond=bool(budget.n_high_beyond),
            saved=convert(budget.saved_plan),
            saved_is_bound=budget.saved_plan_is_bound,
            saved_low=convert(budget.saved_low),
            saved_high=convert(budget.saved_high),
        )


@dataclass(frozen=True)
class _Average:
    """Words and mentions of a sentence of a training part, on average."""

    words: float
    mentions: float


def has_strategies(run: Run) -> bool:
    """Say whether sentences of a run were chosen by strategies."""
    return any(job.strategy != RANDOM for job in run.study.jobs) or (
        not run.study.jobs and any(point.strategy != RANDOM for point in run.points())
    )


def measure_strategies(
    run: Run, store: RunStore, rates: Rates, *, fractions: Sequence[float] = FRACTIONS
) -> list[StrategyNeed]:
    """Return what each strategy of a run needs for each goal, target and type; computed once.

    :param rates: their share of marking says how hours depend on mentions; the rest goes by words.
    :param fractions: of the F1 at full data, each in (0, 1].
    """
    noise = estimate_sampling_noise(run, store)
    return [*_measure(run, run.stamps, noise, rates.marking or 0.0, tuple(fractions))]


@compute_once(maxsize=16)
def _measure(
    run: Run, _: object, noise: SamplingNoise, marking: float, fractions: tuple[float, ...]
) -> tuple[StrategyNeed, ...]:
    points = _replace_sources(run.points_with_macro())
    planned = run.planned_seeds()
    averages = {target: _find_average(run, points, target) for target in {p.target for p in points}}
    axes: dict[Axis, Mapping[_Size, int]] = {
        "sentences": {},
        "words": _measure_efforts(points, averages, 0.0),
        "hours": _measure_efforts(points, averages, marking),
    }
    curves, noises = {}, {}
    for axis, sizes in axes.items():
        kept = points if axis == "sentences" else [p for p in points if averages[p.target]]
        curves[axis] = build_curves(_move_points(kept, sizes), _move_plan(planned, sizes))
        noises[axis] = _move_noise(noise, sizes)
    needs = []
    for fraction in fractions:
        rows: dict[Axis, dict[_RowKey, Budget]] = {}
        for axis in axes:
            budgets = compute_curve_budgets(curves[axis], fraction=fraction, noise=noises[axis])
            rows[axis] = _add_every_type(budgets)
        for key, row in rows["sentences"].items():
            average = averages[row.target]
            needs.append(
                StrategyNeed(
                    strategy=RANDOM if row.source == NONE else row.source,
                    budgets={axis: rows[axis][key] for axis in axes if key in rows[axis]},
                    words_per_sentence=average.words if average else None,
                )
            )
    return tuple(needs)


def _add_every_type(rows: Sequence[Budget]) -> dict[_RowKey, Budget]:
    """Return rows, and where there are averages those of every type, by what they are of."""
    combined = combine_types(rows) if any(row.entity in AVERAGES for row in rows) else []
    return {(r.target, r.entity, r.source, r.model, r.method): r for r in (*rows, *combined)}


def _replace_sources(points: Iterable[CurvePoint]) -> list[CurvePoint]:
    """Return the points without pretraining of targets with strategies; a strategy becomes the source."""
    members = [p for p in points if p.source == NONE and p.method not in EXTERNAL_METHODS]
    compared = {(p.target, p.model, p.method) for p in members if p.strategy != RANDOM}
    return [
        replace(point, source=point.arm, strategy=RANDOM)
        for point in members
        if (point.target, point.model, point.method) in compared
    ]


def _find_average(run: Run, points: Sequence[CurvePoint], target: str) -> _Average | None:
    """Return the average sentence of a target: of full data, else of the run's text.

    :returns: None without both, and where the words of a strategy's sentences are not known.
    """
    if any(p.n_words is None for p in points if p.target == target and p.source != NONE):
        return None
    for point in _select_totals(points):
        if (point.target, point.is_full) == (target, True) and point.n_words and point.n_sentences:
            return _Average(point.n_words / point.n_sentences, (point.n_mentions or 0) / point.n_sentences)
    if target not in run.study.corpora:
        return None
    with suppress(BionerError):  # the run came without its text
        train = split_target(run, target)[1].train
        words, mentions = (sum(len(getattr(s, name)) for s in train) for name in ("tokens", "spans"))
        return _Average(words / len(train), mentions / len(train)) if words else None
    return None


def _select_totals(points: Sequence[CurvePoint]) -> list[CurvePoint]:
    """Return the points of all types together; of a target with one type, those of this type."""
    with_all = {point.target for point in points if point.entity == ALL}
    return [p for p in points if p.entity == ALL or (p.target not in with_all and p.entity not in AVERAGES)]


def _measure_efforts(
    points: Sequence[CurvePoint], averages: Mapping[str, _Average | None], marking: float
) -> dict[_Size, int]:
    """Return the effort of each size below full in sentences of average length, ascending with the size.

    Random sentences of earlier programs, whose words are not known, count as average ones.

    :param marking: share of the effort that goes by mentions; the rest goes by words.
    """
    members: dict[_Size, list[CurvePoint]] = defaultdict(list)
    for point in _select_totals(points):
        if not point.is_full:
            members[point.target, point.source, point.model, point.method, point.n_sentences].append(point)
    efforts: dict[_Size, int] = {}
    last: dict[tuple[str, ...], int] = defaultdict(int)
    for size in sorted(members):
        average, n = averages[size[0]], size[-1]
        words = average_if_complete([point.n_words for point in members[size]])
        mentions = average_if_complete([point.n_mentions for point in members[size]])
        if average and words is not None:
            by_mentions = mentions / average.mentions if mentions and average.mentions else 0.0
            n = round((1 - marking) * words / average.words + marking * by_mentions)
        last[size[:-1]] = efforts[size] = max(last[size[:-1]] + (size[-1] > 0), n)
    return efforts


def _move_points(points: Iterable[CurvePoint], sizes: Mapping[_Size, int]) -> list[CurvePoint]:
    """Return the points at other sizes; those that are not among the sizes stay."""
    return [
        replace(
            p, n_sentences=sizes.get((p.target, p.source, p.model, p.method, p.n_sentences), p.n_sentences)
        )
        for p in points
    ]


def _move_plan(
    planned: Mapping[SizeKey, PlannedSeeds], sizes: Mapping[_Size, int]
) -> dict[SizeKey, PlannedSeeds]:
    return {(*size[:-1], sizes.get(size, size[-1])): seeds for size, seeds in planned.items()}


def _move_noise(noise: SamplingNoise, sizes: Mapping[_Size, int]) -> SamplingNoise:
    shifts = {
        (*key[:4], key[4], sizes.get((*key[:4], key[5]), key[5])): shift
        for key, shift in noise.shifts.items()
    }
    return replace(noise, shifts=shifts)
