"""An estimate as sentences that can be pasted into a plan: the verdict, the next step, and what is known."""

from collections.abc import Sequence

from bioner_core.analysis.forecast_check import EarlierRound, ForecastCheck
from bioner_core.answers.estimate import Estimate
from bioner_core.answers.next_round import (
    STOP_GAIN,
    STOP_HIGH,
    Advice,
    choose_advice,
    compute_next_round,
    find_next_goal,
    is_tested_well,
)
from bioner_core.answers.wording.budget_cards import MAX_TYPES
from bioner_core.answers.wording.budgets import compose_plan, describe_answer, describe_other_goals
from bioner_core.answers.wording.numbers import (
    format_bound,
    format_count,
    format_f1_interval,
    format_percent,
    join_names,
)
from bioner_core.corpus.checks import compute_points_per_mention
from bioner_core.corpus.sentences import Corpus
from bioner_core.costs.hours_and_money import compute_annotation_hours, format_hours
from bioner_core.costs.rates import Rates
from bioner_core.curves.budget import EVERY, Budget
from bioner_core.forecast.forecast import ForecastPoint, Need


def describe_estimate(estimate: Estimate, *, n_test: int, plans: Sequence[Budget] = ()) -> str:
    """Return the verdict: whether the test part is enough to tell, the plan, and what to do next.

    :param n_test: sentences to test on that the plan needs.
    :param plans: of Budget, a row for each goal; their sentence stands where the question is the same.
    """
    pool, advice = estimate.pool, choose_advice(estimate, n_test=n_test)
    sentences = [_describe_weak_test(estimate)]
    if advice == "stop":
        sentences.append(_describe_stop(estimate))
    else:
        is_same = advice == "complete" and bool(plans)
        sentences.append(describe_plans(plans, estimate.lead) if is_same else describe_plan(estimate))
        sentences.append(f"Another {format_count(max(n_test, pool.n_test))} are for testing.")
    sentences.append(_describe_step(estimate, advice, n_test=n_test))
    if not pool.is_specified:
        sentences.append(
            f"{format_count(pool.n_all)} is a default: say how many sentences you could annotate at most."
        )
    return " ".join(filter(None, sentences))


def describe_plans(plans: Sequence[Budget], lead: float) -> str:
    """Return the sentence of Budget for a leading goal and the others."""
    row = next(row for row in plans if row.fraction == lead)
    return str(describe_answer(row, [of for of in reversed(plans) if of is not row]))


def describe_plan(estimate: Estimate) -> str:
    """Return what the leading goal and the other goals take, in the sentence that Budget uses."""
    pool, need = estimate.pool, estimate.find_need(estimate.lead)
    goal = f"{format_share(need)} of the F1 that {format_count(pool.n_all)} would give"
    others = [(format_share(of), of.n) for of in reversed(estimate.needs) if of is not need]
    likely = _format_likely(need, pool.n_all)
    if need.n is None:
        return f"Even all {format_count(pool.n_all)} sentences may not reach {goal}."
    if pool.n_train < need.n or pool.n_train == pool.n_all:
        return str(compose_plan(need.n, goal=goal, likely=likely, others=others))
    reached = f"{format_count(need.n)}{f' (likely {likely})' if likely else ''} reach it"
    return f"You have enough for {goal}: {reached}{describe_other_goals(others)}."


def format_share(need: Need) -> str:
    """Return a need's share of the F1 at the pool, such as "99 %"."""
    return f"{100 * (need.fraction or 1.0):.4g} %"


def _format_likely(need: Need, pool: int) -> str:
    """Return the 90 % interval; "" where both ends are the number itself."""
    high = None if need.is_beyond else need.high
    if need.low is None or need.low == high == need.n:
        return ""
    return f"{format_count(need.low)} to {format_bound(high, pool)}"


def _describe_weak_test(estimate: Estimate) -> str:
    """Say that the test part has too few mentions to tell; "" where it has enough."""
    if is_tested_well(estimate):
        return ""
    weakest = min(estimate.types, key=lambda of: float("inf") if of.support is None else of.support)
    n, f1 = weakest.support or 0, weakest.now.f1 if weakest.now else None
    if not n:
        return f"The test part cannot tell: it has no mention of {weakest.entity}."
    mentions = f"{n} mention{'s' * (n > 1)} of {weakest.entity}"
    return (
        f"The test part is too small to tell: it has {mentions}, and one is worth about "
        f"{compute_points_per_mention(n, f1):.1f} points of F1. As far as it goes:"
    )


def _describe_stop(estimate: Estimate) -> str:
    """Say that and why one can stop."""
    pool, rest, now = estimate.pool, estimate.rest, estimate.now
    if rest is None or now is None:
        return ""
    return (
        f"You can stop: {format_count(pool.n_all - pool.n_train)} more sentences would add about "
        f"{format_gain(rest)} points of F1. It is {format_percent(now.f1)} now, and "
        f"{format_percent(estimate.full.f1)} with all {format_count(pool.n_all)}."
    )


def _describe_step(estimate: Estimate, advice: Advice, *, n_test: int) -> str:
    """Say what is there, and what to do next."""
    pool = estimate.pool
    have = f"You have {format_count(pool.n_train)} to train on and {format_count(pool.n_test)} to test on"
    n_missing = max(0, n_test - pool.n_test)
    test = f"annotate {format_count(n_missing)} more for testing" if n_missing else ""
    if advice == "annotate":
        n = compute_next_round(estimate, n_test=n_test)
        step = f"annotate {format_count(n)} more, then estimate again."
        lead, goal = estimate.find_need(estimate.lead), find_next_goal(estimate)
        if lead == goal:
            return f"{have}: {step}"
        return f"{have}. For {format_share(goal) if goal else f'all {format_count(pool.n_all)}'}, {step}"
    if advice == "test":
        return f"{have}: {test} first, then estimate again."
    if advice == "complete":
        return f"{have}, and no others: " + (f"{test}." if test else "all are annotated.")
    return f"{have}: {test}, so that F1 is exact to a point." if test else f"{have}."


def describe_stop_rule(advice: Advice) -> str:
    """Say when the answer is to stop; "" where it is another."""
    if advice != "stop":
        return ""
    return (
        f"“You can stop” means: all other sentences bring less than {100 * STOP_GAIN:.0f} point of F1 on "
        f"average, and less than {100 * STOP_HIGH:.0f} with a chance of 95 %."
    )


def format_gain(gain: ForecastPoint) -> str:
    """Format a gain of F1 in points, such as "1.2 (0.4 to 2.0)"."""
    low, middle, high = (max(0.0, 100 * f1) for f1 in (gain.low, gain.f1, gain.high))
    return f"{middle:.1f} ({low:.1f} to {high:.1f})"


def describe_next_gain(estimate: Estimate, rates: Rates) -> str:
    """Say what the next sentences bring, in points of F1 and for each hour; "" where it is not known."""
    gain = estimate.next
    if gain is None:
        return ""
    n = gain.n - estimate.pool.n_train
    hours = compute_annotation_hours(n, rates)
    entity = " for the type that gains most" if estimate.entity == EVERY else ""
    return (
        f"The next {format_count(n)} sentences bring {format_gain(gain)} points of F1{entity}, in "
        f"{format_hours(*hours)} of annotating: {100 * gain.f1 / (sum(hours) / 2):.2f} points an hour."
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
