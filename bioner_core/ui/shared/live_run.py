"""A run as it grows: how far it is, what can be done about it, its curve point by point, its models."""

import html
from collections import Counter
from collections.abc import Callable

import pandas as pd
import streamlit as st

from bioner_core.charts.curve_chart import curve_chart
from bioner_core.charts.fan import fan
from bioner_core.curves.budget import Budget
from bioner_core.curves.curve import Curve
from bioner_core.curves.points import NONE
from bioner_core.study.duration import describe, duration
from bioner_core.study.jobs import TrainJob
from bioner_core.study.run import Run
from bioner_core.study.run_state import Running, RunState
from bioner_core.study.worker import start_detached
from bioner_core.ui.budget import forecast as beyond
from bioner_core.ui.budget.answer import Asked, answer
from bioner_core.ui.shared.shell import live, md
from bioner_core.ui.shared.widgets import choose, choose_entity, is_dark

LOOK_SECONDS = 2.0  # between two looks at a run that is worked on
LOG_LINES = 8
SHOWN_AT_WORK = 4  # models in training
OF_ONE_MODEL = ("starting", "training", "scoring")  # phases; others are of a corpus


def follow(run: Run, draw: Callable[[Run, RunState], None]) -> None:
    """Draw a run, again and again for as long as a worker is at it, then the whole page once more."""
    was_live = run.state().is_live

    @live(LOOK_SECONDS if was_live else None)
    def part() -> None:
        state = run.state()
        draw(run, state)
        if was_live and not state.is_live:
            st.rerun()

    part()


def progress(run: Run, state: RunState) -> None:
    """Show how far a run is, and what it is at."""
    if state.problem:
        st.error(md(state.problem), icon=":material/error:")
        return
    st.progress(
        (state.n_done + state.n_failed) / max(1, state.n_jobs),
        f"**{told(state)}**",
    )
    for running in state.live.running[:SHOWN_AT_WORK] if state.live else ():
        st.progress(min(1.0, running.done / max(1, running.total)), _doing(running))
    reasons = Counter(failed.reason for failed in run.failures())
    for reason, n in reasons.most_common(5):
        st.warning(f"{n} model{'s' * (n > 1)} failed: {md(reason)}", icon=":material/warning:")


def told(state: RunState) -> str:
    """Return in a sentence how far a run is.

    >>> told(RunState(n_jobs=21, n_done=12, is_cancelled=True))
    'Cancelled after 12 of 21 models. What is done stays; Resume goes on.'
    """
    done = f"{state.n_done:,} of {state.n_jobs:,} models"
    if state.word == "live":
        left = "" if state.seconds_left is None else f", about {duration(state.seconds_left)} left"
        return f"{done} trained{left}."
    return {
        "starting": "The worker is starting.",
        "stopping": f"Stopping after {done}. What is done stays.",
        "done": f"All {state.n_jobs:,} models are trained.",
        "failed": f"{done} are trained, {state.n_failed:,} failed.",
        "cancelled": f"Cancelled after {done}. What is done stays; Resume goes on.",
        "stopped": f"Stopped after {done}: no worker is at it. What is done stays; Resume goes on.",
        "partial": f"{done} come with the program. Export the run, import it under a name of yours, and "
        "resume it to train the others.",
        "published": "Published results: there is nothing to train.",
        "imported": "Points that were trained elsewhere: there is nothing to train here.",
    }[state.word]


def _doing(running: Running) -> str:
    """Return what a worker is at; work that several models share names none of them."""
    own = f" {_named(running.job)}" if running.phase in OF_ONE_MODEL else ""
    return md(f"{running.phase}{own}")


def _named(job: TrainJob) -> str:
    size = "zero-shot" if job.n_sentences == 0 else f"{job.n_sentences:,} sentences"
    source = "" if job.source == NONE else f" from {job.source}"
    return f"{job.target}{source}, {'full data, ' if job.is_full else ''}{size}, seed {job.seed}"


