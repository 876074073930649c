"""A run in training: its progress, controls, models and log."""

import html
from collections import Counter
from collections.abc import Callable

import pandas as pd
import streamlit as st

from bioner_core.answers.wording.devices import describe_device, describe_devices, name_device
from bioner_core.answers.wording.progress import describe_progress, describe_running
from bioner_core.curves.points import NONE, RANDOM
from bioner_core.study.duration import format_workload
from bioner_core.study.jobs import PAUSED, WAITING
from bioner_core.study.run import Run
from bioner_core.study.run_state import RunState, WorkerProgress
from bioner_core.study.worker import start_detached
from bioner_core.ui.shared.growing_curve import show_curve
from bioner_core.ui.shared.login import note_opening
from bioner_core.ui.shared.run_note import offer_note
from bioner_core.ui.shared.search_view import count_models_to_come, show_rounds
from bioner_core.ui.shared.shell import escape_markdown, repeat_every
from bioner_core.ui.shared.tables import show_table

REFRESH_SECONDS = 2.0  # between two draws of a run in training
LOG_LINES = 8
MAX_RUNNING = 4  # models in training
MAX_DEVICES = 16
STATE_LABELS = {
    "broken": "cannot be read",
    "starting": "starting",
    "live": "training",
    "searching": "searching",
    "waiting": "waiting",
    "paused": "paused",
    "stopping": "stopping",
    "published": "published",
    "imported": "imported",
    "done": "done",
    "failed": "done, with failures",
    "cancelled": "cancelled",
    "stopped": "stopped",
    "partial": "part of a plan",
}


def follow_run(run: Run, draw: Callable[[Run, RunState], None], *, is_whole: bool = False) -> None:
    """Draw a run and redraw it while a worker is training; then rerun the whole page.

    :param is_whole: rerun the whole page with each finished model, too: more of it depends on the run.
    """
    note_opening("run", run.name)
    before = run.state()
    was_live = before.is_live

    @repeat_every(REFRESH_SECONDS if was_live else None)
    def part() -> None:
        state = run.state()
        draw(run, state)
        if was_live and (not state.is_live or (is_whole and state.n_done != before.n_done)):
            st.rerun()

    part()


def show_progress(run: Run, state: RunState) -> None:
    """Show the progress of a run and of the models in training."""
    if state.problem:
        st.error(escape_markdown(state.problem), icon=":material/error:")
        return
    n_ended, n_expected = state.n_done + state.n_failed, state.n_jobs + count_models_to_come(state)
    st.progress(n_ended / max(1, n_expected), f"**{escape_markdown(describe_progress(state))}**")
    if state.worker:
        _show_work(state.worker)
    show_rounds(run.study)
    reasons = Counter(failed.reason for failed in run.failures())
    for reason, n in reasons.most_common(5):
        st.warning(f"{n} model{'s' * (n > 1)} failed: {escape_markdown(reason)}", icon=":material/warning:")


def _show_work(worker: WorkerProgress) -> None:
    """Show what all devices do together, each of several, and the models in training."""
    if worker.devices:
        lines = [describe_devices(worker.devices)]
        lines += map(describe_device, worker.devices[:MAX_DEVICES] if len(worker.devices) > 1 else ())
        more = len(worker.devices) - MAX_DEVICES
        lines += [f"and {more} more"] if more > 0 else []
        st.caption("\n- ".join(map(escape_markdown, lines)))
    work = [running for running in worker.running if running.phase not in (WAITING, PAUSED)]
    for running in work[:MAX_RUNNING]:
        share = min(1.0, running.done / max(1, running.total))
        where = f", {name_device(running.device)}" if running.device and len(worker.devices) > 1 else ""
        st.progress(share, escape_markdown(f"{describe_running(running)}{where}"))


def show_controls(run: Run, state: RunState) -> None:
    """Offer to pause, cancel, resume or retry a run, and a link to its answer."""
    with st.container(horizontal=True, vertical_alignment="center", width="content"):
        if not run.is_read_only:
            _offer_changes(run, state)
        if state.n_points:
            view = {"run": run.name}
            st.page_link("pages/budget.py", label="Open in Budget", icon=":material/flag:", query_params=view)
        if state.n_jobs and not state.problem:
            offer_note(run, state)


def _offer_changes(run: Run, state: RunState) -> None:
    if state.status in ("live", "searching", "waiting", "paused"):
        _offer_stops(run, is_paused=state.is_paused)
    if state.status in ("stopped", "cancelled"):
        _offer_start(run, "Resume", key="resume", icon=":material/play_arrow:")
    if state.n_failed and not state.is_live:
        label = f"Retry {state.n_failed} failed model{'s' * (state.n_failed > 1)}"
        _offer_start(run, label, key="retry", icon=":material/replay:", retry=True)


def _offer_stops(run: Run, *, is_paused: bool) -> None:
    label, icon = ("Continue", "play_arrow") if is_paused else ("Pause", "pause_circle")
    if st.button(label, key="pause", icon=f":material/{icon}:"):
        run.pause(not is_paused)
        st.rerun()
    if st.button("Cancel", key="cancel", icon=":material/stop_circle:"):
        run.cancel()
        st.rerun()


def _offer_start(run: Run, label: str, *, key: str, icon: str, retry: bool = False) -> None:
    if st.button(label, key=key, icon=icon, type="secondary" if retry else "primary"):
        start_detached(run.name, retry=retry)
        st.rerun()


def show_models(run: Run, state: RunState) -> None:
    """Show a row for each model: its job, its state, its F1."""
    scores: dict[str, dict[str, float | None]] = {}
    for row in run.rows():
        f1 = row.point.tested_f1
        scores.setdefault(row.job or "", {})[row.point.entity] = None if f1 is None else 100 * f1
    failed = {failure.job.id for failure in run.failures()}
    running = {r.job.id: r.phase for r in state.worker.running} if state.worker else {}
    several = len(run.study.targets) > 1
    are_chosen = any(job.strategy != RANDOM for job in run.study.jobs)
    table = [
        {
            **({"Target": job.target} if several else {}),
            "Pretrained on": "–" if job.source == NONE else job.source,
            **({"Sentences by": job.strategy} if are_chosen else {}),
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
    show_table(
        pd.DataFrame(table),
        key="models",
        column_config={
            "Sentences": st.column_config.NumberColumn(format="localized"),
            **dict.fromkeys(named, number),
        },
        alt="Models of the run, their state and F1 in percent",
        placeholder="–",
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
