"""How far a search is, in words: the interval by now, what is still to come, and why it ended."""

from bioner_core.answers.wording.numbers import format_count
from bioner_core.curves.points import NONE
from bioner_core.study.duration import format_duration
from bioner_core.study.search import Search, SearchRound


def describe_search(search: Search) -> str:
    """Return what a search is for and how far it goes.

    >>> describe_search(Search())
    'The search then adds models until the number for 99 % is known to within a factor of 1.5.'
    """
    goal = f"an F1 of {search.goal_f1:g}" if search.goal_f1 is not None else f"{100 * search.fraction:g} %"
    until = f"the number for {goal} is known to within a factor of {search.until:g}"
    models = "" if search.max_models is None else f", or {format_count(search.max_models)} are added"
    seconds = "" if search.max_seconds is None else f", or {format_duration(search.max_seconds)} have passed"
    return f"The search then adds models until {until}{models}{seconds}."


def describe_round(search: Search, step: SearchRound) -> str:
    """Return what is known at a round and what is to come.

    >>> step = SearchRound(at="", seconds=60, low=1900, high=4300, ratio=2.26, n_more=3, seconds_more=240)
    >>> describe_round(Search(), step)
    'Now 1,900 to 4,300, a factor of 2.3; about 3 more models, 4 min, to within a factor of 1.5.'
    """
    summary = _describe_interval(step)
    if step.end:
        return f"The search ended: {summary}. {step.reason}"
    summary = f"Now {summary}"
    if step.n_more is None:
        return f"{summary}; more models are needed."
    models = f"{step.n_more} more model{'s' * (step.n_more != 1)}"
    goal = f"to within a factor of {max(search.until, step.floor or 0):.2g}"
    if step.seconds_more is None:
        return f"{summary}; more than {models} {goal}."
    return f"{summary}; about {models}, {format_duration(step.seconds_more)}, {goal}."


def _describe_interval(step: SearchRound) -> str:
    """Return the interval of a round, such as "1,900 to 4,300, a factor of 2.3"."""
    if step.ratio is None:
        return "no interval yet" if not step.end else "no interval"
    factor = f"a factor of {step.ratio:.1f}"
    if step.low is None or step.high is None:
        return factor
    return f"{format_count(step.low)} to {format_count(step.high)}, {factor}"


def name_row(step: SearchRound) -> str:
    """Return the curve that is determined least, such as "EN UGT, Drug, from EN EHR"."""
    source = "" if step.source in ("", NONE) else f"from {step.source}"
    return ", ".join(filter(None, (step.target, step.entity, source)))
