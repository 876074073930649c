"""A budget as a sentence, and its numbers as cells of a table."""

from dataclasses import dataclass

from bioner_core.answers.wording.certainty import describe_chance, format_upper_end
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


def describe_goal(row: Budget) -> str:
    """Return the goal, such as "99 % of full F1 (84.0 of 84.9)"."""
    if row.fraction is None:
        return f"an F1 of {format_percent(row.target_f1)}"
    share = f"{100 * row.fraction:.4g} % of full F1"
    if row.target_f1 is None or row.entity == EVERY:  # each type has its own goal
        return share
    return f"{share} ({format_percent(row.target_f1)} of {format_percent(row.full_f1)})"


def describe_answer(row: Budget, *, n_pending: int = 0) -> Headline:
    """Return the whole answer in one sentence.

    :param n_pending: models of the target that are still to be trained: larger sizes may be among them.
    """
    task, how = f"{describe_entity(row.entity)} in {row.target}", describe_pretraining(row.source)
    if row.status in UNANSWERABLE:
        rest = f" for {describe_unanswered(row)} in {row.target}: {explain_no_answer(row)}."
        return Headline(emphasized="There is no answer", rest=rest)
    if not row.has_answer or row.n_max is None:
        why = "no size is trained with all its seeds yet"
        if row.status == "no_full":
            why = "the model on full data, which sets the goal, is not trained yet"
        return Headline(emphasized="There is no answer yet", rest=f" for {task}, {how}: {why}.")
    goal = describe_goal(row)
    if row.n_plan == 0:
        return Headline(
            emphasized="No training sentences are needed:",
            rest=f" {how}, a model already reaches {goal} for {task}.",
        )
    if row.n_plan is None:
        adverb = " yet" if n_pending else " reliably" if row.n_first is not None else ""
        emphasized = f"{format_count(row.n_max)} sentences do not{adverb} reach"
        return Headline(emphasized=emphasized, rest=f" {goal} for {task}, {how}.")
    chance = f": {describe_chance(row)}" if format_upper_end(row) else ""
    return Headline(
        emphasized=f"Plan on {format_count(row.n_plan)} sentences",
        rest=f" to reach {goal} for {task}, {how}{chance}.",
    )


def describe_unanswered(row: Budget) -> str:
    """Return the type that has no answer; in the row of every type also the others without one."""
    others = f" (nor for {join_names(row.left_out)})" if row.left_out else ""
    return describe_entity(row.decided_by or row.entity) + others


def explain_no_answer(row: Budget) -> str:
    """Say why no number of sentences can be computed for a type."""
    if row.status == "no_test":
        return "the test part has no mention of it, so it has no F1"
    if row.status == "no_training":
        return "the training part has no mention of it, so no model can learn it"
    mentions = (
        "its test mentions" if row.support is None else f"its {format_count(row.support)} test mentions"
    )
    mentions = "its one test mention" if row.support == 1 else mentions
    return f"even the model on full data finds none of {mentions}: full F1 is 0, so there is no goal to reach"


def format_plan(row: Budget) -> str:
    """Return the number to plan on as a cell."""
    if row.n_plan is not None:
        return format_count(row.n_plan)
    if row.status in UNANSWERABLE:
        return NO_ANSWER_LABELS[row.status]
    if not row.has_answer or row.n_max is None:
        return "not known yet"
    if row.n_first is not None:
        return f"> {format_count(row.n_max)}"
    return "not reached"


def format_plan_or_best(row: Budget) -> str:
    """Return the number to plan on as a cell; where it is not reached, with the best F1."""
    plan = format_plan(row)
    return f"{plan} (best {format_percent(row.best_f1)})" if plan == "not reached" else plan


def format_saving(row: Budget) -> str:
    """Return the sentences that pretraining saves as a cell."""
    if row.saved_plan is None:
        return "–"
    return ("> " if row.saved_plan_is_bound else "") + format_count(row.saved_plan).replace("-", "−")


def build_source_row(row: Budget) -> dict[str, str]:
    """Return the row of a table of sources."""
    return {
        "Source": name_source(row.source),
        **({"Decides": row.decided_by if row.target_f1 else "–"} if row.decided_by else {}),
        "Plan": format_plan(row),
        "95 % sure": shorten_bound(format_upper_end(row)),
        "First": "–" if row.n_first is None else format_count(row.n_first),
        "Stays": "–" if row.n_stable is None else format_count(row.n_stable),
        "Saves": format_saving(row),
        "Best F1": format_percent(row.best_f1),
    }
