"""The cost of annotation: hours, money and weeks for a number of sentences, as a range.

Each sentence is annotated once; a share is annotated twice and adjudicated. Preparation is added once.
The formula is short enough to be written out in a proposal and checked by hand:

    hours = n · (1 + double + double · adjudication) · seconds / 3600 + preparation
"""

from dataclasses import dataclass
from math import ceil

from bioner_core.costs.rates import Rates
from bioner_core.curves.budget import Budget
from bioner_core.errors import BionerError


@dataclass(frozen=True, kw_only=True)
class Cost:
    """Person-hours, money and calendar weeks of annotation, each as a range."""

    n_low: int  # sentences, including the test part
    n_high: int
    n_test: int = 0  # of these, the sentences of the test part
    is_bound: bool = False  # the upper ends are unknown: more may be needed
    annotation_hours_low: float  # person-hours with second annotations and adjudication
    annotation_hours_high: float
    setup_hours: float = 0.0
    hourly_rate: float | None = None
    currency: str = "EUR"
    team_hours_per_week: float  # of all annotators together
    source: str  # of the seconds per sentence

    def __post_init__(self) -> None:
        """Refuse a lower end above the upper end."""
        if (
            not 0 <= self.n_low <= self.n_high
            or not 0 <= self.annotation_hours_low <= self.annotation_hours_high
        ):
            raise BionerError("a cost's lower end lies above its upper end.")

    @property
    def hours_low(self) -> float:
        """Return the lower end of person-hours."""
        return self.annotation_hours_low + self.setup_hours

    @property
    def hours_high(self) -> float:
        """Return the upper end of person-hours."""
        return self.annotation_hours_high + self.setup_hours

    @property
    def cost_low(self) -> float | None:
        """Return the lower end of the price in ``currency``; None without an hourly rate."""
        return None if self.hourly_rate is None else self.hours_low * self.hourly_rate

    @property
    def cost_high(self) -> float | None:
        """Return the upper end of the price in ``currency``; None without an hourly rate."""
        return None if self.hourly_rate is None else self.hours_high * self.hourly_rate

    @property
    def weeks_low(self) -> int:
        """Return the lower end of calendar weeks, rounded up."""
        return ceil(round(self.hours_low / self.team_hours_per_week, 9))

    @property
    def weeks_high(self) -> int:
        """Return the upper end of calendar weeks, rounded up."""
        return ceil(round(self.hours_high / self.team_hours_per_week, 9))

    def record(self) -> dict[str, object]:
        """Return the JSON fields of a cost; hours and money have two decimals."""
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
) | {"cost_is_bound": False}  # the JSON fields where there is no number to plan on


def compute_cost(n_low: int, n_high: int, rates: Rates, *, n_test: int = 0, is_bound: bool = False) -> Cost:
    """Compute the cost of annotating ``n_low`` to ``n_high`` sentences and the test part.

    :param n_test: sentences of the test part that are still to be annotated.
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
        annotation_hours_low=compute_annotation_hours(n_low + n_test, rates)[0],
        annotation_hours_high=compute_annotation_hours(n_high + n_test, rates)[1],
        setup_hours=float(rates.setup_hours),
        hourly_rate=rates.hourly_rate,
        currency=rates.currency,
        team_hours_per_week=rates.annotators * rates.hours_a_week,
        source=rates.source,
    )


def compute_annotation_hours(n: int, rates: Rates) -> tuple[float, float]:
    """Return the lowest and highest person-hours for ``n`` sentences, without preparation.

    >>> compute_annotation_hours(600, Rates(seconds_low=30, seconds_high=60, double=0.2, adjudication=0.5))
    (6.5, 13.0)
    """
    hours_per_second = n * (1 + rates.double * (1 + rates.adjudication)) / 3600
    return hours_per_second * rates.seconds_low, hours_per_second * rates.seconds_high


def compute_budget_cost(budget: Budget, rates: Rates, *, n_test: int = 0) -> Cost | None:
    """Compute the cost of a budget, from ``n_plan`` to ``n_high`` sentences.

    Without ``n_high`` the range is that of the seconds alone. Where even ``n_max`` may not be enough, the
    cost is a bound.

    :returns: None where there is no number to plan on.
    """
    if budget.n_plan is None:
        return None
    n_high = max(budget.n_plan, budget.n_high or 0)
    return compute_cost(budget.n_plan, n_high, rates, n_test=n_test, is_bound=bool(budget.n_high_beyond))


def format_hours(low: float, high: float, *, is_bound: bool = False) -> str:
    """Format a range of hours, with one decimal below ten.

    >>> format_hours(2.22, 4.72), format_hours(9.96, 1300), format_hours(18.2, 18.4)
    ('2.2–4.7 h', '10–1,300 h', '18 h')
    >>> format_hours(2.22, 4.72, is_bound=True), format_hours(3, 3, is_bound=True)
    ('2.2 to more than 4.7 h', 'more than 3.0 h')
    """
    ends = [f"{hours:.1f}" if hours < 9.95 else f"{hours:,.0f}" for hours in (low, high)]
    return f"{_format_range(ends[0], ends[1], is_bound=is_bound)} h"


def format_cost_hours(cost: Cost) -> str:
    """Format the person-hours of a cost."""
    return format_hours(cost.hours_low, cost.hours_high, is_bound=cost.is_bound)


def format_money(cost: Cost) -> str:
    """Format the price of a cost in whole units; "" without an hourly rate."""
    if cost.cost_low is None or cost.cost_high is None:
        return ""
    ends = f"{cost.cost_low:,.0f}", f"{cost.cost_high:,.0f}"
    return f"{_format_range(*ends, is_bound=cost.is_bound)} {cost.currency}"


def format_weeks(cost: Cost) -> str:
    """Format the calendar weeks of a cost."""
    weeks = _format_range(f"{cost.weeks_low:,}", f"{cost.weeks_high:,}", is_bound=cost.is_bound)
    return f"{weeks} week{'s' * (cost.weeks_high != 1)}"


def _format_range(low: str, high: str, *, is_bound: bool) -> str:
    if is_bound:
        return f"more than {high}" if low == high else f"{low} to more than {high}"
    return low if low == high else f"{low}–{high}"
