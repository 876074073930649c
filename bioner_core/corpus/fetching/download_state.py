"""The state of a download on disk: written by the downloading process, read by pages; and its start."""

import json
import os
import sys
import time
from collections.abc import Generator
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Literal, cast

from bioner_core.corpus.fetching.download import DownloadProgress
from bioner_core.corpus.fetching.fetch import BusyError, FetchedCorpus
from bioner_core.corpus.fetching.registry import PublicCorpus
from bioner_core.errors import BionerError
from bioner_core.files import (
    create_private_folder,
    list_folder_variables,
    locate_cache_folder,
    locate_corpora_folder,
    write_atomically,
)
from bioner_core.processes import DETACHED, read_start_time, start_detached_process
from bioner_core.users.audit import record_action
from bioner_core.users.limits import check_room

DownloadStatus = Literal["starting", "live", "stopping", "done", "failed", "cancelled", "stopped"]
COMMAND = (sys.executable, "-m", "bioner_core", "corpus", "fetch")
_FIELDS = {"word": "status", "said": "message", "born": "process_start"}  # key of the state file → field
UPDATE_SECONDS = 0.5  # between two updates of the state file
CANCELLED_MESSAGE = "cancelled: what was downloaded is kept, and the next attempt continues from there."


class CancelledError(BionerError):
    """The user cancelled the download."""


@dataclass(frozen=True, kw_only=True)
class DownloadState:
    """The state of a download at its last update."""

    status: DownloadStatus
    phase: str = ""
    done: int = 0  # bytes
    total: int | None = None
    seconds_left: float | None = None
    message: str = ""  # its result, or why it failed
    pid: int = 0
    process_start: float = 0.0  # when that process started, in seconds since 1970

    @property
    def is_live(self) -> bool:
        """Tell whether a process is downloading."""
        return self.status in ("starting", "live", "stopping")


def load_state(name: str) -> DownloadState | None:
    """Load the state of the download of a corpus; None where there is none, or it was forgotten."""
    try:
        record = json.loads(_locate_state(name).read_bytes())
        stored = DownloadState(**{_FIELDS.get(key, key): value for key, value in record.items()})
    except (OSError, ValueError, TypeError, AttributeError):
        return None
    if stored.is_live and (read_start_time(stored.pid) != stored.process_start or not stored.pid):
        return replace(stored, status="stopped")
    return replace(stored, status="stopping") if stored.is_live and _locate_cancel(name).exists() else stored


def cancel_download(name: str) -> None:
    """Ask the process that downloads a corpus to stop."""
    create_private_folder(_locate_folder())
    _locate_cancel(name).touch()


def forget_download(name: str) -> None:
    """Delete the state of a finished download."""
    _locate_state(name).unlink(missing_ok=True)


def record_progress(
    corpus: PublicCorpus, steps: Generator[DownloadProgress, None, FetchedCorpus]
) -> Generator[DownloadProgress, None, FetchedCorpus]:
    """Yield the steps of a download and save its state; stop when the user cancels.

    :raises CancelledError: the user has cancelled.
    """
    name = corpus.name
    try:
        fetched = yield from _record_steps(name, steps)
    except BusyError:  # the other process saves the state
        raise
    except CancelledError as error:
        _save_state(name, DownloadState(status="cancelled", message=str(error)))
        raise
    except BionerError as error:
        _save_state(name, DownloadState(status="failed", message=str(error)))
        raise
    except (GeneratorExit, KeyboardInterrupt):
        _save_state(name, DownloadState(status="stopped"))
        raise
    except Exception as error:
        _save_state(
            name, DownloadState(status="failed", message=f"a fault in the program ({type(error).__name__}).")
        )
        raise
    _save_state(name, DownloadState(status="done", message=f"{fetched.counts} {fetched.digest}."))
    return fetched


def _record_steps(
    name: str, steps: Generator[DownloadProgress, None, FetchedCorpus]
) -> Generator[DownloadProgress, None, FetchedCorpus]:
    """Yield the steps; save the state at intervals and where the phase changes."""
    pid, start_time = os.getpid(), read_start_time(os.getpid())
    if DETACHED not in os.environ:
        _locate_cancel(name).unlink(missing_ok=True)
    last_phase, last_update = "", 0.0
    with closing(steps):
        while True:
            try:
                step = next(steps)
            except StopIteration as end:
                return cast(FetchedCorpus, end.value)
            if _locate_cancel(name).exists():
                raise CancelledError(f"{name}: {CANCELLED_MESSAGE}")
            if step.phase != last_phase or time.monotonic() - last_update >= UPDATE_SECONDS:
                last_phase, last_update = step.phase, time.monotonic()
                _save_state(
                    name, DownloadState(status="live", **asdict(step), pid=pid, process_start=start_time)
                )
            yield step


def start_download(name: str) -> int:
    """Start ``bioner corpus fetch NAME --yes`` in a process that outlives this one; return its id.

    :raises BusyError: it is being downloaded already.
    :raises BionerError: the user's home is full.
    """
    current = load_state(name)
    if current and current.is_live:
        raise BusyError(f"{name}: is being downloaded already.")
    check_room()  # here, since the process knows no user
    folder = create_private_folder(_locate_folder())
    _locate_cancel(name).unlink(missing_ok=True)
    variables = {**list_folder_variables(), "BIONER_CACHE": str(locate_cache_folder().resolve())}
    log = os.open(folder / f"{name}.log", os.O_WRONLY | os.O_TRUNC | os.O_CREAT, 0o600)
    pid = start_detached_process([*COMMAND, name, "--yes"], variables, log)
    _save_state(name, DownloadState(status="starting", pid=pid, process_start=read_start_time(pid)))
    record_action("fetch corpus", name)
    return pid


def _save_state(name: str, state: DownloadState) -> None:
    create_private_folder(_locate_folder())
    keys = {field: key for key, field in _FIELDS.items()}
    record = {keys.get(field, field): value for field, value in asdict(state).items()}
    write_atomically(_locate_state(name), json.dumps(record, ensure_ascii=False))


def _locate_folder() -> Path:
    return locate_corpora_folder() / ".downloads"  # beside what is downloaded: each user sees their own


def _locate_state(name: str) -> Path:
    return _locate_folder() / f".{name}.state"


def _locate_cancel(name: str) -> Path:
    return _locate_folder() / f".{name}.cancel"
