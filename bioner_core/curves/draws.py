"""Bootstrap draws of curves over two levels: test documents and seeds.

Each draw resamples the documents of the test part once for all models, so that an easy sample is easy for
full data and every size. The deviations of the seeds are resampled for every size; they are widened by
√(R / (R - 1)), since R seeds lie nearer to their mean than to the true one (Saeleva, Ataman and Lignos 2025).
One model per size takes its spread from the scatter about the smoothed curve.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np

from bioner_core.computed_once import compute_once
from bioner_core.curves.crossing import MonotoneCurves, compute_spread_factor, fit_monotone_curves
from bioner_core.curves.curve import Curve, SizePoint
from bioner_core.curves.families import Floats
from bioner_core.curves.fitting import BORROWED_WEIGHT, compute_smooth_full, find_borrowed_end, list_points
from bioner_core.curves.model_noise import draw_seed_noise, estimate_model_sd
from bioner_core.curves.points import NONE
from bioner_core.kept_arrays import Arrays, digest_code, load_or_compute

N_DRAWS = 500
_STREAM = 4  # of the random numbers, so that other parts of the program draw different ones

# Target, arm, model, method, entity, sentences.
ShiftKey = tuple[str, str, str, str, str, int]


@dataclass(frozen=True, kw_only=True, eq=False)
class SamplingNoise:
    """Sampling noise of a run's curves beyond the scores of its seeds: the test part, and borrowed seeds."""

    shifts: Mapping[ShiftKey, Floats] = field(default_factory=dict)
    """Change of a size's mean F1 in each resampled test part, (draws,)."""
    units: Mapping[str, str] = field(default_factory=dict)  # target → "documents" or "sentences" resampled
    borrowed: Mapping[tuple[str, str], float] = field(default_factory=dict)
    """Model, method → sd of F1 over seeds at very many sentences, estimated on other curves or studies."""
    has_models: bool = True  # False: the test part alone, as if every size were known perfectly on it
    is_lasting: bool = False  # of a run that nothing trains now: its draws are worth keeping on disk


def start_stream(curve: Curve, purpose: str) -> np.random.Generator:
    """Return random numbers that are the same for all types of a source."""
    return np.random.default_rng([_STREAM, crc32(curve.source.encode()), crc32(purpose.encode())])


@dataclass(frozen=True, eq=False)
class CurveDraws:
    """Bootstrap draws of one curve; they do not depend on the goal."""

    sizes: tuple[int, ...]  # the last one is full data where that is known
    f1: Floats  # (draws, sizes)
    full: Floats | None  # full F1 without pretraining on its smoothed curve, (draws,); None where unknown
    monotone: MonotoneCurves
    covers: str


@compute_once(maxsize=256)  # of some 0.7 MB each: 50 types from 5 sources
def draw_curve(curve: Curve, reference: Curve | None, noise: SamplingNoise) -> CurveDraws | None:
    """Return the bootstrap draws of a curve; None where nothing tells how F1 varies.

    :param reference: the curve without pretraining, for a curve with a source.
    """
    if not noise.is_lasting:
        return _compute_draws(curve, reference, noise)
    code = digest_code(Path(__file__).parent)
    what = ("draws", code, curve, reference, *(_describe_noise(c, noise) for c in (curve, reference) if c))
    return _unpack_draws(load_or_compute(what, lambda: _pack_draws(_compute_draws(curve, reference, noise))))


def _describe_noise(curve: Curve, noise: SamplingNoise) -> tuple[object, ...]:
    """Return what of the noise the draws of a curve depend on, its arrays as a digest."""
    points = list_points(curve)
    shifts = _stack_shifts(curve, points, noise) if points else None
    digest = None if shifts is None else hashlib.sha256(shifts.tobytes()).hexdigest()
    borrowed = noise.borrowed.get((curve.model, curve.method))
    return digest, noise.units.get(curve.target), borrowed, noise.has_models


