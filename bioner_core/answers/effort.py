"""What the annotation that an estimate still asks for takes: hours, money and weeks."""

from bioner_core.answers.estimate import Estimate
from bioner_core.answers.wording import count
from bioner_core.costs.cost import Cost, cost, money_told, weeks_told, work_told
from bioner_core.costs.rates import OWN, PUBLISHED, Rates


def effort(found: Estimate, rates: Rates, *, n_test: int) -> Cost | None:
    """Return what is lacking costs: up to an even chance at the fast rate, up to 95 % sure at the slow one.

    :param n_test: sentences to test on that the plan needs; those that are there are not paid again.
    :returns: None where nothing is lacking, or the pool does not reach the goal.
    """
    pool = found.pool
    if found.n is None:
        return None
    high = pool.n_all if found.high is None else max(found.high, found.n)
    low, high = (max(0, n - pool.n_train) for n in (found.n, high))
    test = max(0, n_test - pool.n_test)
    if not high + test:
        return None
    return cost(low, high, rates, n_test=test, is_bound=found.high is None)


def effort_told(found: Cost | None, rates: Rates) -> str:
    """Return it in a sentence; "" where nothing is lacking."""
    if found is None:
        return ""
    least = "more than " if found.is_bound else ""
    n = f"{least}{count(found.n_high)}"
    if found.n_low != found.n_high:
        n = f"{count(found.n_low)} to {n}"
    price = f" and {money_told(found)}" if found.cost_low is not None else ""
    whose = {PUBLISHED: "published rates", OWN: "your rate"}.get(
        rates.source, f"{rates.seconds_low:g} s a sentence ({rates.source})"
    )
    test = f" ({count(found.n_test)} of them to test on)" if found.n_test else ""
    return (
        f"What is lacking, {n} sentences{test}, takes {work_told(found)} of work{price} at {whose}: "
        f"{weeks_told(found)} for {rates.annotators} annotator{'s' * (rates.annotators != 1)} at "
        f"{rates.hours_a_week:g} hours a week."
    )
