"""How many sentences reach a share of the F1 that all sentences that could be annotated would reach."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np

from bioner_core.analysis.estimate_basis import References, forecast_to_pool
from bioner_core.analysis.similarity import SimilarCurve, TargetTraits, rank_similar_curves
from bioner_core.answers.goal_plans import GOALS
from bioner_core.answers.pool import Pool
from bioner_core.answers.type_choice import choose_annotated_types, choose_trained_curves, count_mentions
from bioner_core.corpus.sentences import Corpus
from bioner_core.corpus.split import split_corpus
from bioner_core.curves.curve import Curve
from bioner_core.curves.exclusion import LeftOut
from bioner_core.curves.points import NONE
from bioner_core.forecast.forecast import (
    Forecast,
    ForecastPoint,
    Need,
    compute_gain,
    compute_need,
    forecast_from_prior,
)

Basis = Literal["similar", "probe", "partial", "trained"]
FRACTION = 0.99
STEP = 100  # sentences of the gain that is forecast next
_MAX_NAMES = 3  # corpora, and runs, named as the basis of an estimate


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """The estimate for one entity type, or for all types together."""

    entity: str
    basis: Basis
    fraction: float  # of the F1 that the whole pool would reach: the goal that was asked for
    lead: float  # the share that leads the answer; see ``combined_estimate``
    pool: Pool
    needs: tuple[Need, ...]  # of ``fraction`` and of ``GOALS``, by ascending share
    doubled: Need | None = None  # of ``fraction``, if the pool were twice as large
    full: ForecastPoint  # F1 of the whole pool
    now: ForecastPoint | None  # F1 of the annotated sentences
    next: ForecastPoint | None  # mean gain of F1 by ``STEP`` more sentences
    rest: ForecastPoint | None  # mean gain of F1 by all sentences of the pool that are not annotated
    support: int | None = None  # test mentions; None where nothing was trained
    decided_by: str = ""  # the type that needs most, where all types are combined
    rests_on: str  # the curves or the method, as text
    by_type: tuple["Estimate", ...] = ()
    left_out: tuple[LeftOut, ...] = ()  # types that do not decide, where all types are combined
    forecast: Forecast | None = field(default=None, repr=False, compare=False)  # of one type

    def find_need(self, fraction: float) -> Need:
        """Return what a share takes that is among ``needs``."""
        return next(need for need in self.needs if need.fraction == fraction)

    def find_forecast(self, entity: str) -> Forecast | None:
        """Return the forecast of a type's own curve; None where nothing is trained."""
        types = (of for of in self.types if of.entity == entity and of.basis != "similar")
        return next((of.forecast for of in types), None)

    @property
    def types(self) -> tuple["Estimate", ...]:
        """Return the estimates of the single types."""
        return self.by_type or (self,)

    @property
    def n(self) -> int | None:
        """Return the training sentences that reach ``fraction``, median; None beyond the pool."""
        return self.find_need(self.fraction).n

    @property
    def low(self) -> int | None:
        """Return the lower end of the 90 % interval of ``n``."""
        return self.find_need(self.fraction).low

    @property
    def high(self) -> int | None:
        """Return the upper end, reached with 95 % probability; None beyond the pool."""
        return self.find_need(self.fraction).high


def list_type_traits(corpus: Corpus) -> tuple[TargetTraits, ...]:
    """Return what similarity to other corpora is computed from, for each type that may decide.

    Where no type may, those with a mention do: nothing is trained yet.
    """
    split = split_corpus(corpus)
    n, mentions = max(1, len(split.train)), count_mentions(split.types, split.train)
    entities = choose_annotated_types(corpus).deciding or [e for e in split.types if corpus.mentions[e]]
    return tuple(
        TargetTraits(
            entity=entity, language=corpus.language, domain=corpus.domain, density=mentions[entity] / n
        )
        for entity in entities
    )


def estimate_from_similar(
    traits: Sequence[TargetTraits],
    references: References,
    pool: Pool,
    *,
    digest: str = "",
    fraction: float = FRACTION,
) -> list[Estimate]:
    """Estimate each type from the curves of similar corpora, before anything is trained.

    :param digest: of the corpus, whose own curves are left out; "" where nothing is annotated.
    """
    estimates = []
    for type_traits in traits:
        similar_curves = rank_similar_curves(type_traits, references.curves, digest=digest)
        forecast = forecast_from_prior(
            [similar_curve.reference.curve for similar_curve in similar_curves],
            weights=[similar_curve.weight for similar_curve in similar_curves],
            sizes=(2 * pool.n_all,),
            pool=pool.n_all,
            entity=type_traits.entity,
            source=NONE,
        )
        rests_on = _format_basis(similar_curves)
        estimates.append(
            _build_estimate(forecast, pool, basis="similar", fraction=fraction, rests_on=rests_on)
        )
    return estimates


