"""The rounds of an annotation project in sentences and table cells."""

from collections.abc import Sequence
from datetime import date

from bioner_core.analysis.forecast_check import ForecastCheck
from bioner_core.answers.estimate import Estimate
from bioner_core.answers.next_round import find_next_goal
from bioner_core.answers.project_rounds import ProjectAnswer, RoundOutcome
from bioner_core.answers.wording.budget_cards import Card
from bioner_core.answers.wording.caveats import describe_agreement
from bioner_core.answers.wording.estimate_cards import build_figure_cards
from bioner_core.answers.wording.estimates import format_share
from bioner_core.answers.wording.numbers import format_bound, format_count, format_f1_interval, format_percent
from bioner_core.corpus.description import CorpusDescription
from bioner_core.rounds.exchange import Parcel, SettledPush
from bioner_core.rounds.velocity import FinishDates, Velocity


def describe_parcel(parcel: Parcel) -> str:
    """List what would leave, and where it would go."""
    batch, suggestions, settings = parcel.batch, parcel.suggestions, parcel.settings
    parts = [f"{format_count(len(batch.texts))} texts with {format_count(batch.n_characters)} characters"]
    if batch.n_test:
        parts.append(f"{format_count(batch.n_test)} of them for testing, without suggestions")
    if suggestions.n_kept:
        parts.append(f"{format_count(suggestions.n_kept)} suggested mentions")
    if suggestions.n_left_out:
        missing = ", ".join(suggestions.missing)
        parts.append(
            f"{format_count(suggestions.n_left_out)} suggestions stay here, since {settings.title} has no "
            f"label for {missing}"
        )
    title = f" “{parcel.status.title[:60]}”" if parcel.status.title else ""
    note = f" Note: {parcel.status.note}." if parcel.status.note and suggestions.n_kept else ""
    return f"{'; '.join(parts)}. They go to {settings.title} at {parcel.place}, project{title}.{note}"


def describe_settled_push(push: SettledPush, title: str) -> str:
    """Say what a tool has of a push that broke off, and what happens to the rest.

    :param title: of the tool.
    """
    n_all, n_rest = format_count(push.n_all), len(push.rest.texts)
    begin = f"The push of {_format_day(push.at.date())} broke off."
    if not n_rest:
        return f"{begin} {title} has all {n_all} texts of it, so nothing is sent. Push again for more."
    n_present = format_count(push.n_all - n_rest)
    return (
        f"{begin} {title} has {n_present} of its {n_all} texts. Only the other {format_count(n_rest)} are "
        "sent now. Push again for more."
    )


def describe_unfinished_push(n: int, title: str) -> str:
    """Say that a push has not ended.

    :param n: texts of which nobody knows whether the tool has them.
    :param title: of the tool.
    """
    return (
        f"A push has not ended: {title} may lack {format_count(n)} texts of it. The next push first looks up "
        "what is there, and sends only what is not."
    )


def describe_strange_texts(n: int) -> str:
    """Say what happens to annotated texts that the project did not send."""
    texts, they = ("text was", "it joins") if n == 1 else ("texts were", "they join")
    return f"{format_count(n)} annotated {texts} not sent from here; {they} the training part"


def describe_project(answer: ProjectAnswer) -> str:
    """Return where a project stands: the verdict of the last round, and when the goal will be reached."""
    if answer.last is None:
        n = format_count(len(answer.rest.texts))
        if answer.n_waiting:
            return (
                f"{format_count(answer.n_waiting)} texts are with the annotators, and {n} wait here. Fetch "
                "what they have done, and you see how many sentences to plan on."
            )
        title = answer.project.settings.title
        return f"Nothing is annotated yet. {n} texts wait here: send the first ones to {title}."
    if answer.estimate is None:
        return f"Round {answer.last.round.number} has no estimate: {answer.last.problem}."
    return " ".join(filter(None, (answer.estimate.verdict, describe_finish(answer))))


def describe_finish(answer: ProjectAnswer) -> str:
    """Say when the goal will be reached, and at which speed; "" where nobody can tell."""
    finish, estimate = answer.finish, answer.estimate
    if finish is None or estimate is None:
        return ""
    goal = find_next_goal(estimate.best)
    reached = f"{format_share(goal)} by" if goal else "All is annotated by"
    return f"{_describe_speed(answer, finish)}: {reached} {format_dates(finish.earliest, finish.latest)}."


def _describe_speed(answer: ProjectAnswer, finish: FinishDates) -> str:
    if finish.velocity:
        return f"At the speed so far ({describe_velocity(finish.velocity)})"
    rates = answer.estimate.request.rates if answer.estimate else None
    hours = f"{rates.annotators * rates.hours_a_week:g} hours a week" if rates else "your rates"
    return f"At {hours}"


def describe_velocity(velocity: Velocity) -> str:
    """Return the speed of a team with its interval and the days that it comes from."""
    low, mean, high = (
        f"{value:.0f}" if value >= 10 else f"{value:.1f}"
        for value in (velocity.low, velocity.mean, velocity.high)
    )
    days = format_dates(velocity.first, velocity.last)
    return f"{mean} sentences a day, likely {low} to {high}, {days}"


