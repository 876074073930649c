"""Slurm: workers that share an inbox; its own test bed is submitit's local executor, and a small cluster."""

import os
import re
import signal
import subprocess
import threading
from contextlib import closing, contextmanager
from importlib.util import find_spec
from pathlib import Path

import pytest
from fake_runner import (
    CORPORA,
    build_result,
    build_study,
    fail_at_size_20,
    refuse_all_jobs,
    run_fake_training,
    train_slowly,
)
from slurm_cluster import list_missing_daemons, start_slurm

from bioner_core.errors import BionerError
from bioner_core.study.executors import inbox as inbox_module
from bioner_core.study.executors import slurm_array
from bioner_core.study.executors.backend import Backend, open_executor, remember_backend
from bioner_core.study.executors.inbox import Inbox
from bioner_core.study.executors.slurm_worker import SlurmWorker
from bioner_core.study.jobs import JobFailure, JobProgress, JobResult
from bioner_core.study.run_writer import RunWriter
from bioner_core.study.store import RunStore
from bioner_core.study.worker import train_pending_jobs

UNUSED = Path("unused")


class ThreadTask:
    """A task of an array in a thread: as a process does, it shares nothing with the writer but the disk."""

    def __init__(self, worker):
        self.thread = threading.Thread(target=worker, daemon=True)
        self.thread.start()

    def done(self):
        return not self.thread.is_alive()

    def cancel(self):
        self.thread.join(10)


class ThreadExecutor:
    """Submitit's executor, as far as the array uses it."""

    @contextmanager
    def batch(self):
        yield

    def submit(self, worker):
        return ThreadTask(worker)


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "1")  # restored: a trainer sets it for its process
    monkeypatch.setattr(slurm_array, "POLL_SECONDS", 0.05)
    monkeypatch.setattr("bioner_core.study.executors.slurm_worker.POLL_SECONDS", 0.05)
    run = RunStore(tmp_path / "runs").create(build_study(), CORPORA)
    remember_backend(run, Backend(kind="slurm", options={"workers": "2"}))
    return run


@pytest.fixture
def threads(monkeypatch):
    monkeypatch.setattr(slurm_array, "_open_submitit", lambda *_: ThreadExecutor())


def train(run, runner=run_fake_training):
    outcomes = train_pending_jobs(run, executor=open_executor(run), runner=runner, cache=UNUSED)
    with closing(outcomes):
        return list(outcomes)


def list_expected(run):
    return sorted((point for job in run.study.jobs for point in build_result(job).points), key=str)


def test_workers_of_an_array_train_each_job_once_and_leave_no_inbox(run, threads):
    results = [outcome for outcome in train(run) if isinstance(outcome, JobResult)]
    assert len(results) == len(run.study.jobs)
    assert sorted(run.points(), key=str) == list_expected(run)
    assert run.counts(run.study.jobs[0].id).entities == ("Disease", "Drug")
    assert (run.state().status, (run.folder / "inbox").exists()) == ("done", False)


def test_jobs_that_fail_have_their_reasons(run, threads):
    train(run, fail_at_size_20)
    failures = run.failures()
    assert {failure.reason for failure in failures} == {"too large"}
    assert {failure.job.n_sentences for failure in failures} == {20}
    assert run.pending() == ()


def test_a_refusal_of_the_runner_is_the_reason_of_each_failure(run, threads):
    train(run, refuse_all_jobs)
    assert run.pending() == ()
    assert {failure.reason for failure in run.failures()} <= {"encoder fake: cannot be loaded."}


def test_results_that_came_in_without_a_writer_are_stored_at_the_next_start(run, threads):
    inbox = Inbox(run.folder)
    inbox.open()
    for worker in ("one", "two"):  # both finished the same job: one of them was taken for dead
        (inbox.folder / worker).mkdir()
        inbox.sign(worker)
        os.utime(inbox.folder / worker / "progress.json", (0, 0))  # long ago
        RunWriter(inbox.folder / worker).append_result(build_result(run.study.jobs[0]))
    outcomes = [outcome for outcome in train(run) if not isinstance(outcome, JobProgress)]
    assert outcomes[0].job == run.study.jobs[0]
    assert len(outcomes) == len(run.study.jobs)
    assert sorted(run.points(), key=str) == list_expected(run)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_job_whose_worker_dies_is_given_back_once_then_fails(run, threads, monkeypatch):
    monkeypatch.setattr(inbox_module, "DEAD_SECONDS", 2.0)
    doomed = run.study.jobs[0].id
    deaths = []

    class DyingWorker(SlurmWorker):
        """Dies with one job, and leaves its claim behind, as after SIGKILL."""

        def _train(self, jobs, job_id, *others):
            if job_id == doomed:
                deaths.append(self.name)
                raise SystemExit
            return super()._train(jobs, job_id, *others)

    monkeypatch.setattr(slurm_array, "SlurmWorker", DyingWorker)
    failures = [outcome for outcome in train(run) if isinstance(outcome, JobFailure)]
    assert [(failure.job.id, failure.reason) for failure in failures] == [(doomed, slurm_array.LOST)]
    assert len(deaths) == 2
    assert len(run.finished_job_ids()) == len(run.study.jobs) - 1


