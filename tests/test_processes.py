"""Processes that outlive their parent."""

import os
import sys
import time

import pytest

from bioner_core.processes import DETACHED, read_start_time, start_detached_process

SCRIPT = f"import os, bioner_core; print(os.environ['{DETACHED}'], os.environ['EXTRA'], flush=True)"


def test_a_detached_process_gets_its_variables_and_can_import_the_program(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # a folder without the code
    path = tmp_path / "log"
    log = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
    pid = start_detached_process([sys.executable, "-c", SCRIPT], {"EXTRA": "value"}, log)
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(log)
    end = time.monotonic() + 20
    while read_start_time(pid) and time.monotonic() < end:
        time.sleep(0.02)
    assert path.read_text() == "1 value\n"


def test_a_missing_command_leaves_no_log_open(tmp_path):
    log = os.open(tmp_path / "log", os.O_WRONLY | os.O_CREAT, 0o600)
    with pytest.raises(FileNotFoundError):
        start_detached_process([str(tmp_path / "nothing")], {}, log)
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(log)
