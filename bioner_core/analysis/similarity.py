"""Similarity of reference curves to a corpus on which nothing is trained yet."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log

from bioner_core.analysis.reference_curves import ReferenceCurve
from bioner_core.curves.points import NONE

# Each agreement multiplies the weight. A rule, not a fit: there are too few corpora to learn it from.
_ENTITY_FACTOR, _LANGUAGE_FACTOR, _DOMAIN_FACTOR = 4.0, 2.0, 2.0
_MIN_WEIGHT = 0.05  # curves that weigh less than this share of the heaviest are left out


@dataclass(frozen=True, kw_only=True)
class TargetTraits:
    """Traits of a target that similarity is computed from; "" and None where unknown."""

    entity: str
    language: str = ""
    domain: str = ""
    density: float | None = None  # mentions per sentence


@dataclass(frozen=True, kw_only=True)
class SimilarCurve:
    """A reference curve and its weight, in (0, 1]: 1 for the most similar."""

    reference: ReferenceCurve
    weight: float
    shared_traits: tuple[str, ...]  # "entity type", "language", "domain"


def rank_similar_curves(
    traits: TargetTraits, references: Sequence[ReferenceCurve], *, digest: str = ""
) -> tuple[SimilarCurve, ...]:
    """Return the reference curves without pretraining, the most similar first.

    :param digest: of the target corpus, whose curves are left out.
    """
    candidates = [
        reference
        for reference in references
        if reference.curve.source == NONE and not (digest and reference.digest == digest)
    ]
    weighted = [(reference, *_compute_weight(traits, reference)) for reference in candidates]
    max_weight = max((weight for _, weight, _ in weighted), default=1.0)
    similar_curves = [
        SimilarCurve(reference=reference, weight=weight / max_weight, shared_traits=shared_traits)
        for reference, weight, shared_traits in weighted
        if weight >= _MIN_WEIGHT * max_weight
    ]
    return tuple(sorted(similar_curves, key=lambda similar: -similar.weight))


def _compute_weight(traits: TargetTraits, reference: ReferenceCurve) -> tuple[float, tuple[str, ...]]:
    """Return the weight before scaling, and the shared traits."""
    agreements = (
        ("entity type", _ENTITY_FACTOR, traits.entity, reference.curve.entity),
        ("language", _LANGUAGE_FACTOR, traits.language, reference.description.language),
        ("domain", _DOMAIN_FACTOR, traits.domain, reference.description.domain),
    )
    weight, shared_traits = 1.0, []
    for name, factor, trait, reference_trait in agreements:
        if trait and trait == reference_trait:
            weight *= factor
            shared_traits.append(name)
    if traits.density and reference.density:  # half as dense, or twice: half the weight
        weight *= exp(-abs(log(traits.density / reference.density)))
    return weight, tuple(shared_traits)
