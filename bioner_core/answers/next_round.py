"""What an estimate still asks for: the next round of annotation, and the cost of all that is missing."""

from bioner_core.answers.estimate import Estimate
from bioner_core.costs.hours_and_money import Cost, compute_cost
from bioner_core.costs.rates import Rates

MAX_GROWTH = 2.0  # times what is annotated: look again before more
_ROUND = 50  # sentences that a round is rounded to


def compute_effort(estimate: Estimate, rates: Rates, *, n_test: int) -> Cost | None:
    """Return the cost of the missing sentences: an even chance at the fast rate, 95 % at the slow one.

    :param n_test: sentences to test on that the plan needs; those already annotated are not paid again.
    :returns: None where nothing is missing, or the pool does not reach the goal.
    """
    pool = estimate.pool
    if estimate.n is None:
        return None
    high = pool.n_all if estimate.high is None else max(estimate.high, estimate.n)
    low, high = (max(0, n - pool.n_train) for n in (estimate.n, high))
    test = max(0, n_test - pool.n_test)
    if not high + test:
        return None
    return compute_cost(low, high, rates, n_test=test, is_bound=estimate.high is None)


def compute_next_round(estimate: Estimate) -> int:
    """Return the training sentences to annotate before looking again; 0 where there are enough.

    At most as many as are annotated: a curve says little beyond twice its length (Mahmood et al. 2022 plan
    for some five rounds).
    """
    pool, n = estimate.pool, estimate.n
    goal = n if n is not None and n > pool.n_train else estimate.high or pool.n_all
    n_missing = min(goal, pool.n_all) - pool.n_train
    if n_missing <= 0:
        return 0
    most = max(_ROUND, round((MAX_GROWTH - 1) * pool.n_train / _ROUND) * _ROUND)
    return min(-(-n_missing // _ROUND) * _ROUND, most, pool.n_all - pool.n_train)
