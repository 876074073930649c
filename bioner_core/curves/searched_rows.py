"""The rows of a search, one per target and source: what each needs in every draw, and F1 at any size."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from bioner_core.curves.crossing import build_size_grid, compute_spread_factor
from bioner_core.curves.curve import Curve
from bioner_core.curves.draws import CurveDraws, SamplingNoise, draw_curve
from bioner_core.curves.exclusion import choose_curves
from bioner_core.curves.families import Floats
from bioner_core.curves.fitting import list_points
from bioner_core.curves.interval import compute_interval
from bioner_core.curves.misfit import interpolate_grid
from bioner_core.curves.model_noise import estimate_model_sd
from bioner_core.curves.points import AVERAGES, NONE

BEYOND = 2.0  # of the last size: what a draw counts as that never reaches its goal
Goal = tuple[float, float | None]  # share of full F1, and an F1 that replaces it


@dataclass(frozen=True, kw_only=True, eq=False)
class SearchedRow:
    """All entity types of one target and source."""

    target: str
    source: str
    curves: tuple[tuple[Curve, Curve | None], ...]  # one per type, with its curve without pretraining


def group_rows(curves: Sequence[Curve], entities: Sequence[str]) -> list[SearchedRow]:
    """Return the searched rows, with the types that may decide; a single type is searched as it is."""
    types = {curve.entity for curve in curves} - set(AVERAGES)
    chosen = set(entities) or types or {curve.entity for curve in curves}
    unpretrained = {curve.key: curve for curve in curves if curve.source == NONE}
    groups: dict[tuple[str, str], list[Curve]] = defaultdict(list)
    for curve in curves:
        if curve.entity in chosen:
            groups[curve.target, curve.source].append(curve)
    rows = []
    for (target, source), members in groups.items():
        pairs = tuple(
            (curve, unpretrained.get((target, NONE, *curve.key[2:])))
            for curve in choose_curves(members).deciding
        )
        if pairs:
            rows.append(SearchedRow(target=target, source=source, curves=pairs))
    return rows


def draw_needs(row: SearchedRow, noise: SamplingNoise, goal: Goal) -> Floats | None:
    """Return the sentences that each type needs in each draw, (types, draws); None where a type has none."""
    needs = []
    for curve, reference in row.curves:
        interval = compute_interval(
            curve, fraction=goal[0], goal_f1=goal[1], noise=noise, reference=reference
        )
        trained = [n for n in interval.sizes if n > 0] if interval else []
        if interval is None or not trained:
            return None
        needs.append(np.clip(interval.crossings, trained[0], BEYOND * trained[-1]))
    return np.stack(needs)


def compute_logs(rows: Iterable[SearchedRow], noise: SamplingNoise, goal: Goal) -> list[Floats]:
    """Return ln N of each row in each draw; rows without draws are left out."""
    needs = [draw_needs(row, noise, goal) for row in rows]
    return [np.log(crossings.max(axis=0)) for crossings in needs if crossings is not None]


def draw_f1(row: SearchedRow, n: int, noise: SamplingNoise) -> tuple[Floats, Floats]:
    """Return F1 of each type at ``n`` sentences, (types, draws), and the sd of one model's, (types,)."""
    values, sds = [], []
    for curve, reference in row.curves:
        draws = draw_curve(curve, reference, noise)
        sd = estimate_model_sd(list_points(curve), noise.borrowed.get((curve.model, curve.method)))
        if draws is not None and sd is not None:
            values.append(_interpolate(draws, n))
            sds.append(sd * float(compute_spread_factor(n)))
    return np.reshape(values, (len(sds), -1)), np.array(sds)


def _interpolate(draws: CurveDraws, n: int) -> Floats:
    """Return the monotone curves at ``n`` sentences, linear in log n, (draws,)."""
    fitted = draws.monotone
    trained = fitted.n > 0
    if n <= 0:
        return fitted.steps[:, 0]
    if fitted.smooth is not None:
        return interpolate_grid(build_size_grid(fitted.n[trained]), fitted.smooth, [n])[:, 0]
    return interpolate_grid(fitted.n[trained], fitted.steps[:, trained], [n])[:, 0]


@lru_cache(maxsize=8)
def select_model_noise(noise: SamplingNoise) -> SamplingNoise:
    """Return the noise without that of the test part, which another model on it does not remove."""
    return replace(noise, shifts={}) if noise.shifts else noise


@lru_cache(maxsize=8)
def select_test_noise(noise: SamplingNoise) -> SamplingNoise:
    """Return the noise of the test part alone."""
    return replace(noise, has_models=False)
