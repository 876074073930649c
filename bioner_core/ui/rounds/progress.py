"""Where a project stands: cards, the burn-up chart, a row for each round, training, notes."""

import html
from datetime import date, timedelta
from itertools import accumulate

import streamlit as st

from bioner_core.answers.project_rounds import ProjectAnswer, RoundOutcome, answer_project
from bioner_core.answers.wording.rounds import build_cards, build_rounds_table, list_project_notes
from bioner_core.charts.burn_up import PlanMark, build_burn_up_chart
from bioner_core.errors import BionerError
from bioner_core.study.run import Run
from bioner_core.study.store import RunStore
from bioner_core.study.worker import start_detached
from bioner_core.ui.shared.live_run import follow_run, show_progress
from bioner_core.ui.shared.shell import escape_markdown
from bioner_core.ui.shared.tables import offer_csv, show_table
from bioner_core.ui.shared.widgets import is_dark, show_card


def load_answer(name: str) -> ProjectAnswer:
    """Return where a project stands, with a sign of life while its curves are read."""
    with st.spinner("Reading the rounds …"):
        return answer_project(name, has_notes=False)


def show_cards(answer: ProjectAnswer) -> None:
    """Show what a team decides on."""
    cards = build_cards(answer)
    for number, (column, card) in enumerate(zip(st.columns(len(cards)), cards, strict=True)):
        with column:
            show_card(card, key=f"figure {number}")


def show_chart(answer: ProjectAnswer) -> None:
    """Draw the burn-up chart, once there is a round."""
    if not answer.outcomes:
        return
    finish = (answer.finish.earliest, answer.finish.latest) if answer.finish else None
    spec = build_burn_up_chart(
        [_build_mark(outcome) for outcome in answer.outcomes],
        list_progress(answer),
        finish,
        goal=_format_goal(answer),
        dark=is_dark(),
    )
    st.vega_lite_chart(spec, key="burn-up")


def _build_mark(outcome: RoundOutcome) -> PlanMark:
    step, best = outcome.round, outcome.estimate.best if outcome.estimate else None
    need = best.find_need(best.lead) if best else None
    return PlanMark(
        number=step.number,
        day=date.fromisoformat(step.at[:10]),
        n_train=step.n_train,
        n=need.n if need else None,
        low=need.low if need else None,
        high=None if need is None or need.is_beyond else need.high,
        pool=step.n_pool,
    )


def _format_goal(answer: ProjectAnswer) -> str:
    best = answer.estimate.best if answer.estimate else None
    fraction = best.lead if best else answer.project.fraction or 0.99
    return f"{100 * fraction:.4g} %"


def list_progress(answer: ProjectAnswer) -> list[tuple[date, int]]:
    """Return day and sentences to train on by then: by the tool's times, else by the rounds."""
    steps = [outcome.round for outcome in answer.outcomes]
    last, first = steps[-1], steps[0]
    n_before = first.n_train if first.number == 0 else 0
    if last.days and last.n_texts:
        share = (last.n_train - n_before) / last.n_texts
        days = [date.fromisoformat(day) for day in last.days]
        totals = accumulate(last.days.values())
        begin = min(days[0] - timedelta(days=1), date.fromisoformat(first.at[:10]))
        counts = [(day, round(n_before + share * total)) for day, total in zip(days, totals, strict=True)]
        return [(begin, n_before), *counts]
    return [(date.fromisoformat(step.at[:10]), step.n_train) for step in steps]


def show_rounds(answer: ProjectAnswer) -> None:
    """Show a row for each round."""
    if answer.outcomes:
        rows = build_rounds_table(answer.outcomes)
        show_table(rows, key="rounds", alt="Rounds: what was annotated, forecast, measured and planned")
        offer_csv("CSV", rows, name=f"{answer.project.name} rounds", key="rounds csv")


def follow_training(answer: ProjectAnswer) -> None:
    """Follow the training of the last round, or offer to start it."""
    if answer.last is None or not answer.last.round.run:
        return
    try:
        run = RunStore().open(answer.last.round.run)
    except BionerError:  # the round's row says so
        return
    state = run.state()
    if state.is_live:
        follow_run(run, show_progress, is_whole=True)
    elif run.pending() or run.study.is_searching:
        _offer_training(run)


def _offer_training(run: Run) -> None:
    st.info(
        escape_markdown("The estimate of the last round is not complete: its models are not all trained.")
    )
    if st.button("Train them", key="train", type="primary", icon=":material/play_arrow:"):
        start_detached(run.name)
        st.rerun()


def show_notes(answer: ProjectAnswer) -> None:
    """Say what else is known, once somebody asks: the ceiling, gains, how wrong forecasts are."""
    if answer.estimate is None:
        return
    with st.expander("What this rests on", key="notes", on_change="rerun") as opened:
        if opened.open:
            with st.spinner("Reading what is known …"):
                notes = list_project_notes(answer_project(answer.project.name))
            st.html("".join(f'<p class="note">{html.escape(note)}</p>' for note in notes))
