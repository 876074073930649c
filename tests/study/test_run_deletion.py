"""Deleting runs: frozen workers end, removed runs stay removed, and the cache keeps nothing of them."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from fake_runner import CORPORA, build_study, store_results

from bioner_core.corpus.library import Library
from bioner_core.errors import BionerError
from bioner_core.files import locate_cache_folder, write_digest
from bioner_core.processes import read_start_time
from bioner_core.study import run_deletion
from bioner_core.study.provenance import read_hostname
from bioner_core.study.run_state import WorkerProgress, save_progress
from bioner_core.study.store import RunStore

FAKE_WORKER = Path(__file__).with_name("fake_worker.py")
IGNORES_TERMINATION = "import signal, sys, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n"


@pytest.fixture
def store(tmp_path):
    return RunStore(tmp_path / "runs")


@pytest.fixture
def run(store):
    return store.create(build_study(), CORPORA)


def wait_until(is_true, seconds=30):
    deadline = time.monotonic() + seconds
    while not is_true():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def start_frozen_worker(run):
    """Start a worker and stop its process, and its helper's, as Ctrl-Z does."""
    environment = {**os.environ, "BIONER_RUNS": str(run.folder.parent), "BIONER_DEVICES": "cpu"}
    worker = subprocess.Popen(
        [sys.executable, str(FAKE_WORKER), run.name, "wait_at_second_job"], env=environment
    )
    wait_until(lambda: run.state().n_done == 1 and (run.folder / "progress.json").exists())
    processes = [psutil.Process(worker.pid), *psutil.Process(worker.pid).children(recursive=True)]
    for process in processes:
        process.suspend()
    return worker, processes


@pytest.mark.skipif(sys.platform == "win32", reason="no signals")
def test_a_frozen_worker_that_was_cancelled_ends_when_its_run_is_deleted(store, run):
    worker, processes = start_frozen_worker(run)
    with pytest.raises(
        BionerError, match=r"run study: is being worked on\. Cancel it first, then delete it\."
    ):
        store.delete("study")
    run.cancel()
    store.delete("study")
    worker.wait(10)
    assert not any(process.is_running() for process in processes if process.pid != worker.pid)
    assert not [name for name in os.listdir(store.folder) if not name.endswith(".json")]


@pytest.mark.skipif(sys.platform == "win32", reason="no signals")
def test_a_worker_that_ignores_the_request_to_end_is_killed(store, run, monkeypatch):
    monkeypatch.setattr(run_deletion, "GRACE_SECONDS", 0.5)
    lock = repr(str(run.folder / "worker.lock"))
    code = f"{IGNORES_TERMINATION}from filelock import FileLock\nwith FileLock({lock}): time.sleep(60)"
    holder = subprocess.Popen([sys.executable, "-c", code])
    wait_until(run.is_locked)
    worker = WorkerProgress(pid=holder.pid, born=read_start_time(holder.pid), host=read_hostname())
    save_progress(run.folder / "progress.json", worker)
    run.cancel()
    store.delete("study")
    assert not psutil.pid_exists(holder.pid)
    assert holder.wait(10) is not None


@pytest.mark.parametrize(
    ("worker", "process"),
    [
        (WorkerProgress(pid=1, born=1.0, host="elsewhere"), "process 1 on elsewhere"),
        (None, "another process"),
    ],
)
def test_a_worker_of_another_machine_is_named(store, run, monkeypatch, worker, process):
    monkeypatch.setattr(run_deletion, "GRACE_SECONDS", 0.3)
    run.cancel()
    save_progress(run.folder / "progress.json", worker)
    with run.lock(), pytest.raises(BionerError) as error:
        store.delete("study")
    assert str(error.value) == (
        f"run study: was cancelled, but {process} still works on it. End that process, then delete the run."
    )


@pytest.mark.parametrize("is_made_anew", [False, True])
def test_a_worker_writes_nothing_into_a_run_that_was_removed_under_it(store, run, is_made_anew):
    message = "run study: was deleted while it was worked on, so nothing more is stored."
    with run.lock() as writer:
        first = run.study.jobs[0]
        shutil.rmtree(run.folder)
        if is_made_anew:
            store.create(build_study(), CORPORA)
        before = list_files(store.folder)
        for write in (
            lambda: writer.save_counts(first.id, b""),
            lambda: writer.append_rows([]),
            lambda: writer.save_study(build_study()),
        ):
            with pytest.raises(BionerError) as error:
                write()
            assert str(error.value) == message
        writer.save_progress(WorkerProgress(pid=1))
        assert list_files(store.folder) == before


def list_files(folder):
    return sorted(path.relative_to(folder) for path in folder.rglob("*"))


@pytest.fixture
def features(tmp_path, monkeypatch):
    """Return files of features, by corpus."""
    monkeypatch.setenv("BIONER_CACHE", str(tmp_path / "cache"))
    folder = locate_cache_folder() / "features"
    folder.mkdir(parents=True)
    paths = {name: folder / f"{corpus.digest}-0.npy" for name, corpus in CORPORA.items()}
    for path in paths.values():
        path.write_bytes(b"features")
        write_digest(path)
    return paths


def test_the_last_run_of_a_corpus_takes_its_features_along(store, run, features):
    store.create(build_study("other", sources=()), CORPORA)  # the target alone
    store.delete("study")
    assert [name for name, path in features.items() if path.exists()] == ["target"]
    Library().add(CORPORA["target"])
    store.delete("other")
    assert features["target"].exists()
    assert len(list(features["target"].parent.iterdir())) == 2  # and its digest
    store_results(store.create(build_study("last", sources=()), CORPORA), [])
    Library().delete("target")
    store.delete("last")
    assert list(features["target"].parent.iterdir()) == []
