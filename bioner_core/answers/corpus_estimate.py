"""How much of a corpus to annotate: the one answer that ``bioner estimate`` and the Upload page show."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache

from bioner_core.analysis.estimate_basis import References, load_references
from bioner_core.analysis.forecast_check import EarlierRound, check_forecasts, find_earlier_rounds
from bioner_core.analysis.reference_curves import list_reference_runs, load_reference_curves
from bioner_core.analysis.resampling import estimate_sampling_noise
from bioner_core.answers.combined_estimate import combine_trained, combine_types, compute_plans
from bioner_core.answers.estimate import (
    FRACTION,
    Estimate,
    estimate_from_curves,
    estimate_from_similar,
    list_shares,
    list_type_traits,
)
from bioner_core.answers.next_round import Advice, choose_advice, compute_effort, compute_next_round
from bioner_core.answers.pool import Pool, count_test_sentences, estimate_pool
from bioner_core.answers.pool_needs import PoolNeeds, compute_pool_needs
from bioner_core.answers.stopping import StopPoint, compute_stop_point
from bioner_core.answers.type_choice import choose_annotated_types, choose_trained_curves
from bioner_core.answers.wording.basis import describe_basis, describe_newer_answer
from bioner_core.answers.wording.caveats import describe_sampling
from bioner_core.answers.wording.costs import describe_effort
from bioner_core.answers.wording.estimates import (
    describe_density,
    describe_earlier_round,
    describe_estimate,
    describe_next_gain,
    describe_stop_rule,
)
from bioner_core.answers.wording.exclusions import describe_left_out
from bioner_core.answers.wording.forecasts import describe_accuracy_elsewhere
from bioner_core.answers.wording.pools import describe_pool_bound, describe_questions
from bioner_core.answers.wording.probe_ratio import describe_ratio
from bioner_core.corpus.reading.passages import Reading
from bioner_core.corpus.sentences import Corpus
from bioner_core.costs.hours_and_money import Cost
from bioner_core.costs.rates import Rates, derive_timed_rates, replace_seconds
from bioner_core.curves.curve import Curve
from bioner_core.curves.draws import SamplingNoise
from bioner_core.study.annotation_file import AnnotationStatus
from bioner_core.study.estimate_file import EstimateBasis
from bioner_core.study.run import Run
from bioner_core.study.store import RunStore


@dataclass(frozen=True, kw_only=True)
class EstimateRequest:
    """A corpus and what its annotators want to know of it."""

    corpus: Corpus = field(compare=False, repr=False)  # compared by ``identity``: a corpus is slow to hash
    pool: Pool
    fraction: float = FRACTION  # of the F1 that the whole pool would reach, in (0, 1]
    is_goal_chosen: bool = False  # by the user; else another goal may lead
    rates: Rates = field(default_factory=Rates)
    n_test: int | None = None  # test sentences to annotate; None: as many as the estimate needs
    stop_at: int | None = None  # training sentences at which the team stops; None: not asked
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
    advice: Advice
    cost: Cost | None  # of the sentences still to annotate; None where nothing is lacking
    next_round: int  # training sentences to annotate before the next estimate
    pools: tuple[PoolNeeds, ...]  # the goals for what is annotated, for the pool, its half and its double
    stop: StopPoint | None  # what stopping at the number that was asked for gives
    basis: EstimateBasis | None  # kept with the run; None where the estimate follows the store
    verdict: str  # the answer in a sentence or a few
    questions: (
        str  # the pool's question and that of what is annotated, with both answers; "" where they are one
    )
    newer: str = ""  # that a newer answer exists; "" where none does
    notes: tuple[str, ...] = ()  # the pool, gains, work, density, earlier rounds: a sentence or two each

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
    fraction: float | None = None,
    n_test: int | None = None,
    stop_at: int | None = None,
) -> EstimateRequest:
    """Return the request for a corpus; its measured annotation time replaces published rates.

    :param n_pool: training sentences that could be annotated at most; None: as the files show.
    :param fraction: of the pool's F1, which then leads the answer; None: 99 %, or what suits the pool.
    :raises BionerError: the pool is smaller than what is annotated, or the corpus cannot be split.
    """
    if rates.is_published and status.seconds_per_sentence:
        rates = replace_seconds(rates, seconds=status.seconds_per_sentence, source=status.seconds_source)
    pool = estimate_pool(corpus, n_requested=n_pool, n_unannotated=status.n_unannotated)
    return EstimateRequest(
        corpus=corpus,
        pool=pool,
        fraction=fraction or FRACTION,
        is_goal_chosen=fraction is not None,
        rates=rates,
        n_test=n_test,
        stop_at=stop_at,
    )


def estimate_corpus(
    request: EstimateRequest, store: RunStore, run: Run | None = None, *, has_notes: bool = True
) -> CorpusEstimate:
    """Return the estimate of a corpus as far as its run has come; computed once for the same points.

    It rests on the runs that are kept with the run, and says where the runs of today give another number.

    :param run: a run of the corpus, whose first target it is; None before anything is trained.
    :param has_notes: say beside the answer what it rests on; without, it is there much sooner.
    :raises BionerError: the number to stop at is not between 1 and the pool.
    """
    references = load_references(run, store)
    noise, stamps = (estimate_sampling_noise(run, store), run.stamps) if run else (None, None)
    answer = _estimate_corpus(request, run, stamps, references, noise)
    if not has_notes:
        return answer
    answer = replace(answer, notes=_list_notes(request, run, stamps, references, noise))
    if not references.n_newer:
        return answer
    newest = load_references(run, store, is_newest=True)
    newer = _estimate_corpus(request, run, stamps, newest, noise).best
    return replace(answer, newer=describe_newer_answer(answer.best, newer, references))


@lru_cache(maxsize=16)
def _estimate_corpus(
    request: EstimateRequest, run: Run | None, _: object, references: References, noise: SamplingNoise | None
) -> CorpusEstimate:
    similar = _estimate_from_similar(request, references)
    curves = _select_curves(run)
    plans = compute_plans(curves, list_shares(request.fraction), noise=noise)
    measured = estimate_from_curves(
        curves, references, request.pool, digest=request.corpus.digest, fraction=request.fraction
    )
    left_out = choose_trained_curves(curves).left_out
    best = combine_trained(
        measured, left_out, similar=similar, plans=plans, is_goal_chosen=request.is_goal_chosen
    )
    n_test = count_test_sentences(request.corpus, request.pool)
    n_paid = request.n_test or n_test
    stop = None
    if request.stop_at is not None:
        stop = compute_stop_point(best, request.stop_at, request.rates, n_test=n_paid, plans=plans)
    pools = compute_pool_needs(best, plans)
    return CorpusEstimate(
        request=request,
        estimates=(similar, best) if measured else (best,),
        n_test=n_test,
        advice=choose_advice(best, n_test=n_test),
        cost=compute_effort(best, request.rates, n_test=n_paid),
        next_round=compute_next_round(best, n_test=n_test),
        pools=pools,
        stop=stop,
        basis=references.basis if references.is_frozen else None,
        questions=describe_questions(pools, request.fraction),
        verdict=describe_estimate(best, n_test=n_test, plans=plans.get(best.entity, ())),
    )


@lru_cache(maxsize=16)
def _list_notes(
    request: EstimateRequest,
    run: Run | None,
    stamps: object,
    references: References,
    noise: SamplingNoise | None,
) -> tuple[str, ...]:
    answer = _estimate_corpus(request, run, stamps, references, noise)
    basis = describe_basis(references) if references.is_frozen else ""
    notes = (*_describe_answer(answer), *_describe_run(request, run, references), basis)
    return tuple(filter(None, notes))


@lru_cache(maxsize=16)
def _estimate_from_similar(request: EstimateRequest, references: References) -> Estimate:
    return combine_types(
        estimate_from_similar(
            list_type_traits(request.corpus),
            references,
            request.pool,
            digest=request.corpus.digest,
            fraction=request.fraction,
        ),
        choose_annotated_types(request.corpus).left_out,
        is_goal_chosen=request.is_goal_chosen,
    )


def _select_curves(run: Run | None) -> list[Curve]:
    """Return the curves of a run's first target; none without a run."""
    if run is None:
        return []
    return [curve for curve in run.curves() if curve.target == run.study.targets[0]]