def test_a_worker_that_must_end_gives_its_job_back_without_a_loss(run, threads):
    pytest.importorskip("submitit", reason="needs the extra [slurm]")
    inbox = Inbox(run.folder)
    inbox.open()
    inbox.add(run.study.jobs)
    worker = SlurmWorker(run.folder, run_fake_training, name="one")
    taken = inbox.take("one")
    assert inbox.count_todo() == len(run.study.jobs) - 1
    again = worker.checkpoint()
    assert (inbox.count_todo(), (inbox.todo / taken).exists()) == (len(run.study.jobs), True)
    assert again.function == SlurmWorker(run.folder, run_fake_training)


def test_two_workers_never_take_the_same_job(tmp_path):
    inbox = Inbox(tmp_path)
    inbox.open()
    jobs = build_study(sizes="10:600:10,full", seeds=range(4)).jobs
    inbox.add(jobs)
    takes = {name: [] for name in "abcd"}

    def take_all(name):
        while job_id := inbox.take(name):
            takes[name].append(job_id)

    workers = [threading.Thread(target=take_all, args=(name,)) for name in takes]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(job_id for ids in takes.values() for job_id in ids) == sorted(job.id for job in jobs)


@pytest.mark.parametrize("text", ["", "1:00", "soon", "-1:00:00", "4h"])
def test_a_time_that_is_none_is_refused(text):
    with pytest.raises(BionerError, match="write minutes, HH:MM:SS or D-HH:MM:SS"):
        slurm_array.parse_minutes(text)


def test_without_slurm_or_submitit_the_reason_is_named(run, monkeypatch):
    monkeypatch.setenv("PATH", "")  # where srun may be
    reason = (
        "backend slurm: Could not detect" if find_spec("submitit") else 'pip install "bioner-budget[slurm]"'
    )
    with pytest.raises(BionerError, match=re.escape(reason)):
        train(run)


@pytest.mark.long
def test_submitits_local_executor_trains_the_same_points_also_where_a_worker_is_killed(tmp_path, monkeypatch):
    pytest.importorskip("submitit", reason="needs the extra [slurm]")
    monkeypatch.setattr(inbox_module, "DEAD_SECONDS", 8.0)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(map(str, (Path.cwd(), Path(__file__).parent))))
    monkeypatch.setenv("BIONER_CACHE", str(tmp_path / "cache"))
    run = RunStore(tmp_path / "runs").create(build_study(), CORPORA)
    remember_backend(run, Backend(kind="slurm", options={"cluster": "local", "workers": "2"}))
    outcomes = train_pending_jobs(run, executor=open_executor(run), runner=train_slowly, cache=UNUSED)
    killed = None
    with closing(outcomes):
        for _ in outcomes:
            for claim in sorted((run.folder / "inbox" / "claims").iterdir()) if killed is None else ():
                worker, job_id = claim.name.split(".")
                if begun := list((tmp_path / "cache").glob(f"{job_id}.*")):
                    killed, pid = job_id, int(begun[0].suffix[1:])
                    assert pid == int(worker.split("-")[-2])
                    os.kill(pid, signal.SIGKILL)
                    break
    assert killed in run.finished_job_ids()
    assert len(list((tmp_path / "cache").glob(f"{killed}.*"))) == 2  # it was begun twice
    assert sorted(run.points(), key=str) == list_expected(run)
    assert not (run.folder / "inbox").exists()


@pytest.mark.long
def test_a_real_slurm_trains_the_same_points_and_starts_workers_again_that_had_to_make_room(
    monkeypatch, tmp_path_factory
):
    pytest.importorskip("submitit", reason="needs the extra [slurm]")
    if missing := list_missing_daemons():
        pytest.skip(f"needs {', '.join(missing)}: apt-get install slurm-wlm")
    if os.geteuid():
        pytest.skip("its daemons need root")
    folder = tmp_path_factory.mktemp("s")  # a short path: that of a socket has at most 107 characters
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(map(str, (Path.cwd(), Path(__file__).parent))))
    monkeypatch.setenv("BIONER_CACHE", str(folder / "cache"))
    with start_slurm(folder) as configuration:
        monkeypatch.setenv("SLURM_CONF", str(configuration))
        run = RunStore(folder / "runs").create(build_study(sizes="10,20,30,40,50,full"), CORPORA)
        options = {"partition": "debug", "workers": "2", "time": "30", "mem": "0"}
        remember_backend(run, Backend(kind="slurm", options=options))
        outcomes = train_pending_jobs(run, executor=open_executor(run), runner=train_slowly, cache=UNUSED)
        begun, signalled = folder / "cache", set()
        with closing(outcomes):
            for _ in outcomes:
                if (
                    not signalled and len(list(begun.glob("*.*"))) > 2
                ):  # what Slurm sends before it takes a node
                    queue = subprocess.run(
                        ["squeue", "-h", "-t", "R", "-o", "%i"], capture_output=True, text=True
                    )
                    signalled = set(queue.stdout.split()[:1])
                    subprocess.run(["scancel", "--signal=USR2", *signalled], check=True)
        restarts = subprocess.run(["scontrol", "show", "job"], capture_output=True, text=True).stdout
    assert signalled
    assert "Restarts=1" in restarts
    assert not run.failures()
    assert sorted(run.points(), key=str) == list_expected(run)
    assert not (run.folder / "inbox").exists()
