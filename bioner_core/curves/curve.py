"""Curves: F1 by number of training sentences, with its spread over seeds and the yardstick."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from statistics import fmean

from bioner_core.curves.points import NONE, CurvePoint, Method

ENOUGH_MENTIONS = 50  # of a type in the test part, so that F1 is more than the luck of a few

# A model of one size whatever its seed: target, source, model, method, n_sentences.
SizeKey = tuple[str, str, str, str, int]


@dataclass(frozen=True, slots=True)
class Planned:
    """The seeds a study wants of one size, and those of them that failed for good."""

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
    seeds: tuple[int | None, ...] = ()  # whose scores they are; None where that is unknown
    precision: float | None = None  # mean over seeds, in [0, 1]; None where a seed's is unknown
    recall: float | None = None
    n_mentions: float | None = None  # training mentions of the entity, mean over seeds
    n_seeds: int  # seeds that the mean is over
    n_planned: int  # seeds that the study wants; n_seeds where no plan is known
    n_failed: int = 0  # planned seeds that failed for good
    is_interpolated: bool = False  # no seed measured it: read off the line between its neighbours

    @property
    def by_seed(self) -> dict[int, float]:
        """Return the F1 of each known seed."""
        known = zip(self.seeds, self.scores, strict=True)
        return {seed: f1 for seed, f1 in known if seed is not None}

    @property
    def is_settled(self) -> bool:
        """Say whether no planned seed is still to come."""
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
    yardstick: SizePoint | None  # the full model without pretraining; None until it is settled
    train_size: int | None  # sentences of the whole training part
    support: int | None  # test mentions of the entity

    @property
    def key(self) -> tuple[str, str, str, str, str]:
        """Return target, source, model, method, entity."""
        return (self.target, self.source, self.model, self.method, self.entity)

    @property
    def full_f1(self) -> float | None:
        """Return the F1 that fractions are taken of: ``none`` at full data, mean over seeds."""
        return self.yardstick.f1 if self.yardstick else None

    @property
    def is_tested(self) -> bool:
        """Say whether F1 means anything: the test part has a mention, or its mentions are not known."""
        return self.support != 0

    @property
    def is_rare(self) -> bool:
        """Say whether there are so few test mentions that one of them moves F1 by a point or more."""
        return self.support is not None and self.support < ENOUGH_MENTIONS

    @property
    def candidates(self) -> tuple[SizePoint, ...]:
        """Return the sizes that may be the answer: those whose planned seeds are in or failed.

        Points read off a line count, as they do in the paper's own table.
        """
        return tuple(size for size in self.sizes if size.is_settled)

    @property
    def own_full(self) -> tuple[SizePoint, ...]:
        """Return the full model of this curve's own source once it is settled, as one or no point."""
        return (self.full,) if self.full and self.full.is_settled else ()

    @property
    def is_curve(self) -> bool:
        """Say whether there are two or more sizes above 0 and below full, so that a budget can be asked."""
        return sum(size.n > 0 for size in self.sizes) >= 2


def curves(points: Iterable[CurvePoint], planned: Mapping[SizeKey, Planned] | None = None) -> list[Curve]:
    """Return the curves that the points belong to, sorted, ``none`` first among the sources.

    A seed that occurs twice at a size counts once, the later point for the earlier; points without a
    seed all count. Points of more sentences than the training part has are left out.

    :param planned: seeds wanted by size; a size is settled once each is in or failed. Without a plan,
        or for sizes it does not name, every size is settled as it comes.
    """
    groups: dict[tuple[str, str, Method, str, str], list[CurvePoint]] = defaultdict(list)
    for point in points:
        groups[point.target, point.model, point.method, point.entity, point.source].append(point)
    found = []
    for (target, model, method, entity, source), own in groups.items():
        train_size = _train_size(own)
        unpretrained = groups.get((target, model, method, entity, NONE), [])
        yardstick = _full(unpretrained, planned)
        found.append(
            Curve(
                target=target,
                source=source,
                model=model,
                method=method,
                entity=entity,
                sizes=_sizes([p for p in own if not p.is_full], train_size, planned),
                full=_full(own, planned),
                yardstick=yardstick if yardstick and yardstick.is_settled else None,
                train_size=train_size or _train_size(unpretrained),
                support=next((p.support for p in own if p.support is not None), None),
            )
        )
    return sorted(found, key=lambda c: (c.target, c.entity, c.source != NONE, c.key))


def _train_size(points: list[CurvePoint]) -> int | None:
    return max((p.train_size for p in points if p.train_size is not None), default=None)


def _sizes(
    points: list[CurvePoint], train_size: int | None, planned: Mapping[SizeKey, Planned] | None
) -> tuple[SizePoint, ...]:
    by_n: dict[int, list[CurvePoint]] = defaultdict(list)
    for point in points:
        if train_size is None or point.n_sentences < train_size:
            by_n[point.n_sentences].append(point)
    return tuple(_size(by_n[n], planned) for n in sorted(by_n))


def _full(points: list[CurvePoint], planned: Mapping[SizeKey, Planned] | None) -> SizePoint | None:
    full = [p for p in points if p.is_full]
    return _size(full, planned) if full else None


def _size(points: list[CurvePoint], planned: Mapping[SizeKey, Planned] | None) -> SizePoint:
    """Return the mean and spread of the points of one size, each seed once."""
    first = points[0]
    seeded = {point.seed: point for point in points if point.seed is not None}
    kept = [*seeded.values(), *(point for point in points if point.seed is None)]
    key = (first.target, first.source, first.model, first.method, first.n_sentences)
    plan = (planned or {}).get(key, Planned(frozenset()))
    failed = (plan.failed & plan.seeds) - seeded.keys()
    scores = [point.f1 for point in kept]
    return SizePoint(
        n=first.n_sentences,
        f1=fmean(scores),
        low=min(scores),
        high=max(scores),
        scores=tuple(scores),
        seeds=tuple(point.seed for point in kept),
        precision=_mean([point.precision for point in kept]),
        recall=_mean([point.recall for point in kept]),
        n_mentions=_mean([point.n_mentions for point in kept]),
        n_seeds=len(kept),
        n_planned=len(plan.seeds | seeded.keys()) or len(kept),
        n_failed=len(failed),
        is_interpolated=all(point.is_interpolated for point in kept),
    )


def _mean(values: list[float | None] | list[int | None]) -> float | None:
    """Return the mean, None where one is unknown."""
    known = [value for value in values if value is not None]
    return fmean(known) if known and len(known) == len(values) else None
