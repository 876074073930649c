"""How much of a corpus to annotate: the one answer that ``bioner estimate`` and the Upload page show."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from bioner_core.analysis.forecast_check import EarlierRound, check_forecasts, find_earlier_rounds
from bioner_core.analysis.reference_curves import list_reference_runs, load_reference_curves
from bioner_core.answers.estimate import (
    FRACTION,
    Estimate,
    Pool,
    count_test_sentences,
    estimate_from_curves,
    estimate_from_similar,
    estimate_pool,
)
from bioner_core.answers.next_round import compute_effort, compute_next_round
from bioner_core.answers.wording.caveats import describe_sampling
from bioner_core.answers.wording.costs import describe_effort
from bioner_core.answers.wording.estimates import (
    describe_density,
    describe_earlier_round,
    describe_estimate,
    describe_next_gain,
    describe_reach,
)
from bioner_core.answers.wording.probe_ratio import describe_ratio
from bioner_core.corpus.reading.passages import Reading
from bioner_core.corpus.sentences import Corpus
from bioner_core.costs.hours_and_money import Cost
from bioner_core.costs.rates import Rates, derive_timed_rates, replace_seconds
from bioner_core.study.annotation_file import AnnotationStatus
from bioner_core.study.run import Run
from bioner_core.study.store import RunStore


@dataclass(frozen=True, kw_only=True)
class EstimateRequest:
    """A corpus and what its annotators want to know of it."""

    corpus: Corpus = field(compare=False, repr=False)  # compared by ``identity``: a corpus is slow to hash
    pool: Pool
    fraction: float = FRACTION  # of the F1 that the whole pool would reach, in (0, 1]
    rates: Rates = field(default_factory=Rates)
    n_test: int | None = None  # test sentences to annotate; None: as many as the estimate needs
    identity: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        """Derive what requests for the same corpus have in common."""
        corpus = self.corpus
        identity = (corpus.name, corpus.digest, corpus.language, corpus.domain)
        object.__setattr__(self, "identity", identity)


@dataclass(frozen=True, kw_only=True)
class CorpusEstimate:
    """All that is known by now of how much of a corpus to annotate."""

    request: EstimateRequest
    estimates: tuple[Estimate, ...]  # from similar curves; then, as soon as it has some, from the run's own
    n_test: int  # test sentences that the plan needs
    cost: Cost | None  # of the sentences still to annotate; None where nothing is lacking
    next_round: int  # training sentences to annotate before the next estimate
    verdict: str  # the answer in one sentence
    notes: tuple[str, ...]  # effort, gain, density, earlier rounds: a sentence each

    @property
    def similar(self) -> Estimate:
        """Return the estimate from similar curves."""
        return self.estimates[0]

    @property
    def measured(self) -> Estimate | None:
        """Return the estimate from the run's own curves; None before its first point."""
        return self.estimates[1] if len(self.estimates) > 1 else None

    @property
    def best(self) -> Estimate:
        """Return the estimate with most evidence."""
        return self.estimates[-1]


def describe_annotation(reading: Reading, corpus: Corpus) -> AnnotationStatus:
    """Return what files tell of the annotation beside the corpus that was read from them."""
    timed = derive_timed_rates(reading, len(corpus.sentences), Rates())
    return AnnotationStatus(
        n_unannotated=reading.n_unannotated,
        seconds_per_sentence=timed.seconds_low if timed else None,
        seconds_source=timed.source if timed else "",
    )


def build_request(
    corpus: Corpus,
    status: AnnotationStatus,
    rates: Rates,
    *,
    n_pool: int | None = None,
    fraction: float = FRACTION,
    n_test: int | None = None,
) -> EstimateRequest:
    """Return the request for a corpus; its measured annotation time replaces published rates.

    :param n_pool: training sentences that could be annotated at most; None: as the files show.
    :raises BionerError: the pool is smaller than what is annotated, or the corpus cannot be split.
    """
    if rates.is_published and status.seconds_per_sentence:
        rates = replace_seconds(rates, seconds=status.seconds_per_sentence, source=status.seconds_source)
    pool = estimate_pool(corpus, n_requested=n_pool, n_unannotated=status.n_unannotated)
    return EstimateRequest(corpus=corpus, pool=pool, fraction=fraction, rates=rates, n_test=n_test)


