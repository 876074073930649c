"""A run in training: its progress, controls, growing curve, models and log."""

import html
from collections import Counter
from collections.abc import Callable, Sequence

import pandas as pd
import streamlit as st

from bioner_core.analysis.resampling import estimate_sampling_noise
from bioner_core.answers.sort_order import sort_sources
from bioner_core.charts.curve_chart import build_curve_chart
from bioner_core.charts.fan import build_fan
from bioner_core.curves.budget_table import compute_curve_budgets
from bioner_core.curves.curve import Curve
from bioner_core.curves.points import NONE
from bioner_core.study.duration import format_duration, format_workload
from bioner_core.study.jobs import TrainJob
from bioner_core.study.run import Run
from bioner_core.study.run_state import RunningJob, RunState
from bioner_core.study.store import RunStore
from bioner_core.study.worker import start_detached
from bioner_core.ui.shared.curve_forecast import forecast_cached
from bioner_core.ui.shared.search_view import count_models_to_come, describe_search_state, show_rounds
from bioner_core.ui.shared.shell import escape_markdown, repeat_every
from bioner_core.ui.shared.widgets import choose_entity, choose_option, is_dark

REFRESH_SECONDS = 2.0  # between two draws of a run in training
LOG_LINES = 8
MAX_RUNNING = 4  # models in training
STATE_LABELS = {
    "broken": "cannot be read",
    "starting": "starting",
    "live": "training",
    "searching": "searching",
    "stopping": "stopping",
    "published": "published",
    "imported": "imported",
    "done": "done",
    "failed": "done, with failures",
    "cancelled": "cancelled",
    "stopped": "stopped",
    "partial": "part of a plan",
}
MODEL_PHASES = ("starting", "training", "scoring")  # other phases are shared by the models of a corpus


def follow_run(run: Run, draw: Callable[[Run, RunState], None]) -> None:
    """Draw a run and redraw it while a worker is training; then rerun the whole page."""
    was_live = run.state().is_live

    @repeat_every(REFRESH_SECONDS if was_live else None)
    def part() -> None:
        state = run.state()
        draw(run, state)
        if was_live and not state.is_live:
            st.rerun()

    part()


def show_progress(run: Run, state: RunState) -> None:
    """Show the progress of a run and of the models in training."""
    if state.problem:
        st.error(escape_markdown(state.problem), icon=":material/error:")
        return
    n_ended, n_expected = state.n_done + state.n_failed, state.n_jobs + count_models_to_come(state)
    st.progress(n_ended / max(1, n_expected), f"**{describe_progress(state)}**")
    for running in state.worker.running[:MAX_RUNNING] if state.worker else ():
        st.progress(min(1.0, running.done / max(1, running.total)), _describe_work(running))
    show_rounds(run.study)
    reasons = Counter(failed.reason for failed in run.failures())
    for reason, n in reasons.most_common(5):
        st.warning(f"{n} model{'s' * (n > 1)} failed: {escape_markdown(reason)}", icon=":material/warning:")


def describe_progress(state: RunState) -> str:
    """Describe the progress of a run in a sentence.

    >>> describe_progress(RunState(n_jobs=21, n_done=12, is_cancelled=True))
    'Cancelled after 12 of 21 models. Finished models are kept; Resume continues.'
    """
    done = f"{state.n_done:,} of {state.n_jobs:,} models"
    if state.search:
        done = f"{state.n_done:,} models"
    if state.status == "searching":
        return f"{done} trained. {describe_search_state(state)}"
    if state.status == "live":
        left = "" if state.seconds_left is None else f", about {format_duration(state.seconds_left)} left"
        return f"{done} trained{left}."
    text = {
        "starting": "The worker is starting.",
        "stopping": f"Stopping after {done}. Finished models are kept.",
        "done": f"All {state.n_jobs:,} models are trained.",
        "failed": f"{done} are trained, {state.n_failed:,} failed.",
        "cancelled": f"Cancelled after {done}. Finished models are kept; Resume continues.",
        "stopped": f"Stopped after {done}: no worker is running. Finished models are kept; Resume continues.",
        "partial": f"{done} come with the program. Export the run, import it under a new name, and "
        "resume it to train the others.",
        "published": "Published results: there is nothing to train.",
        "imported": "Imported results: there is nothing to train here.",
    }[state.status]
    has_rounds = state.search is not None and state.search.rounds
    return f"{text} {describe_search_state(state)}" if has_rounds else text


def _describe_work(running: RunningJob) -> str:
    """Return the phase of a worker, with its model unless several models share the phase."""
    job = f" {_describe_job(running.job)}" if running.phase in MODEL_PHASES else ""
    return escape_markdown(f"{running.phase}{job}")


