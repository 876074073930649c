"""Runs on network disks: a lease with a number takes the place of the system's lock."""

import os
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest
from fake_runner import CORPORA, build_result, build_study, run_fake_training

from bioner_core.errors import BionerError
from bioner_core.study import lease, run_lock
from bioner_core.study.jobs import JobFailure, JobResult
from bioner_core.study.lease import take_lease
from bioner_core.study.run_state import WorkerProgress, save_progress
from bioner_core.study.run_writer import RunWriter
from bioner_core.study.store import RunStore
from bioner_core.study.worker import train_pending_jobs

LONG_AGO = -2 * lease.LEASE_SECONDS
TAKEN_OVER = (
    "run study: another worker has taken over, since this one gave no sign of life for 60 s. It goes on "
    "there; nothing more is stored from here."
)


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.setenv("BIONER_LOCK", "lease")
    monkeypatch.setattr(lease, "read_hostname", lambda: hosts[-1])
    hosts = ["one"]
    run = RunStore(tmp_path / "runs").create(build_study(sizes="10,full", seeds=(0,), sources=()), CORPORA)
    yield run
    hosts.clear()


def age(run, seconds=LONG_AGO):
    """Let the last sign of life lie as far back as that of a holder that is gone, or cut off."""
    for path in (run.folder / "lease").iterdir():
        stamp = path.stat().st_mtime + seconds
        os.utime(path, (stamp, stamp))


def move_to(monkeypatch, host):
    """Go on as another machine, which cannot see whether a process of the first one runs."""
    monkeypatch.setattr(lease, "read_hostname", lambda: host)


def run_in_process(jobs, *, corpora, runner, cache):
    yield from runner(jobs, corpora=corpora, device="cpu", cache=cache)


def list_expected(run):
    return [point for job in run.study.jobs for point in build_result(job).points]


def test_a_run_is_trained_under_a_lease_whose_number_stays(run):
    with closing(
        train_pending_jobs(run, executor=run_in_process, runner=run_fake_training, cache=Path("unused"))
    ) as outcomes:
        next(outcomes)
        assert run.is_locked()
        with pytest.raises(BionerError, match="run study: is being worked on"), run.lock():
            pass
        for _ in outcomes:
            pass
    assert (run.is_locked(), run.state().status) == (False, "done")
    assert list(run.points()) == list_expected(run)
    assert not (run.folder / "worker.lock").exists()
    with run.lock() as writer:
        assert writer.hold.fence == 2


def test_a_worker_that_was_taken_over_stores_nothing_more(run, monkeypatch):
    job = run.study.jobs[0]
    with run.lock() as old:
        age(run)
        move_to(monkeypatch, "two")
        with run.lock() as new:
            for write in (
                lambda: old.append_result(build_result(job)),
                lambda: old.append_failure(JobFailure(job=job, reason="too late")),
                lambda: old.save_study(run.study),
            ):
                with pytest.raises(BionerError) as refused:
                    write()
                assert str(refused.value) == TAKEN_OVER
            save_progress(run.folder / "progress.json", WorkerProgress(pid=7))
            old.save_progress(None)
            assert (run.folder / "progress.json").exists()
            new.append_result(build_result(job))
    assert run.finished_job_ids() == {job.id}
    assert list((run.folder / "lease").glob("[0-9]*")) == [run.folder / "lease" / "2"]


def test_rows_of_a_former_writer_do_not_count(run, monkeypatch):
    first, second = run.study.jobs
    with run.lock() as old:
        old.append_result(build_result(first))
        age(run)
        move_to(monkeypatch, "two")
        with run.lock() as new:
            monkeypatch.setattr(run_lock.Hold, "check", lambda hold: None)  # it froze between check and write
            old.append_result(build_result(second))
            old.append_failure(JobFailure(job=second, reason="too late"))
            assert (run.finished_job_ids(), run.failures()) == ({first.id}, ())
            new.append_result(build_result(second))
    assert list(run.points()) == list_expected(run)
    with run.lock():  # repairs nothing that counts
        pass
    assert list(run.points()) == list_expected(run)


def test_a_former_writer_adds_nothing_to_the_line_of_one_that_died_amid_it(run, monkeypatch):
    with run.lock() as old:
        age(run)
        move_to(monkeypatch, "two")
        with run.lock():
            with (run.folder / "points.jsonl").open("ab", buffering=0) as handle:
                handle.write(b'{"half a li')
            monkeypatch.setattr(run_lock.Hold, "check", lambda hold: None)  # it froze between check and write
            with pytest.raises(BionerError, match=r"cannot be written \(its last line is incomplete\)"):
                old.append_result(build_result(run.study.jobs[0]))
    with run.lock():
        assert run.points() == ()


def test_a_former_writer_that_has_the_file_open_reaches_the_old_one(run, monkeypatch):
    with run.lock() as old:
        old.append_result(build_result(run.study.jobs[0]))
        with (run.folder / "points.jsonl").open("ab", buffering=0) as handle:
            age(run)
            move_to(monkeypatch, "two")
            with run.lock():
                handle.write(b'{"half a li')
    assert list(run.points()) == list(build_result(run.study.jobs[0]).points)