def _pack_draws(draws: CurveDraws | None) -> Arrays:
    """Return the arrays of draws; none where there are no draws."""
    if draws is None:
        return {}
    fits = draws.monotone
    arrays = {"f1": draws.f1, "full": draws.full, "n": fits.n, "steps": fits.steps, "smooth": fits.smooth}
    return {
        "sizes": np.array(draws.sizes),
        "covers": np.array(draws.covers),
        **{name: array for name, array in arrays.items() if array is not None},
    }


def _unpack_draws(arrays: Arrays) -> CurveDraws | None:
    """Return the draws of ``_pack_draws``."""
    if not arrays:
        return None
    values: dict[str, Any] = dict(arrays)
    return CurveDraws(
        sizes=tuple(values["sizes"].tolist()),
        f1=values["f1"],
        full=values.get("full"),
        monotone=MonotoneCurves(values["n"], values["steps"], values.get("smooth")),
        covers=str(values["covers"]),
    )


def _compute_draws(curve: Curve, reference: Curve | None, noise: SamplingNoise) -> CurveDraws | None:
    points = list_points(curve)
    if not points:
        return None
    seed_noise, seeds = _draw_model_noise(curve, points, noise) if noise.has_models else (None, "")
    shifts = _stack_shifts(curve, points, noise)
    if shifts is None and seed_noise is None:
        return None
    f1 = np.array([point.f1 for point in points]) + np.zeros((N_DRAWS, 1))
    for change in (shifts, seed_noise):
        f1 = f1 if change is None else f1 + change
    f1 = np.clip(f1, 0, 1)
    n, weights = [point.n for point in points], [point.n_seeds for point in points]
    full = _draw_full(curve, reference, noise)
    end = find_borrowed_end(curve)
    if end and full is not None:
        f1 = np.column_stack([f1, full])
        n, weights = [*n, end.n], [*weights, BORROWED_WEIGHT * end.n_seeds]
    model_sd = estimate_model_sd(points, noise.borrowed.get((curve.model, curve.method)))
    rng = start_stream(curve, "family") if noise.has_models else None
    monotone = fit_monotone_curves(n, f1, weights, model_sd=model_sd, rng=rng)
    unit = noise.units.get(curve.target, "sentences") if shifts is not None else ""
    return CurveDraws(
        sizes=tuple(n),
        f1=f1,
        full=monotone.top if curve.source == NONE and points[-1] is curve.full else full,
        monotone=monotone,
        covers=" and ".join(filter(None, (seeds, unit))),
    )


def _draw_full(curve: Curve, reference: Curve | None, noise: SamplingNoise) -> Floats | None:
    """Return the full F1 without pretraining in each draw, (draws,); None where it is not trained."""
    draws = draw_curve(reference, None, noise) if reference else None
    if draws is not None and draws.full is not None:
        return draws.full
    return None if curve.full_f1 is None else np.full(N_DRAWS, compute_smooth_full(curve, reference))


def _stack_shifts(curve: Curve, points: Sequence[SizePoint], noise: SamplingNoise) -> Floats | None:
    """Return the change of F1 in each resampled test part, (draws, points); None where counts are missing."""
    shifts = []
    for point in points:
        key = (curve.target, curve.source, curve.model, curve.method, curve.entity, point.n)
        if key not in noise.shifts:
            return None
        shifts.append(noise.shifts[key])
    return np.stack(shifts, axis=1)


def _draw_model_noise(
    curve: Curve, points: Sequence[SizePoint], noise: SamplingNoise
) -> tuple[Floats | None, str]:
    """Return the change of F1 with other seeds, (draws, points), and its name; None where unknown."""
    rng = np.random.default_rng([_STREAM, crc32(curve.source.encode())])  # the same for all types
    scores, n = [point.scores for point in points], [point.n for point in points]
    if any(len(seed_scores) > 1 for seed_scores in scores):
        return draw_seed_noise(scores, n, draws=N_DRAWS, rng=rng), "seeds"
    borrowed = noise.borrowed.get((curve.model, curve.method))
    sd = estimate_model_sd(points, borrowed)
    if sd is None:
        return None, ""
    name = "models" if borrowed is None else "borrowed seeds"
    n_seeds = np.array([point.n_seeds for point in points])
    return rng.normal(0, sd * compute_spread_factor(n) / np.sqrt(n_seeds), (N_DRAWS, len(n))), name
