"""Processes that outlive their starter."""

import os
import sys
import time

import pytest

from bioner_core.processes import DETACHED, born, detach

TOLD = f"import os, bioner_core; print(os.environ['{DETACHED}'], os.environ['OWN'], flush=True)"


def test_a_detached_process_gets_its_variables_and_the_code_and_its_log_is_closed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # where no code lies
    path = tmp_path / "log"
    log = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
    pid = detach([sys.executable, "-c", TOLD], {"OWN": "mine"}, log)
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(log)
    end = time.monotonic() + 20
    while born(pid) and time.monotonic() < end:
        time.sleep(0.02)
    assert path.read_text() == "1 mine\n"


def test_a_command_that_is_not_there_leaves_no_log_open(tmp_path):
    log = os.open(tmp_path / "log", os.O_WRONLY | os.O_CREAT, 0o600)
    with pytest.raises(FileNotFoundError):
        detach([str(tmp_path / "nothing")], {}, log)
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(log)