def controls(run: Run, state: RunState) -> None:
    """Offer what can be done: cancel, resume, retry, and where to see the answer."""
    with st.container(horizontal=True, vertical_alignment="center", width="content"):
        if state.word == "live" and st.button("Cancel", key="cancel", icon=":material/stop_circle:"):
            run.cancel()
            st.rerun()
        if state.word in ("stopped", "cancelled"):
            _starter(run, "Resume", key="resume", icon=":material/play_arrow:")
        if state.n_failed and not state.is_live:
            label = f"Retry {state.n_failed} failed model{'s' * (state.n_failed > 1)}"
            _starter(run, label, key="retry", icon=":material/replay:", retry=True)
        if state.n_points:
            see = {"label": "Open in Budget", "icon": ":material/flag:", "query_params": {"run": run.name}}
            st.page_link("pages/budget.py", **see)


def _starter(run: Run, label: str, *, key: str, icon: str, retry: bool = False) -> None:
    if st.button(label, key=key, icon=icon, type="secondary" if retry else "primary"):
        start_detached(run.name, retry=retry)
        st.rerun()


def curve(run: Run, *, pool: int | None = None) -> None:
    """Draw the curve of one target and entity as it is by now.

    :param pool: continue it to so many sentences by its forecast.
    """
    found = run.curves()
    there = {c.target for c in found}
    targets = [t for t in run.study.targets if t in there] or sorted(there)
    if not targets:
        st.caption("The curve appears here, point by point, once the first model is trained.")
        return
    target = choose("Target", targets) if len(targets) > 1 else targets[0]
    own = [c for c in found if c.target == target]
    types = {c.entity for c in own}
    entity = choose_entity([*types]) if len(types) > 1 else types.pop()
    shown = [c for c in own if c.entity == entity and c.sizes]
    if shown:
        rows = _rows(shown)
        chosen = rows[0].source if rows else shown[0].source
        own = next(c for c in shown if c.source == chosen)
        told = beyond.told(own, run, pool=max(pool, own.train_size or 0)) if pool else None
        spec = curve_chart(
            shown,
            rows,
            chosen=chosen,
            sources=run.study.sources,
            beyond=fan(own, told) if told else None,
            dark=is_dark(),
        )
        st.vega_lite_chart(spec, key="growing")


def _rows(shown: list[Curve]) -> tuple[Budget, ...]:
    """Return the budgets of curves of one entity."""
    first = shown[0]
    asked = Asked(
        target=first.target,
        model=first.model,
        method=first.method,
        entity=first.entity,
        fraction=0.99,
        goal_f1=None,
    )
    return answer(shown, asked).rows


def models(run: Run, state: RunState) -> None:
    """Show a row a model: what it is, its state, its F1."""
    scores: dict[str, dict[str, float | None]] = {}
    for row in run.rows():
        f1 = row.point.known_f1
        scores.setdefault(row.job, {})[row.point.entity] = None if f1 is None else 100 * f1
    failed = {failure.job.id for failure in run.failures()}
    running = {r.job.id: r.phase for r in state.live.running} if state.live else {}
    several = len(run.study.targets) > 1
    table = [
        {
            **({"Target": job.target} if several else {}),
            "Pretrained on": "–" if job.source == NONE else job.source,
            "Sentences": job.n_sentences,
            "Seed": job.seed,
            "State": "done"
            if job.id in scores
            else "failed"
            if job.id in failed
            else running.get(job.id, "waits"),
            **{f"F1 {entity}": f1 for entity, f1 in sorted(scores.get(job.id, {}).items())},
        }
        for job in run.study.jobs
    ]
    number = st.column_config.NumberColumn(format="%.1f")
    named = {name for row in table for name in row if name.startswith("F1 ")}
    st.dataframe(
        pd.DataFrame(table),
        key="models",
        hide_index=True,
        column_config={
            "Sentences": st.column_config.NumberColumn(format="localized"),
            **dict.fromkeys(named, number),
        },
        alt="Models of the run, their state and F1 in percent",
    )


def log(run: Run) -> None:
    """Show the worker's last lines."""
    lines = run.log_tail(LOG_LINES)
    st.code("\n".join(lines) or "No worker has said anything yet.", language=None, wrap_lines=True)


def planned(run: Run) -> str:
    """Return what a run's plan is, in words (HTML)."""
    return html.escape(describe(run.study)) if run.study.jobs else "points without a plan"


def show(run: Run, state: RunState) -> None:
    """Show all of a run: how far it is, its curve beside its models, its log."""
    progress(run, state)
    controls(run, state)
    if state.problem:
        return
    left, right = st.columns([3, 2], gap="medium")
    with left:
        curve(run)
    with right:
        models(run, state)
    with st.expander("Log", key="log", expanded=True):
        log(run)
