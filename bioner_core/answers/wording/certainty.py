"""How sure a number of sentences is: chance, intervals, what they cover, and tests against full data."""

from bioner_core.analysis.comparison import ModelComparison
from bioner_core.answers.wording.numbers import format_bound, format_count, format_p_value
from bioner_core.curves.budget import EVERY, Budget


def format_upper_end(budget: Budget) -> str:
    """Return the sentences to be 95 % sure; "" where no interval is known."""
    if budget.n_high_beyond is None:
        return ""
    return format_bound(None if budget.n_high_beyond else budget.n_high, budget.n_max or 0)


def format_interval(budget: Budget) -> str:
    """Return the 90 % interval of the plan, such as "700 to 1,300" or "1,100 to all 5,369"; "" if unknown."""
    if budget.n_low is None:  # both ends lie beyond n_max, or neither is known
        return format_upper_end(budget)
    upper_end = format_all(budget) if budget.n_high_beyond else format_upper_end(budget)
    return f"{format_count(budget.n_low)} to {upper_end}"


def format_all(budget: Budget) -> str:
    """Return the largest number that may be the answer: "all 5,369", or "1,600" where full F1 is unknown."""
    return ("all " if budget.full_f1 is not None else "") + format_count(budget.n_max or 0)


def describe_doubt(budget: Budget) -> str:
    """Say how likely even full data is not enough, such as "35 % that even these do not suffice"; else ""."""
    chance = format_doubt(budget)
    return f"{chance} that even these do not suffice" if chance else ""


def format_doubt(budget: Budget) -> str:
    """Return the chance that even full data is not enough, such as "35 %"; "" where it is 5 % or less."""
    if not budget.n_high_beyond or budget.chance_reached is None:
        return ""
    return f"{100 * (1 - budget.chance_reached):.0f} %"


def describe_upper_end(upper_end: str) -> str:
    """Say what a plan and its upper end, such as "more than 1,600", mean."""
    return f"a 50 % chance; {upper_end} to be 95 % sure"


def describe_chance(budget: Budget, *, with_low: bool = False) -> str:
    """Say how sure the plan is, such as "a 50 % chance; 1,300 to be 95 % sure"; "" where unknown.

    :param with_low: also where the 90 % interval begins.
    """
    if budget.n_high_beyond is None:
        return ""
    if budget.n_plan is None:
        return (
            ""
            if budget.n_low is None
            else f"with {format_count(budget.n_low)} sentences, the chance of success is 5 %"
        )
    is_sure = budget.n_high == budget.n_plan and not budget.n_high_beyond
    chance = "a chance of at least 95 %" if is_sure else describe_upper_end(format_upper_end(budget))
    if doubt := format_doubt(budget):
        chance = f"a 50 % chance; even {format_all(budget)} do not suffice with a chance of {doubt}"
    has_low = with_low and budget.n_low is not None and not (is_sure and budget.n_low == budget.n_high)
    return chance + (f" (90 % interval: {format_interval(budget)})" if has_low else "")


def describe_seeds(
    budget: Budget, *, is_published: bool, n_pending: int = 0, most_seeds: int | None = None
) -> str:
    """Say what is known about chance, and how many models are still to be trained.

    :param most_seeds: behind a size; a search gives sizes different numbers of them.
    """
    if is_published:
        return "published with one run per size; the interval covers other models only"
    if n_pending:
        return f"{format_count(n_pending)} model{'s' * (n_pending > 1)} of this run not trained yet"
    has_seeds = (budget.n_seeds or 0) > 1
    seeds = f"{budget.n_seeds} seeds per size" if has_seeds else "one model per size"
    if most_seeds and most_seeds > (budget.n_seeds or 0):
        has_seeds, seeds = True, f"{budget.n_seeds or 0} to {most_seeds} seeds per size"
    if budget.interval_of is None:
        return seeds if has_seeds else f"{seeds}, so the effect of chance is unknown"
    return (
        seeds
        if budget.interval_of == "seeds and documents"
        else f"{seeds}; {describe_coverage(budget.interval_of)}"
    )


def describe_coverage(interval_of: str) -> str:
    """Say what a 90 % interval covers, and what it does not.

    >>> describe_coverage("documents")
    'the interval covers other test documents, but not other seeds'
    """
    resampled = interval_of.split(" and ")
    unit = "" if resampled[-1].endswith(("seeds", "models")) else resampled[-1]
    tested = f"other test {unit}" + (" (documents are not known)" if unit == "sentences" else "")
    models = {
        "seeds": "other seeds",
        "borrowed seeds": "other seeds, estimated from other curves of the same model",
        "models": "other models, estimated from the scatter about the curve",
    }.get(resampled[0])
    if not unit:
        return f"the interval covers {models}, but not other test documents, because counts are missing"
    if resampled[0] == "seeds":
        return f"the interval covers other seeds and {tested}"
    if models:
        return f"the interval covers {tested}, and {models}"
    return f"the interval covers {tested}, but not other seeds"


def describe_certainty(budget: Budget) -> list[str]:
    """Return all that is known of how sure the number is, in sentences."""
    sentences = []
    if budget.n_plan is not None and (chance := describe_chance(budget, with_low=True)):
        sentences.append(f"{format_count(budget.n_plan)}: {chance}.")
    if budget.interval_of is not None:
        coverage = describe_coverage(budget.interval_of)
        if budget.entity == EVERY:
            sentences.append(f"The number is the largest of the types; {coverage}.")
        else:
            sentences.append(f"{coverage[0].upper()}{coverage[1:]}.")
        if budget.n_sure is None:
            sentences.append(
                "The test does not show that the largest size below full data reaches the goal (one-sided, "
                "95 %)."
            )
        else:
            sentences.append(
                f"The test shows that {format_count(budget.n_sure)} and all larger sizes reach the goal "
                "(one-sided, 95 %, from the largest size down)."
            )
    return sentences


def format_tests(comparison: ModelComparison) -> dict[str, str]:
    """Return the tests of two models, in columns."""
    interval = "–"
    if comparison.low is not None and comparison.high is not None:
        interval = f"{100 * comparison.low:+.1f} to {100 * comparison.high:+.1f}".replace("-", "−")
    return {
        "Difference, 95 %": interval,
        "Over seeds": format_p_value(comparison.p_runs),
        "Over the test part": format_p_value(comparison.p_test),
    }
