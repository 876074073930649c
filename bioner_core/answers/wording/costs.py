"""Hours, money and weeks of annotation, in sentences and parts of them."""

from dataclasses import replace
from pathlib import Path

from bioner_core.answers.wording.numbers import format_count
from bioner_core.costs.hours_and_money import (
    Cost,
    compute_cost,
    format_cost_hours,
    format_money,
    format_weeks,
)
from bioner_core.costs.rates import PUBLISHED_SOURCE, USER_SOURCE, Rates

_EXAMPLE = 1000  # sentences


def describe_hours(n: int | None, rates: Rates) -> str:
    """Return what ``n`` sentences take, such as "≈ 9–18 h and 315–630 EUR at your rate"; "" for none.

    Preparation is left out, which is due once however many sentences there are.
    """
    if not n or n < 0:
        return ""
    cost = compute_cost(n, n, replace(rates, setup_hours=0.0))
    price = f" and {format_money(cost)}" if cost.cost_low is not None else ""
    return f"≈ {format_cost_hours(cost)}{price} at {name_rates(rates)}"


def name_rates(rates: Rates) -> str:
    """Say whose rates they are; of published ones only the speed is published, never a price.

    >>> name_rates(Rates()), name_rates(Rates(hourly_rate=40))
    ('published rates', 'your rates and the published speed')
    """
    plain = Rates()
    same = replace(rates, machine_price=None, machine_watts=None, marking=None, checking=plain.checking)
    if same == plain:
        return "published rates"
    return "your rates and the published speed" if rates.is_published else "your rate"


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
    is_timed = rates.source not in (PUBLISHED_SOURCE, USER_SOURCE)
    rate = f"{rates.seconds_low:g} s per sentence ({rates.source})" if is_timed else name_rates(rates)
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


def describe_place(path: Path) -> str:
    """Say which pages and projects the rates at a path are for, and how to keep others.

    :param path: of the file with the rates.
    """
    return (
        f"Budget, Upload, reports and commands use these rates. They belong to the folder of settings "
        f"({path.parent}), so all projects that use this folder share them. For rates of one project, "
        "start the program with BIONER_SETTINGS set to a folder of that project."
    )
