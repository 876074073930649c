"""An estimate as a sentence that can be pasted into a plan, what to do next, and the cards of Upload."""

from collections.abc import Sequence

from bioner_core.analysis.forecast_check import EarlierRound, ForecastCheck
from bioner_core.answers.estimate import STEP, Estimate
from bioner_core.answers.finetuning_cost import FinetuningPlan
from bioner_core.answers.next_round import compute_next_round
from bioner_core.answers.wording.budget_cards import MAX_TYPES, Card
from bioner_core.answers.wording.certainty import describe_upper_end
from bioner_core.answers.wording.numbers import (
    format_bound,
    format_count,
    format_f1_interval,
    format_percent,
    join_names,
    shorten_bound,
)
from bioner_core.corpus.sentences import Corpus
from bioner_core.costs.hours_and_money import compute_annotation_hours, format_hours
from bioner_core.costs.rates import Rates
from bioner_core.curves.budget import EVERY
from bioner_core.study.duration import format_duration
from bioner_core.study.run_state import RunState


def describe_estimate(estimate: Estimate, *, n_test: int) -> str:
    """Return the plan, what to test on, what is annotated and what to do next.

    :param n_test: sentences to test on that the plan needs.
    """
    pool = estimate.pool
    annotated = f"you have {format_count(pool.n_train)} and {format_count(pool.n_test)}"
    step = describe_next_step(estimate, n_test=n_test)
    if estimate.n is None:
        return (
            f"Even all {format_count(pool.n_all)} sentences may not show where the curve levels off; "
            f"{annotated}; {step}."
        )
    numbers = format_count(estimate.n)
    if estimate.high is None or estimate.high > estimate.n:
        numbers += f" (50 % chance) to {format_bound(estimate.high, pool.n_all)} (95 % sure)"
    return (
        f"Plan on {numbers} training sentences to reach {100 * estimate.fraction:.4g} % of the F1 that "
        f"{format_count(pool.n_all)} would give, plus {format_count(max(n_test, pool.n_test))} for testing; "
        f"{annotated}; {step}."
    )


def describe_next_step(estimate: Estimate, *, n_test: int) -> str:
    """Say what to do next."""
    pool, n = estimate.pool, compute_next_round(estimate)
    if n == 0:
        n_missing = max(0, n_test - pool.n_test)
        if n_missing:
            return f"that is enough to train on; annotate {format_count(n_missing)} more for testing"
        return "that is enough: stop here, or look at the remaining errors"
    if estimate.n is not None and pool.n_train >= estimate.n:
        more = f"annotate {format_count(n)} more to be surer"
        return f"the chance that this is enough is 50 %; {more}, then estimate again"
    return f"annotate {format_count(n)} more, then estimate again"


def describe_next_gain(estimate: Estimate, rates: Rates) -> str:
    """Say what the next sentences bring, in points of F1 and for each hour; "" where it is not known."""
    if estimate.next is None:
        return ""
    low, middle, high = (100 * f1 for f1 in (estimate.next.low, estimate.next.f1, estimate.next.high))
    hours = compute_annotation_hours(STEP, rates)
    entity = f" for {estimate.decided_by}" if estimate.entity == EVERY else ""
    return (
        f"The next {STEP} sentences bring {middle:.1f} points of F1{entity} ({low:.1f} to {high:.1f}), in "
        f"{format_hours(*hours)} of annotating: {middle / (sum(hours) / 2):.2f} points an hour."
    )


def describe_density(corpus: Corpus) -> str:
    """Say how many mentions a sentence holds; "" where there are none.

    Sentences without mentions teach little (Majdik et al. 2024: density matters beside their number).
    """
    n = len(corpus.sentences)
    counts = [(entity, count) for entity, count in corpus.mentions.most_common(MAX_TYPES) if count]
    if not n or not counts:
        return ""
    empty = sum(not sentence.spans for sentence in corpus.sentences) / n
    densities = join_names([f"{count / n:.2f} {entity}" for entity, count in counts])
    return (
        f"A sentence holds {densities} mentions on average; {100 * empty:.0f} % of the sentences hold none."
    )


def describe_reach(estimate: Estimate) -> str:
    """Return the F1 with what is annotated and with all that could be."""
    full = f"F1 with all {format_count(estimate.pool.n_all)}: {format_f1_interval(estimate.full)}"
    return full if estimate.now is None else f"F1 now {format_percent(estimate.now.f1)}; {full}"


def describe_earlier_round(earlier_round: EarlierRound, checks: Sequence[ForecastCheck]) -> list[str]:
    """Return by how much the corpus grew since the round before, and how well that forecast this one."""
    n, n_new = format_count(earlier_round.n_sentences), format_count(earlier_round.n_new)
    growth = f"{earlier_round.run.name} had {n} sentences; {n_new} were added since."
    return [growth, *(_compare_with_forecast(earlier_round.run.name, check) for check in checks)]


def _compare_with_forecast(run: str, check: ForecastCheck) -> str:
    verdict = "as forecast" if check.is_in_interval else "outside the interval"
    return (
        f"{check.entity}: {run} forecast an F1 of {format_f1_interval(check.forecast)} for "
        f"{format_count(check.n)} sentences; it is {format_percent(check.f1)}, {verdict}."
    )


def build_similar_card(estimate: Estimate) -> Card:
    """Return the card of what curves of similar corpora say."""
    pool = estimate.pool.n_all
    return Card(
        label="Now, from similar curves",
        number=f"{format_count(estimate.low or pool)}–{format_bound(estimate.high, pool)}",
        unit="sentences",
        text=f"From {estimate.rests_on}: 9 in 10 fall in this range{_name_decider(estimate)}. Nothing is "
        "trained yet, so the range is wide.",
    )


def build_probe_card(estimate: Estimate | None, state: RunState) -> Card:
    """Return the card of the probe's number, or how far it is."""
    if estimate is None:
        return Card(label="Probe", number="in training", text="The first models give the first number.")
    pool = estimate.pool.n_all
    types = [f"{of.entity} {shorten_bound(format_bound(of.n, pool))}" for of in estimate.by_type[:MAX_TYPES]]
    clauses = [
        f"so far, {state.n_done} of {state.n_jobs} models" if state.n_pending else "",
        describe_upper_end(format_bound(estimate.high, pool)) + _name_decider(estimate),
        *types,
    ]
    return Card(
        label="Plan on, from the probe",
        number=format_bound(estimate.n, pool),
        unit="sentences",
        text=f"{'; '.join(filter(None, clauses))}. This is a quick test; full training may differ.",
    )


def build_finetuning_card(plan: FinetuningPlan, model: str) -> Card:
    """Return the card of what fine-tuning would take here and on a GPU."""
    gpu = format_duration(plan.p40_seconds)
    here = "" if plan.here_seconds is None else format_duration(plan.here_seconds)
    pace = "on one Tesla P40 at the pace of the paper's Multi-BERT; newer GPUs are faster"
    return Card(
        label="Fine-tuned, on this machine" if here else "Fine-tuned, on a GPU",
        number=here or gpu,
        text=f"{plan.n_models} models of {model}: the most reliable numbers. "
        + (f"{gpu} {pace}." if here else f"That is {pace}. Nothing was fine-tuned on this machine yet."),
    )


def _name_decider(estimate: Estimate) -> str:
    return f"; {estimate.decided_by} decides" if estimate.entity == EVERY else ""
