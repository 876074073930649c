"""Processes that outlive the one that starts them, and whether one is still there."""

import os
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

import psutil

DETACHED = "BIONER_DETACHED"  # set for a process whose starter has taken back an earlier cancel
_CODE = Path(__file__).resolve().parent.parent


def detach(command: Sequence[str], own: Mapping[str, str], log: int) -> int:
    """Start a command that finds this program's code and outlives this process; return its number.

    :param own: variables that it gets beside this process's.
    :param log: the open file that takes what it says; it is closed here.
    """
    path = os.pathsep.join(filter(None, (str(_CODE), os.environ.get("PYTHONPATH"))))
    try:
        process = _started(command, {**os.environ, DETACHED: "1", "PYTHONPATH": path, **own}, log)
    finally:
        os.close(log)
    threading.Thread(target=process.wait, daemon=True).start()  # else it stays as a zombie once it ends
    return process.pid


def _started(command: Sequence[str], environment: Mapping[str, str], log: int) -> "subprocess.Popen[bytes]":
    """Start a process that closing the terminal or ending its parent does not end."""
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


def born(pid: int) -> float:
    """Return when a process of this machine came to be; 0 where there is none, or it has ended."""
    try:
        process = psutil.Process(pid)
        return 0.0 if process.status() == psutil.STATUS_ZOMBIE else process.create_time()
    except psutil.Error:
        return 0.0
