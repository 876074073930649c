"""Call a function in a process of its own, with limits of time and memory, so that a page stays alive."""

import contextlib
import os
import pickle
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import IO, TypeVar, cast

import psutil

from bioner_core.errors import BionerError, format_traceback
from bioner_core.files import list_folder_variables

T = TypeVar("T")
_POLL_SECONDS = 0.05
_WAIT_FACTOR = 4  # seconds to wait, on a busy machine, for each second of computing


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What a call may take."""

    seconds: float = 10  # of computing, on all cores together
    n_bytes: int = 500_000_000  # of memory


PAGE_LIMITS = Limits()


def call_limited(
    call: Callable[[], T],
    limits: Limits = PAGE_LIMITS,
    *,
    what: str,
    advice: str,
    wait: Callable[[], None] = lambda: None,
) -> T:
    """Return ``call()``, computed in a process that ends at a limit, or when nobody waits any more.

    :param call: ``functools.partial`` of a function of this program; it and its result are pickled.
    :param what: what the call does, and ``advice``: what to do instead, for the message at a limit.
    :param wait: called every 50 ms; what it raises ends the process.
    :raises BionerError: a limit was reached, or the call raised it.
    :raises RuntimeError: the call failed; the message is its traceback without texts.
    """
    path = os.pathsep.join(filter(None, sys.path))
    process = subprocess.Popen(
        [sys.executable, "-m", __name__, str(limits.seconds)],
        env={**os.environ, **list_folder_variables(), "PYTHONPATH": path, "OMP_NUM_THREADS": "1"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    try:
        content = _wait_for_output(process, pickle.dumps(call), limits, wait)
    finally:
        process.kill()
        process.wait()
    if not content:
        raise BionerError(
            f"{what}: takes more than {limits.seconds:g} s or {limits.n_bytes // 1_000_000:,} MB of memory, "
            f"the limit on a page. {advice}"
        )
    result, error, traceback = pickle.loads(content)  # noqa: S301  # our own process wrote it
    if traceback:
        raise RuntimeError(traceback)
    if error:
        raise error
    return result  # type: ignore[no-any-return]  # what the call returns


def _wait_for_output(
    process: "subprocess.Popen[bytes]", content: bytes, limits: Limits, wait: Callable[[], None]
) -> bytes:
    """Return all that a process writes; nothing where a limit is reached."""
    pipe, process.stdin = (
        cast(IO[bytes], process.stdin),
        None,
    )  # ``communicate`` with a timeout sends only what fits at once
    threading.Thread(target=_send, args=(pipe, content), daemon=True).start()
    end, usage = time.monotonic() + _WAIT_FACTOR * limits.seconds, psutil.Process(process.pid)
    while time.monotonic() < end:
        with contextlib.suppress(subprocess.TimeoutExpired):
            return process.communicate(timeout=_POLL_SECONDS)[0]
        wait()
        with contextlib.suppress(psutil.Error):  # it has just ended
            seconds, n_bytes = sum(usage.cpu_times()[:2]), usage.memory_info().rss
            if seconds > limits.seconds or n_bytes > limits.n_bytes:
                break
    return b""


def _send(pipe: IO[bytes], content: bytes) -> None:
    with contextlib.suppress(OSError), pipe:  # the process may end before it has read all
        pipe.write(content)


def _answer_call() -> None:
    """Read a call from the input; write its result, its error, or the traceback of its failure."""
    with contextlib.suppress(ImportError):  # Windows has no such limits; there only the parent sets them
        import resource

        seconds = int(float(sys.argv[1])) + 2  # for a parent that was killed
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    with os.fdopen(os.dup(1), "wb") as output:
        os.dup2(2, 1)  # what a library prints is no part of the answer
        call = pickle.load(sys.stdin.buffer)  # noqa: S301  # our own parent wrote it
        result, error, traceback = None, None, ""
        try:
            result = call()
        except MemoryError:
            return
        except BionerError as problem:
            error = problem
        except Exception as fault:
            traceback = format_traceback(fault)
        pickle.dump((result, error, traceback), output, protocol=pickle.HIGHEST_PROTOCOL)


if __name__ == "__main__":
    _answer_call()
