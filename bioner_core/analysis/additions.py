"""Does adding a source help? Curves from some corpora against those from the same ones less one."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal
from zlib import crc32

import numpy as np

from bioner_core.curves.budget import Budget
from bioner_core.curves.budget_table import Saving, compute_curve_budgets, compute_plan_saving
from bioner_core.curves.crossing import Floats
from bioner_core.curves.curve import Curve, SizePoint
from bioner_core.curves.interval import N_DRAWS, TAIL, SamplingNoise, draw_seed_noise
from bioner_core.curves.sources import build_source_key, list_source_corpora, remove_corpus

FRACTIONS = (0.95, 0.99)  # of full F1 that sentences are told for
Verdict = Literal["helps", "harms", "not shown", "no interval"]
NO_INTERVAL: Verdict = "no interval"  # one seed and no counts: nothing tells of chance
_SEEDS = 6  # what numbers are drawn for: the same ones must not be drawn twice
_NOTHING = SamplingNoise()


@dataclass(frozen=True, kw_only=True)
class Gain:
    """F1 with a corpus among the sources less F1 without it."""

    n: int | None  # sentences of the target; None is the mean over all sizes above 0
    f1: float | None  # with it, mean over the seeds that both have, in [0, 1]; None without a test mention
    f1_without: float | None
    difference: float | None
    low: float | None  # 90 % interval; None where nothing tells of chance
    high: float | None
    n_seeds: int  # pairs that the difference is over
    covers: str = ""  # what was drawn anew: "seeds and documents", "documents" …

    @property
    def verdict(self) -> Verdict:
        """Say what the interval shows."""
        if self.low is None or self.high is None:
            return NO_INTERVAL
        return "helps" if self.low > 0 else "harms" if self.high < 0 else "not shown"


@dataclass(frozen=True, kw_only=True)
class SourceNeed:
    """Sentences that reach a share of full F1, with the corpus and without it."""

    fraction: float
    row: Budget  # with it
    row_without: Budget
    saved: Saving


@dataclass(frozen=True, kw_only=True)
class Addition:
    """What one corpus brings beside other sources."""

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

    def at(self, n: int | None) -> Gain | None:
        """Return the gain at a size, or the mean where it is None; None where it was not tried."""
        return self.mean if n is None else next((gain for gain in self.gains if gain.n == n), None)

    def record(self, gain: Gain) -> dict[str, object]:
        """Return the row of one of its gains for programs."""
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


def additions(found: Sequence[Curve], *, chance: SamplingNoise | None = None) -> list[Addition]:
    """Return what each corpus brings beside each source it was added to, in the order of the curves.

    :param found: curves of a run; those without pretraining set the goals.
    :param chance: what counts of the test part tell of chance; without it only seeds do.
    """
    chance = chance or _NOTHING
    by_key = {(*curve.key[:1], build_source_key(curve.source), *curve.key[2:]): curve for curve in found}
    needs = _plans([curve for curve in found if curve.full_f1], chance)
    told = []
    for curve in found:
        for corpus in list_source_corpora(curve.source):
            base = by_key.get((curve.target, build_source_key(remove_corpus(curve.source, corpus)), *curve.key[2:]))
            if base and (one := _addition(corpus, curve, base, needs, chance)):
                told.append(one)
    return told


def _plans(found: Sequence[Curve], chance: SamplingNoise) -> Mapping[tuple[object, ...], Budget]:
    """Return the budgets of curves by fraction and what they are of."""
    return {
        (fraction, row.target, row.source, row.model, row.method, row.entity): row
        for fraction in FRACTIONS
        for row in compute_curve_budgets(found, fraction=fraction, noise=chance)
    }


def _addition(
    corpus: str, curve: Curve, base: Curve, plans: Mapping[tuple[object, ...], Budget], chance: SamplingNoise
) -> Addition | None:
    at = {size.n: size for size in base.settled_sizes}
    pairs = [(size, at[size.n]) for size in curve.settled_sizes if size.n in at]
    if not pairs:
        return None
    gains, mean = _gains(pairs, curve, base, chance)
    if not curve.is_tested:
        gains, mean = tuple(map(_unknown, gains)), _unknown(mean) if mean else None
    needs = []
    for fraction in FRACTIONS:
        row, other = plans.get((fraction, *curve.key)), plans.get((fraction, *base.key))
        if row and other:
            needs.append(
                SourceNeed(fraction=fraction, row=row, row_without=other, saved=compute_plan_saving(row, other))
            )
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


def _unknown(gain: Gain) -> Gain:
    """Return the gain of a type that the test part does not mention."""
    return replace(gain, f1=None, f1_without=None, difference=None, low=None, high=None, covers="")


def _gains(
    pairs: Sequence[tuple[SizePoint, SizePoint]], curve: Curve, base: Curve, chance: SamplingNoise
) -> tuple[tuple[Gain, ...], Gain | None]:
    """Return the gain of each size, and the mean over the sizes above 0.

    The two models of a pair are tested on the same documents, drawn anew together, and trained with the same
    seeds. Sizes of one seed share its pretraining, so the mean over sizes is taken seed by seed.
    """
    differences = [_by_seed(size, other) for size, other in pairs]
    shifts = [_shift(size.n, curve, base, chance) for size, _ in pairs]
    rng = np.random.default_rng([_SEEDS, crc32(f"{curve.source} {base.source}".encode())])
    n = [size.n for size, _ in pairs]
    noise = draw_seed_noise([list(d.values()) for d in differences], n, draws=N_DRAWS, rng=rng)
    unit = chance.units.get(curve.target, "sentences")
    gains = tuple(
        _gain(n[i], [pair], [differences[i]], shifts[i], None if noise is None else noise[:, i], unit)
        for i, pair in enumerate(pairs)
    )
    above = [i for i, (size, _) in enumerate(pairs) if size.n]
    if not above:
        return gains, None
    common = set.intersection(*(set(differences[i]) for i in above))
    means = [float(np.mean([differences[i][seed] for i in above])) for seed in sorted(common)]
    moved = [shifts[i] for i in above]
    shift = None if any(s is None for s in moved) else np.mean([s for s in moved if s is not None], axis=0)
    chosen = [pairs[i] for i in above]
    mean = _gain(None, chosen, [differences[i] for i in above], shift, _student(means, rng), unit)
    return gains, mean


def _by_seed(size: SizePoint, other: SizePoint) -> dict[int, float]:
    """Return the difference of F1 of each seed that both have."""
    mine, theirs = size.by_seed, other.by_seed
    return {seed: mine[seed] - theirs[seed] for seed in sorted(mine.keys() & theirs.keys())}


def _shift(n: int, curve: Curve, base: Curve, chance: SamplingNoise) -> Floats | None:
    """Return what other test documents would change of a size's difference, (draws,); None where unknown.

    Each side's is that of its mean over all its seeds: a document that is hard is so for every seed.
    """
    mine, theirs = (
        chance.shifts.get((of.target, of.source, of.model, of.method, of.entity, n)) for of in (curve, base)
    )
    return None if mine is None or theirs is None else mine - theirs


def _gain(
    n: int | None,
    pairs: Sequence[tuple[SizePoint, SizePoint]],
    differences: Sequence[Mapping[int, float]],
    shift: Floats | None,
    noise: Floats | None,
    unit: str,
) -> Gain:
    """Return the gain of one size, or the mean of several."""
    common = list(zip(pairs, differences, strict=True))
    f1, f1_without = (float(np.mean([_mean(pair[side], d) for pair, d in common])) for side in (0, 1))
    difference = f1 - f1_without
    draws = [moved for moved in (shift, noise) if moved is not None]
    low, high = (None, None)
    if draws:
        low, high = _interval(difference, difference + np.sum(draws, axis=0))
    covers = (("seeds", noise), (unit, shift))
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
        covers=" and ".join(word for word, moved in covers if moved is not None),
    )


def _mean(size: SizePoint, seeds: Iterable[int]) -> float:
    """Return the mean F1 over seeds that the other side has, too; over all where there is none."""
    scores = [size.by_seed[seed] for seed in seeds]
    return float(np.mean(scores)) if scores else size.f1


def _student(differences: Sequence[float], rng: np.random.Generator) -> Floats | None:
    """Return what other seeds would change of a mean, (draws,): Student's t. None for one seed.

    With three seeds a bootstrap of them would miss twice as often as it should.
    """
    n = len(differences)
    if n < 2:
        return None
    return np.asarray(rng.standard_t(n - 1, N_DRAWS) * np.std(differences, ddof=1) / np.sqrt(n))


def _interval(difference: float, drawn: Floats) -> tuple[float, float]:
    low, high = np.quantile(drawn, [TAIL, 1 - TAIL])
    return min(float(low), difference), max(float(high), difference)