def estimate_from_curves(
    curves: Sequence[Curve],
    references: References,
    pool: Pool,
    *,
    digest: str = "",
    fraction: float = FRACTION,
    source: str = NONE,
) -> list[Estimate]:
    """Estimate each type that decides from its own curve, forecast up to the pool; none without such a curve.

    :param curves: curves of one target, model and method, of any source and entity.
    :param digest: of the target, whose curves in other runs are left out of the reference.
    """
    estimates = []
    for curve in choose_trained_curves(curves, source=source).deciding:
        forecast = forecast_to_pool(
            curve, references, digest=digest, n_pool=pool.n_all, sizes=(pool.n_train,)
        )
        bases: dict[str, Basis] = {"probe": "probe", "partial": "partial"}
        estimates.append(
            _build_estimate(
                forecast,
                pool,
                basis=bases.get(curve.method, "trained"),
                fraction=fraction,
                rests_on=forecast.method_used,
                support=curve.support,
            )
        )
    return estimates


def list_shares(fraction: float) -> tuple[float, ...]:
    """Return the shares of the pool's F1 that an answer lists, ascending.

    >>> list_shares(0.99), list_shares(0.8)
    ((0.9, 0.95, 0.99), (0.8, 0.9, 0.95, 0.99))
    """
    return tuple(sorted({*GOALS, fraction}))


def _build_estimate(
    forecast: Forecast,
    pool: Pool,
    *,
    basis: Basis,
    fraction: float,
    rests_on: str,
    support: int | None = None,
) -> Estimate:
    is_started, n_rest = forecast.n_observed > 0, pool.n_all - pool.n_train
    return Estimate(
        entity=forecast.entity,
        basis=basis,
        fraction=fraction,
        lead=fraction,
        pool=pool,
        needs=tuple(forecast.compute_need(fraction=share) for share in list_shares(fraction)),
        doubled=compute_need(forecast.draws, pool=2 * pool.n_all, fraction=fraction),
        full=forecast.full,
        now=forecast.predict(pool.n_train) if is_started else None,
        next=_average_gain(forecast, pool.n_train, min(STEP, n_rest)) if is_started and n_rest else None,
        rest=_average_gain(forecast, pool.n_train, n_rest) if is_started and n_rest else None,
        support=support,
        rests_on=rests_on,
        forecast=forecast,
    )


def _average_gain(forecast: Forecast, n: int, step: int) -> ForecastPoint:
    """Return the mean gain of F1 from ``n`` to ``n + step`` sentences, with its 90 % interval.

    Not the median: over 100 sentences most drawn curves stand still, yet together they rise.
    """
    gain = compute_gain(forecast, n, step)
    draws = forecast.draws
    mean = float(np.mean(draws.interpolate(n + step) - draws.interpolate(n)))
    return replace(gain, f1=float(np.clip(mean, gain.low, gain.high)))


def _format_basis(similar_curves: Sequence[SimilarCurve]) -> str:
    """Name the curves an estimate rests on, the most similar corpora first, and their runs."""
    targets: dict[str, tuple[str, ...]] = {}
    for similar_curve in similar_curves:
        targets.setdefault(similar_curve.reference.curve.target, similar_curve.shared_traits)
    if not targets:
        return "no other curve (a wide guess)"
    names = [f"{name} (same {', '.join(shares)})" if shares else name for name, shares in targets.items()]
    runs = list(dict.fromkeys(similar_curve.reference.run for similar_curve in similar_curves))
    run_text = f"{'run' if len(runs) == 1 else 'runs'} {_format_first(runs)}"
    return f"{len(similar_curves)} curves of {_format_first(names)} in {run_text}"


def _format_first(names: Sequence[str]) -> str:
    """Return the first names and the number of the others."""
    n_others = len(names) - _MAX_NAMES
    return ", ".join(names[:_MAX_NAMES]) + (f" and {n_others} more" if n_others > 0 else "")
