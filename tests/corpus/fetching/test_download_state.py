"""How far a download is, told on disk; and the one that is started apart."""

import json
import sys

import pytest
from servers import BODY, RULES, corpus, send, serving, stall, whole
from test_fetch import N_SENTENCES

from bioner_core.corpus.fetching import download_state as states
from bioner_core.corpus.fetching.download_state import (
    CancelledError,
    cancel,
    forget,
    start_detached,
    state,
    told,
)
from bioner_core.corpus.fetching.fetch import BusyError, fetch
from bioner_core.corpus.library import Library
from bioner_core.errors import BionerError


def steps(server, **changed):
    found = corpus(server, **changed)
    return told(found, fetch(found, rules=RULES))


def test_a_download_tells_how_far_it_is_and_how_it_ended(own_cache):
    with serving(whole()) as server:
        running = steps(server)
        next(running)
        now = state("synthetic")
        assert (now.word, now.total) == ("live", len(BODY))
        assert 0 < now.done <= len(BODY)
        list(running)
    assert state("synthetic").word == "done"
    assert state("synthetic").said.startswith("Counts are the published ones (this test): 200 sentences")
    assert state("synthetic").said.endswith("Digest as on the list (this test).")
    forget("synthetic")
    assert state("synthetic") is None


def test_a_failure_is_told(own_cache):
    with serving(send(404)) as server, pytest.raises(BionerError):
        list(steps(server))
    assert (state("synthetic").word, "(404)" in state("synthetic").said) == ("failed", True)


def test_a_cancel_is_heard_between_blocks_and_keeps_the_part(own_cache):
    with serving(whole()) as server:
        running = steps(server)
        next(running)
        cancel("synthetic")
        assert state("synthetic").word == "stopping"
        with pytest.raises(CancelledError, match="synthetic: cancelled: what has come is kept"):
            list(running)
        assert state("synthetic").word == "cancelled"
        assert list(own_cache.glob("*.part"))
        list(steps(server))  # an earlier cancel is taken back
    assert state("synthetic").word == "done"


def test_a_download_whose_process_is_gone_has_stopped(own_cache):
    with serving(whole()) as server:
        running = steps(server)
        next(running)
        path = own_cache / ".synthetic.state"
        told_then = json.loads(path.read_text())
        running.close()
        assert state("synthetic").word == "stopped"
        path.write_text(json.dumps({**told_then, "born": 1.0}))
        assert state("synthetic").word == "stopped"
        path.write_text("{}")
        assert state("synthetic") is None


def test_a_second_download_neither_starts_nor_tells(own_cache):
    with serving(whole()) as server:
        first = steps(server)
        next(first)
        with pytest.raises(BusyError):
            next(steps(server))
        with pytest.raises(BusyError, match="is being downloaded already"):
            start_detached("synthetic")
        assert state("synthetic").word == "live"
        first.close()


def test_a_fault_of_the_program_is_told_without_its_words(own_cache):
    def broken():
        raise ValueError("secret")
        yield

    with serving(whole()) as server, pytest.raises(ValueError, match="secret"):
        list(told(corpus(server), broken()))
    assert state("synthetic").said == "a fault in the program (ValueError)."


def test_the_detached_one_is_the_command():
    assert (sys.executable, "-m", "bioner_core", "corpus", "fetch") == states.COMMAND


def test_a_detached_download_outlives_its_starter_and_brings_the_corpus(own_cache, tmp_path, monkeypatch):
    with serving(whole()) as server:
        script = tmp_path / "fair.py"  # the command with a corpus of this test's server for the list's
        script.write_text(
            f"import sys; sys.path[:0] = {sys.path!r}\n"
            "from types import SimpleNamespace\n"
            "from servers import RULES, corpus\n"
            "from bioner_core.corpus.fetching.fetch import fetch\n"
            "from bioner_core.corpus.fetching.download_state import told\n"
            f"found = corpus(SimpleNamespace(address={server.address!r}))\n"
            "assert sys.argv[1:] == ['synthetic', '--yes']\n"
            "list(told(found, fetch(found, rules=RULES)))\n"
        )
        monkeypatch.setattr(states, "COMMAND", (sys.executable, str(script)))
        import time

        pid = start_detached("synthetic")
        assert pid and state("synthetic").is_live
        end = time.monotonic() + 20
        while state("synthetic").is_live and time.monotonic() < end:
            time.sleep(0.02)
    assert state("synthetic").word == "done", (own_cache / "synthetic.log").read_text()
    assert len(Library().load("synthetic").sentences) == N_SENTENCES


def test_a_silent_server_does_not_keep_a_cancel_waiting_for_long(own_cache):
    with serving(stall(70_000)) as server:
        running = steps(server)
        next(running)
        cancel("synthetic")
        with pytest.raises(CancelledError):
            list(running)
