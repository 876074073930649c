"""Learning curves: F1 by number of training sentences, its spread over seeds, and F1 at full data."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from bioner_core.corpus.checks import FEW_MENTIONS
from bioner_core.curves.points import EXTERNAL_METHODS, NONE, RANDOM, CurvePoint, Method

# One trained size, all its seeds: target, arm, model, method, n_sentences.
SizeKey = tuple[str, str, str, str, int]


@dataclass(frozen=True, slots=True)
class PlannedSeeds:
    """The seeds that a study plans for one size, and those of them that failed for good."""

    seeds: frozenset[int]
    failed: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class SizePoint:
    """All models of one curve that were trained on the same number of sentences."""

    n: int  # sentences of the target; 0 is zero-shot
    f1: float  # mean over seeds, in [0, 1]
    low: float  # smallest F1 of a seed
    high: float  # largest F1 of a seed
    scores: tuple[float, ...] = ()  # F1 of each seed that the mean is over
    seeds: tuple[int | None, ...] = ()  # of these scores; None where unknown
    precision: float | None = None  # mean over seeds, in [0, 1]; None where a seed's is unknown
    recall: float | None = None
    n_mentions: float | None = None  # training mentions of the entity, mean over seeds
    n_seeds: int  # seeds that the mean is over
    n_planned: int  # seeds of the study's plan; n_seeds where there is no plan
    n_failed: int = 0  # planned seeds that failed for good
    is_interpolated: bool = False  # not measured: interpolated between its neighbours

    @property
    def by_seed(self) -> dict[int, float]:
        """Return the F1 of each seed that is known."""
        pairs = zip(self.seeds, self.scores, strict=True)
        return {seed: f1 for seed, f1 in pairs if seed is not None}

    @property
    def is_settled(self) -> bool:
        """Say whether all planned seeds are trained or failed."""
        return self.n_seeds + self.n_failed >= self.n_planned


@dataclass(frozen=True, kw_only=True)
class Curve:
    """F1 by size for one target, source, model, method and entity."""

    target: str
    source: str
    model: str
    method: Method
    entity: str
    sizes: tuple[SizePoint, ...]  # below full, zero-shot included, ascending, settled or not
    full: SizePoint | None  # this curve's own model on the whole training part
    full_reference: SizePoint | None  # full data without pretraining; None until it is settled
    train_size: int | None  # sentences of the whole training part
    support: int | None  # test mentions of the entity

    @property
    def key(self) -> tuple[str, str, str, str, str]:
        """Return target, source, model, method, entity."""
        return (self.target, self.source, self.model, self.method, self.entity)

    @property
    def full_f1(self) -> float | None:
        """Return the F1 of full data without pretraining, mean over seeds; goals are fractions of it."""
        return self.full_reference.f1 if self.full_reference else None

    @property
    def is_tested(self) -> bool:
        """Say whether F1 is defined: the test part has a mention, or its mentions are unknown."""
        return self.support != 0

    @property
    def is_rare(self) -> bool:
        """Say whether there are so few test mentions that one of them moves F1 by a point or more."""
        return self.support is not None and self.support < FEW_MENTIONS

    @property
    def settled_sizes(self) -> tuple[SizePoint, ...]:
        """Return the sizes that may be the answer: all their planned seeds are trained or failed.

        Interpolated points count, as they do in the paper's own table.
        """
        return tuple(size for size in self.sizes if size.is_settled)

    @property
    def settled_full(self) -> tuple[SizePoint, ...]:
        """Return the point of this curve's full data if it is settled; at most one."""
        return (self.full,) if self.full and self.full.is_settled else ()

    @property
    def zero_shot(self) -> SizePoint | None:
        """Return the point of models that were trained on no sentence of the target."""
        return next((size for size in self.sizes if size.n == 0), None)

    @property
    def has_enough_sizes(self) -> bool:
        """Say whether there are two or more sizes above 0 and below full, as a budget needs."""
        return sum(size.n > 0 for size in self.sizes) >= 2


