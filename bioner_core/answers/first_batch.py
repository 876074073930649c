"""A corpus of which nothing is annotated yet: the range from similar curves, and the first batch."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

import numpy as np

from bioner_core.analysis.estimate_basis import References
from bioner_core.analysis.similarity import TargetTraits, rank_similar_curves
from bioner_core.answers.combined_estimate import combine_types
from bioner_core.answers.estimate import FRACTION, Estimate, estimate_from_similar
from bioner_core.answers.pool import MAX_POOL, Pool
from bioner_core.corpus.checks import FEW_MENTIONS
from bioner_core.corpus.split import TEST_SHARE
from bioner_core.costs.hours_and_money import Cost, compute_cost
from bioner_core.costs.rates import Rates
from bioner_core.errors import BionerError
from bioner_core.forecast.forecast import DEFAULT_POOL

MIN_BATCH, MAX_BATCH = 200, 1000  # sentences; fewer give no curve, more are worth a look in between
_ROUND = 50


@dataclass(frozen=True, kw_only=True)
class FirstEstimate:
    """What is known of a corpus before its first annotation."""

    estimate: Estimate
    n_batch: int  # sentences to annotate first, for training and testing together
    density: float | None  # mentions per sentence of the rarest type in similar corpora; None where unknown
    cost: Cost  # of the first batch


def estimate_unannotated(
    types: Sequence[str],
    references: References,
    rates: Rates,
    *,
    language: str = "",
    domain: str = "",
    n_pool: int | None = None,
    fraction: float | None = None,
) -> FirstEstimate:
    """Estimate a corpus from its language, kind of text and entity types.

    :param types: names of entity types, one or more, such as Drug.
    :param n_pool: sentences that could be annotated at most.
    :param fraction: of the pool's F1, which then leads the answer; None: 99 %, or what suits the pool.
    :raises BionerError: no type, or a pool out of range.
    """
    names = tuple(dict.fromkeys(name for name in map(str.strip, types) if name))
    if not names:
        raise BionerError("no entity type: name one or more, such as Drug,Disease.")
    if n_pool is not None and not MIN_BATCH <= n_pool <= MAX_POOL:
        raise BionerError(f"pool of {n_pool:,} sentences: allowed are {MIN_BATCH:,} to {MAX_POOL:,}.")
    pool = Pool(n_train=0, n_test=0, n_all=n_pool or DEFAULT_POOL, is_specified=n_pool is not None)
    traits = [TargetTraits(entity=name, language=language, domain=domain) for name in names]
    similar = estimate_from_similar(traits, references, pool, fraction=fraction or FRACTION)
    estimate = combine_types(similar, is_goal_chosen=fraction is not None)
    density = _estimate_density(traits, references)
    n_batch = compute_first_batch(density)
    return FirstEstimate(
        estimate=estimate, n_batch=n_batch, density=density, cost=compute_cost(n_batch, n_batch, rates)
    )


def compute_first_batch(density: float | None) -> int:
    """Return the sentences of the first batch: its test part then holds enough mentions of the rarest type.

    >>> [compute_first_batch(density) for density in (None, 1.2, 0.4, 0.01)]
    [200, 200, 450, 1000]

    :param density: mentions of the rarest type per sentence; None where unknown.
    """
    n = 0 if not density else ceil(FEW_MENTIONS / (TEST_SHARE * density) / _ROUND) * _ROUND
    return min(MAX_BATCH, max(MIN_BATCH, n))


def _estimate_density(traits: Sequence[TargetTraits], references: References) -> float | None:
    """Return the weighted mean density of the rarest type in similar corpora; None where it is unknown."""
    densities = []
    for type_traits in traits:
        similar = rank_similar_curves(type_traits, references.curves)
        same_type = [
            (curve.weight, curve.reference.density)
            for curve in similar
            if curve.reference.density and curve.reference.curve.entity == type_traits.entity
        ]
        if same_type:
            weights, values = zip(*same_type, strict=True)
            densities.append(float(np.average(values, weights=weights)))
    return min(densities, default=None)
