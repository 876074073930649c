"""The runs that are in training now, on this machine or on a disk that others share."""

from bioner_core.study.run import Run
from bioner_core.study.run_files import PROGRESS_FILE
from bioner_core.study.store import RunStore


def list_live_runs(store: RunStore, *, n_newest: int | None = None) -> list[Run]:
    """Return the runs that a worker trains or is about to train, last changed first.

    :param n_newest: of the store that are looked at; None: all.
    """
    runs = (store.open(name) for name in store.names()[:n_newest])
    candidates = (run for run in runs if not run.is_shipped)
    return [run for run in candidates if _may_be_live(run) and run.state().is_live]


def _may_be_live(run: Run) -> bool:
    """Say whether a look at the state of a run can be worth its time."""
    return (run.folder / PROGRESS_FILE).exists() or run.is_locked()
