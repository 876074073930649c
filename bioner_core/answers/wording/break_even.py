"""What a system that is not trained here reaches, and from where a trained model is better."""

from collections.abc import Sequence

from bioner_core.analysis.break_even import BreakEven, ExternalScore
from bioner_core.analysis.external_scoring import Part, ScoredFile
from bioner_core.answers.wording.certainty import format_all, format_doubt
from bioner_core.answers.wording.costs import describe_hours
from bioner_core.answers.wording.numbers import format_count, format_percent
from bioner_core.costs.rates import Rates
from bioner_core.curves.budget import Budget
from bioner_core.forecast.forecast import Need

_LOWER = 0.9  # of full F1
LEAVES_MACHINE = (
    "this file holds the text of the corpus. Send it only where its licence and your data protection allow."
)
CANNOT_CHANGE = (
    "This run comes with the program and cannot be changed. Download it under Runs (Run as zip), and import "
    "it there under another name."
)


def describe_break_even(
    break_even: BreakEven | None,
    *,
    entity: str = "",
    rates: Rates | None = None,
    lower_goal: str = "",
    beyond: Need | None = None,
) -> str:
    """Say what a system reaches, and from how many sentences on an own model is better; "" without a system.

    :param entity: the type that it is said of, where the answer is for every type.
    :param rates: adds the hours that these sentences take.
    :param lower_goal: what a lower goal takes, to set beside.
    :param beyond: what the system's F1 takes by the forecast, where all annotated sentences do not reach it.
    """
    if break_even is None:
        return ""
    score, kind = break_even.score, f" for {entity}" if entity else ""
    hours = describe_hours(break_even.budget.n_plan, rates) if rates else ""
    crossing = _describe_crossing(break_even) + (f" ({hours})" if hours else "")
    clauses = [crossing, _describe_beyond(break_even, beyond), lower_goal]
    text = "; ".join(filter(None, clauses))
    return f"{_describe_system(score)} gives F1 {format_f1(score)}{kind}; {text}."


def _describe_beyond(break_even: BreakEven, need: Need | None) -> str:
    """Say from where the forecast puts the own model above the system; "" where it is not asked."""
    if need is None or break_even.budget.n_plan is not None:
        return ""
    if need.n is None:
        return "nor by the forecast with all that could be annotated"
    likely = "" if need.low is None or need.high is None else _format_likely(need.low, need.high)
    return f"by the forecast from about {format_count(need.n)}{likely}"


def format_lower_goal(others: Sequence[Budget]) -> str:
    """Return what 90 % of full F1 takes; "" where it is no other goal, or not reached."""
    row = next((row for row in others if row.fraction == _LOWER and row.n_plan is not None), None)
    return f"for {100 * _LOWER:.0f} % of full F1 you need {format_count(row.n_plan or 0)}" if row else ""


def format_pool_goal(needs: Sequence[Need], pool: int) -> str:
    """Return what 90 % of the F1 at a pool takes; "" where the pool does not reach it."""
    need = next((need for need in needs if need.fraction == _LOWER and need.n is not None), None)
    goal = f"{100 * _LOWER:.0f} % of the F1 that {format_count(pool)} would give"
    return f"for {goal} you need {format_count(need.n or 0)}" if need else ""


def _format_likely(low: int, high: int) -> str:
    return "" if low == high else f" ({format_count(low)} to {format_count(high)})"


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
        return f"A system made with {format_count(n)} annotated sentences ({name}{cost})"
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


def describe_match(scored: ScoredFile, *, file: str, part: Part) -> str:
    """Say how many sentences of a part a file holds, and what becomes of the others."""
    n, n_all = scored.result.n_matched, scored.n_sentences
    rest = ""
    if n < n_all:
        fate = "missing and count as without mentions" if part == "test" else "left out"
        rest = f", {format_count(n_all - n)} are {fate}"
    text = f"{n:,} of {n_all:,} {part} sentences ({100 * n / n_all:.0f} %) are in {file}{rest}."
    if scored.n_other_mentions:
        text += f" {scored.n_other_mentions:,} of {scored.n_mentions:,} mentions lie outside the {part} part."
    return text


def build_system_row(score: ExternalScore) -> dict[str, object]:
    """Return the columns of a system's score for people: F1 in percent, with its 90 % interval."""
    point = score.point
    return {
        "target": point.target,
        "system": point.model,
        "entity": point.entity,
        "F1 (90 % interval)": format_f1(score),
        "P": format_percent(point.precision),
        "R": format_percent(point.recall),
        "mentions": point.support,
        "annotated": point.n_sentences,
        "texts": "training" if point.method == "pre-annotation" else "test",
        "cost": score.cost or None,
    }


def format_better_from(break_even: BreakEven | None) -> str:
    """Return from where a curve is better than a system, such as "220 (150 to 400)"; "–" without one."""
    if break_even is None:
        return "–"
    n = break_even.budget.n_plan
    if n is None:
        return f"more than {format_count(break_even.budget.n_max or 0)}"
    return format_count(n) + format_crossing_interval(break_even)
