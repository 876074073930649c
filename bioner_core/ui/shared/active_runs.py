"""All runs that are in training now: a row for each, which draws itself anew."""

import streamlit as st

from bioner_core.answers.wording.devices import describe_devices
from bioner_core.answers.wording.progress import describe_progress
from bioner_core.study.live_runs import list_live_runs
from bioner_core.study.store import RunStore
from bioner_core.ui.shared.shell import escape_markdown, repeat_every

N_NEWEST_RUNS = 20  # that are looked at
REFRESH_SECONDS = 5.0


def show_active_runs(*, without: str = "") -> None:
    """Draw the runs in training, each with its progress, its devices and a link.

    :param without: the run that the page shows anyway.
    """
    if _list_others(without):
        repeat_every(REFRESH_SECONDS)(_draw)(without)


def _list_others(without: str) -> list[str]:
    runs = list_live_runs(RunStore(), n_newest=N_NEWEST_RUNS)
    return [run.name for run in runs if run.name != without]


def _draw(without: str) -> None:
    store, names = RunStore(), _list_others(without)
    if names:
        st.markdown("**Other runs in training**" if without else "**In training now**")
    for name in names:
        state = store.open(name).state()
        left, right = st.columns([1, 2], vertical_alignment="center")
        with left:
            st.page_link(
                "pages/train.py",
                label=escape_markdown(name),
                icon=":material/autorenew:",
                query_params={"run": name},
            )
        with right:
            share = (state.n_done + state.n_failed) / max(1, state.n_jobs)
            st.progress(min(1.0, share), escape_markdown(describe_progress(state)))
            if devices := describe_devices(state.worker.devices if state.worker else ()):
                st.caption(escape_markdown(devices))
