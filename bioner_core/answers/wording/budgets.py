"""A budget as a sentence, and its numbers as cells of a table."""

from dataclasses import dataclass

from bioner_core.answers.wording.certainty import format_interval, format_upper_end
from bioner_core.answers.wording.names import describe_entity, describe_pretraining
from bioner_core.answers.wording.numbers import format_count, format_percent, join_names, shorten_bound
from bioner_core.charts.curve_chart import name_source
from bioner_core.curves.budget import EVERY, UNANSWERABLE, Budget

NO_ANSWER_LABELS = {
    "no_test": "no test mention",
    "no_training": "no training mention",
    "no_f1": "never found",
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
    """Return the goal, such as "99 % of full F1 (84.0 of 84.9)"."""
    if budget.fraction is None:
        return f"an F1 of {format_percent(budget.target_f1)}"
    share = f"{100 * budget.fraction:.4g} % of full F1"
    if budget.target_f1 is None or budget.entity == EVERY:  # each type has its own goal
        return share
    return f"{share} ({format_percent(budget.target_f1)} of {format_percent(budget.full_f1)})"


def describe_answer(budget: Budget, *, n_pending: int = 0) -> Headline:
    """Return the whole answer in one sentence.

    :param n_pending: models of the target that are still to be trained: larger sizes may be among them.
    """
    task, how = f"{describe_entity(budget.entity)} in {budget.target}", describe_pretraining(budget.source)
    if budget.status in UNANSWERABLE:
        rest = f" for {describe_unanswered(budget)} in {budget.target}: {explain_no_answer(budget)}."
        return Headline(emphasized="There is no answer", rest=rest)
    if not budget.has_answer or budget.n_max is None:
        why = "no size is trained with all its seeds yet"
        if budget.status == "no_full":
            why = "the model on full data, which sets the goal, is not trained yet"
        return Headline(emphasized="There is no answer yet", rest=f" for {task}, {how}: {why}.")
    goal = describe_goal(budget)
    if budget.n_plan == 0:
        return Headline(
            emphasized="No training sentences are needed:",
            rest=f" {how}, a model already reaches {goal} for {task}.",
        )
    if budget.n_plan is None:
        has_hope = budget.n_first is not None or budget.n_low is not None
        adverb = " yet" if n_pending else " reliably" if has_hope else ""
        odds = "" if n_pending else _describe_hope(budget)
        emphasized = f"{format_count(budget.n_max)} sentences do not{adverb} reach"
        return Headline(emphasized=emphasized, rest=f" {goal} for {task}, {how}{odds}.")
    interval, odds = format_interval(budget), _describe_odds(budget)
    likely = f" (likely {interval})" if interval and budget.n_low != budget.n_high else ""
    return Headline(
        emphasized=f"Plan on {format_count(budget.n_plan)} sentences",
        rest=f"{likely} to reach {goal} for {task}, {how}{odds}.",
    )


def _describe_odds(budget: Budget) -> str:
    """Say how likely even full data is not enough; "" where that is unlikely or unknown."""
    if not budget.n_high_beyond or budget.chance_reached is None:
        return ""
    share = round(100 * (1 - budget.chance_reached))
    return f"; with a chance of {share} %, even {format_count(budget.n_max or 0)} are not enough"


def _describe_hope(budget: Budget) -> str:
    """Say how likely full data is enough after all; "" where that is unknown."""
    if budget.chance_reached is None:
        return ""
    share = round(100 * budget.chance_reached)
    return f"; the chance that they do is {f'{share} %' if share else 'below 1 %'}"


def describe_unanswered(budget: Budget) -> str:
    """Return the type that has no answer; in the row of every type also the others without one."""
    others = f" (nor for {join_names(budget.left_out)})" if budget.left_out else ""
    return describe_entity(budget.decided_by or budget.entity) + others


def explain_no_answer(budget: Budget) -> str:
    """Say why no number of sentences can be computed for a type."""
    if budget.status == "no_test":
        return "the test part has no mention of it, so it has no F1"
    if budget.status == "no_training":
        return "the training part has no mention of it, so no model can learn it"
    mentions = (
        "its test mentions" if budget.support is None else f"its {format_count(budget.support)} test mentions"
    )
    mentions = "its one test mention" if budget.support == 1 else mentions
    return f"even the model on full data finds none of {mentions}: full F1 is 0, so there is no goal to reach"


def format_plan(budget: Budget) -> str:
    """Return the number to plan on as a cell."""
    if budget.n_plan is not None:
        return format_count(budget.n_plan)
    if budget.status in UNANSWERABLE:
        return NO_ANSWER_LABELS[budget.status]
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
        "Best F1": format_percent(budget.best_f1),
    }
