"""Processes: ones that outlive their parent, ones that end with it, and memory that a process gives back."""

import ctypes
import gc
import os
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from multiprocessing import parent_process
from pathlib import Path

import psutil

DETACHED = "BIONER_DETACHED"  # set in a process whose parent has already withdrawn an earlier cancellation
_CODE = Path(__file__).resolve().parent.parent


def start_detached_process(command: Sequence[str], variables: Mapping[str, str], log: int) -> int:
    """Start a command that can import this program and outlives this process; return its process id.

    :param variables: environment variables in addition to those of this process.
    :param log: the file descriptor for its output; it is closed here.
    """
    path = os.pathsep.join(filter(None, (str(_CODE), os.environ.get("PYTHONPATH"))))
    try:
        process = _start_process(command, {**os.environ, DETACHED: "1", "PYTHONPATH": path, **variables}, log)
    finally:
        os.close(log)
    threading.Thread(target=process.wait, daemon=True).start()  # reaps it: no zombie is left
    return process.pid


def _start_process(
    command: Sequence[str], environment: Mapping[str, str], log: int
) -> "subprocess.Popen[bytes]":
    """Start a process that survives the end of its parent and of the terminal."""
    flags = 0
    if sys.platform == "win32":
        flags = subprocess.DETACHED_PROCESS | subprocess.CREATE_NEW_PROCESS_GROUP
    return subprocess.Popen(
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        creationflags=flags,
        start_new_session=sys.platform != "win32",
    )


def read_start_time(pid: int) -> float:
    """Return when a process of this machine started (seconds since 1970); 0 where it does not run."""
    try:
        process = psutil.Process(pid)
        return 0.0 if process.status() == psutil.STATUS_ZOMBIE else process.create_time()
    except psutil.Error:
        return 0.0


def is_frozen(pid: int) -> bool:
    """Return whether a process of this machine was stopped by a signal, such as Ctrl-Z, and not continued."""
    with suppress(psutil.Error):
        return pid > 0 and str(psutil.Process(pid).status()) == psutil.STATUS_STOPPED
    return False


def end_process(pid: int, born: float, *, seconds: float) -> bool:
    """End a process and its children: ask them, and kill them after ``seconds``; return whether they ended.

    :param born: when it started, as ``read_start_time`` says: process ids are reused.
    """
    if not born or read_start_time(pid) != born:
        return True
    try:
        process = psutil.Process(pid)
        family = [process, *process.children(recursive=True)]
        for call in (psutil.Process.terminate, psutil.Process.kill):
            for member in family:
                with suppress(psutil.NoSuchProcess):
                    call(member)
                    member.resume()  # a frozen process obeys only then
            family = [member for member in psutil.wait_procs(family, seconds)[1] if _is_running(member)]
    except psutil.Error:  # it has just ended, or is another account's
        return read_start_time(pid) != born
    return not family


def _is_running(process: psutil.Process) -> bool:
    with suppress(psutil.Error):
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    return False


def return_free_memory() -> None:
    """Give freed memory back to the system where the C library keeps it: glibc does, of many small blocks."""
    gc.collect()
    with suppress(OSError, AttributeError, TypeError):  # another C library; Windows
        ctypes.CDLL(None).malloc_trim(0)


def end_with_parent() -> None:
    """End this process at once when its parent ends, for whatever reason; for a thread of its own."""
    if parent := parent_process():
        parent.join()
    os._exit(1)
