"""How a probe's number relates to that of fine-tuned models, where the same corpus has curves of both."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bioner_core.analysis.reference_curves import ReferenceCurve
from bioner_core.curves.budget import compute_budget
from bioner_core.curves.curve import Curve
from bioner_core.curves.points import AVERAGES, NONE
from bioner_core.scoring.correlation import Correlation, compute_spearman


@dataclass(frozen=True, kw_only=True)
class PlanPair:
    """One corpus, source and entity type, planned by the probe and by fine-tuned models."""

    target: str
    entity: str
    source: str
    probe: int | None  # sentences that reach the share of the method's own full F1; None where unlikely
    trained: int | None

    @property
    def ratio(self) -> float | None:
        """Return the sentences of fine-tuned models for each of the probe's; None where one is unknown."""
        return self.trained / self.probe if self.probe and self.trained else None


@dataclass(frozen=True, kw_only=True)
class SourceOrder:
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
        return compute_spearman(self.probe, self.trained)


def pair_plans(references: Sequence[ReferenceCurve], *, fraction: float) -> tuple[PlanPair, ...]:
    """Return what both methods plan on, for corpora of the same digest."""
    unpretrained = [reference.curve for reference in references if reference.curve.source == NONE]
    return tuple(
        PlanPair(
            target=trained.target,
            entity=trained.entity,
            source=trained.source,
            probe=_compute_plan(probe, unpretrained, fraction),
            trained=_compute_plan(trained, unpretrained, fraction),
        )
        for probe, trained in _pair_curves(references)
        if probe.full_f1 and trained.full_f1
    )


def order_sources(references: Sequence[ReferenceCurve]) -> tuple[SourceOrder, ...]:
    """Return the order of the sources, "none" among them, that two or more curves of both methods give."""
    groups: dict[tuple[str, str], list[tuple[Curve, Curve]]] = defaultdict(list)
    for both in _pair_curves(references):
        groups[both[1].target, both[1].entity].append(both)
    orders = []
    for (target, entity), curves in groups.items():
        f1 = [[{s.n: s.f1 for s in curve.settled_sizes if s.n} for curve in both] for both in curves]
        common = set.intersection(*(set(of) for both in f1 for of in both))
        if len(curves) > 1 and common:
            probe, trained = (
                tuple(float(np.mean([both[side][n] for n in common])) for both in f1) for side in (0, 1)
            )
            sources = tuple(both[0].source for both in curves)
            orders.append(
                SourceOrder(target=target, entity=entity, sources=sources, probe=probe, trained=trained)
            )
    return tuple(orders)


def _pair_curves(references: Sequence[ReferenceCurve]) -> list[tuple[Curve, Curve]]:
    """Return the probe's curve and the fine-tuned one of each corpus, source and type that has both."""
    groups: dict[tuple[str, str, str], dict[str, Curve]] = defaultdict(dict)
    for reference in references:
        curve = reference.curve
        if reference.digest and curve.entity not in AVERAGES:
            groups[reference.digest, curve.source, curve.entity].setdefault(curve.method, curve)
    pairs = (group for group in groups.values() if {"probe", "finetune"} <= group.keys())
    return [(pair["probe"], pair["finetune"]) for pair in pairs]


def _compute_plan(curve: Curve, unpretrained: Sequence[Curve], fraction: float) -> int | None:
    """Return the number to plan on; the curve without pretraining of the same models sets the goal."""
    key = (curve.target, NONE, *curve.key[2:])
    same = (c for c in unpretrained if c.key == key and c.full_reference == curve.full_reference)
    reference = None if curve.source == NONE else next(same, None)
    return compute_budget(curve, fraction=fraction, goal_f1=None, noise=None, reference=reference).n_plan
