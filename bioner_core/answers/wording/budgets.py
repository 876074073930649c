"""A budget as a sentence, and its numbers as cells of a table."""

from collections.abc import Sequence
from dataclasses import dataclass

from bioner_core.answers.wording.certainty import (
    describe_doubt,
    format_all,
    format_interval,
    format_upper_end,
)
from bioner_core.answers.wording.exclusions import EXCLUSION_LABELS
from bioner_core.answers.wording.names import describe_entity, describe_pretraining
from bioner_core.answers.wording.numbers import format_count, format_percent, join_names, shorten_bound
from bioner_core.charts.curve_chart import name_source
from bioner_core.curves.budget import EVERY, Basis, Budget, Status
from bioner_core.curves.exclusion import UNANSWERABLE

STATUS_REASONS: dict[Status, str] = {  # why a budget is no answer
    "no_full": "the model on full data without pretraining, which sets the goal, is not trained yet",
    "no_data": "no size is trained with all its seeds yet",
    "no_test": "the test part has no mention of it, so it has no F1",
    "no_training": "the training part has no mention of it, so no model can learn it",
    "no_f1": "no model finds any of {mentions}: F1 is 0, so there is no goal to reach",
}
BASIS_LABELS: dict[Basis, str] = {  # what a plan lies between
    "measured": "within the sizes trained",
    "to_full": "between the largest size and full data",
    "borrowed": "between the largest size and full data without pretraining",
}


@dataclass(frozen=True, kw_only=True)
class Headline:
    """A sentence whose first words are emphasized where that is possible."""

    emphasized: str
    rest: str

    def __str__(self) -> str:
        """Return the whole sentence."""
        return self.emphasized + self.rest


def describe_goal(budget: Budget) -> str:
    """Return the goal of a plan, such as "99 % of full F1 (82.9 of 83.8, smoothed)"."""
    if budget.fraction is None:
        return f"an F1 of {format_percent(budget.target_f1)}"
    share = describe_share(budget)
    if budget.target_f1 is None or budget.entity == EVERY:  # each type has its own goal
        return share
    full_f1 = budget.full_f1 if budget.plan_full_f1 is None else budget.plan_full_f1
    smoothed = ", smoothed" * is_goal_smoothed(budget)
    return f"{share} ({format_percent(budget.plan_goal_f1)} of {format_percent(full_f1)}{smoothed})"


def is_goal_smoothed(budget: Budget) -> bool:
    """Say whether the goal of the plan differs, as people read it, from that of the first crossing."""
    if budget.fraction is None or budget.plan_full_f1 is None:
        return False
    pairs = ((budget.plan_goal_f1, budget.target_f1), (budget.plan_full_f1, budget.full_f1))
    return any(format_percent(smooth) != format_percent(mean) for smooth, mean in pairs)


def describe_share(budget: Budget) -> str:
    """Return the goal in few words, such as "99 % of full F1"."""
    return describe_goal(budget) if budget.fraction is None else f"{format_share(budget)} of full F1"


def format_share(budget: Budget) -> str:
    """Return the share of full F1 that is the goal, such as "99 %"; "–" where the goal is an F1."""
    return "–" if budget.fraction is None else f"{100 * budget.fraction:.4g} %"


def compose_plan(
    n: int, *, goal: str, likely: str = "", others: Sequence[tuple[str, int | None]] = ()
) -> Headline:
    """Return the sentence of every answer: the number, its interval, its goal, and what other goals need.

    >>> str(compose_plan(2800, goal="99 % of full F1", likely="1,100 to 4,700", others=[("95 %", 1300)]))
    'Plan on 2,800 sentences (likely 1,100 to 4,700) to reach 99 % of full F1; 1,300 reach 95 %.'

    :param likely: the 90 % interval; "" where unknown.
    :param others: other goals, each with its sentences; None where no number reaches it.
    """
    return Headline(
        emphasized=f"Plan on {format_count(n)} sentences",
        rest=f"{f' (likely {likely})' if likely else ''} to reach {goal}{describe_other_goals(others)}.",
    )


def describe_other_goals(others: Sequence[tuple[str, int | None]]) -> str:
    """Return what other goals need, such as "; 1,300 reach 95 %, 700 reach 90 %"; "" without any."""
    clauses = [
        f"none reach {goal} reliably" if n is None else f"{format_count(n)} reach {goal}"
        for goal, n in others
    ]
    return f"; {', '.join(clauses)}" if clauses else ""