def build_curves(
    points: Iterable[CurvePoint], planned: Mapping[SizeKey, PlannedSeeds] | None = None
) -> list[Curve]:
    """Group points into curves, sorted; ``none`` comes first among the sources.

    Of points with the same size and seed the last one counts; points without a seed all count. Points of
    more sentences than the training part has are left out, and those of external systems, which have no
    curve. So are those of a strategy: a curve is of random sentences, unless ``analysis/strategies`` asks.

    :param planned: planned seeds by size; a size is settled once each is trained or failed. Sizes that are
        not planned are settled.
    """
    groups: dict[tuple[str, str, Method, str, str], list[CurvePoint]] = defaultdict(list)
    for point in points:
        if point.method in EXTERNAL_METHODS or point.strategy != RANDOM:
            continue
        groups[point.target, point.model, point.method, point.entity, point.source].append(point)
    curves = []
    for (target, model, method, entity, source), members in groups.items():
        train_size = _find_train_size(members)
        unpretrained = groups.get((target, model, method, entity, NONE), [])
        full_reference = _build_full_point(unpretrained, planned)
        curves.append(
            Curve(
                target=target,
                source=source,
                model=model,
                method=method,
                entity=entity,
                sizes=_build_size_points([p for p in members if not p.is_full], train_size, planned),
                full=_build_full_point(members, planned),
                full_reference=full_reference if full_reference and full_reference.is_settled else None,
                train_size=train_size or _find_train_size(unpretrained),
                support=next((p.support for p in members if p.support is not None), None),
            )
        )
    return sorted(curves, key=lambda c: (c.target, c.entity, c.source != NONE, c.key))


def _find_train_size(points: list[CurvePoint]) -> int | None:
    return max((p.train_size for p in points if p.train_size is not None), default=None)


def _build_size_points(
    points: list[CurvePoint], train_size: int | None, planned: Mapping[SizeKey, PlannedSeeds] | None
) -> tuple[SizePoint, ...]:
    by_n: dict[int, list[CurvePoint]] = defaultdict(list)
    for point in points:
        if train_size is None or point.n_sentences < train_size:
            by_n[point.n_sentences].append(point)
    return tuple(_build_size_point(by_n[n], planned) for n in sorted(by_n))


def _build_full_point(
    points: list[CurvePoint], planned: Mapping[SizeKey, PlannedSeeds] | None
) -> SizePoint | None:
    full = [p for p in points if p.is_full]
    return _build_size_point(full, planned) if full else None


def _build_size_point(points: list[CurvePoint], planned: Mapping[SizeKey, PlannedSeeds] | None) -> SizePoint:
    """Summarize the points of one size over seeds, each seed once."""
    first = points[0]
    seeded = {point.seed: point for point in points if point.seed is not None}
    kept = [*seeded.values(), *(point for point in points if point.seed is None)]
    key = (first.target, first.arm, first.model, first.method, first.n_sentences)
    plan = (planned or {}).get(key, PlannedSeeds(frozenset()))
    failed = (plan.failed & plan.seeds) - seeded.keys()
    scores = [point.f1 for point in kept]
    return SizePoint(
        n=first.n_sentences,
        f1=fmean(scores),
        low=min(scores),
        high=max(scores),
        scores=tuple(scores),
        seeds=tuple(point.seed for point in kept),
        precision=average_if_complete([point.precision for point in kept]),
        recall=average_if_complete([point.recall for point in kept]),
        n_mentions=average_if_complete([point.n_mentions for point in kept]),
        n_seeds=len(kept),
        n_planned=len(plan.seeds | seeded.keys()) or len(kept),
        n_failed=len(failed),
        is_interpolated=all(point.is_interpolated for point in kept),
    )


def average_if_complete(values: Sequence[float | None]) -> float | None:
    """Return the mean; None where a value is unknown or there is none."""
    available = [value for value in values if value is not None]
    return fmean(available) if available and len(available) == len(values) else None
