"""What stopping at a number of sentences gives, and how to begin where nothing is annotated, in sentences."""

from bioner_core.answers.first_batch import FirstEstimate
from bioner_core.answers.stopping import StopPoint
from bioner_core.answers.wording.costs import describe_calendar
from bioner_core.answers.wording.estimates import describe_plan
from bioner_core.answers.wording.numbers import format_count, format_f1_interval
from bioner_core.costs.hours_and_money import format_cost_hours, format_money
from bioner_core.costs.rates import Rates


def describe_stop_point(stop: StopPoint) -> str:
    """Say what stopping gives: F1, its share of full F1, the chance to reach the goal, and the work."""
    low, middle, high = (f"{100 * share:.0f}" for share in stop.share)
    entity = f" for {stop.entity}" if stop.entity else ""
    chance = ""
    if stop.chance is not None:
        chance = f"; the chance to reach {100 * stop.fraction:.4g} % of it is {_format_chance(stop.chance)}"
    return (
        f"If you stop at {format_count(stop.n)} training sentences, F1{entity} is "
        f"{format_f1_interval(stop.f1)}. That is {middle} % ({low} to {high}) of what "
        f"{format_count(stop.pool)} would give{chance}. {_describe_work(stop)}"
    )


def _format_chance(chance: float) -> str:
    """Format a chance in [0, 1]; draws cannot tell less than 1 % from none."""
    return "below 1 %" if chance < 0.01 else "above 99 %" if chance > 0.99 else f"{100 * chance:.0f} %"


def _describe_work(stop: StopPoint) -> str:
    """Say what is still to annotate, with hours and money."""
    if stop.cost is None:
        return "Nothing more is to be annotated."
    price = f" and {format_money(stop.cost)}" if stop.cost.cost_low is not None else ""
    n_test = stop.cost.n_test
    test = f" ({format_count(n_test)} of them for testing)" if n_test else ""
    n = stop.n_missing + n_test
    hours = format_cost_hours(stop.cost)
    start = "To annotate" if stop.n_missing == stop.n else "Still to annotate"
    return f"{start}: {format_count(n)} sentences{test}, {hours} of work{price}."


def describe_first_estimate(first: FirstEstimate, rates: Rates) -> str:
    """Return the range from similar curves, and what to annotate first."""
    price = f" and {format_money(first.cost)}" if first.cost.cost_low is not None else ""
    default = ""
    if not first.estimate.pool.is_specified:
        default = (
            f" {format_count(first.estimate.pool.n_all)} is a default: say how many sentences you could "
            "annotate at most."
        )
    return (
        f"{describe_plan(first.estimate)} Nothing is annotated yet, so this range from similar corpora is "
        f"wide. Annotate {format_count(first.n_batch)} sentences first, from documents drawn at random: "
        f"{format_cost_hours(first.cost)} of work{price}, {describe_calendar(first.cost, rates)}. Then "
        f"upload them.{default}"
    )


def describe_first_batch(first: FirstEstimate) -> str:
    """Say why the first batch is as large as it is."""
    if not first.density:
        return "No similar corpus tells how often your types occur; look again after the first batch."
    return (
        f"In similar corpora, a sentence holds {first.density:.2f} mentions of your rarest type. The test "
        "part of the first batch, 30 % of it, is to hold 50 of them."
    )
