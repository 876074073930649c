"""The inbox of Slurm's workers: each test is a fault that a schedule of tests/study/faults.py found."""

import errno
import os
from contextlib import closing
from pathlib import Path

import pytest
from fake_runner import CORPORA, build_result, build_study, train_slowly
from simulated_backends import SimulatedTrainer
from simulation import World

from bioner_core.errors import BionerError
from bioner_core.study.executors import slurm_array
from bioner_core.study.executors.inbox import Inbox
from bioner_core.study.executors.slurm_array import run_on_slurm
from bioner_core.study.executors.slurm_worker import SlurmWorker
from bioner_core.study.jobs import JobResult
from bioner_core.study.run_writer import RunWriter
from bioner_core.study.store import RunStore


@pytest.fixture
def run(tmp_path):
    return RunStore(tmp_path / "runs").create(build_study(sizes="10,full", seeds=(0,), sources=()), CORPORA)


@pytest.fixture
def inbox(run):
    inbox = Inbox(run.folder)
    inbox.open()
    inbox.sign_as_writer()
    return inbox


def train(run):
    options = {"corpora": CORPORA, "runner": train_slowly, "cache": Path("unused"), "options": {}}
    return closing(run_on_slurm(run.study.jobs, run=run, **options))


def finish_all(run, inbox):
    """Write the results of all jobs as a worker does."""
    folder = inbox.folder / "one"
    folder.mkdir()
    inbox.sign("one")
    for job in run.study.jobs:
        RunWriter(folder).append_result(build_result(job))


def test_results_stay_in_the_inbox_until_the_last_one_is_stored(run, inbox):
    finish_all(run, inbox)
    with train(run) as outcomes:
        n_jobs = len([next(outcomes) for _ in run.study.jobs])
    assert n_jobs == len(run.study.jobs)  # they were read, but the disk was full when the last one was stored
    with train(run) as outcomes:
        assert len([o for o in outcomes if isinstance(o, JobResult)]) == n_jobs
    assert not inbox.folder.exists()


def test_a_worker_that_gets_a_job_again_stores_it_once(run, inbox, tmp_path):
    job = run.study.jobs[0]
    worker, writer = SlurmWorker(run.folder, train_slowly, name="one"), RunWriter(inbox.folder / "one")
    writer.folder.mkdir()
    trainer = SimulatedTrainer(World(0, tmp_path), train_slowly, device="cpu")
    for _ in range(2):
        worker._train({job.id: job}, job.id, trainer, writer, inbox)
    results = [o for o in inbox.read(run.study, {job.id: job}) if isinstance(o, JobResult)]
    assert [result.points for result in results] == [build_result(job).points]


def test_the_job_of_a_worker_without_a_folder_is_taken_back(inbox, run):
    inbox.add(run.study.jobs)
    job_id = inbox.take("gone")
    assert inbox.list_workers() == ["gone"]
    assert (inbox.is_alive("gone"), inbox.take_back("gone")) == (False, [job_id])


@pytest.mark.parametrize("jump", [-7200, 7200])
def test_a_clock_that_was_set_leaves_no_dead_worker_alive(inbox, jump):
    (inbox.folder / "one").mkdir()
    inbox.sign("one")
    assert inbox.is_alive("one")
    now = (inbox.folder / "writer").stat().st_mtime
    os.utime(inbox.folder / "writer", (now + jump, now + jump))
    assert not inbox.is_alive("one")
    assert inbox.is_deserted("one")


def test_an_inbox_that_cannot_be_written_ends_the_worker_with_a_message(run, monkeypatch):
    def refuse(self):
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr(slurm_array.Inbox, "sign_as_writer", refuse)
    with pytest.raises(BionerError) as refused, train(run) as outcomes:
        next(outcomes)
    assert str(refused.value) == (
        f"{run.folder / 'inbox'}: cannot be written (it is read-only). Make the folder writable, or set "
        "BIONER_RUNS to one that is."
    )