def _describe_answer(answer: CorpusEstimate) -> Iterator[str]:
    """Yield what stands below an answer: the two questions, the pool, gains, work, density."""
    request, best = answer.request, answer.best
    yield describe_left_out(best.left_out)
    yield "" if answer.advice == "stop" else describe_pool_bound(answer.pools, best)
    yield describe_stop_rule(answer.advice)
    yield describe_next_gain(best, request.rates)
    yield describe_effort(answer.cost, request.rates)
    yield describe_density(request.corpus)


def _describe_run(request: EstimateRequest, run: Run | None, references: References) -> Iterator[str]:
    """Yield how a run samples, how the round before it forecast, and how the probe compares."""
    if run is None:
        return
    yield describe_sampling(run.study.jobs[0].sample)
    runs: tuple[Run, ...] = ()
    if not run.is_read_only:  # the rounds before another's run are not for its readers
        runs = tuple(other for other in list_reference_runs(RunStore(run.folder.parent)) if other != run)
    if earlier_round := _find_earlier_round(request, runs, tuple(other.stamps for other in runs)):
        yield from describe_earlier_round(
            earlier_round, check_forecasts(earlier_round, run.curves(), references.curves)
        )
    yield describe_ratio((*load_reference_curves([run]), *references.curves), fraction=request.fraction)
    pool, method = request.pool, run.study.method
    if method is not None and pool.n_all > pool.n_train:
        digest = request.corpus.digest
        yield describe_accuracy_elsewhere(references.curves, digest, method=method, n_observed=pool.n_train)


@lru_cache(maxsize=16)
def _find_earlier_round(request: EstimateRequest, others: tuple[Run, ...], _: object) -> EarlierRound | None:
    """Return the largest earlier version of the corpus among the user's runs."""
    rounds = find_earlier_rounds(request.corpus, [run for run in others if not run.is_read_only])
    return next(iter(rounds), None)
