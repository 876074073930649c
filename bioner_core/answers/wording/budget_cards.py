"""The cards of the Budget page: the number to plan on, the first crossing, what pretraining saves."""

from collections.abc import Sequence
from dataclasses import dataclass

from bioner_core.answers.pretraining_gain import SourceGain
from bioner_core.answers.sort_order import sort_types
from bioner_core.answers.wording.budgets import (
    describe_goal,
    describe_unanswered,
    explain_no_answer,
    format_plan_or_best,
    is_goal_smoothed,
)
from bioner_core.answers.wording.caveats import describe_gap
from bioner_core.answers.wording.certainty import describe_chance
from bioner_core.answers.wording.costs import describe_hours
from bioner_core.answers.wording.exclusions import format_left_out
from bioner_core.answers.wording.names import describe_pretraining
from bioner_core.answers.wording.numbers import format_count, format_percent, format_rounded
from bioner_core.answers.wording.sources import describe_points, format_saved_interval
from bioner_core.costs.rates import Rates
from bioner_core.curves.best_source import select_best
from bioner_core.curves.budget import EVERY, Budget
from bioner_core.curves.exclusion import UNANSWERABLE
from bioner_core.curves.points import NONE

MAX_TYPES = 4  # whose own plan the card lists


@dataclass(frozen=True, kw_only=True)
class Card:
    """One answer: its label, the number, its unit, and a sentence."""

    label: str
    number: str
    unit: str = ""
    text: str


def build_plan_card(
    budget: Budget,
    *,
    types: Sequence[Budget] = (),
    sentences_per_document: float | None = None,
    seeds: str,
    rates: Rates,
) -> Card:
    """Return the card of the number to plan on.

    :param types: rows of the same source for each entity type, where the row is of every type.
    :param sentences_per_document: average of the target, where known.
    :param seeds: what is known about chance, such as "3 seeds per size".
    """
    label = "Plan on"
    if budget.status in UNANSWERABLE:
        return Card(
            label=label,
            number="not known",
            text=f"{describe_unanswered(budget)}: {explain_no_answer(budget)}.",
        )
    if not budget.has_answer or budget.n_max is None:
        return Card(label=label, number="not known yet", text=_explain_wait(budget))
    if budget.n_plan is None:
        number, unit, reason = "not reached", "", _explain_shortfall(budget)
    else:
        number, unit = format_count(budget.n_plan), "sentences"
        reason = f"to reach {describe_goal(budget)}, {describe_pretraining(budget.source)}"
    clauses = [
        reason,
        describe_chance(budget, with_low=True),
        _list_types(types),
        _count_left_out(budget),
        _count_documents(budget, sentences_per_document),
        describe_gap(budget),
        describe_hours(budget.n_plan, rates),
        seeds,
    ]
    return Card(label=label, number=number, unit=unit, text="; ".join(filter(None, clauses)) + ".")


def _list_types(types: Sequence[Budget]) -> str:
    """Return the plans of the most demanding types, and how many others there are."""
    ranked = sort_types([row for row in types if row.status not in UNANSWERABLE])
    clauses = [f"{row.entity} {format_plan_or_best(row)}" for row in ranked[:MAX_TYPES]]
    n_short = sum(row.n_plan is None for row in ranked[MAX_TYPES:])
    n_less = len(ranked[MAX_TYPES:]) - n_short
    clauses += [f"{n_short} other types do not reach the goal"] if n_short else []
    clauses += [f"{n_less} {'' if n_short else 'other '}types need at most as many"] if n_less else []
    return "; ".join(clauses)


def _count_left_out(budget: Budget) -> str:
    """Name the types that do not count, with the reason; of many the number: the table by type says why."""
    n = len(budget.left_out)
    return f"not counted: {format_left_out(budget.left_out) if n <= MAX_TYPES else f'{n} types'}" if n else ""


def _explain_wait(budget: Budget) -> str:
    if budget.status == "no_full":
        return (
            "The model on full data without pretraining sets the goal and is not trained yet. "
            "For an answer now, set an F1 as the goal."
        )
    return "No size is trained with all its seeds yet. The first such size gives the first answer."


def _explain_shortfall(budget: Budget) -> str:
    """Say why there is no number to plan on."""
    prefix = f"{budget.decided_by} decides. " if budget.decided_by else ""
    goal_f1 = budget.plan_goal_f1
    if budget.best_f1 is None or goal_f1 is None or budget.best_f1 < goal_f1:
        return f"{prefix}{_describe_best(budget, goal_f1)}"
    return f"{prefix}Some sizes reach {format_percent(goal_f1)} by chance; the trend does not"


def _count_documents(budget: Budget, sentences_per_document: float | None) -> str:
    if not budget.n_plan or not sentences_per_document:
        return ""
    return f"≈ {format_rounded(budget.n_plan / sentences_per_document)} documents"


