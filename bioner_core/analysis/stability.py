"""Whether pretraining makes F1 steadier: around the smoothed curve, from size to size, and over seeds."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Literal

import numpy as np

from bioner_core.curves.crossing import MIN_SIZES, Floats, build_size_grid, smooth_curves
from bioner_core.curves.curve import Curve, SizePoint
from bioner_core.curves.points import AVERAGES, NONE
from bioner_core.scoring.significance import LEVEL

Over = Literal["sizes", "neighbours", "seeds"]
_EXACT = 14  # pairs up to which all flips of signs are tried
_TRIALS = 9999
_TOUCH = 1e-12
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
    n_less: int  # pairs in which the spread is smaller with pretraining
    n_curves: int  # with pretraining
    p: float  # two-sided, of flipping the signs of the pairs' differences

    @property
    def is_enough(self) -> bool:
        """Say whether so many pairs could show a difference at all: all alike, p is 2 / 2^pairs."""
        return bool(2.0 ** (1 - self.n_pairs) <= LEVEL)


def stabilities(found: Iterable[Curve]) -> list[Stability]:
    """Return the spreads of each model and method, over sizes, between neighbours, over seeds.

    Averages over types are no pairs.
    """
    groups: dict[tuple[str, str], list[Curve]] = defaultdict(list)
    for curve in found:
        if curve.entity not in AVERAGES:
            groups[curve.model, curve.method].append(curve)
    told = [_stability(over, own) for own in groups.values() for over in _SPREADS]
    return [one for one in told if one]


def sign_flip(differences: Sequence[float]) -> float:
    """Return the two-sided p that the mean of differences is 0: all 2^n flips, or 9,999 drawn ones.

    >>> sign_flip([1.0, 2.0, 3.0]), sign_flip([1.0, -1.0])
    (0.25, 1.0)
    """
    values = np.asarray(differences, dtype=np.float64)
    if len(values) <= _EXACT:
        signs = np.array(list(product((1, -1), repeat=len(values))))
        extra = 0
    else:
        signs = np.random.default_rng(0).choice((1, -1), size=(_TRIALS, len(values)))
        extra = 1
    as_large = np.abs(signs @ values) >= abs(values.sum()) - _TOUCH
    return float((as_large.sum() + extra) / (len(signs) + extra))


def _stability(over: Over, found: Sequence[Curve]) -> Stability | None:
    """Pair each target and type; its sources share one curve without pretraining, so they count once."""
    bases = {(curve.target, curve.entity): curve for curve in found if curve.source == NONE}
    spreads: dict[tuple[str, str], list[tuple[float, float]]] = defaultdict(list)
    for curve in found:
        base = bases.get((curve.target, curve.entity))
        if curve.source != NONE and base and (pair := _SPREADS[over](_common(curve, base))):
            spreads[curve.target, curve.entity].append(pair)
    if not spreads:
        return None
    means = np.array([np.mean(pairs, axis=0) for pairs in spreads.values()])  # (pairs, 2)
    differences = means[:, 0] - means[:, 1]
    return Stability(
        over=over,
        model=found[0].model,
        method=found[0].method,
        spread=float(means[:, 0].mean()),
        spread_without=float(means[:, 1].mean()),
        n_pairs=len(means),
        n_less=int((differences < -_TOUCH).sum()),
        n_curves=sum(map(len, spreads.values())),
        p=sign_flip(differences.tolist()),
    )


def _common(curve: Curve, base: Curve) -> list[Pair]:
    """Return the sizes above 0 that both measured with as many seeds; none was read off a line."""
    at = {size.n: size for size in base.settled_sizes if size.n and not size.is_interpolated}
    mine = [size for size in curve.settled_sizes if size.n in at and not size.is_interpolated]
    return [(size, at[size.n]) for size in mine if size.n_seeds == at[size.n].n_seeds]


def _over_sizes(pairs: Sequence[Pair]) -> tuple[float, float] | None:
    """Return the root mean square distance to the smoothed curve, with and without; None below five sizes."""
    if len(pairs) <= MIN_SIZES:
        return None
    n = np.array([size.n for size, _ in pairs], dtype=np.float64)
    f1 = np.array([[size.f1 for size, _ in pairs], [other.f1 for _, other in pairs]])
    smoothed = smooth_curves(n, f1, [size.n_seeds for size, _ in pairs])
    fitted = np.array([np.interp(np.log(n), np.log(build_size_grid(n)), row) for row in smoothed])
    return _two(np.sqrt(((f1 - fitted) ** 2).mean(axis=1)))


def _between_neighbours(pairs: Sequence[Pair]) -> tuple[float, float] | None:
    """Return the root mean square change from a size to the next, the rise in it; None below five sizes."""
    if len(pairs) <= MIN_SIZES:
        return None
    f1 = np.array([[size.f1 for size, _ in pairs], [other.f1 for _, other in pairs]])
    return _two(np.sqrt((np.diff(f1, axis=1) ** 2).mean(axis=1)))


def _over_seeds(pairs: Sequence[Pair]) -> tuple[float, float] | None:
    """Return the standard deviation over seeds, pooled over sizes; None where no size has two."""
    scores = [(size.scores, other.scores) for size, other in pairs if size.n_seeds > 1]
    if not scores:
        return None
    return _two(np.sqrt(np.mean([[np.var(side, ddof=1) for side in pair] for pair in scores], axis=0)))


def _two(spreads: Floats) -> tuple[float, float]:
    return float(spreads[0]), float(spreads[1])


_SPREADS: dict[Over, Callable[[Sequence[Pair]], tuple[float, float] | None]] = {
    "sizes": _over_sizes,
    "neighbours": _between_neighbours,
    "seeds": _over_seeds,
}
