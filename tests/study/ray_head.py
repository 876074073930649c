"""Ray's processes on this machine, started as users start them: the head, its ports, commands with an end."""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = (sys.executable, "-m", "bioner_core")
BELOW_WORKERS = range(9000, 10_000)  # ports that Ray gives to none of its processes


def build_environment(folder):
    """Return the variables of all processes: a token, a cache of their own, this program and this Python."""
    (folder / "token").write_text("c" * 64)
    variables = {
        "BIONER_CACHE": str(folder / "cache"),
        "RAY_AUTH_MODE": "token",
        "RAY_AUTH_TOKEN_PATH": str(folder / "token"),
        "PYTHONPATH": str(ROOT),
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
    }
    return {**{n: v for n, v in os.environ.items() if n != "OMP_NUM_THREADS"}, **variables}


def find_ports(n):
    """Return free ports, which Ray does not give to its workers."""
    free = []
    for port in BELOW_WORKERS:
        with socket.socket() as probe:
            if len(free) < n and probe.connect_ex(("127.0.0.1", port)):
                free.append(port)
    return free


def wait_until_healthy(command, environment, process):
    end = time.monotonic() + 120
    while subprocess.run(command, env=environment, capture_output=True, timeout=60).returncode:
        assert process.poll() is None, "it ended"
        assert time.monotonic() < end, "not in time"


def run_command(*words, env, codes=(0,)):
    done = subprocess.run(words, env=env, capture_output=True, text=True, timeout=300)
    assert done.returncode in codes, done.stdout + done.stderr
    return done


def run_program(*words, env, codes=(0,)):
    return run_command(*PROGRAM, *words, env=env, codes=codes)
