"""The 90 % interval of a budget: where bootstrap draws of its curve reach their goals.

The goal of a draw is a fraction of the full F1 on the smoothed curve without pretraining in the same draw.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor
from typing import Literal

import numpy as np

from bioner_core.curves.crossing import ROUNDING, round_sentences
from bioner_core.curves.curve import Curve
from bioner_core.curves.draws import N_DRAWS, SamplingNoise, draw_curve, start_stream
from bioner_core.curves.families import Floats

TAIL = 0.05  # share of the draws on either side of the interval
_NO_NOISE = SamplingNoise()


@dataclass(frozen=True, kw_only=True, eq=False)
class Interval:
    """The 90 % interval of the number to plan on, and the smallest size that is surely enough."""

    crossings: Floats  # where each draw reaches the goal, inf where it never does by the last size, (draws,)
    sizes: tuple[int, ...]  # ascending; the last one is full data where that is known
    n_sure: int | None  # smallest size not inferior to the goal (95 %), tested from the largest size down
    covers: str  # what was resampled: "seeds and documents", "documents", "seeds" …

    @property
    def chance_reached(self) -> float:
        """Return the share of draws that reach the goal by the last size, in [0, 1]."""
        return float(np.isfinite(self.crossings).mean())

    @property
    def median(self) -> int | None:
        """Return the number that is enough in half of the draws; None where fewer reach the goal."""
        return self._round_sentences(self._find_quantile(0.5, "lower"))

    @property
    def low(self) -> int | None:
        """Return the lower end; None where 95 % of the draws never reach the goal."""
        return self._round_sentences(self._find_quantile(TAIL, "lower"), down=True)

    @property
    def high(self) -> int:
        """Return the upper end; the last size where more than 5 % of the draws never reach the goal."""
        high = self._round_sentences(self._find_quantile(1 - TAIL, "higher"))
        return self.sizes[-1] if high is None else high

    @property
    def is_beyond(self) -> bool:
        """Say whether more than 5 % of the draws never reach the goal by the last size."""
        return bool(np.isinf(self._find_quantile(1 - TAIL, "higher")))

    def _find_quantile(self, share: float, method: Literal["lower", "higher"]) -> float:
        return float(np.quantile(self.crossings, share, method=method))

    def _round_sentences(self, n: float, *, down: bool = False) -> int | None:
        return None if np.isinf(n) else round_sentences(n, self.sizes, down=down)


def combine_intervals(intervals: Sequence[Interval | None]) -> Interval | None:
    """Return the interval of the maximum over several entity types; None where a type has no interval."""
    available = [interval for interval in intervals if interval is not None]
    if not available or len(available) < len(intervals):
        return None
    n_sure = [interval.n_sure for interval in available if interval.n_sure is not None]
    return Interval(
        crossings=np.max([interval.crossings for interval in available], axis=0),
        sizes=max((interval.sizes for interval in available), key=lambda sizes: sizes[-1]),
        n_sure=max(n_sure) if len(n_sure) == len(available) else None,
        covers=min((interval.covers for interval in available), key=len),
    )


def compute_difference_interval(
    more: Interval | None, less: Interval | None
) -> tuple[int | None, int | None]:
    """Return the 90 % interval of the difference between two plans, paired by draw.

    An end is None where a plan may lie beyond its largest size; both are None where an interval is unknown.
    """
    if more is None or less is None:
        return None, None
    with np.errstate(invalid="ignore"):
        between = more.crossings - less.crossings  # nan where both are beyond: the difference is unknown
    unknown = np.isnan(between)
    low = float(np.quantile(np.where(unknown, -np.inf, between), TAIL, method="lower"))
    high = float(np.quantile(np.where(unknown, np.inf, between), 1 - TAIL, method="higher"))
    return (
        None if np.isinf(low) else ROUNDING * floor(low / ROUNDING),
        None if np.isinf(high) else ROUNDING * ceil(high / ROUNDING),
    )


def compute_interval(
    curve: Curve,
    *,
    fraction: float | None,
    goal_f1: float | Floats | None = None,
    noise: SamplingNoise | None = None,
    reference: Curve | None = None,
) -> Interval | None:
    """Return the interval of a curve's plan; None where nothing tells how F1 varies.

    :param fraction: of the smoothed full F1 of each draw; None where the goal is an F1.
    :param goal_f1: the same for all draws, or of each draw, (draws,).
    :param reference: the curve without pretraining, for a curve with a source.
    """
    draws = draw_curve(curve, reference, noise or _NO_NOISE)
    n_sizes = len(curve.settled_sizes)
    if draws is None or not n_sizes:
        return None
    if goal_f1 is not None:
        goals = np.full(N_DRAWS, goal_f1)
    elif fraction is not None and draws.full is not None:
        goals = fraction * draws.full
    else:
        return None
    lowest = np.quantile(draws.f1[:, :n_sizes] - goals[:, None], TAIL, axis=0)  # one-sided lower bounds
    failed = np.flatnonzero(lowest < 0)
    first_sure = int(failed[-1]) + 1 if len(failed) else 0
    crossings = draws.monotone.find_crossings(goals)
    if draws.monotone.smooth is None:
        crossings = _spread_steps(crossings, draws.sizes, start_stream(curve, "steps"))
    return Interval(
        crossings=crossings,
        sizes=draws.sizes,
        n_sure=draws.sizes[first_sure] if first_sure < n_sizes else None,
        covers=draws.covers,
    )


def _spread_steps(crossings: Floats, sizes: Sequence[int], rng: np.random.Generator) -> Floats:
    """Return crossings between the size that is enough and the one below, evenly in ln n.

    Where sizes are few, no smoothed curve says more. The smallest size stays.
    """
    n = np.array([0, *sizes])
    index = np.searchsorted(n, np.where(np.isfinite(crossings), crossings, 0))
    lower = n[np.maximum(index - 1, 0)]
    is_between = np.isfinite(crossings) & (lower > 0)
    ratios = np.where(is_between, crossings, 1) / np.where(is_between, lower, 1)
    shares = rng.permutation((np.arange(len(crossings)) + 0.5) / len(crossings))
    return np.where(is_between, lower * ratios**shares, crossings)
