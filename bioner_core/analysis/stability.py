"""Stability of F1 with and without pretraining: around the smoothed curve, between sizes, over seeds."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Literal

import numpy as np

from bioner_core.curves.crossing import MIN_SIZES, build_size_grid, smooth_curves
from bioner_core.curves.curve import Curve, SizePoint
from bioner_core.curves.families import Floats
from bioner_core.curves.points import AVERAGES, NONE
from bioner_core.scoring.significance import LEVEL

Over = Literal["sizes", "neighbours", "seeds"]
_MAX_EXACT_PAIRS = 14  # pairs up to which all flips of signs are tried
_N_TRIALS = 9999
_TOLERANCE = 1e-12
Pair = tuple[SizePoint, SizePoint]


@dataclass(frozen=True, kw_only=True)
class Stability:
    """Spread of F1 with and without pretraining, paired over targets and types."""

    over: Over
    model: str
    method: str
    spread: float  # of F1 with pretraining, in [0, 1]: mean over the pairs
    spread_without: float
    n_pairs: int  # target and type, its sources averaged
    n_less: int  # pairs whose spread is smaller with pretraining
    n_curves: int  # with pretraining
    p: float  # two-sided, of flipping the signs of the pairs' differences

    @property
    def has_enough_pairs(self) -> bool:
        """Tell whether the pairs suffice for significance: if all agree, p is 2 / 2^pairs."""
        return bool(2.0 ** (1 - self.n_pairs) <= LEVEL)


def compare_stability(curves: Iterable[Curve]) -> list[Stability]:
    """Compare spreads with and without pretraining, for each model and method and each kind of spread.

    Averages over types do not count as pairs.
    """
    groups: dict[tuple[str, str], list[Curve]] = defaultdict(list)
    for curve in curves:
        if curve.entity not in AVERAGES:
            groups[curve.model, curve.method].append(curve)
    comparisons = [_compare_spreads(over, group) for group in groups.values() for over in _SPREAD_MEASURES]
    return [comparison for comparison in comparisons if comparison]


def compute_sign_flip_p(differences: Sequence[float]) -> float:
    """Return the two-sided p of the sign-flip test of a mean of 0, over all 2^n flips or 9,999 random ones.

    >>> compute_sign_flip_p([1.0, 2.0, 3.0]), compute_sign_flip_p([1.0, -1.0])
    (0.25, 1.0)
    """
    values = np.asarray(differences, dtype=np.float64)
    if len(values) <= _MAX_EXACT_PAIRS:
        signs = np.array(list(product((1, -1), repeat=len(values))))
        extra = 0
    else:
        signs = np.random.default_rng(0).choice((1, -1), size=(_N_TRIALS, len(values)))
        extra = 1
    as_large = np.abs(signs @ values) >= abs(values.sum()) - _TOLERANCE
    return float((as_large.sum() + extra) / (len(signs) + extra))


def _compare_spreads(over: Over, curves: Sequence[Curve]) -> Stability | None:
    """Pair each target and type; sources that share one curve without pretraining are averaged."""
    bases = {(curve.target, curve.entity): curve for curve in curves if curve.source == NONE}
    spreads: dict[tuple[str, str], list[tuple[float, float]]] = defaultdict(list)
    for curve in curves:
        base = bases.get((curve.target, curve.entity))
        if curve.source != NONE and base and (pair := _SPREAD_MEASURES[over](_pair_sizes(curve, base))):
            spreads[curve.target, curve.entity].append(pair)
    if not spreads:
        return None
    means = np.array([np.mean(pairs, axis=0) for pairs in spreads.values()])  # (pairs, 2)
    differences = means[:, 0] - means[:, 1]
    return Stability(
        over=over,
        model=curves[0].model,
        method=curves[0].method,
        spread=float(means[:, 0].mean()),
        spread_without=float(means[:, 1].mean()),
        n_pairs=len(means),
        n_less=int((differences < -_TOLERANCE).sum()),
        n_curves=sum(map(len, spreads.values())),
        p=compute_sign_flip_p(differences.tolist()),
    )


def _pair_sizes(curve: Curve, base: Curve) -> list[Pair]:
    """Return the sizes above 0 that both curves measured, with the same number of seeds, not interpolated."""
    base_sizes = {size.n: size for size in base.settled_sizes if size.n and not size.is_interpolated}
    sizes = [size for size in curve.settled_sizes if size.n in base_sizes and not size.is_interpolated]
    return [(size, base_sizes[size.n]) for size in sizes if size.n_seeds == base_sizes[size.n].n_seeds]


def _measure_over_sizes(pairs: Sequence[Pair]) -> tuple[float, float] | None:
    """Return the root mean square distance to the smoothed curve, with and without; None below five sizes."""
    if len(pairs) <= MIN_SIZES:
        return None
    n = np.array([size.n for size, _ in pairs], dtype=np.float64)
    f1 = np.array([[size.f1 for size, _ in pairs], [other.f1 for _, other in pairs]])
    smoothed = smooth_curves(n, f1, [size.n_seeds for size, _ in pairs])
    fitted = np.array([np.interp(np.log(n), np.log(build_size_grid(n)), row) for row in smoothed])
    return _convert_pair(np.sqrt(((f1 - fitted) ** 2).mean(axis=1)))


def _measure_between_neighbours(pairs: Sequence[Pair]) -> tuple[float, float] | None:
    """Return the root mean square change from size to size, with and without; None below five sizes."""
    if len(pairs) <= MIN_SIZES:
        return None
    f1 = np.array([[size.f1 for size, _ in pairs], [other.f1 for _, other in pairs]])
    return _convert_pair(np.sqrt((np.diff(f1, axis=1) ** 2).mean(axis=1)))


def _measure_over_seeds(pairs: Sequence[Pair]) -> tuple[float, float] | None:
    """Return the standard deviation over seeds, pooled over sizes; None where no size has two seeds."""
    scores = [(size.scores, other.scores) for size, other in pairs if size.n_seeds > 1]
    if not scores:
        return None
    return _convert_pair(
        np.sqrt(np.mean([[np.var(side, ddof=1) for side in pair] for pair in scores], axis=0))
    )


def _convert_pair(spreads: Floats) -> tuple[float, float]:
    return float(spreads[0]), float(spreads[1])


_SPREAD_MEASURES: dict[Over, Callable[[Sequence[Pair]], tuple[float, float] | None]] = {
    "sizes": _measure_over_sizes,
    "neighbours": _measure_between_neighbours,
    "seeds": _measure_over_seeds,
}
