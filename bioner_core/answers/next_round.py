"""What an estimate advises: stop, annotate more, or test on more; the next round, and its cost.

Stop means: all that could still be annotated brings less than ``STOP_GAIN`` on average, and less than
``STOP_HIGH`` at the upper end of its 90 % interval. Words and numbers come from this one decision.
"""

from typing import Literal

from bioner_core.answers.estimate import Estimate
from bioner_core.corpus.checks import FEW_MENTIONS
from bioner_core.costs.hours_and_money import Cost, compute_cost
from bioner_core.costs.rates import Rates
from bioner_core.forecast.forecast import Need

Advice = Literal["complete", "test", "stop", "annotate"]
STOP_GAIN = 0.01  # F1 by all the rest, mean
STOP_HIGH = 0.03  # and at the upper end
MIN_GROWTH = 0.1  # of what is annotated: fewer new sentences tell nothing new
MAX_GROWTH = 2.0  # times what is annotated: look again before more
_ROUND = 50  # sentences that a round is rounded to


def choose_advice(estimate: Estimate, *, n_test: int) -> Advice:
    """Return what to do: nothing is left to annotate, test on more first, stop, or annotate more.

    :param n_test: sentences to test on that the plan needs.
    """
    if estimate.pool.n_all <= estimate.pool.n_train:
        return "complete"
    if not is_tested_well(estimate) and n_test > estimate.pool.n_test:
        return "test"
    return "stop" if is_gain_small(estimate) else "annotate"


def is_tested_well(estimate: Estimate) -> bool:
    """Say whether the test part has enough mentions of each type; True where nothing was trained yet."""
    return estimate.support is None or estimate.support >= FEW_MENTIONS


def is_gain_small(estimate: Estimate) -> bool:
    """Say whether more sentences bring too little to be worth annotating; False where nobody can tell."""
    rest = estimate.rest
    if rest is None or not is_tested_well(estimate):
        return False
    return rest.f1 < STOP_GAIN and rest.high < STOP_HIGH


def find_next_goal(estimate: Estimate) -> Need | None:
    """Return the first goal, from the leading one on, that the annotated sentences do not reach yet.

    :returns: None where they reach all of them, with an even chance.
    """
    needs = [need for need in estimate.needs if (need.fraction or 1.0) >= estimate.lead]
    return next((need for need in needs if need.n is None or need.n > estimate.pool.n_train), None)


def compute_effort(estimate: Estimate, rates: Rates, *, n_test: int) -> Cost | None:
    """Return the cost up to the next goal: an even chance at the fast rate, 95 % at the slow one.

    :param n_test: sentences to test on that the plan needs; those already annotated are not paid again.
    :returns: None where nothing is missing, or the pool does not reach the goal.
    """
    pool, need = estimate.pool, find_next_goal(estimate)
    test = max(0, n_test - pool.n_test)
    n_round = compute_next_round(estimate, n_test=n_test)
    if n_round == 0:
        return compute_cost(0, 0, rates, n_test=test) if test else None
    if need is None:
        return compute_cost(n_round, n_round, rates, n_test=test)
    if need.n is None:
        return None
    high = pool.n_all if need.high is None else max(need.high, need.n)
    low, high = need.n - pool.n_train, high - pool.n_train
    return compute_cost(low, high, rates, n_test=test, is_bound=need.high is None)


def compute_next_round(estimate: Estimate, *, n_test: int) -> int:
    """Return the training sentences to annotate before looking again; 0 where more are not worth it.

    At most as many as are annotated: a curve says little beyond twice its length (Mahmood et al. 2022 plan
    for some five rounds).
    """
    pool, need = estimate.pool, find_next_goal(estimate)
    n_left = pool.n_all - pool.n_train
    if choose_advice(estimate, n_test=n_test) != "annotate":
        return 0
    n_missing = n_left if need is None or need.n is None else min(need.n, pool.n_all) - pool.n_train
    n_missing = max(n_missing, round(MIN_GROWTH * pool.n_train))
    most = max(_ROUND, round((MAX_GROWTH - 1) * pool.n_train / _ROUND) * _ROUND)
    return min(-(-n_missing // _ROUND) * _ROUND, most, n_left)
