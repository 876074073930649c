"""The estimate for a corpus: sentences that reach a share of what all that could be annotated would reach."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from bioner_core.analysis.reference_curves import ReferenceCurve
from bioner_core.analysis.similarity import SimilarCurve, TargetTraits, rank_similar_curves
from bioner_core.corpus.sentences import Corpus
from bioner_core.corpus.split import Split, count_documents, split_corpus
from bioner_core.curves.budget import EVERY
from bioner_core.curves.curve import Curve
from bioner_core.curves.points import AVERAGES, NONE
from bioner_core.errors import BionerError
from bioner_core.forecast.forecast import (
    DEFAULT_POOL,
    Forecast,
    ForecastPoint,
    compute_gain,
    forecast_curve,
    forecast_from_prior,
)

Basis = Literal["similar", "probe", "trained"]
FRACTION = 0.99
STEP = 100  # sentences that the next gain is told of
TEST_MENTIONS = 100  # of each type, so that one mention is worth no more than a point of F1
FEWEST_TEST = 50  # sentences
MOST_POOL = 1_000_000
_NAMED = 3  # corpora, and runs, that an estimate rests on


@dataclass(frozen=True, kw_only=True)
class Pool:
    """What is annotated, and what could be."""

    n_train: int  # annotated sentences to train on
    n_test: int  # annotated sentences to test on
    n_all: int  # to train on, annotated or not
    is_specified: bool  # the user named it, or the files show it; else it is taken to be ``POOL``


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """The answer for one entity type, or for every."""

    entity: str
    basis: Basis
    fraction: float  # of the F1 that the whole pool would reach
    pool: Pool
    n: int | None  # sentences to train on: an even chance; None beyond the pool
    low: int | None  # 90 % interval
    high: int | None  # 95 % sure; None beyond the pool
    full: ForecastPoint  # F1 that the whole pool would reach
    now: ForecastPoint | None  # F1 with what is annotated
    next: ForecastPoint | None  # F1 that ``STEP`` sentences more would bring
    decided_by: str = ""  # of every type: the one that needs most
    rests_on: str  # in words
    by_type: tuple["Estimate", ...] = ()


def estimate_pool(corpus: Corpus, *, n_requested: int | None = None, n_unannotated: int = 0) -> Pool:
    """Return what is annotated of a corpus and what could be.

    :param n_requested: sentences to train on that could be annotated at most, those annotated included.
    :param n_unannotated: documents that nobody annotated; each is taken to be as long as those that sentences
        name are on average, or one sentence where none is named.
    :raises BionerError: less is told than is annotated, or the corpus cannot be parted.
    """
    split = split_corpus(corpus)
    n_train = len(split.train)
    if n_requested is not None:
        if not n_train <= n_requested <= MOST_POOL:
            raise BionerError(
                f"pool of {n_requested:,} sentences: {n_train:,} to train on are annotated already, and at most "
                f"{MOST_POOL:,} are allowed. Count all that could be annotated, those included that are."
            )
        return Pool(n_train=n_train, n_test=len(split.test), n_all=n_requested, is_specified=True)
    named_sentences = [sentence for sentence in corpus.sentences if sentence.document]
    documents = count_documents(named_sentences)
    sentences_per_document = len(named_sentences) / documents if documents else 1.0
    n_rest = round(n_unannotated * sentences_per_document)
    n_all = n_train + n_rest if n_rest else max(DEFAULT_POOL, n_train)
    return Pool(n_train=n_train, n_test=len(split.test), n_all=n_all, is_specified=bool(n_rest))


def estimate_from_similar(
    corpus: Corpus, reference_curves: Sequence[ReferenceCurve], pool: Pool, *, fraction: float = FRACTION
) -> Estimate:
    """Return what curves of similar corpora say, before anything is trained."""
    split = split_corpus(corpus)
    estimates = []
    for traits in _list_traits(corpus, split):
        similar_curves = rank_similar_curves(traits, reference_curves, digest=corpus.digest)
        curve_forecast = forecast_from_prior(
            [similar_curve.reference.curve for similar_curve in similar_curves],
            weights=[similar_curve.weight for similar_curve in similar_curves],
            sizes=(pool.n_train,),
            pool=pool.n_all,
            fractions=(fraction,),
            target=corpus.name,
            entity=traits.entity,
            source=NONE,
        )
        estimates.append(
            _build_estimate(curve_forecast, pool, basis="similar", rests_on=_format_basis(similar_curves))
        )
    return _combine_types(estimates)


def estimate_from_curves(
    curves: Sequence[Curve],
    reference_curves: Sequence[ReferenceCurve],
    pool: Pool,
    *,
    digest: str = "",
    fraction: float = FRACTION,
    source: str = NONE,
) -> Estimate | None:
    """Return what the corpus's own curves say, continued to the pool; None where there is none yet.

    :param curves: curves of one target, model and method, of any source and entity.
    :param digest: of the target, whose curves in other runs are not learned from.
    """
    trained = [c for c in curves if c.source == source and any(s.n for s in c.settled_sizes)]
    types = [curve for curve in trained if curve.entity not in AVERAGES] or trained
    tested = [curve for curve in types if curve.is_tested] or types  # no test mention, no F1
    others = [
        reference.curve for reference in reference_curves if not (digest and reference.digest == digest)
    ]
    estimates = []
    for curve in tested:
        curve_forecast = forecast_curve(
            curve, sizes=(pool.n_train,), pool=pool.n_all, fractions=(fraction,), others=others
        )
        basis: Basis = "probe" if curve.method == "probe" else "trained"
        estimates.append(
            _build_estimate(curve_forecast, pool, basis=basis, rests_on=curve_forecast.method_used)
        )
    return _combine_types(estimates) if estimates else None


def count_test_sentences(corpus: Corpus, pool: Pool) -> int:
    """Return how many sentences to test on hold ``TEST_MENTIONS`` of each type, in tens.

    Types with fewer mentions in the whole corpus do not decide: no reasonable test part holds so many.
    """
    counts = [corpus.mentions[entity] for entity in corpus.types if corpus.mentions[entity]]
    if not counts:
        return pool.n_test
    rarest = min((n for n in counts if n >= TEST_MENTIONS), default=max(counts))
    n = TEST_MENTIONS * len(corpus.sentences) / rarest
    return max(FEWEST_TEST, -(-round(n) // 10) * 10)


def _list_traits(corpus: Corpus, split: Split) -> list[TargetTraits]:
    n = max(1, len(split.train))
    mentions = {entity: 0 for entity in split.types}
    for sentence in split.train:
        for span in sentence.spans:
            mentions[span.label] += 1
    return [
        TargetTraits(entity=entity, language=corpus.language, domain=corpus.domain, density=count / n)
        for entity, count in mentions.items()
        if corpus.mentions[entity]
    ]


def _build_estimate(curve_forecast: Forecast, pool: Pool, *, basis: Basis, rests_on: str) -> Estimate:
    need = curve_forecast.needs[0]
    is_started = curve_forecast.n_observed > 0
    return Estimate(
        entity=curve_forecast.entity,
        basis=basis,
        fraction=need.fraction or 1.0,
        pool=pool,
        n=need.n,
        low=need.low,
        high=need.high,
        full=curve_forecast.full,
        now=curve_forecast.points[0] if is_started else None,
        next=compute_gain(curve_forecast, pool.n_train, STEP) if is_started else None,
        rests_on=rests_on,
    )


def _format_basis(similar_curves: Sequence[SimilarCurve]) -> str:
    """Return which curves an estimate rests on, the likest corpora first, and which runs they are of."""
    targets: dict[str, tuple[str, ...]] = {}
    for similar_curve in similar_curves:
        targets.setdefault(similar_curve.reference.curve.target, similar_curve.shared_traits)
    if not targets:
        return "no other curve: a wide guess"
    names = [f"{name} (same {', '.join(shares)})" if shares else name for name, shares in targets.items()]
    runs = list(dict.fromkeys(similar_curve.reference.run for similar_curve in similar_curves))
    run_text = f"{'run' if len(runs) == 1 else 'runs'} {_format_first(runs)}"
    return f"{len(similar_curves)} curves of {_format_first(names)} in {run_text}"


def _format_first(names: Sequence[str]) -> str:
    """Return the first names and how many more there are."""
    return ", ".join(names[:_NAMED]) + (f" and {len(names) - _NAMED} more" if len(names) > _NAMED else "")


def _combine_types(estimates: Sequence[Estimate]) -> Estimate:
    """Return the estimate of the type that needs most, as that of every type."""
    if not estimates:
        raise BionerError("the corpus has no entity types, so there is nothing to estimate.")
    if len(estimates) == 1:
        return estimates[0]
    most_demanding = max(estimates, key=lambda estimate: (_rank_size(estimate.n), _rank_size(estimate.high)))
    return replace(
        most_demanding,
        entity=EVERY,
        decided_by=most_demanding.entity,
        low=max((estimate.low or estimate.pool.n_all for estimate in estimates), default=None),
        high=None
        if any(estimate.high is None for estimate in estimates)
        else max(estimate.high or 0 for estimate in estimates),
        by_type=tuple(sorted(estimates, key=lambda estimate: -_rank_size(estimate.n))),
    )


def _rank_size(n: int | None) -> float:
    return float("inf") if n is None else n