def format_dates(first: date, last: date | None) -> str:
    """Format a range of days.

    >>> from datetime import date
    >>> format_dates(date(2026, 3, 3), date(2026, 3, 9)), format_dates(date(2026, 3, 3), None)
    ('3 to 9 March 2026', '3 March 2026 or much later')
    >>> format_dates(date(2026, 12, 30), date(2027, 1, 4)), format_dates(date(2026, 3, 3), date(2026, 3, 3))
    ('30 December 2026 to 4 January 2027', '3 March 2026')
    """
    if last is None:
        return f"{_format_day(first)} or much later"
    if first == last:
        return _format_day(first)
    if first.year != last.year:
        return f"{_format_day(first)} to {_format_day(last)}"
    if first.month != last.month:
        return f"{first.day} {_MONTHS[first.month - 1]} to {_format_day(last)}"
    return f"{first.day} to {_format_day(last)}"


_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


def _format_day(day: date) -> str:
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def build_cards(answer: ProjectAnswer) -> list[Card]:
    """Return what a team decides on: what is annotated, F1, the plan, and when it is reached."""
    last = answer.last
    n_rest, n_waiting = format_count(len(answer.rest.texts)), format_count(answer.n_waiting)
    sent = f"{n_waiting} texts are with the annotators, " if answer.n_waiting else ""
    waiting = f"{sent}{n_rest} texts wait here."
    if last is None:
        return [
            Card(label="With the annotators", number=n_waiting, unit="texts", text=f"{n_rest} wait here.")
        ]
    cards = [
        Card(
            label=f"Annotated by round {last.round.number}",
            number=format_count(last.round.n_train + last.round.n_test),
            unit="sentences",
            text=f"{format_count(last.round.n_train)} to train on, {format_count(last.round.n_test)} to test "
            f"on. {waiting}",
        )
    ]
    if answer.estimate:
        cards += build_figure_cards(answer.estimate.best)[:1]
        cards.append(_build_plan_card(answer.estimate.best))
        cards.append(_build_date_card(answer))
    return cards


def _build_plan_card(best: Estimate) -> Card:
    need, pool = best.find_need(best.lead), best.pool
    high = None if need.is_beyond else need.high
    likely = f"Likely {format_count(need.low)} to {format_bound(high, pool.n_all)}." if need.low else ""
    return Card(
        label=f"To train on, for {format_share(need)} of all {format_count(pool.n_all)}",
        number=format_bound(need.n, pool.n_all),
        unit="sentences",
        text=likely,
    )


def _build_date_card(answer: ProjectAnswer) -> Card:
    finish, estimate = answer.finish, answer.estimate
    if finish is None or estimate is None:
        stops = estimate is not None and estimate.advice == "stop"
        text = "All other texts would add too little." if stops else "Nothing that can be counted is missing."
        return Card(label="Annotation can stop", number="now" if stops else "–", text=text)
    goal = find_next_goal(estimate.best)
    return Card(
        label=f"{format_share(goal)} reached by" if goal else "All annotated by",
        number=format_dates(finish.earliest, finish.latest),
        text=f"{_describe_speed(answer, finish)}.",
    )


def build_rounds_table(outcomes: Sequence[RoundOutcome]) -> list[dict[str, str]]:
    """Return a row for each round: what it had, what was forecast, what it is, and the plan then."""
    return [_build_row(outcome) for outcome in outcomes]


def _build_row(outcome: RoundOutcome) -> dict[str, str]:
    step, estimate = outcome.round, outcome.estimate
    best = estimate.best if estimate else None
    need = best.find_need(best.lead) if best else None
    plan = "–"
    if best and need:
        high = None if need.is_beyond else need.high
        interval = f" ({format_count(need.low)} to {format_bound(high, best.pool.n_all)})" if need.low else ""
        n = format_bound(need.n, best.pool.n_all)
        plan = f"{n}{interval} for {format_share(need)}"
    seconds = step.seconds_per_sentence
    return {
        "Round": str(step.number),
        "Day": step.at[:10],
        "To train on": format_count(step.n_train),
        "To test on": format_count(step.n_test),
        "F1 forecast, and then": "; ".join(map(_format_check, outcome.checks)) or "–",
        "F1 now": format_percent(best.now.f1) if best and best.now else "–",
        "As forecast": _format_hits(outcome),
        "Plan on": plan,
        "Seconds per sentence": "–" if seconds is None else f"{seconds:.0f}",
    }


def _format_check(check: ForecastCheck) -> str:
    """Return what the round before forecast, and what it is."""
    return f"{check.entity} {format_f1_interval(check.forecast)}, is {format_percent(check.f1)}"


def _format_hits(outcome: RoundOutcome) -> str:
    if not outcome.checks:
        return "–"
    missed = [check.entity for check in outcome.checks if not check.is_in_interval]
    verdict = "yes" if not missed else f"not {', '.join(missed)}"
    return f"{verdict}; larger test part" if outcome.has_larger_test else verdict


def list_project_notes(answer: ProjectAnswer) -> tuple[str, ...]:
    """Return what else is known of a project, a sentence or two each."""
    notes = []
    if answer.n_unfinished:
        notes.append(describe_unfinished_push(answer.n_unfinished, answer.project.settings.title))
    if answer.n_waiting and answer.last:
        notes.append(f"{format_count(answer.n_waiting)} texts that were sent are not annotated yet.")
    if answer.n_chosen:
        notes.append(
            f"{format_count(answer.n_chosen)} of the texts that were sent were chosen, not drawn at random. "
            "They "
            "are for training only; with random texts alone the curve may rise in another way."
        )
    estimate = answer.estimate
    if estimate is None:
        return tuple(notes)
    agreement = describe_agreement(CorpusDescription(agreement_f1=estimate.request.corpus.agreement_f1))
    return tuple(filter(None, (*notes, agreement, *estimate.notes)))
