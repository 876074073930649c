"""Links to the estimates of uploaded corpora: those that are computed now, and earlier ones."""

from collections.abc import Iterator
from contextlib import suppress
from itertools import islice

import streamlit as st

from bioner_core.answers.wording.progress import describe_progress
from bioner_core.errors import BionerError
from bioner_core.study.annotation_file import is_estimate
from bioner_core.study.run import Run
from bioner_core.study.run_state import RunState
from bioner_core.study.store import RunStore
from bioner_core.ui.shared.live_run import STATE_LABELS, follow_run
from bioner_core.ui.shared.shell import escape_markdown

MAX_LISTED = 8  # estimates of a list; the Runs page has all
MAX_LIVE = 3


def show_estimates() -> None:
    """Show the progress of the estimates in work, and a list of the last ones."""
    last = list(islice(_iterate_estimates(), MAX_LISTED))
    live = [run for run in last if run.state().is_live]
    for run in live[:MAX_LIVE]:
        follow_run(run, _show_live_estimate)
    earlier = [run for run in last if run not in live]
    if not earlier:
        return
    with st.expander(f"Earlier estimates: {len(earlier)}", key="earlier estimates"):
        for run in earlier:
            link_estimate(run, f"{run.name}: {STATE_LABELS[run.state().status]}")
        if len(last) == MAX_LISTED:
            st.page_link("pages/runs.py", label="All of them in Runs", icon=":material/history:")


def offer_estimates(corpus: str, *, n: int = MAX_LISTED) -> None:
    """Show a link to each of the last ``n`` estimates of a corpus."""
    runs = (run for run in _iterate_estimates() if corpus in run.study.targets[:1])
    for run in islice(runs, n):
        link_estimate(run, "Estimate" if n == 1 else f"Estimate: {run.name}")


def offer_estimate(run: Run) -> None:
    """Show a link to the estimate that a run belongs to, if it does."""
    if is_estimate(run):
        link_estimate(run, "Open the estimate")


def link_estimate(run: Run, label: str) -> None:
    """Show a link to the estimate of a run."""
    st.page_link(
        "pages/upload.py",
        label=escape_markdown(label),
        icon=":material/insights:",
        query_params={"run": run.name},
    )


def _show_live_estimate(run: Run, state: RunState) -> None:
    n_ended = state.n_done + state.n_failed
    st.progress(n_ended / max(1, state.n_jobs), escape_markdown(f"{run.name}: {describe_progress(state)}"))
    link_estimate(run, f"Open the estimate {run.name}")


def _iterate_estimates() -> Iterator[Run]:
    """Yield the runs of estimates, the last changed first; what cannot be read is on the Runs page."""
    for run in RunStore().runs():
        with suppress(BionerError):
            if not run.is_read_only and is_estimate(run) and run.study.targets:
                yield run
