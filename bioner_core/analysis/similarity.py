"""How much the curves of other corpora say about one of which nothing is trained yet."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log

from bioner_core.analysis.reference_curves import Known
from bioner_core.curves.points import NONE

# Each agreement multiplies the weight. A rule, not a fit: there are too few corpora to learn it from.
_ENTITY, _LANGUAGE, _DOMAIN = 4.0, 2.0, 2.0
_COUNTS = 0.05  # curves that weigh less than this share of the heaviest are left out


@dataclass(frozen=True, kw_only=True)
class Traits:
    """What likeness is told from; "" and None where unknown."""

    entity: str
    language: str = ""
    domain: str = ""
    density: float | None = None  # mentions a sentence


@dataclass(frozen=True, kw_only=True)
class Alike:
    """A known curve and its weight, in (0, 1]: 1 for the likest."""

    known: Known
    weight: float
    shares: tuple[str, ...]  # what it has in common: "entity type", "language", "domain"


def alike(traits: Traits, known: Sequence[Known], *, digest: str = "") -> tuple[Alike, ...]:
    """Return the curves to learn from, the likest first: those without pretraining, of other corpora.

    :param digest: of the corpus at hand, whose own curves are left out.
    """
    own = [k for k in known if k.curve.source == NONE and not (digest and k.digest == digest)]
    found = [(k, *_weight(traits, k)) for k in own]
    most = max((weight for _, weight, _ in found), default=1.0)
    kept = [
        Alike(known=k, weight=weight / most, shares=shares)
        for k, weight, shares in found
        if weight >= _COUNTS * most
    ]
    return tuple(sorted(kept, key=lambda one: -one.weight))


def _weight(traits: Traits, known: Known) -> tuple[float, tuple[str, ...]]:
    agreements = (
        ("entity type", _ENTITY, traits.entity, known.curve.entity),
        ("language", _LANGUAGE, traits.language, known.about.language),
        ("domain", _DOMAIN, traits.domain, known.about.domain),
    )
    weight, shares = 1.0, []
    for name, factor, mine, its in agreements:
        if mine and mine == its:
            weight *= factor
            shares.append(name)
    if traits.density and known.density:  # half as dense, or twice: half the weight
        weight *= exp(-abs(log(traits.density / known.density)))
    return weight, tuple(shares)
