"""What annotating so many sentences takes: hours, money and weeks, as a range.

A sentence is annotated once, a share of them twice, and each of these is settled; preparation is added
once. Nothing else hides in the sum, so it can be written out in a proposal and checked by hand:

    hours = n · (1 + double + double · adjudication) · seconds / 3600 + preparation
"""

from dataclasses import dataclass
from math import ceil

from bioner_core.costs.rates import Rates
from bioner_core.curves.budget import Budget
from bioner_core.errors import BionerError


@dataclass(frozen=True, kw_only=True)
class Cost:
    """Hours of all persons together, their price, and the calendar."""

    n_low: int  # sentences, the test part among them
    n_high: int
    n_test: int = 0  # of them to test on
    is_bound: bool = False  # the upper ends are not known: "at least"
    annotating_low: float  # hours of annotating, second annotations and settling them included
    annotating_high: float
    setup_hours: float = 0.0
    hourly_rate: float | None = None
    currency: str = "EUR"
    hours_of_a_week: float  # that the whole team annotates
    source: str  # of the seconds a sentence

    def __post_init__(self) -> None:
        """Refuse ranges that run backwards."""
        if not 0 <= self.n_low <= self.n_high or not 0 <= self.annotating_low <= self.annotating_high:
            raise BionerError("a cost's lower end lies above its upper end.")

    @property
    def hours_low(self) -> float:
        """Return the hours of all persons, at best."""
        return self.annotating_low + self.setup_hours

    @property
    def hours_high(self) -> float:
        """Return the hours of all persons, at worst."""
        return self.annotating_high + self.setup_hours

    @property
    def cost_low(self) -> float | None:
        """Return the price at best, in ``currency``; None without an hourly rate."""
        return None if self.hourly_rate is None else self.hours_low * self.hourly_rate

    @property
    def cost_high(self) -> float | None:
        """Return the price at worst, in ``currency``; None without an hourly rate."""
        return None if self.hourly_rate is None else self.hours_high * self.hourly_rate

    @property
    def weeks_low(self) -> int:
        """Return the begun calendar weeks, at best."""
        return ceil(round(self.hours_low / self.hours_of_a_week, 9))

    @property
    def weeks_high(self) -> int:
        """Return the begun calendar weeks, at worst."""
        return ceil(round(self.hours_high / self.hours_of_a_week, 9))

    def record(self) -> dict[str, object]:
        """Return the columns beside a budget's; hours to two decimals, money to one hundredth."""
        return {
            "hours_low": round(self.hours_low, 2),
            "hours_high": round(self.hours_high, 2),
            "cost_low": None if self.cost_low is None else round(self.cost_low, 2),
            "cost_high": None if self.cost_high is None else round(self.cost_high, 2),
            "currency": None if self.hourly_rate is None else self.currency,
            "weeks_low": self.weeks_low,
            "weeks_high": self.weeks_high,
            "cost_is_bound": self.is_bound,
        }


NO_COST: dict[str, object] = dict.fromkeys(
    ("hours_low", "hours_high", "cost_low", "cost_high", "currency", "weeks_low", "weeks_high")
) | {"cost_is_bound": False}  # the columns where there is no number to plan on


def cost(n_low: int, n_high: int, rates: Rates, *, n_test: int = 0, is_bound: bool = False) -> Cost:
    """Return what annotating ``n_low`` to ``n_high`` sentences takes, the test part on top.

    :param n_test: sentences to test on that are still to be annotated, too.
    :param is_bound: more than ``n_high`` may be needed.
    :raises BionerError: a negative number, or ``n_low`` above ``n_high``.
    """
    if n_test < 0:
        raise BionerError(f"{n_test:,} sentences to test on; the number is 0 or more.")
    if not 0 <= n_low <= n_high:
        raise BionerError(
            f"cost of {n_low:,} to {n_high:,} sentences: the numbers are 0 or more, and the second is not "
            "smaller than the first."
        )
    return Cost(
        n_low=n_low + n_test,
        n_high=n_high + n_test,
        n_test=n_test,
        is_bound=is_bound,
        annotating_low=annotating_hours(n_low + n_test, rates)[0],
        annotating_high=annotating_hours(n_high + n_test, rates)[1],
        setup_hours=float(rates.setup_hours),
        hourly_rate=rates.hourly_rate,
        currency=rates.currency,
        hours_of_a_week=rates.annotators * rates.hours_a_week,
        source=rates.source,
    )


def annotating_hours(n: int, rates: Rates) -> tuple[float, float]:
    """Return the hours that ``n`` sentences take without preparation, at best and at worst.

    >>> annotating_hours(600, Rates(seconds_low=30, seconds_high=60, double=0.2, adjudication=0.5))
    (6.5, 13.0)
    """
    each = n * (1 + rates.double * (1 + rates.adjudication)) / 3600
    return each * rates.seconds_low, each * rates.seconds_high


def budget_cost(row: Budget, rates: Rates, *, n_test: int = 0) -> Cost | None:
    """Return what a budget takes: from its plan (even chance) to its upper end (95 % sure) where known.

    Without an upper end the range is that of the seconds alone. Where the upper end lies beyond the
    largest size, that size is taken, and the cost is a bound.

    :returns: None where there is no number to plan on.
    """
    if row.n_plan is None:
        return None
    is_bound = bool(row.n_high_beyond)
    high = row.n_high if row.n_high is not None else row.n_max if is_bound else None
    return cost(row.n_plan, max(row.n_plan, high or 0), rates, n_test=n_test, is_bound=is_bound)


def hours_told(low: float, high: float, *, is_bound: bool = False) -> str:
    """Return a range of hours in words, to a tenth below ten.

    >>> hours_told(2.22, 4.72), hours_told(9.96, 1300), hours_told(18.2, 18.4)
    ('2.2–4.7 h', '10–1,300 h', '18 h')
    >>> hours_told(2.22, 4.72, is_bound=True), hours_told(3, 3, is_bound=True)
    ('2.2 to more than 4.7 h', 'more than 3.0 h')
    """
    return f"{_range(*(f'{h:.1f}' if h < 9.95 else f'{h:,.0f}' for h in (low, high)), is_bound=is_bound)} h"


def work_told(found: Cost) -> str:
    """Return the hours of a cost in words."""
    return hours_told(found.hours_low, found.hours_high, is_bound=found.is_bound)


def money_told(found: Cost) -> str:
    """Return the price in words, to a whole unit; "" without an hourly rate."""
    if found.cost_low is None or found.cost_high is None:
        return ""
    ends = f"{found.cost_low:,.0f}", f"{found.cost_high:,.0f}"
    return f"{_range(*ends, is_bound=found.is_bound)} {found.currency}"


def weeks_told(found: Cost) -> str:
    """Return the calendar weeks in words."""
    weeks = _range(f"{found.weeks_low:,}", f"{found.weeks_high:,}", is_bound=found.is_bound)
    return f"{weeks} week{'s' * (found.weeks_high != 1)}"


def _range(low: str, high: str, *, is_bound: bool) -> str:
    if is_bound:
        return f"more than {high}" if low == high else f"{low} to more than {high}"
    return low if low == high else f"{low}–{high}"
