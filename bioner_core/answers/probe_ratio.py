"""How a probe's number relates to that of fine-tuned models, where the same corpus has curves of both."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bioner_core.analysis.reference_curves import Known
from bioner_core.answers.wording import count, listed
from bioner_core.curves.budget import curve_budgets
from bioner_core.curves.curve import Curve
from bioner_core.curves.points import AVERAGES, NONE
from bioner_core.scoring.correlation import Correlation, spearman

SHARES = (0.99, 0.95, 0.9, 0.8)  # of full F1 that are tried where a higher one is not reached


@dataclass(frozen=True, kw_only=True)
class PlanPair:
    """One corpus, source and entity type, planned by the probe and by fine-tuned models."""

    target: str
    entity: str
    source: str
    probe: int | None  # sentences that reach the share of the method's own full F1; None by no size
    trained: int | None

    @property
    def ratio(self) -> float | None:
        """Return the sentences of fine-tuned models for each of the probe's; None where one is unknown."""
        return self.trained / self.probe if self.probe and self.trained else None


@dataclass(frozen=True, kw_only=True)
class Order:
    """The sources of one corpus and entity type by what both methods make of them."""

    target: str
    entity: str
    sources: tuple[str, ...]
    probe: tuple[float, ...]  # mean F1 over the sizes above 0 that all have, in [0, 1], a source
    trained: tuple[float, ...]

    @property
    def has_same_best(self) -> bool:
        """Say whether both methods put the same source first."""
        return int(np.argmax(self.probe)) == int(np.argmax(self.trained))

    @property
    def correlation(self) -> Correlation | None:
        """Return the rank correlation; None of fewer than four sources."""
        return spearman(self.probe, self.trained)


def pairs(known: Sequence[Known], *, fraction: float) -> tuple[PlanPair, ...]:
    """Return what both methods plan on, for corpora of the same digest."""
    return tuple(
        PlanPair(
            target=trained.target,
            entity=trained.entity,
            source=trained.source,
            probe=_plan(probe, fraction),
            trained=_plan(trained, fraction),
        )
        for probe, trained in _both(known)
        if probe.full_f1 and trained.full_f1
    )


def orders(known: Sequence[Known]) -> tuple[Order, ...]:
    """Return the order of the sources, "none" among them, that two or more curves of both methods give."""
    groups: dict[tuple[str, str], list[tuple[Curve, Curve]]] = defaultdict(list)
    for both in _both(known):
        groups[both[1].target, both[1].entity].append(both)
    found = []
    for (target, entity), curves in groups.items():
        f1 = [[{s.n: s.f1 for s in curve.candidates if s.n} for curve in both] for both in curves]
        common = set.intersection(*(set(of) for both in f1 for of in both))
        if len(curves) > 1 and common:
            probe, trained = (
                tuple(float(np.mean([both[side][n] for n in common])) for both in f1) for side in (0, 1)
            )
            sources = tuple(both[0].source for both in curves)
            found.append(Order(target=target, entity=entity, sources=sources, probe=probe, trained=trained))
    return tuple(found)


def _both(known: Sequence[Known]) -> list[tuple[Curve, Curve]]:
    """Return the probe's curve and the fine-tuned one of each corpus, source and type that has both."""
    found: dict[tuple[str, str, str], dict[str, Curve]] = defaultdict(dict)
    for one in known:
        if one.digest and one.curve.entity not in AVERAGES:
            key = (one.digest, one.curve.source, one.curve.entity)
            found[key].setdefault(one.curve.method, one.curve)
    return [(of["probe"], of["finetune"]) for of in found.values() if {"probe", "finetune"} <= of.keys()]


def _plan(curve: Curve, fraction: float) -> int | None:
    [row] = curve_budgets([curve], fraction=fraction)
    return row.n_plan


def told(known: Sequence[Known], *, fraction: float) -> str:
    """Return what is known of the relation, at this share of full F1 or the next that is reached by both."""
    alone = [one for one in known if one.curve.source == NONE]
    every = pairs(alone, fraction=fraction)
    if not every:
        return (
            "A probe reads a frozen encoder. How its number relates to that of fine-tuned models is not "
            "known here yet: no corpus has curves of both."
        )
    for share in (fraction, *(share for share in SHARES if share < fraction)):
        reached = [one for one in pairs(alone, fraction=share) if one.ratio]
        if reached:
            break
    else:
        where = listed(sorted({one.target for one in every}))
        return f"Probe and fine-tuned models were both trained on {where}, and no share was reached by both."
    where = "Where"
    if share != fraction:
        where = f"No corpus has {100 * fraction:g} % of full F1 reached by both. At {100 * share:g} %, where"
    return f"{where} both were trained {_compared(reached)}"


def _compared(reached: Sequence[PlanPair]) -> str:
    if len(reached) == 1:
        [one] = reached
        return (
            f"({one.target}, {one.entity}), the probe plans on {count(one.probe or 0)} "
            f"and fine-tuned models on {count(one.trained or 0)} sentences."
        )
    ratios = sorted(one.ratio or 0.0 for one in reached)
    n_corpora = len({one.target for one in reached})
    corpora = "one corpus" if n_corpora == 1 else f"{n_corpora} corpora"
    return (
        f"({len(reached)} curves of {corpora}), fine-tuned models need "
        f"{ratios[0]:.1f} to {ratios[-1]:.1f} times the probe's sentences."
    )
