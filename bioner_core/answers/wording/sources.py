"""The best source and what pretraining adds, in sentences."""

from collections.abc import Sequence

from bioner_core.answers.wording.budgets import describe_share
from bioner_core.answers.wording.names import describe_entity, describe_pretraining
from bioner_core.answers.wording.numbers import format_count, format_difference
from bioner_core.curves.best_source import select_best
from bioner_core.curves.budget import Budget
from bioner_core.curves.gain import Gain
from bioner_core.curves.points import NONE


def describe_subject(budget: Budget, rows: Sequence[Budget]) -> str:
    """Say what the answer is about, and how likely its source is the best one.

    :param rows: of all sources, with their chances to need fewest.
    """
    decides = f" ({budget.decided_by} decides)" if budget.decided_by else ""
    subject = f"{describe_entity(budget.entity)} in {budget.target}{decides}"
    subject = f"{subject[0].upper()}{subject[1:]}"
    about = f"{subject}, {describe_pretraining(budget.source)}."
    if len(rows) < 2 or budget.chance_best is None:
        return about
    n_sources, best = sum(row.source != NONE for row in rows), select_best(rows)
    among = f"Of {n_sources} source{'s' * (n_sources > 1)} and no pretraining, "
    if best.source == budget.source:
        return f"{about} {among}this is most likely to need fewest sentences ({_format_chance(budget)})."
    name = "no pretraining" if best.source == NONE else best.source
    return (
        f"{about} {among}{name} is most likely to need fewest sentences "
        f"({_format_chance(best)}; this choice: {_format_chance(budget)})."
    )


def _format_chance(budget: Budget) -> str:
    chance = round(100 * (budget.chance_best or 0))
    return f"{chance} %" if chance else "below 1 %"


def describe_gain(gain: Gain | None, budget: Budget) -> str:
    """Say what a source adds at a size, in points of F1, and what it saves; "" where neither is known.

    :param budget: the row of the source.
    :param gain: of that source; of the type that decides where the row is for every type.
    """
    clauses = [describe_points(gain, budget) if gain else "", describe_saved(budget)]
    text = "; ".join(filter(None, clauses))
    return f"{text[0].upper()}{text[1:]}." if text else ""


def describe_points(gain: Gain, budget: Budget) -> str:
    """Say what a source adds at a size, in points of F1, with the 90 % interval."""
    sign = -1 if round(100 * gain.f1, 1) < 0 else 1  # what rounds to 0.0 is no cost
    verb, pretraining = "adds" if sign > 0 else "costs", f"pretraining on {budget.source}"
    entity = f" for {budget.decided_by}" if budget.decided_by else ""
    interval = ""
    if gain.low is not None and gain.high is not None:
        ends = sorted((sign * gain.low, sign * gain.high))
        low, high = (format_difference(end).removeprefix("+") for end in ends)
        interval = f" ({low} to {high})"
    points = format_difference(abs(gain.f1), is_signed=False)
    return f"at {format_count(gain.n)} sentences {pretraining} {verb} {points} points of F1{entity}{interval}"


def describe_saved(budget: Budget) -> str:
    """Say how many sentences a source saves to reach the goal, with its interval; "" where unknown."""
    if budget.saved_plan is None:
        return ""
    n, interval = budget.saved_plan, format_saved_interval(budget)
    verb = "saves" if n >= 0 else "costs"
    bound = "more than " if budget.saved_plan_is_bound else ""
    more = "" if n >= 0 else " more"
    counted = f"{bound}{format_count(abs(n))}{more}" if n else "nothing"
    return f"to reach {describe_share(budget)} it {verb} {counted}{f' ({interval})' if interval else ''}"


def format_saved_interval(budget: Budget) -> str:
    """Return the 90 % interval of a saving, such as "−500 to 640", or of a cost; "" where unknown."""
    low, high = budget.saved_low, budget.saved_high
    if (budget.saved_plan or 0) < 0:
        low, high = (None if end is None else -end for end in (high, low))
    low_text, high_text = (
        None if end is None else format_count(end).replace("-", "−") for end in (low, high)
    )
    if low_text and high_text:
        return f"{low_text} to {high_text}"
    return f"at least {low_text}" if low_text else f"at most {high_text}" if high_text else ""