def build_first_crossing_card(budget: Budget, *, f1: float | None, largest: int) -> Card:
    """Return the card of the size where the curve first reaches the goal, and whether it stays there.

    :param f1: mean F1 at ``n_first``, in [0, 1].
    :param largest: the largest trained size below full data.
    """
    label = "First reached at"
    if budget.status in UNANSWERABLE:
        return Card(label=label, number="not known", text="There is no goal to reach.")
    if not budget.has_answer:
        return Card(label=label, number="not known yet", text="The curve is still growing.")
    if budget.n_first is None:
        text = f"{_describe_best(budget, budget.target_f1)}{_name_mean(budget)}."
        return Card(label=label, number="no size", text=text)
    goal = f"the goal is {format_percent(budget.target_f1)}{_name_mean(budget)}"
    reached = "" if f1 is None else f"F1 is {format_percent(f1)}, {goal}. "
    if budget.n_stable is None:
        after = f"The curve is noisy: with {format_count(largest)} it is below the goal again"
    elif budget.n_stable > budget.n_first:
        after = f"The curve is noisy: it stays above the goal only from {format_count(budget.n_stable)}"
    else:
        after = "All larger sizes reach the goal, too"
    return Card(label=label, number=format_count(budget.n_first), unit="sentences", text=f"{reached}{after}.")


def build_saving_card(
    budget: Budget, others: Sequence[Budget], *, rates: Rates, best_gain: SourceGain | None = None
) -> Card:
    """Return the card of what pretraining saves; for ``none``, what the best source would save.

    :param others: rows of all sources.
    :param best_gain: where the row is of ``none``: what the most helpful source adds at a first annotation.
    """
    if budget.source != NONE:
        is_chosen_as_best = budget.chance_best is not None and select_best(others) == budget
        card = _build_saved_card(budget, is_chosen_as_best=is_chosen_as_best)
        return Card(
            label="Saves",
            number=card.number,
            unit=card.unit,
            text=_add_hours(card.text, budget.saved_plan, rates),
        )
    label = "Pretraining saves"
    if budget.status in UNANSWERABLE:
        return Card(label=label, number="not known", text="There is nothing to compare.")
    if not budget.has_answer:
        return Card(label=label, number="not known yet", text="It appears together with the plan.")
    better = [other for other in others if other.source != NONE and (other.saved_plan or 0) > 0]
    if not better:
        has_sources = len(others) > 1
        text = (
            "No source of this run is expected to need fewer sentences for this goal."
            if has_sources
            else "This run has no curve with pretraining."
        )
        if best_gain and best_gain.gain and best_gain.gain.f1 > 0:
            points = describe_points(best_gain.gain, best_gain.budget)
            text = f"{text.removesuffix('.')}, but {points}."
        return Card(label=label, number="nothing", text=text)
    best = select_best(better)
    card = _build_saved_card(best)
    text = _add_hours(f"if {describe_pretraining(best.source)}.", best.saved_plan, rates)
    return Card(label=label, number=card.number, unit=card.unit, text=text)


def _add_hours(text: str, n: int | None, rates: Rates) -> str:
    hours = describe_hours(n, rates)
    return f"{text.removesuffix('.')}; {hours}." if hours else text


def _build_saved_card(budget: Budget, *, is_chosen_as_best: bool = False) -> Card:
    """Return what a source saves against no pretraining; negative where it costs more.

    :param is_chosen_as_best: its saving leaves out the luck of that choice.
    """
    label = "Saves"
    if budget.n_plan is None:
        text = (
            f"{describe_pretraining(budget.source)}, no size reliably reaches the goal: nothing to compare."
        )
        return Card(label=label, number="not known", text=text)
    if budget.saved_plan is None:
        text = "Without pretraining, the number to plan on is not known."
        return Card(label=label, number="not known", text=text)
    interval = format_saved_interval(budget)
    against = "compared with no pretraining" + (f" (90 % interval: {interval})" if interval else "")
    against += ", without the luck of choosing the best" if is_chosen_as_best else ""
    n, unit = format_count(abs(budget.saved_plan)), "sentences"
    if budget.saved_plan < 0:
        text = f"{against}: this source does not help."
        return Card(label=label, number=f"costs {n} more", unit=unit, text=text)
    if budget.saved_plan_is_bound:
        text = f"{against}, which does not reliably reach the goal at any trained size."
        number, unit = (f"more than {n}", unit) if budget.saved_plan else ("some", "")
        return Card(label=label, number=number, unit=unit, text=text)
    if budget.saved_plan == 0:
        return Card(label=label, number="nothing", text=f"{against}: about the same number.")
    return Card(label=label, number=n, unit=unit, text=f"{against}.")


def _name_mean(budget: Budget) -> str:
    """Say that the goal of the first crossing is not the smoothed one of the plan; "" where both agree."""
    return " (not smoothed)" * (budget.entity != EVERY and is_goal_smoothed(budget))


def _describe_best(budget: Budget, goal_f1: float | None) -> str:
    """Return the best F1, and the goal where it is not reached."""
    best = f"With {format_count(budget.best_n or 0)} sentences F1 is {format_percent(budget.best_f1)}"
    if goal_f1 is None or budget.best_f1 is None or budget.best_f1 >= goal_f1:
        return best
    return f"{best}; the goal is {format_percent(goal_f1)}"
