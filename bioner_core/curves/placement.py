"""Which model to train next: the one that takes most uncertainty out of the searched numbers for its cost.

A searched row is one target and source; its number N is what all its entity types need. The draws of the
interval give the covariance of ln N with F1 at any size. One more model measures F1 there with its own noise,
on the same test part: so its gain is a linear regression over draws of models alone (Lindley 1956, expected
information; for a Gaussian, the explained variance). Rows add up, as a saving compares two of them.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from bioner_core.curves.crossing import ROUNDING
from bioner_core.curves.curve import Curve
from bioner_core.curves.draws import SamplingNoise
from bioner_core.curves.families import Floats
from bioner_core.curves.interval import TAIL
from bioner_core.curves.searched_rows import (
    SearchedRow,
    compute_logs,
    draw_f1,
    draw_needs,
    group_rows,
    select_model_noise,
    select_test_noise,
)

SIZE_RATIO = 2**0.25  # of neighbouring sizes that are offered
_NO_NOISE = SamplingNoise()


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A model that could be trained next."""

    target: str
    source: str
    n: int  # sentences; all of them where ``is_full``
    seed: int
    is_full: bool
    cost: float  # above 0, in one unit for all: seconds, or sentence passes

    def __post_init__(self) -> None:
        if not self.cost > 0:
            raise ValueError(f"the cost of a candidate must be above 0, not {self.cost}")


@dataclass(frozen=True, kw_only=True)
class Precision:
    """How exactly the searched numbers are determined so far."""

    ratio: float | None  # high / low of the 90 % interval, the largest over the rows; None: no two ends yet
    floor: float | None  # the same with the noise of the test part alone; None where that is unknown
    decided_by: tuple[str, str, str]  # target, source, entity of the widest row; "" where there is none


@dataclass(frozen=True, kw_only=True)
class Choice:
    """The candidate to train next, and what it is expected to bring."""

    candidate: Candidate
    share: float  # of the variance of ln N, summed over rows, that it is expected to remove, in [0, 1]


def measure_precision(
    curves: Sequence[Curve],
    *,
    fraction: float,
    goal_f1: float | None,
    noise: SamplingNoise | None,
    entities: Sequence[str] = (),
) -> Precision:
    """Return how exactly the curves' numbers are determined, for the row that is determined least.

    A draw that never reaches its goal counts as twice the last size: a row that surely never
    reaches it is as determined as one that surely does.

    :param entities: the types that count; empty for all, without averages.
    """
    rows = measure_rows(curves, fraction=fraction, goal_f1=goal_f1, noise=noise, entities=entities)
    undetermined = [row for row in rows if row.ratio is None]
    if undetermined or not rows:
        return (*undetermined, Precision(ratio=None, floor=None, decided_by=("", "", "")))[0]
    widest = max(rows, key=lambda row: row.ratio or 0)
    floors = [row.floor for row in rows if row.floor is not None]
    floor = min(widest.ratio or 0, max(floors)) if len(floors) == len(rows) else None
    return replace(widest, floor=floor)


def measure_rows(
    curves: Sequence[Curve],
    *,
    fraction: float,
    goal_f1: float | None,
    noise: SamplingNoise | None,
    entities: Sequence[str] = (),
) -> list[Precision]:
    """Return how exactly the number of each target and source is determined, as ``measure_precision`` does.

    A row without draws has no ratio, and names no type.
    """
    noise, goal = noise or _NO_NOISE, (fraction, goal_f1)
    rows = []
    for row in group_rows(curves, entities):
        crossings = draw_needs(row, noise, goal)
        if crossings is None:
            rows.append(Precision(ratio=None, floor=None, decided_by=(row.target, row.source, "")))
            continue
        ratio = _compute_ratio(crossings.max(axis=0))
        alone = draw_needs(row, select_test_noise(noise), goal) if noise.shifts else None
        floor = None if alone is None else min(ratio, _compute_ratio(alone.max(axis=0)))
        entity = row.curves[_find_decisive(crossings)][0].entity
        rows.append(Precision(ratio=ratio, floor=floor, decided_by=(row.target, row.source, entity)))
    return rows


