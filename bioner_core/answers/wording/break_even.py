"""What a system that is not trained here reaches, and from where a trained model is better."""

from bioner_core.analysis.break_even import BreakEven, ExternalScore
from bioner_core.answers.wording.certainty import format_all, format_doubt
from bioner_core.answers.wording.costs import describe_hours
from bioner_core.answers.wording.numbers import format_count, format_percent
from bioner_core.costs.rates import Rates


def describe_break_even(break_even: BreakEven | None, *, entity: str = "", rates: Rates | None = None) -> str:
    """Say what a system reaches, and from how many sentences on an own model is better; "" without a system.

    :param entity: the type that it is said of, where the answer is for every type.
    :param rates: adds the hours that these sentences take.
    """
    if break_even is None:
        return ""
    score, kind = break_even.score, f" for {entity}" if entity else ""
    hours = describe_hours(break_even.budget.n_plan, rates) if rates else ""
    crossing = _describe_crossing(break_even) + (f" ({hours})" if hours else "")
    return f"{_describe_system(score)} gives F1 {format_f1(score)}{kind}; {crossing}."


def describe_contamination(break_even: BreakEven | None) -> str:
    """Say why F1 of a system may be too high; "" without one, or for a list from training sentences."""
    if break_even is None or break_even.score.point.n_sentences:
        return ""
    return (
        f"{break_even.score.point.model} may have seen these test texts with their annotations: public "
        "corpora are part of what large models are trained on. On unpublished texts its F1 may be lower."
    )


def _describe_system(score: ExternalScore) -> str:
    name, n = score.point.model, score.point.n_sentences
    cost = f", for {score.cost}" if score.cost else ""
    if n:
        return f"A list of terms from {format_count(n)} annotated sentences ({name}{cost})"
    return f"A system without annotation ({name}{cost})" if cost else f"A free system ({name})"


def _describe_crossing(break_even: BreakEven) -> str:
    budget, interval = break_even.budget, format_crossing_interval(break_even)
    if budget.n_plan is None:
        sentences = f"{format_all(budget)} sentences"
        chance = f" (chance {100 * budget.chance_reached:.0f} %)" if budget.chance_reached else ""
        return f"with {sentences} your own model is not expected to be better{chance}"
    doubt = f", and it may never be (chance {format_doubt(budget)})" if format_doubt(budget) else ""
    n = f"{format_count(budget.n_plan)} sentences{interval}"
    if budget.n_below is None:
        return f"already with {n}, the fewest trained, your own model is better{doubt}"
    return f"from about {n} your own model is better{doubt}"


def format_crossing_interval(break_even: BreakEven) -> str:
    """Return the 90 % interval of the number as " (150 to 400)"; "" where it is unknown or one number."""
    budget = break_even.budget
    if budget.n_low is None or budget.n_high is None or budget.n_low == budget.n_high:
        return ""
    more = "more than " if budget.n_high_beyond else ""
    return f" ({format_count(budget.n_low)} to {more}{format_count(budget.n_high)})"


def format_f1(score: ExternalScore) -> str:
    """Return F1 with its 90 % interval, such as "69.8 (66.1 to 73.2)"."""
    f1 = format_percent(score.point.f1)
    if score.interval is None:
        return f1
    low, high = map(format_percent, score.interval)
    return f"{f1} ({low} to {high})"
