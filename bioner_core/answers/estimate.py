"""How many sentences reach a share of the F1 that all sentences that could be annotated would reach."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from bioner_core.analysis.reference_curves import ReferenceCurve, select_other_corpora
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
STEP = 100  # sentences of the gain that is forecast next
TEST_MENTIONS = 100  # of each type, so that one mention changes F1 by a point at most
MIN_TEST_SENTENCES = 50
MAX_POOL = 1_000_000  # sentences
_MAX_NAMES = 3  # corpora, and runs, named as the basis of an estimate


@dataclass(frozen=True, kw_only=True)
class Pool:
    """The sentences that are annotated, and those that could be."""

    n_train: int  # annotated sentences to train on
    n_test: int  # annotated sentences to test on
    n_all: int  # to train on, annotated or not
    is_specified: bool  # by the user or by unannotated files; else ``DEFAULT_POOL``


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """The estimate for one entity type, or for all types together."""

    entity: str
    basis: Basis
    fraction: float  # of the F1 that the whole pool would reach
    pool: Pool
    n: int | None  # training sentences, median; None beyond the pool
    low: int | None  # of the 90 % interval
    high: int | None  # of it, reached with 95 % probability; None beyond the pool
    full: ForecastPoint  # F1 of the whole pool
    now: ForecastPoint | None  # F1 of the annotated sentences
    next: ForecastPoint | None  # gain of F1 by ``STEP`` more sentences
    decided_by: str = ""  # the type that needs most, where all types are combined
    rests_on: str  # the curves or the method, as text
    by_type: tuple["Estimate", ...] = ()


def estimate_pool(corpus: Corpus, *, n_requested: int | None = None, n_unannotated: int = 0) -> Pool:
    """Count the annotated sentences of a corpus, and estimate how many could be annotated.

    :param n_requested: training sentences that could be annotated at most, annotated ones included.
    :param n_unannotated: documents without annotation; each counts as the mean length of the named documents,
        or as one sentence if none is named.
    :raises BionerError: the requested pool is smaller than the annotated part, or the corpus cannot be split.
    """
    split = split_corpus(corpus)
    n_train = len(split.train)
    if n_requested is not None:
        if not n_train <= n_requested <= MAX_POOL:
            raise BionerError(
                f"pool of {n_requested:,} sentences: {n_train:,} training sentences are annotated already; "
                f"allowed are {n_train:,} to {MAX_POOL:,}. Count the annotated sentences, too."
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
    """Estimate from the curves of similar corpora, before anything is trained."""
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
    """Estimate from the curves of the corpus itself, forecast up to the pool; None without a curve.

    :param curves: curves of one target, model and method, of any source and entity.
    :param digest: of the target, whose curves in other runs are left out of the reference.
    """
    trained = [c for c in curves if c.source == source and any(s.n for s in c.settled_sizes)]
    types = [curve for curve in trained if curve.entity not in AVERAGES] or trained
    tested = [curve for curve in types if curve.is_tested] or types  # without test mentions there is no F1
    others = select_other_corpora(reference_curves, digest)
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
    """Return the test sentences that hold ``TEST_MENTIONS`` of each type, rounded up to tens.

    Types with fewer mentions in the whole corpus are left out: no reasonable test part would hold enough.
    """
    counts = [corpus.mentions[entity] for entity in corpus.types if corpus.mentions[entity]]
    if not counts:
        return pool.n_test
    rarest = min((n for n in counts if n >= TEST_MENTIONS), default=max(counts))
    n = TEST_MENTIONS * len(corpus.sentences) / rarest
    return max(MIN_TEST_SENTENCES, -(-round(n) // 10) * 10)


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


def _combine_types(estimates: Sequence[Estimate]) -> Estimate:
    """Combine the estimates of types: the type that needs most decides."""
    if not estimates:
        raise BionerError("the corpus has no entity types, so there is nothing to estimate.")
    if len(estimates) == 1:
        return estimates[0]
    most_demanding = max(estimates, key=_rank_need)
    highs = [estimate.high for estimate in estimates]
    return replace(
        most_demanding,
        entity=EVERY,
        decided_by=most_demanding.entity,
        low=max(estimate.low or estimate.pool.n_all for estimate in estimates),
        high=None if None in highs else max(high or 0 for high in highs),
        by_type=tuple(sorted(estimates, key=lambda estimate: -_replace_unreached(estimate.n))),
    )


def _rank_need(estimate: Estimate) -> tuple[float, float]:
    return _replace_unreached(estimate.n), _replace_unreached(estimate.high)


def _replace_unreached(n: int | None) -> float:
    return float("inf") if n is None else n
