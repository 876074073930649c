"""Delete a run: end its worker, remove its folder at once, and empty the cache of its corpora."""

import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from bioner_core.corpus.cache import delete_cached
from bioner_core.corpus.library import Library
from bioner_core.errors import BionerError
from bioner_core.processes import end_process, is_frozen
from bioner_core.study.corpus_copies import locate_copy
from bioner_core.study.journal import report_write_errors
from bioner_core.study.provenance import read_hostname
from bioner_core.study.run import Run
from bioner_core.study.run_files import PROGRESS_FILE
from bioner_core.study.run_lock import hold_run
from bioner_core.study.run_state import load_progress

GRACE_SECONDS = 10.0  # for a cancelled worker to stop by itself, and then for its process to end when asked
_POLL_SECONDS = 0.2


def delete_run(run: Run, *, trash_prefix: str) -> None:
    """Delete a run with all its points. A worker that was cancelled and does not stop is ended.

    :param trash_prefix: of the folder, beside the run, that the run is moved to before the slow deletion.
    :raises BionerError: a worker trains the run, or cannot be ended.
    """
    if run.is_cancelled:
        _end_worker(run)
    with report_write_errors(run.folder):
        trash = Path(tempfile.mkdtemp(dir=run.folder.parent, prefix=trash_prefix))
        try:
            # One rename: the run disappears before the slow deletion.
            _move_unlocked_run(run, trash / "run")
        finally:
            shutil.rmtree(trash)


def read_digests(run: Run, *, with_copy: bool = False) -> dict[str, str]:
    """Return the digests of a run's corpora by name; none where its plan cannot be read.

    :param with_copy: only of those that it has copies of.
    """
    with suppress(BionerError):
        return {
            name: digest
            for name, digest in run.study.corpora.items()
            if not with_copy or locate_copy(run.folder, name).is_file()
        }
    return {}


def delete_unused_caches(digests: Mapping[str, str], runs: Iterable[Run]) -> None:
    """Delete what the cache keeps of corpora that neither the library nor one of the runs has any more.

    :param digests: of the corpora, by name.
    """
    library, unused = Library(), dict(digests)
    for name in unused.keys() & set(library.names()):
        with suppress(BionerError):  # a damaged file
            if library.load(name).digest == unused[name]:
                del unused[name]
    if unused:
        used = {digest for run in runs for digest in read_digests(run, with_copy=True).values()}
        delete_cached(set(unused.values()) - used)


def _end_worker(run: Run) -> None:
    """Wait for the worker of a cancelled run; end its process where it does not stop, such as a frozen one.

    :raises BionerError: the process is not one of this machine and account.
    """
    worker, deadline = load_progress(run.folder / PROGRESS_FILE, {}), time.monotonic() + GRACE_SECONDS
    while run.is_locked() and time.monotonic() < deadline and not is_frozen(worker.pid):
        time.sleep(_POLL_SECONDS)
    if not run.is_locked():
        return
    is_here = worker.host == read_hostname() and worker.pid not in (0, os.getpid())
    if not (is_here and end_process(worker.pid, worker.born, seconds=GRACE_SECONDS)):
        process = f"process {worker.pid} on {worker.host}" if worker.pid else "another process"
        raise BionerError(
            f"run {run.name}: was cancelled, but {process} still works on it. End that process, then delete "
            "the run."
        )


def _move_unlocked_run(run: Run, destination: Path) -> None:
    """Move a run's folder, also a damaged one, under its lock, so that no worker starts meanwhile.

    :raises BionerError: a worker trains the run.
    """
    with hold_run(
        run.folder,
        describe_holder=lambda: f"run {run.name}: is being worked on. Cancel it first, then delete it.",
    ):
        if sys.platform != "win32":
            os.rename(run.folder, destination)
    if sys.platform == "win32":  # Windows refuses to rename a folder with an open file, such as the lock
        os.rename(run.folder, destination)
