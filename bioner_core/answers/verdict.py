"""An estimate in words: the number as a sentence that can be pasted into a plan, and what to do next."""

from collections.abc import Sequence

from bioner_core.analysis.forecast_check import Came, Round
from bioner_core.answers.estimate import STEP, Estimate
from bioner_core.answers.wording import count, listed, percent
from bioner_core.corpus.sentences import Corpus
from bioner_core.costs.cost import annotating_hours, hours_told
from bioner_core.costs.rates import Rates
from bioner_core.curves.budget import EVERY

MOST_AT_ONCE = 2.0  # times what is annotated: look again before more
SHOWN = 4  # types, the most frequent first
_ROUND = 50  # sentences of a round


def sentence(found: Estimate, *, n_test: int) -> str:
    """Return the last word: the plan, what to test on, what is there, what to do next.

    :param n_test: sentences to test on that the plan needs.
    """
    pool = found.pool
    goal = f"{100 * found.fraction:.4g} % of what {count(pool.n_all)} would reach"
    test = f"{count(max(n_test, pool.n_test))} to test on"
    have = f"you have {count(pool.n_train)} and {count(pool.n_test)}"
    if found.n is None:
        return (
            f"Even all {count(pool.n_all)} sentences may not show where the curve levels off; {have}; "
            f"{next_step(found, n_test=n_test)}."
        )
    if found.high is None:
        sure = f"more than {count(pool.n_all)}"
        numbers = f"{count(found.n)} (even chance) to {sure} (95 % sure)"
    elif found.high <= found.n:
        numbers = f"{count(found.n)}"
    else:
        numbers = f"{count(found.n)} (even chance) to {count(found.high)} (95 % sure)"
    return (
        f"Plan on {numbers} training sentences for {goal}, plus {test}; {have}; "
        f"{next_step(found, n_test=n_test)}."
    )


def next_step(found: Estimate, *, n_test: int) -> str:
    """Return what to do next."""
    pool, n = found.pool, next_round(found)
    if n == 0:
        lacking = max(0, n_test - pool.n_test)
        if lacking:
            return f"that is enough to train on; annotate {count(lacking)} more to test on"
        return "that is enough: stop here, or look at what the errors are"
    if found.n is not None and pool.n_train >= found.n:
        return f"an even chance that this is enough; annotate {count(n)} more to be surer, then look again"
    return f"annotate {count(n)} more, then look again"


def next_round(found: Estimate) -> int:
    """Return the training sentences to annotate before looking again; 0 where there are enough.

    At most as many as there are: a curve says little beyond twice its length (Mahmood et al. 2022 plan
    for some five rounds).
    """
    pool = found.pool
    goal = found.n if found.n is not None and found.n > pool.n_train else found.high or pool.n_all
    lacking = min(goal, pool.n_all) - pool.n_train
    if lacking <= 0:
        return 0
    most = max(_ROUND, round((MOST_AT_ONCE - 1) * pool.n_train / _ROUND) * _ROUND)
    n = min(-(-lacking // _ROUND) * _ROUND, most)
    return min(n, pool.n_all - pool.n_train)


def stop_advice(found: Estimate, rates: Rates) -> str:
    """Return what the next sentences bring, in points of F1 and for each hour; "" where it is not known."""
    if found.next is None:
        return ""
    low, middle, high = (100 * value for value in (found.next.low, found.next.f1, found.next.high))
    hours = annotating_hours(STEP, rates)
    which = f" for {found.decided_by}" if found.entity == EVERY else ""
    each = middle / (sum(hours) / 2)
    return (
        f"The next {STEP} sentences bring {middle:.1f} points of F1{which} ({low:.1f} to {high:.1f}), in "
        f"{hours_told(*hours)} of annotating: {each:.2f} points an hour."
    )


def density(corpus: Corpus) -> str:
    """Return how dense the entities stand; "" where there are none.

    Sentences without mentions teach little (Majdik et al. 2024 find density to count beside their number).
    """
    n = len(corpus.sentences)
    each = [(entity, count) for entity, count in corpus.mentions.most_common(SHOWN) if count]
    if not n or not each:
        return ""
    empty = sum(not sentence.spans for sentence in corpus.sentences) / n
    told = listed([f"{mentions / n:.2f} {entity}" for entity, mentions in each])
    return f"A sentence holds {told} mentions on average; {100 * empty:.0f} % of the sentences hold none."


def reach(found: Estimate) -> str:
    """Return the F1 with what is annotated and with all that could be."""
    full = f"{percent(found.full.f1)} ({percent(found.full.low)} to {percent(found.full.high)})"
    told = f"F1 with all {count(found.pool.n_all)}: {full}"
    return told if found.now is None else f"F1 now {percent(found.now.f1)}; {told}"


def last_round(last: Round, came: Sequence[Came]) -> list[str]:
    """Return by how much the corpus grew since the round before, and how well that forecast this one."""
    grew = f"{last.run.name} had {count(last.n_sentences)} sentences; {count(last.n_new)} came since."
    return [grew, *(_held(last.run.name, one) for one in came)]


def _held(run: str, came: Came) -> str:
    """Return how a forecast of a run compares with what came."""
    at = f"{percent(came.forecast.f1)} ({percent(came.forecast.low)} to {percent(came.forecast.high)})"
    inside = "as forecast" if came.is_inside else "outside the interval"
    return (
        f"{came.entity}: {run} forecast an F1 of {at} for {count(came.n)} sentences; "
        f"{percent(came.f1)} came, {inside}."
    )