def choose_candidate(
    curves: Sequence[Curve],
    candidates: Sequence[Candidate],
    *,
    fraction: float,
    goal_f1: float | None,
    noise: SamplingNoise | None,
    under_way: Sequence[Candidate] = (),
    entities: Sequence[str] = (),
    searched: Collection[tuple[str, str]] = (),
) -> Choice | None:
    """Return the candidate that is expected to remove most variance of ln N for its cost.

    :param under_way: models that are being trained; what they will tell counts as measured already.
    :param entities: the types that count; empty for all, without averages.
    :param searched: the targets and sources whose numbers count; empty for all.
    :returns: None where there is no candidate, or nothing tells how F1 varies.
    """
    noise, goal = noise or _NO_NOISE, (fraction, goal_f1)
    rows = {(row.target, row.source): row for row in group_rows(curves, entities)}
    models = select_model_noise(noise)
    counted = [row for place, row in rows.items() if not searched or place in searched]
    logs = compute_logs(counted, models, goal)
    candidates = [candidate for candidate in candidates if (candidate.target, candidate.source) in rows]
    if not logs or not candidates:
        return None
    total = sum(float(log.var()) for log in compute_logs(counted, noise, goal))
    joint = _Joint(rows, [*under_way, *candidates], np.stack(logs), models)
    for candidate in under_way:
        joint.observe(candidate)
    gains = np.array([joint.compute_gain(candidate) for candidate in candidates])
    best = int(np.argmax(gains / np.array([candidate.cost for candidate in candidates])))
    return Choice(candidate=candidates[best], share=float(np.clip(gains[best] / max(total, 1e-12), 0, 1)))


def list_candidate_sizes(sizes: Iterable[int], train_size: int | None) -> list[int]:
    """Return sizes worth training: the trained ones, and a grid from the smallest on, in steps of 19 %.

    >>> list_candidate_sizes([50, 100, 200], 160)
    [50, 60, 70, 80, 100, 120, 140]

    :param sizes: trained so far
    :param train_size: sizes stay below it; None: up to the largest trained one.
    """
    trained = sorted(n for n in sizes if n > 0)
    if not trained:
        return []
    end = train_size or trained[-1] + 1
    steps = np.arange(np.ceil(np.log(end / trained[0]) / np.log(SIZE_RATIO)))
    grid = ROUNDING * np.round(trained[0] * SIZE_RATIO**steps / ROUNDING)
    return sorted({n for n in (*trained, *grid.astype(int).tolist()) if 0 < n < end})


class _Joint:
    """The covariance of ln N of each row and of F1 at each candidate, as models are observed."""

    def __init__(
        self,
        rows: Mapping[tuple[str, str], SearchedRow],
        candidates: Sequence[Candidate],
        logs: Floats,
        noise: SamplingNoise,
    ) -> None:
        self._variances, self._n_draws = logs.var(axis=1), logs.shape[1]
        self._columns: dict[tuple[str, str, int], slice] = {}
        self._noise: dict[tuple[str, str, int], Floats] = {}
        values = list(logs)
        for candidate in candidates:
            place = _place(candidate)
            row = rows.get(place[:2])
            if place in self._columns or row is None:
                continue
            f1, sd = draw_f1(row, candidate.n, noise)
            self._columns[place] = slice(len(values), len(values) + len(f1))
            self._noise[place] = np.diag(np.square(sd))
            values.extend(f1)
        self._covariance = np.atleast_2d(np.cov(np.stack(values)))

    def observe(self, candidate: Candidate) -> None:
        """Condition on the F1 of a model."""
        if _place(candidate) in self._columns:
            self._covariance = self._covariance - self._explain(candidate, slice(None))

    def compute_gain(self, candidate: Candidate) -> float:
        """Return the variance of ln N, summed over rows, that the F1 of a model explains.

        What unrelated numbers explain on average in so many draws is subtracted: else the cheapest model
        would win by chance.
        """
        if _place(candidate) not in self._columns:
            return 0.0
        explained = np.diag(self._explain(candidate, slice(0, len(self._variances))))
        at = self._columns[_place(candidate)]
        by_chance = (at.stop - at.start) / self._n_draws * self._variances
        return float(np.maximum(explained - by_chance, 0).sum())

    def _explain(self, candidate: Candidate, of: slice) -> Floats:
        """Return the covariance of some variables that the F1 of a model explains."""
        at = self._columns[_place(candidate)]
        across = self._covariance[of, at]
        inner = self._covariance[at, at] + self._noise[_place(candidate)]
        return np.asarray(across @ np.linalg.solve(inner + 1e-12 * np.eye(len(inner)), across.T))


def _place(candidate: Candidate) -> tuple[str, str, int]:
    """Return what the F1 of a candidate depends on, but for its own noise."""
    return (candidate.target, candidate.source, candidate.n)


def _compute_ratio(crossings: Floats) -> float:
    low, high = np.quantile(crossings, [TAIL, 1 - TAIL])
    return float(high / low)


def _find_decisive(crossings: Floats) -> int:
    """Return the type that most often needs most, of (types, draws)."""
    return int(np.bincount(crossings.argmax(axis=0), minlength=len(crossings)).argmax())
