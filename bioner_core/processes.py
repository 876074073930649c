"""Processes that outlive the one that starts them, and whether one is still there."""

import subprocess
import sys
from collections.abc import Mapping, Sequence

import psutil


def detach(command: Sequence[str], environment: Mapping[str, str], log: int) -> "subprocess.Popen[bytes]":
    """Start a process that closing the terminal or ending its parent does not end.

    :param log: the open file that takes what it says.
    """
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