def _describe_job(job: TrainJob) -> str:
    size = "zero-shot" if job.n_sentences == 0 else f"{job.n_sentences:,} sentences"
    source = "" if job.source == NONE else f" from {job.source}"
    return f"{job.target}{source}, {'full data, ' if job.is_full else ''}{size}, seed {job.seed}"


def show_controls(run: Run, state: RunState) -> None:
    """Offer to cancel, resume or retry a run, and a link to its answer."""
    with st.container(horizontal=True, vertical_alignment="center", width="content"):
        if state.status in ("live", "searching") and st.button(
            "Cancel", key="cancel", icon=":material/stop_circle:"
        ):
            run.cancel()
            st.rerun()
        if state.status in ("stopped", "cancelled"):
            _offer_start(run, "Resume", key="resume", icon=":material/play_arrow:")
        if state.n_failed and not state.is_live:
            label = f"Retry {state.n_failed} failed model{'s' * (state.n_failed > 1)}"
            _offer_start(run, label, key="retry", icon=":material/replay:", retry=True)
        if state.n_points:
            view = {"run": run.name}
            st.page_link("pages/budget.py", label="Open in Budget", icon=":material/flag:", query_params=view)


def _offer_start(run: Run, label: str, *, key: str, icon: str, retry: bool = False) -> None:
    if st.button(label, key=key, icon=icon, type="secondary" if retry else "primary"):
        start_detached(run.name, retry=retry)
        st.rerun()


def show_curve(run: Run, *, pool: int | None = None, fraction: float = 0.99) -> None:
    """Draw the curve of one target and entity as it is by now.

    :param pool: training sentences up to which the forecast continues it.
    :param fraction: of full F1 that is to be reached, in (0, 1).
    """
    run_curves = run.curves()
    trained = {curve.target for curve in run_curves}
    targets = [target for target in run.study.targets if target in trained] or sorted(trained)
    if not targets:
        st.caption("The curve appears here, point by point, once the first model is trained.")
        return
    target = choose_option("Target", targets) if len(targets) > 1 else targets[0]
    target_curves = [curve for curve in run_curves if curve.target == target]
    types = {curve.entity for curve in target_curves}
    entity = choose_entity([*types]) if len(types) > 1 else types.pop()
    curves = [curve for curve in target_curves if curve.entity == entity and curve.sizes]
    if curves:
        _draw_curves(curves, run, pool=pool, fraction=fraction)


def _draw_curves(curves: Sequence[Curve], run: Run, *, pool: int | None, fraction: float) -> None:
    """Draw the curves of one entity from all sources; the one that needs least carries the forecast."""
    # A pool asks another question: lines at the goal of what is annotated would contradict its answer.
    noise = estimate_sampling_noise(run, RunStore())
    rows = [] if pool else sort_sources(compute_curve_budgets(curves, fraction=fraction, noise=noise))
    source = rows[0].source if rows else curves[0].source
    curve = next(curve for curve in curves if curve.source == source)
    forecast = forecast_cached(curve, run, pool=max(pool, curve.train_size or 0)) if pool else None
    spec = build_curve_chart(
        curves,
        rows,
        chosen=source,
        sources=run.study.sources,
        fan=build_fan(curve, forecast) if forecast else None,
        dark=is_dark(),
    )
    st.vega_lite_chart(spec, key="growing")


def show_models(run: Run, state: RunState) -> None:
    """Show a row for each model: its job, its state, its F1."""
    scores: dict[str, dict[str, float | None]] = {}
    for row in run.rows():
        f1 = row.point.tested_f1
        scores.setdefault(row.job or "", {})[row.point.entity] = None if f1 is None else 100 * f1
    failed = {failure.job.id for failure in run.failures()}
    running = {r.job.id: r.phase for r in state.worker.running} if state.worker else {}
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
            else running.get(job.id, "waiting"),
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


def show_log(run: Run) -> None:
    """Show the worker's last lines."""
    lines = run.log_tail(LOG_LINES)
    st.code("\n".join(lines) or "The log is still empty.", language=None, wrap_lines=True)


def describe_study_plan(run: Run) -> str:
    """Describe the plan of a run (HTML)."""
    return html.escape(format_workload(run.study)) if run.study.jobs else "results without a training plan"


def show_run(run: Run, state: RunState) -> None:
    """Show the progress, curve, models and log of a run."""
    show_progress(run, state)
    show_controls(run, state)
    if state.problem:
        return
    left, right = st.columns([3, 2], gap="medium")
    with left:
        show_curve(run)
    with right:
        show_models(run, state)
    with st.expander("Log", key="log", expanded=True):
        show_log(run)