def describe_answer(budget: Budget, others: Sequence[Budget] = (), *, n_pending: int = 0) -> Headline:
    """Return the whole answer in one sentence.

    :param others: the rows of the same source at other shares of full F1.
    :param n_pending: models of the target that are still to be trained: larger sizes may be among them.
    """
    task, how = f"{describe_entity(budget.entity)} in {budget.target}", describe_pretraining(budget.source)
    if budget.status in UNANSWERABLE:
        rest = f" for {describe_unanswered(budget)} in {budget.target}: {explain_no_answer(budget)}."
        return Headline(emphasized="There is no answer", rest=rest)
    if not budget.has_answer or budget.n_max is None:
        why = explain_status(budget.status) or STATUS_REASONS["no_data"]
        return Headline(emphasized="There is no answer yet", rest=f" for {task}, {how}: {why}.")
    goal = describe_share(budget)
    other_goals = [(format_share(other), other.n_plan) for other in others]
    if budget.n_plan == 0:
        return Headline(
            emphasized="No training sentences are needed",
            rest=f" to reach {goal}: {how}, a model reaches it already{describe_other_goals(other_goals)}.",
        )
    if budget.n_plan is None:
        return _describe_miss(budget, goal, other_goals, n_pending=n_pending)
    likely = format_interval(budget) if budget.n_low != budget.n_high else ""
    if doubt := describe_doubt(budget):
        likely += f", and {doubt}"
    return compose_plan(budget.n_plan, goal=goal, likely=likely, others=other_goals)


def _describe_miss(
    budget: Budget, goal: str, others: Sequence[tuple[str, int | None]], *, n_pending: int
) -> Headline:
    """Say that no number is likely to reach the goal, how likely all sentences do, and what to do."""
    emphasized = f"{format_all(budget).capitalize()} sentences do not"
    if n_pending:
        return Headline(emphasized=f"{emphasized} yet reach", rest=f" {goal}{describe_other_goals(others)}.")
    has_hope = budget.n_first is not None or budget.n_low is not None
    odds = ""
    if budget.chance_reached is not None:
        share = round(100 * budget.chance_reached)
        odds = f" (the chance that they do is {f'{share} %' if share else 'below 1 %'})"
    reached = [(share, n) for share, n in others if n is not None]
    advice = describe_other_goals(reached) or "; try a lower goal or another source"
    return Headline(
        emphasized=f"{emphasized} reliably reach" if has_hope else f"{emphasized} reach",
        rest=f" {goal}{odds}{advice}.",
    )


def describe_unanswered(budget: Budget) -> str:
    """Return the type that has no answer; in the row of every type also the others without one."""
    names = [left_out.entity for left_out in budget.left_out]
    others = f" (nor for {join_names(names)})" if names else ""
    return describe_entity(budget.decided_by or budget.entity) + others


def explain_no_answer(budget: Budget) -> str:
    """Say why no number of sentences can be computed for a type."""
    if budget.support is None:
        return explain_status(budget.status)
    n = budget.support
    mentions = "its one test mention" if n == 1 else f"its {format_count(n)} test mentions"
    return explain_status(budget.status, mentions=mentions)


def explain_status(status: Status, *, mentions: str = "its test mentions") -> str:
    """Say why a budget with a status is no answer; "" where it is one."""
    return STATUS_REASONS.get(status, "").format(mentions=mentions)


def format_plan(budget: Budget) -> str:
    """Return the number to plan on as a cell."""
    if budget.n_plan is not None:
        return format_count(budget.n_plan)
    if budget.status in UNANSWERABLE:
        return EXCLUSION_LABELS[budget.status]
    if not budget.has_answer or budget.n_max is None:
        return "not known yet"
    return "not reached"


def format_plan_or_best(budget: Budget) -> str:
    """Return the number to plan on as a cell; where it is not reached, with the best F1."""
    plan = format_plan(budget)
    return f"{plan} (best {format_percent(budget.best_f1)})" if plan == "not reached" else plan


def format_saving(budget: Budget) -> str:
    """Return the sentences that pretraining saves as a cell."""
    if budget.saved_plan is None:
        return "–"
    return ("> " if budget.saved_plan_is_bound else "") + format_count(budget.saved_plan).replace("-", "−")


def build_source_row(budget: Budget) -> dict[str, str]:
    """Return the row of a table of sources."""
    return {
        "Source": name_source(budget.source),
        **({"Decides": budget.decided_by if budget.target_f1 else "–"} if budget.decided_by else {}),
        "Plan": format_plan(budget),
        "95 % sure": shorten_bound(format_upper_end(budget)),
        "First": "–" if budget.n_first is None else format_count(budget.n_first),
        "Stays": "–" if budget.n_stable is None else format_count(budget.n_stable),
        "Saves": format_saving(budget),
        **({} if budget.chance_best is None else {"Fewest": f"{100 * budget.chance_best:.0f} %"}),
        "Best F1": format_percent(budget.best_f1),
    }
