"""Hours, money and weeks of annotation, in sentences and parts of them."""

from bioner_core.answers.wording.numbers import format_count
from bioner_core.costs.hours_and_money import (
    Cost,
    compute_annotation_hours,
    compute_cost,
    format_cost_hours,
    format_hours,
    format_money,
    format_weeks,
)
from bioner_core.costs.rates import PUBLISHED_SOURCE, USER_SOURCE, Rates

_EXAMPLE = 1000  # sentences


def describe_hours(n: int | None, rates: Rates) -> str:
    """Return what ``n`` sentences take, such as "≈ 9–18 h at your rate"; "" for none or fewer.

    Preparation is left out, which is due once however many sentences there are.
    """
    if not n or n < 0:
        return ""
    owner = "published rates" if rates.is_published else "your rate"
    return f"≈ {format_hours(*compute_annotation_hours(n, rates))} at {owner}"


def format_cost_sentences(cost: Cost) -> str:
    """Return the sentences of a cost, such as "500 to more than 900"."""
    high = ("more than " if cost.is_bound else "") + format_count(cost.n_high)
    return high if cost.n_low == cost.n_high else f"{format_count(cost.n_low)} to {high}"


def format_seconds(rates: Rates) -> str:
    """Return the seconds a sentence, such as "36 to 72"."""
    is_range = rates.seconds_high != rates.seconds_low
    return f"{rates.seconds_low:g}" + (f" to {rates.seconds_high:g}" if is_range else "")


def describe_calendar(cost: Cost, rates: Rates) -> str:
    """Return the weeks, such as "1–2 weeks for 2 annotators at 10 hours a week"."""
    annotators = f"{rates.annotators} annotator{'s' * (rates.annotators != 1)}"
    return f"{format_weeks(cost)} for {annotators} at {rates.hours_a_week:g} hours a week"


def describe_effort(cost: Cost | None, rates: Rates) -> str:
    """Say what the annotation that is still missing takes; "" where nothing is missing."""
    if cost is None:
        return ""
    price = f" and {format_money(cost)}" if cost.cost_low is not None else ""
    rate = {PUBLISHED_SOURCE: "published rates", USER_SOURCE: "your rate"}.get(
        rates.source, f"{rates.seconds_low:g} s per sentence ({rates.source})"
    )
    test = f" ({format_count(cost.n_test)} of them for testing)" if cost.n_test else ""
    amount = format_cost_sentences(cost)
    if not cost.n_low and not cost.is_bound:
        amount = f"at most {format_count(cost.n_high)}"
    return (
        f"Still to annotate: {amount} sentences{test}. At {rate}, this takes {format_cost_hours(cost)} of "
        f"work{price}: {describe_calendar(cost, rates)}."
    )


def describe_example(rates: Rates) -> str:
    """Say what a thousand sentences take at these rates, preparation included."""
    cost = compute_cost(_EXAMPLE, _EXAMPLE, rates)
    amounts = [f"{format_cost_hours(cost)} of work", format_money(cost), format_weeks(cost)]
    return (
        f"{format_count(_EXAMPLE)} sentences take {', '.join(filter(None, amounts))} at these rates "
        f"(seconds per sentence: {rates.source})."
    )
