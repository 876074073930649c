"""The state of a download on disk, its cancellation, and a download in a detached process."""

import json
import sys
import time

import pytest
from servers import (
    BODY,
    RULES,
    build_public_corpus,
    send_file,
    send_response,
    serve_responses,
    stall_connection,
)
from test_fetch import N_SENTENCES

from bioner_core.cli import build_parser
from bioner_core.cli.corpus_fetch import fetch_corpus
from bioner_core.corpus.fetching import download_state as states
from bioner_core.corpus.fetching.download_state import (
    CancelledError,
    cancel_download,
    forget_download,
    load_state,
    record_progress,
    start_download,
)
from bioner_core.corpus.fetching.fetch import BusyError, download_corpus
from bioner_core.corpus.library import Library
from bioner_core.errors import BionerError
from bioner_core.files import locate_corpora_folder


def start_steps(server, **changed):
    listed = build_public_corpus(server, **changed)
    return record_progress(listed, download_corpus(listed, settings=RULES))


def test_the_state_has_the_progress_and_the_result_of_a_download(isolated_cache):
    with serve_responses(send_file()) as server:
        running = start_steps(server)
        next(running)
        live = load_state("synthetic")
        assert (live.status, live.total) == ("live", len(BODY))
        assert 0 < live.done <= len(BODY)
        list(running)
    assert load_state("synthetic").status == "done"
    assert load_state("synthetic").message.startswith(
        "Counts are the published ones (this test): 200 sentences"
    )
    assert load_state("synthetic").message.endswith("Digest as on the list (this test).")
    forget_download("synthetic")
    assert load_state("synthetic") is None


def test_a_failure_is_saved_with_its_reason(isolated_cache):
    with serve_responses(send_response(404)) as server, pytest.raises(BionerError):
        list(start_steps(server))
    assert (load_state("synthetic").status, "(404)" in load_state("synthetic").message) == ("failed", True)


def test_a_cancelled_download_stops_after_a_block_and_keeps_the_part(isolated_cache):
    with serve_responses(send_file()) as server:
        running = start_steps(server)
        next(running)
        cancel_download("synthetic")
        assert load_state("synthetic").status == "stopping"
        with pytest.raises(CancelledError, match="synthetic: cancelled: what was downloaded is kept"):
            list(running)
        assert load_state("synthetic").status == "cancelled"
        assert list(isolated_cache.glob("*.part"))
        list(start_steps(server))  # an earlier cancellation is withdrawn
    assert load_state("synthetic").status == "done"


def test_a_download_whose_process_has_ended_is_stopped(isolated_cache):
    with serve_responses(send_file()) as server:
        running = start_steps(server)
        next(running)
        path = locate_corpora_folder() / ".downloads/.synthetic.state"
        live = json.loads(path.read_text())
        assert (live["word"], live["said"]) == ("live", "")  # the names of the fields in stored files
        running.close()
        assert load_state("synthetic").status == "stopped"
        path.write_text(json.dumps({**live, "born": 1.0}))
        assert load_state("synthetic").status == "stopped"
        path.write_text("{}")
        assert load_state("synthetic") is None


def test_a_second_download_of_a_corpus_is_refused_and_leaves_the_state(isolated_cache):
    with serve_responses(send_file()) as server:
        first = start_steps(server)
        next(first)
        with pytest.raises(BusyError):
            next(start_steps(server))
        with pytest.raises(BusyError, match="is being downloaded already"):
            start_download("synthetic")
        assert load_state("synthetic").status == "live"
        first.close()


def test_a_program_error_is_saved_without_its_message(isolated_cache):
    def fail():
        raise ValueError("secret")
        yield

    with serve_responses(send_file()) as server, pytest.raises(ValueError, match="secret"):
        list(record_progress(build_public_corpus(server), fail()))
    assert load_state("synthetic").message == "a fault in the program (ValueError)."


def test_the_detached_process_runs_the_fetch_command():
    interpreter, *module, group, action = states.COMMAND
    assert (interpreter, module) == (sys.executable, ["-m", "bioner_core"])
    args = build_parser().parse_args([group, action, "synthetic", "--yes"])
    assert (args.call, args.name, args.yes) == (fetch_corpus, "synthetic", True)


def test_a_detached_download_adds_the_corpus_to_the_library(isolated_cache, tmp_path, monkeypatch):
    with serve_responses(send_file()) as server:
        script = tmp_path / "fetch.py"  # the fetch command with a corpus of this test's server
        script.write_text(
            f"import sys; sys.path[:0] = {sys.path!r}\n"
            "from types import SimpleNamespace\n"
            "from servers import RULES, build_public_corpus\n"
            "from bioner_core.corpus.fetching.fetch import download_corpus\n"
            "from bioner_core.corpus.fetching.download_state import record_progress\n"
            f"listed = build_public_corpus(SimpleNamespace(address={server.address!r}))\n"
            "assert sys.argv[1:] == ['synthetic', '--yes']\n"
            "list(record_progress(listed, download_corpus(listed, settings=RULES)))\n"
        )
        monkeypatch.setattr(states, "COMMAND", (sys.executable, str(script)))
        pid = start_download("synthetic")
        assert pid and load_state("synthetic").is_live
        end = time.monotonic() + 20
        while load_state("synthetic").is_live and time.monotonic() < end:
            time.sleep(0.02)
    assert load_state("synthetic").status == "done", (isolated_cache / "synthetic.log").read_text()
    assert len(Library().load("synthetic").sentences) == N_SENTENCES


def test_a_silent_server_does_not_delay_a_cancellation_for_long(isolated_cache):
    with serve_responses(stall_connection(70_000)) as server:
        running = start_steps(server)
        next(running)
        cancel_download("synthetic")
        with pytest.raises(CancelledError):
            list(running)