@pytest.mark.parametrize(
    ("seconds", "host", "is_live"),
    [
        (0, "two", True),
        (-30, "two", True),
        (30, "two", True),
        (LONG_AGO, "two", False),
        (-LONG_AGO, "two", False),
    ],
)
def test_a_holder_of_another_machine_lives_while_it_gives_signs(run, monkeypatch, seconds, host, is_live):
    take_lease(run.folder / "lease")
    move_to(monkeypatch, host)
    age(run, seconds)
    assert run.is_locked() == is_live
    assert (take_lease(run.folder / "lease") is None) == is_live


def test_a_holder_of_this_machine_that_has_died_has_no_lease(run):
    code = f"""
from pathlib import Path
from bioner_core.study import lease
lease.read_hostname = lambda: "one"
lease.take_lease(Path({str(run.folder / "lease")!r}))
"""
    subprocess.run([sys.executable, "-c", code], check=True)
    assert not run.is_locked()
    with run.lock() as writer:
        assert writer.hold.fence == 2


def test_a_holder_that_died_before_it_wrote_its_name_is_waited_for(run):
    (run.folder / "lease").mkdir()
    (run.folder / "lease" / "1").touch()
    assert take_lease(run.folder / "lease") is None
    age(run)
    assert take_lease(run.folder / "lease").token == 2


def test_signs_of_life_come_from_a_thread(run, monkeypatch):
    monkeypatch.setattr(lease, "SIGN_SECONDS", 0.01)
    with run.lock() as writer:
        age(run)
        threading.Event().wait(0.5)
        move_to(monkeypatch, "two")
        assert run.is_locked()
        assert not writer.hold.lease.is_lost()


def test_of_many_that_take_a_dead_holders_lease_a_single_process_gets_it(run):
    folder = run.folder / "lease"
    for turn in range(5):
        if turn:
            age(run)
        leases = []
        start = threading.Barrier(8)

        def take(start=start, leases=leases):
            start.wait()
            leases.append(take_lease(folder))

        threads = [threading.Thread(target=take) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert [taken.token for taken in leases if taken] == [turn + 1]


def test_a_deleted_run_is_named_as_such(run):
    store = RunStore(run.folder.parent)
    with run.lock() as writer:
        age(run)
        (run.folder / "lease" / "1").write_bytes(lease._FREE)
        store.delete("study")
        with pytest.raises(BionerError) as refused:
            writer.append_result(build_result(build_study(sizes="10,full", seeds=(0,), sources=()).jobs[0]))
    assert str(refused.value) == ("run study: was deleted while it was worked on, so nothing more is stored.")
    assert not run.folder.exists()


def test_a_network_disk_is_recognised_and_a_local_run_keeps_the_systems_lock(tmp_path, monkeypatch):
    class Disk:
        opts = "rw"

        def __init__(self, mountpoint, fstype):
            self.mountpoint, self.fstype = str(mountpoint), fstype

    store = RunStore(tmp_path / "runs")
    run = store.create(build_study(), CORPORA)
    disks = [Disk("/", "ext4"), Disk(tmp_path, "ext4")]
    monkeypatch.setattr(run_lock.psutil, "disk_partitions", lambda all: disks)
    run_lock.is_on_network_disk.cache_clear()
    with run.lock() as writer:
        assert (writer.hold.lease, (run.folder / "lease").exists()) == (None, False)
    disks += [Disk(tmp_path / "runs", "nfs4")]
    run_lock.is_on_network_disk.cache_clear()
    with run.lock() as writer:
        assert writer.hold.fence == 1
    disks.pop()
    run_lock.is_on_network_disk.cache_clear()
    with run.lock() as writer:  # the server of that disk sees it as a local one
        assert writer.hold.fence == 2
    run_lock.is_on_network_disk.cache_clear()


def test_another_wish_for_the_lock_is_refused(tmp_path, monkeypatch):
    run = RunStore(tmp_path / "runs").create(build_study(), CORPORA)
    monkeypatch.setenv("BIONER_LOCK", "soft")
    with pytest.raises(BionerError) as refused, run.lock():
        pass
    assert str(refused.value) == "BIONER_LOCK is 'soft'. Allowed is lease; unset it for the choice by disk."


def test_an_export_has_no_numbers_of_leases(run, tmp_path):
    from bioner_core.study.run_export import export_run

    with run.lock() as writer:
        writer.append_result(build_result(run.study.jobs[0]))
    assert b'"fence": 1' in (run.folder / "points.jsonl").read_bytes()
    export_run(run, tmp_path / "run.zip")
    import zipfile

    assert b"fence" not in zipfile.ZipFile(tmp_path / "run.zip").read("points.jsonl")
    assert isinstance(build_result(run.study.jobs[0]), JobResult)
    assert RunWriter(run.folder).hold is None