def estimate_corpus(request: EstimateRequest, store: RunStore, run: Run | None = None) -> CorpusEstimate:
    """Return the estimate of a corpus as far as its run has come; computed once for the same points.

    :param run: a run of the corpus, whose first target it is; None before anything is trained.
    """
    others = tuple(list_reference_runs(store, without=run.name if run else ""))
    return _estimate_corpus(request, run, run.stamps if run else None, others, _read_stamps(others))


def _read_stamps(runs: tuple[Run, ...]) -> tuple[object, ...]:
    """Return what changes when one of the runs does."""
    return tuple(run.stamps for run in runs)


@lru_cache(maxsize=16)
def _estimate_corpus(
    request: EstimateRequest, run: Run | None, _: object, others: tuple[Run, ...], stamps: tuple[object, ...]
) -> CorpusEstimate:
    estimates = tuple(_iterate_estimates(request, run, others, stamps))
    best, n_test = estimates[-1], count_test_sentences(request.corpus, request.pool)
    cost = compute_effort(best, request.rates, n_test=request.n_test or n_test)
    notes = [
        describe_reach(best),
        describe_effort(cost, request.rates),
        describe_next_gain(best, request.rates),
        describe_density(request.corpus),
        *(_describe_run(request, run, others, stamps) if run else ()),
    ]
    return CorpusEstimate(
        request=request,
        estimates=estimates,
        n_test=n_test,
        cost=cost,
        next_round=compute_next_round(best),
        verdict=describe_estimate(best, n_test=n_test),
        notes=tuple(filter(None, notes)),
    )


def _iterate_estimates(
    request: EstimateRequest, run: Run | None, others: tuple[Run, ...], stamps: tuple[object, ...]
) -> Iterator[Estimate]:
    """Yield the estimate from similar curves, then the one from the run's own curves."""
    yield _estimate_from_similar(request, others, stamps)
    if run is None:
        return
    target, digest = run.study.targets[0], request.corpus.digest
    curves = [curve for curve in run.curves() if curve.target == target]
    estimate = estimate_from_curves(
        curves, load_reference_curves(others), request.pool, digest=digest, fraction=request.fraction
    )
    if estimate:
        yield estimate


@lru_cache(maxsize=16)
def _estimate_from_similar(request: EstimateRequest, others: tuple[Run, ...], _: object) -> Estimate:
    return estimate_from_similar(
        request.corpus, load_reference_curves(others), request.pool, fraction=request.fraction
    )


def _describe_run(
    request: EstimateRequest, run: Run, others: tuple[Run, ...], stamps: tuple[object, ...]
) -> Iterator[str]:
    """Yield how a run samples, how the round before it forecast, and how the probe compares."""
    yield describe_sampling(run.study.jobs[0].sample)
    reference_curves = load_reference_curves(others)
    if earlier_round := _find_earlier_round(request, others, stamps):
        yield from describe_earlier_round(
            earlier_round, check_forecasts(earlier_round, run.curves(), reference_curves)
        )
    yield describe_ratio((*load_reference_curves([run]), *reference_curves), fraction=request.fraction)


@lru_cache(maxsize=16)
def _find_earlier_round(request: EstimateRequest, others: tuple[Run, ...], _: object) -> EarlierRound | None:
    """Return the largest earlier version of the corpus among the user's runs."""
    rounds = find_earlier_rounds(request.corpus, [run for run in others if not run.is_shipped])
    return next(iter(rounds), None)
