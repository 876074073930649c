"""Does adding a source help? Curves from some corpora against those from the same ones less one."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal
from zlib import crc32

import numpy as np

from bioner_core.curves.budget import Budget
from bioner_core.curves.budget_table import Saving, compute_curve_budgets, compute_plan_saving
from bioner_core.curves.curve import Curve, SizePoint
from bioner_core.curves.draws import N_DRAWS, SamplingNoise
from bioner_core.curves.families import Floats
from bioner_core.curves.interval import TAIL
from bioner_core.curves.model_noise import draw_seed_noise
from bioner_core.curves.sources import build_source_key, list_source_corpora, remove_corpus

FRACTIONS = (0.95, 0.99)  # of full F1, for which saved sentences are computed
Verdict = Literal["helps", "harms", "not shown", "no interval"]
NO_INTERVAL: Verdict = "no interval"  # one seed and no counts: sampling noise is unknown
_SEED_STREAM = 6  # random stream of this module, so that no other one draws the same numbers


@dataclass(frozen=True, kw_only=True)
class Gain:
    """F1 with a corpus among the sources less F1 without it."""

    n: int | None  # sentences of the target; None is the mean over all sizes above 0
    f1: float | None  # with it, mean over the seeds that both have, in [0, 1]; None without a test mention
    f1_without: float | None
    difference: float | None
    low: float | None  # 90 % interval; None where sampling noise is unknown
    high: float | None
    n_seeds: int  # pairs that the difference is averaged over
    covers: str = ""  # what was resampled: "seeds and documents", "documents" …

    @property
    def verdict(self) -> Verdict:
        """Return what the interval shows."""
        if self.low is None or self.high is None:
            return NO_INTERVAL
        return "helps" if self.low > 0 else "harms" if self.high < 0 else "not shown"


@dataclass(frozen=True, kw_only=True)
class SourceNeed:
    """Sentences that reach a share of full F1, with the added corpus and without it."""

    fraction: float
    row: Budget  # with it
    row_without: Budget
    saved: Saving


@dataclass(frozen=True, kw_only=True)
class Addition:
    """The gain from adding one corpus to the sources."""

    target: str
    entity: str
    model: str
    method: str
    added: str  # corpus
    to: str  # the source without it, "none" among others
    source: str  # the source with it
    gains: tuple[Gain, ...]  # by size, ascending, zero-shot included
    mean: Gain | None  # over the sizes above 0; None where there are none
    needs: tuple[SourceNeed, ...] = ()  # of curves with a goal

    def find_gain(self, n: int | None) -> Gain | None:
        """Return the gain at a size, or the mean gain for None; None where it was not measured."""
        return self.mean if n is None else next((gain for gain in self.gains if gain.n == n), None)

    def record(self, gain: Gain) -> dict[str, object]:
        """Return one gain as a JSON row."""
        row: dict[str, object] = {
            name: getattr(self, name)
            for name in ("target", "entity", "model", "method", "added", "to", "source")
        }
        row |= {"n_sentences": gain.n, "f1": gain.f1, "f1_without": gain.f1_without}
        row |= {name: getattr(gain, name) for name in ("difference", "low", "high", "verdict", "n_seeds")}
        row["interval_of"] = gain.covers or None
        for need in self.needs:
            at = f"{100 * need.fraction:g}"
            row |= {f"n{at}": need.row.n_plan, f"n{at}_without": need.row_without.n_plan}
            row |= {f"saved{at}": need.saved.n, f"saved{at}_is_bound": need.saved.is_bound}
            row |= {f"saved{at}_low": need.saved.low, f"saved{at}_high": need.saved.high}
        return row


def measure_additions(curves: Sequence[Curve], *, noise: SamplingNoise | None = None) -> list[Addition]:
    """Measure the gain of each corpus over each source that it was added to, in the order of the curves.

    :param curves: curves of a run; those without pretraining set the goals.
    :param noise: sampling noise of the test part; without it intervals cover seeds only.
    """
    noise = noise or SamplingNoise()
    by_key = {(*curve.key[:1], build_source_key(curve.source), *curve.key[2:]): curve for curve in curves}
    budgets = _compute_budgets([curve for curve in curves if curve.full_f1], noise)
    additions = []
    for curve in curves:
        for corpus in list_source_corpora(curve.source):
            base_source = build_source_key(remove_corpus(curve.source, corpus))
            base = by_key.get((curve.target, base_source, *curve.key[2:]))
            if base and (addition := _measure_addition(corpus, curve, base, budgets, noise)):
                additions.append(addition)
    return additions


def _compute_budgets(curves: Sequence[Curve], noise: SamplingNoise) -> Mapping[tuple[object, ...], Budget]:
    """Return budgets by fraction, target, source, model, method and entity type."""
    return {
        (fraction, row.target, row.source, row.model, row.method, row.entity): row
        for fraction in FRACTIONS
        for row in compute_curve_budgets(curves, fraction=fraction, noise=noise)
    }


def _measure_addition(
    corpus: str, curve: Curve, base: Curve, budgets: Mapping[tuple[object, ...], Budget], noise: SamplingNoise
) -> Addition | None:
    base_sizes = {size.n: size for size in base.settled_sizes}
    pairs = [(size, base_sizes[size.n]) for size in curve.settled_sizes if size.n in base_sizes]
    if not pairs:
        return None
    gains, mean = _measure_gains(pairs, curve, base, noise)
    if not curve.is_tested:
        gains, mean = tuple(map(_clear_scores, gains)), _clear_scores(mean) if mean else None
    needs = []
    for fraction in FRACTIONS:
        row, row_without = budgets.get((fraction, *curve.key)), budgets.get((fraction, *base.key))
        if row and row_without:
            saved = compute_plan_saving(row, row_without)
            needs.append(SourceNeed(fraction=fraction, row=row, row_without=row_without, saved=saved))
    return Addition(
        target=curve.target,
        entity=curve.entity,
        model=curve.model,
        method=curve.method,
        added=corpus,
        to=base.source,
        source=curve.source,
        gains=gains,
        mean=mean,
        needs=tuple(needs),
    )


def _clear_scores(gain: Gain) -> Gain:
    """Return the gain without scores, for a type that the test part does not mention."""
    return replace(gain, f1=None, f1_without=None, difference=None, low=None, high=None, covers="")


def _measure_gains(
    pairs: Sequence[tuple[SizePoint, SizePoint]], curve: Curve, base: Curve, noise: SamplingNoise
) -> tuple[tuple[Gain, ...], Gain | None]:
    """Return the gain of each size, and the mean over the sizes above 0.

    The two models of a pair are tested on the same documents, resampled together, and trained with the same
    seeds. Sizes of one seed share its pretraining, so the mean over sizes is taken seed by seed.
    """
    differences = [_compute_seed_differences(size, other) for size, other in pairs]
    shifts = [_compute_shift(size.n, curve, base, noise) for size, _ in pairs]
    rng = np.random.default_rng([_SEED_STREAM, crc32(f"{curve.source} {base.source}".encode())])
    n = [size.n for size, _ in pairs]
    seed_noise = draw_seed_noise([list(d.values()) for d in differences], n, draws=N_DRAWS, rng=rng)
    unit = noise.units.get(curve.target, "sentences")
    size_noise = [None] * len(n) if seed_noise is None else list(seed_noise.T)  # (draws,) each
    gains = tuple(
        _build_gain(n[i], [pair], [differences[i]], shifts[i], size_noise[i], unit)
        for i, pair in enumerate(pairs)
    )
    above = [i for i, (size, _) in enumerate(pairs) if size.n]
    if not above:
        return gains, None
    common = set.intersection(*(set(differences[i]) for i in above))
    means = [float(np.mean([differences[i][seed] for i in above])) for seed in sorted(common)]
    above_shifts = [shifts[i] for i in above]
    available_shifts = [s for s in above_shifts if s is not None]
    shift = np.mean(available_shifts, axis=0) if len(available_shifts) == len(above) else None
    above_pairs, above_differences = [pairs[i] for i in above], [differences[i] for i in above]
    mean = _build_gain(None, above_pairs, above_differences, shift, _draw_mean_noise(means, rng), unit)
    return gains, mean


def _compute_seed_differences(size: SizePoint, base: SizePoint) -> dict[int, float]:
    """Return the difference of F1 of each seed that both have."""
    scores, base_scores = size.by_seed, base.by_seed
    return {seed: scores[seed] - base_scores[seed] for seed in sorted(scores.keys() & base_scores.keys())}


def _compute_shift(n: int, curve: Curve, base: Curve, noise: SamplingNoise) -> Floats | None:
    """Return the change of a size's difference with other test documents, (draws,); None where unknown.

    Each side's shift is that of the mean over all its seeds: a hard document is hard for every seed.
    """
    shift, base_shift = (
        noise.shifts.get((side.target, side.source, side.model, side.method, side.entity, n))
        for side in (curve, base)
    )
    return None if shift is None or base_shift is None else shift - base_shift


def _build_gain(
    n: int | None,
    pairs: Sequence[tuple[SizePoint, SizePoint]],
    differences: Sequence[Mapping[int, float]],
    shift: Floats | None,
    seed_noise: Floats | None,
    unit: str,
) -> Gain:
    """Return the gain of one size, or the mean of several."""
    common = list(zip(pairs, differences, strict=True))
    f1, f1_without = (float(np.mean([_average_f1(pair[side], d) for pair, d in common])) for side in (0, 1))
    difference = f1 - f1_without
    draws = [changes for changes in (shift, seed_noise) if changes is not None]
    low = high = None
    if draws:
        bounds = np.quantile(difference + np.sum(draws, axis=0), [TAIL, 1 - TAIL])
        low, high = min(float(bounds[0]), difference), max(float(bounds[1]), difference)
    covers = (("seeds", seed_noise), (unit, shift))
    return Gain(
        n=n,
        f1=f1,
        f1_without=f1_without,
        difference=difference,
        low=low,
        high=high,
        n_seeds=min(
            len(d) if d else min(a.n_seeds, b.n_seeds) for d, (a, b) in zip(differences, pairs, strict=True)
        ),
        covers=" and ".join(name for name, changes in covers if changes is not None),
    )


def _average_f1(size: SizePoint, seeds: Iterable[int]) -> float:
    """Return the mean F1 over the given seeds; over all seeds where none are given."""
    scores = [size.by_seed[seed] for seed in seeds]
    return float(np.mean(scores)) if scores else size.f1


def _draw_mean_noise(differences: Sequence[float], rng: np.random.Generator) -> Floats | None:
    """Draw the change of a mean with other seeds, (draws,), from Student's t. None for one seed.

    A bootstrap of three seeds would miss twice as often as it should.
    """
    n = len(differences)
    if n < 2:
        return None
    return np.asarray(rng.standard_t(n - 1, N_DRAWS) * np.std(differences, ddof=1) / np.sqrt(n))
