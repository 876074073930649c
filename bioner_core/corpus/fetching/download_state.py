"""How far a download is, on disk: told by whoever downloads, read by pages; and starting one apart."""

import json
import os
import sys
import time
from collections.abc import Generator
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Literal, cast

from bioner_core.corpus.fetching.download import Downloading
from bioner_core.corpus.fetching.fetch import Arrived, BusyError, downloads_folder
from bioner_core.corpus.fetching.registry import PublicCorpus
from bioner_core.errors import BionerError
from bioner_core.files import cache_folder, corpora_folder, private_folder, write_whole
from bioner_core.processes import DETACHED, born, detach

Word = Literal["starting", "live", "stopping", "done", "failed", "cancelled", "stopped"]
COMMAND = (sys.executable, "-m", "bioner_core", "corpus", "fetch")
NEWS_SECONDS = 0.5  # between two words on how far it is
CANCELLED = "cancelled: what has come is kept, and the next attempt goes on from there."


class CancelledError(BionerError):
    """The user asked for an end."""


@dataclass(frozen=True, kw_only=True)
class FetchState:
    """How far a download is, as it was last told."""

    word: Word
    phase: str = ""
    done: int = 0  # bytes
    total: int | None = None
    seconds_left: float | None = None
    said: str = ""  # what came of it, or why it failed
    pid: int = 0
    born: float = 0.0  # when that process came to be

    @property
    def is_live(self) -> bool:
        """Say whether a process is at it."""
        return self.word in ("starting", "live", "stopping")


def state(name: str) -> FetchState | None:
    """Return how far the download of a corpus is; None where none was begun, or its end was taken note of."""
    try:
        told = FetchState(**json.loads(_path(name).read_bytes()))
    except (OSError, ValueError, TypeError):
        return None
    if told.is_live and (born(told.pid) != told.born or not told.pid):
        return replace(told, word="stopped")
    return replace(told, word="stopping") if told.is_live and _cancel(name).exists() else told


def cancel(name: str) -> None:
    """Ask whoever downloads a corpus to stop."""
    private_folder(downloads_folder())
    _cancel(name).touch()


def forget(name: str) -> None:
    """Take note of the end of a download."""
    _path(name).unlink(missing_ok=True)


def told(
    corpus: PublicCorpus, steps: Generator[Downloading, None, Arrived]
) -> Generator[Downloading, None, Arrived]:
    """Pass on the steps of a download and tell of them on disk; stop where somebody cancels.

    :raises CancelledError: somebody has.
    """
    name = corpus.name
    try:
        arrived = yield from _watched(name, steps)
    except BusyError:  # the other one tells
        raise
    except CancelledError as error:
        _tell(name, FetchState(word="cancelled", said=str(error)))
        raise
    except BionerError as error:
        _tell(name, FetchState(word="failed", said=str(error)))
        raise
    except (GeneratorExit, KeyboardInterrupt):
        _tell(name, FetchState(word="stopped"))
        raise
    except Exception as error:
        _tell(name, FetchState(word="failed", said=f"a fault in the program ({type(error).__name__})."))
        raise
    _tell(name, FetchState(word="done", said=f"{arrived.counts} {arrived.digest}."))
    return arrived


def _watched(
    name: str, steps: Generator[Downloading, None, Arrived]
) -> Generator[Downloading, None, Arrived]:
    """Tell of the steps, each second and where their kind changes."""
    pid, since = os.getpid(), born(os.getpid())
    if DETACHED not in os.environ:
        _cancel(name).unlink(missing_ok=True)
    last, at = "", 0.0
    with closing(steps):
        while True:
            try:
                step = next(steps)
            except StopIteration as end:
                return cast(Arrived, end.value)
            if _cancel(name).exists():
                raise CancelledError(f"{name}: {CANCELLED}")
            if step.phase != last or time.monotonic() - at >= NEWS_SECONDS:
                last, at = step.phase, time.monotonic()
                _tell(name, FetchState(word="live", **asdict(step), pid=pid, born=since))
            yield step


def start_detached(name: str) -> int:
    """Start ``bioner corpus fetch NAME --yes`` so that it outlives this process; return its number.

    :raises BionerError: it is being downloaded already.
    """
    now = state(name)
    if now and now.is_live:
        raise BusyError(f"{name}: is being downloaded already.")
    folder = private_folder(downloads_folder())
    _cancel(name).unlink(missing_ok=True)
    own = {"BIONER_CORPORA": str(corpora_folder().resolve()), "BIONER_CACHE": str(cache_folder().resolve())}
    log = os.open(folder / f"{name}.log", os.O_WRONLY | os.O_TRUNC | os.O_CREAT, 0o600)
    pid = detach([*COMMAND, name, "--yes"], own, log)
    _tell(name, FetchState(word="starting", pid=pid, born=born(pid)))
    return pid


def _tell(name: str, what: FetchState) -> None:
    private_folder(downloads_folder())
    write_whole(_path(name), json.dumps(asdict(what), ensure_ascii=False))


def _path(name: str) -> Path:
    return downloads_folder() / f".{name}.state"


def _cancel(name: str) -> Path:
    return downloads_folder() / f".{name}.cancel"
