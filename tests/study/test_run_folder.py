"""The files of a run: results, counts, state, locks, and recovery from damage and full disks."""

import errno
import json
import os
import random
import sys
from dataclasses import replace

import numpy as np
import pytest
from fake_runner import CORPORA, build_result, build_study, store_failure, store_results

from bioner_core.curves.curve import PlannedSeeds
from bioner_core.errors import BionerError
from bioner_core.study import journal, run_writer
from bioner_core.study.counts_file import locate_counts
from bioner_core.study.jobs import JobFailure
from bioner_core.study.run_state import RunningJob, WorkerProgress, save_progress
from bioner_core.study.store import RunStore

BROKEN = "so it was changed by hand or the disk is damaged. Delete the line: its job is then trained again."
CHANGED = "so it was changed by hand or is damaged. Put it right, or delete the run's folder."


@pytest.fixture
def run(tmp_path):
    return RunStore(tmp_path / "runs").create(build_study(), CORPORA)


def catch_error(call, *arguments, **options):
    with pytest.raises(BionerError) as refused:
        call(*arguments, **options)
    return str(refused.value)


def finish_jobs(run, n):
    store_results(run, run.study.jobs[:n])


def test_stored_points_and_counts_are_read_back_unchanged(run):
    job = run.study.jobs[3]
    store_results(run, [job])
    assert run.points() == build_result(job).points
    counts = run.counts(job.id)
    assert counts.entities == build_result(job).counts.entities
    assert np.array_equal(counts.counts, build_result(job).counts.counts)
    (row,) = {replace(row, point=run.points()[0]) for row in run.rows()}
    assert (row.job, row.n_points) == (job.id, 3)
    assert row.at
    assert row.host
    assert row.device


def test_state_is_derived_from_the_files(run):
    jobs = run.study.jobs
    assert (run.state().n_jobs, run.state().n_pending, run.state().status) == (16, 16, "stopped")
    finish_jobs(run, 15)
    store_failure(run, jobs[15], "out of memory")
    state = run.state()
    assert (state.n_done, state.n_failed, state.n_pending, state.n_points) == (15, 1, 0, 45)
    assert state.status == "failed"
    assert run.failures() == (JobFailure(job=jobs[15], reason="out of memory"),)
    assert run.pending() == ()
    assert run.pending(retry=True) == (jobs[15],)
    store_results(run, [jobs[15]])
    assert (run.state().status, run.failures()) == ("done", ())


def test_the_latest_failure_reason_of_a_job_is_kept(run):
    job = run.study.jobs[0]
    store_failure(run, job, "first")
    store_failure(run, job, "second")
    assert run.failures() == (JobFailure(job=job, reason="second"),)


def test_planned_seeds_include_those_of_failed_jobs(run):
    job = run.study.jobs[0]
    store_failure(run, job, "out of memory")
    planned = run.planned_seeds()
    assert len(planned) == 8
    assert planned["target", "none", "fake", "finetune", 10] == PlannedSeeds(
        frozenset({0, 1}), frozenset({0})
    )
    assert planned["target", "none", "fake", "finetune", 60] == PlannedSeeds(frozenset({0, 1}))


def test_an_unchanged_run_is_read_from_the_cache(run):
    finish_jobs(run, 2)
    assert run.rows() is run.rows()
    assert run.study is run.study
    before = run.rows()
    store_results(run, [run.study.jobs[2]])
    assert len(run.rows()) == len(before) + 3


def test_an_append_cut_at_any_byte_loses_only_its_job(run):
    finish_jobs(run, 3)
    path = run.folder / "points.jsonl"
    whole = path.read_bytes()
    start = len(b"".join(whole.splitlines(keepends=True)[:6]))
    cuts = [start, start + 1, len(whole) - 1, *random.Random(0).sample(range(start, len(whole)), 60)]
    ends = [start + i for i in range(len(whole) - start) if whole[start + i - 1 : start + i] == b"\n"]
    for cut in {*cuts, *ends}:
        path.write_bytes(whole[:cut])
        os.utime(path, ns=(cut, cut))
        assert run.finished_job_ids() == {job.id for job in run.study.jobs[:2]}, cut
        with run.lock() as writer:
            assert path.read_bytes() == whole[:start], cut
            writer.append_result(build_result(run.study.jobs[2]))
        assert [row.point for row in run.rows()] == [
            p for j in run.study.jobs[:3] for p in build_result(j).points
        ]
    assert run.pending() == run.study.jobs[3:]


def test_a_line_deleted_by_hand_loses_only_its_job(run):
    finish_jobs(run, 3)
    path = run.folder / "points.jsonl"
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(lines[:4] + lines[5:]))
    assert run.finished_job_ids() == {run.study.jobs[0].id, run.study.jobs[2].id}
    with run.lock():
        assert path.read_text() == "".join(lines[:3] + lines[6:])
    assert run.pending() == run.study.jobs[1:2] + run.study.jobs[3:]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('{"job": "f00', f": it is not JSON, {BROKEN}"),
        ("[1, 2]", f": it is not a JSON object, {BROKEN}"),
        ('{"job": 7}', f": job, at, host and device must be text, {BROKEN}"),
        ('{"n_points": 0}', f": n_points must be a whole number above 0, {BROKEN}"),
        ('{"job": "f00", "f1": 5.5}', ", f1: found 5.5; allowed is a number such as 0.85 from 0 to 1."),
    ],
)
def test_a_damaged_line_is_reported_and_the_file_stays_unchanged(run, line, reason):
    finish_jobs(run, 2)
    path = run.folder / "points.jsonl"
    lines = path.read_text().splitlines()
    lines[2] = line
    path.write_text("\n".join([*lines, ""]))
    before = path.read_bytes()
    message = f"{path}, line 3{reason}"
    assert catch_error(run.points) == message
    assert run.state().problem == message
    assert run.state().status == "broken"
    assert catch_error(run.lock().__enter__) == message
    assert path.read_bytes() == before
    assert not run.is_locked()


def test_bytes_that_are_not_utf8_are_reported(run):
    finish_jobs(run, 1)
    path = run.folder / "points.jsonl"
    path.write_bytes(path.read_bytes() + b"\xff\xfe\n")
    assert catch_error(run.points) == f"{path}, line 4: it is not UTF-8, {BROKEN}"


def test_duplicate_lines_are_reported(run):
    finish_jobs(run, 2)
    path = run.folder / "points.jsonl"
    path.write_text(path.read_text() + path.read_text().splitlines(keepends=True)[0])
    assert catch_error(run.points) == (
        f"{path}: job {run.study.jobs[0].id} has 4 lines and wrote 3. "
        "Lines were doubled by hand; delete the copies."
    )


def test_a_damaged_line_of_failures_is_reported(run):
    path = run.folder / "failures.jsonl"
    path.write_text('{"job": 1}\n')
    assert catch_error(run.failures) == f"{path}, line 1: job, reason and at are needed, as text, {BROKEN}"


def test_a_failure_cut_by_a_crash_is_removed(run):
    store_failure(run, run.study.jobs[0], "out of memory")
    path = run.folder / "failures.jsonl"
    whole = path.read_bytes()
    path.write_bytes(whole + whole[:20])
    assert len(run.failures()) == 1
    with run.lock():
        assert path.read_bytes() == whole


def edit_study_file(run, change):
    path = run.folder / "study.json"
    record = json.loads(path.read_text())
    change(record)
    path.write_text(json.dumps(record))
    return path


def test_a_plan_of_a_newer_version_is_refused_and_not_changed(run):
    path = edit_study_file(run, lambda record: record.update(format=2))
    before = path.read_bytes()
    message = (
        f"{path}: has format 2, written by a newer version of BioNER Budget; this one reads up to format 1. "
        "Update the program. Nothing was changed."
    )
    assert catch_error(lambda: run.study) == message
    assert run.state().problem == message
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda record: record.pop("jobs"), f"'jobs' is missing, {CHANGED}"),
        (lambda record: record["jobs"][0].pop("seed"), f"'seed' is missing, {CHANGED}"),
        (lambda record: record["jobs"][0].update(seed="0"), f"seed is '0', {CHANGED}"),
        (lambda record: record["shared"].update(sample="pages"), f"sample is 'pages', {CHANGED}"),
        (lambda record: record["shared"]["settings"].update(depth=1), f"'depth' is not known, {CHANGED}"),
        (lambda record: record.update(corpora=[]), f"a field is of a wrong kind, {CHANGED}"),
        (lambda record: record.update(notes=[1]), f"a field is of a wrong kind, {CHANGED}"),
    ],
)
def test_a_field_changed_by_hand_is_reported(run, change, reason):
    path = edit_study_file(run, change)
    assert catch_error(lambda: run.study) == f"{path}: {reason}"
    assert run.state().status == "broken"


def test_a_job_whose_fields_do_not_match_its_id_is_reported(run):
    job = run.study.jobs[0].id
    path = edit_study_file(run, lambda record: record["jobs"][0].update(n_sentences=11))
    assert catch_error(lambda: run.study) == (
        f"{path}: job {job} has other fields than its id was made of, so it was changed by hand or another "
        "version of BioNER Budget planned it. Restore them, or start a new run."
    )


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", f"it is not JSON, {CHANGED}"),
        (b"[]", f"it is not a JSON object, {CHANGED}"),
        (b"\xff", f"it is not UTF-8, {CHANGED}"),
        (b"[" * 100_000, f"it is not JSON, {CHANGED}"),
    ],
)
def test_a_study_file_that_is_not_a_json_object_is_reported(run, content, reason):
    path = run.folder / "study.json"
    path.write_bytes(content)
    assert catch_error(lambda: run.study) == f"{path}: {reason}"


def test_a_run_deleted_meanwhile_is_reported(run):
    (run.folder / "study.json").unlink()
    assert catch_error(lambda: run.study) == (
        f"{run.folder / 'study.json'}: cannot be read (No such file or directory)."
    )


def test_missing_counts_are_reported_and_points_remain(run):
    finish_jobs(run, 1)
    path = locate_counts(run.folder, run.study.jobs[0].id)
    path.unlink()
    assert catch_error(run.counts, run.study.jobs[0].id) == (
        f"{path}: is missing; take it from where the job was trained."
    )
    assert len(run.points()) == 3


def test_a_changed_copy_of_a_corpus_is_reported(run):
    path = run.folder / "corpora" / "source.jsonl"
    path.write_text(path.read_text().replace("word7", "word8"))
    message = catch_error(run.corpora)
    assert message.startswith(f"{path}: is not the corpus that the run was planned with (digest ")
    assert message.endswith(f", planned {CORPORA['source'].digest}). Put the copy back, or start a new run.")


def test_the_log_tail_is_empty_without_a_log_and_its_last_lines_with_one(run):
    assert run.log_tail() == ()
    (run.folder / "worker.log").write_text("".join(f"line {n}\n" for n in range(20_000)))
    assert run.log_tail(2) == ("line 19998", "line 19999")


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        (errno.ENOSPC, "the disk is full). Free some disk space, then resume: finished models are kept."),
        (errno.EROFS, "it is read-only). Make the folder writable, or set BIONER_RUNS to one that is."),
        (errno.EIO, "Input/output error). Check the disk, then resume: finished models are kept."),
    ],
)
def test_a_partial_append_on_a_full_disk_is_undone(run, monkeypatch, number, reason):
    finish_jobs(run, 1)
    path = run.folder / "points.jsonl"
    before, write = path.read_bytes(), os.write

    def write_in_part(handle, content):
        if len(content) < 300:
            raise OSError(number, os.strerror(number))
        return write(handle, content[:200])

    result = build_result(run.study.jobs[1])
    with run.lock() as writer:
        monkeypatch.setattr(journal.os, "write", write_in_part)
        message = catch_error(writer.append_result, result)
        monkeypatch.undo()
    assert message == f"{path}: cannot be written ({reason}"
    assert path.read_bytes() == before
    store_results(run, [run.study.jobs[1]])
    assert run.finished_job_ids() == {job.id for job in run.study.jobs[:2]}


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs Linux")
def test_a_full_disk_is_reported_with_the_file(run):
    path = run.folder / "failures.jsonl"
    with run.lock() as writer:
        path.symlink_to("/dev/full")
        with pytest.raises(BionerError, match="cannot be written"):
            writer.append_failure(JobFailure(job=run.study.jobs[0], reason="r"))


def test_counts_that_cannot_be_written_leave_no_points(run, monkeypatch):
    def fail(path, content):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(run_writer, "write_atomically", fail)
    job = run.study.jobs[0]
    assert catch_error(store_results, run, [job]) == (
        f"{locate_counts(run.folder, job.id)}: cannot be written (the disk is full). "
        "Free some disk space, then resume: finished models are kept."
    )
    assert run.points() == ()


def test_a_lock_in_a_read_only_folder_is_reported(run, monkeypatch):
    from bioner_core.study import lock

    def read_only(self):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(lock.FileLock, "acquire", read_only)
    assert catch_error(run.lock().__enter__) == (
        f"{run.folder / 'worker.lock'}: cannot be written (it is read-only). "
        "Make the folder writable, or set BIONER_RUNS to one that is."
    )
    assert not run.is_locked()


def test_the_error_names_the_process_that_holds_the_lock(run):
    with run.lock() as writer:
        assert run.is_locked()
        writer.save_progress(WorkerProgress(pid=17, host="here"))
        assert catch_error(run.lock().__enter__) == (
            "run study: is being worked on by process 17 on here. Wait until it is done, or cancel it first."
        )
    assert not run.is_locked()
    with run.lock():
        pass


def test_progress_counts_only_while_the_lock_is_held(run):
    job = run.study.jobs[0]
    progress = WorkerProgress(
        pid=17,
        host="here",
        started="2026-01-01T00:00:00+00:00",
        seconds_left=90.0,
        running=(RunningJob(job=job, phase="training", done=3, total=10),),
    )
    save_progress(run.folder / "progress.json", progress)
    assert run.state().worker is None
    assert run.state().seconds_left is None
    with run.lock() as writer:
        assert run.state().worker == progress
        assert (run.state().status, run.state().seconds_left) == ("live", 90.0)
        (run.folder / "progress.json").write_text('{"pid": ')
        assert run.state().worker == WorkerProgress()
        writer.save_progress(None)
        assert not (run.folder / "progress.json").exists()
        writer.save_progress(None)


def test_a_run_can_be_cancelled_and_the_cancel_withdrawn(run):
    run.cancel()
    assert run.state().status == "cancelled"
    with run.lock():
        assert run.state().status == "stopping"
    run.clear_cancel()
    run.clear_cancel()
    assert run.state().status == "stopped"


@pytest.mark.skipif(sys.platform == "win32", reason="another way of locking")
def test_a_child_process_does_not_inherit_the_lock(run):
    import subprocess

    lock = run.lock()
    lock.__enter__()
    other = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, close_fds=False)
    lock.__exit__(None, None, None)
    assert not run.is_locked()
    other.communicate(b"\n", timeout=30)


def test_no_flipped_bit_changes_a_value_unseen(run):
    """Each of 600 flips is reported, or costs the last job alone, which is then trained again."""
    store_results(run, run.study.jobs[:3])
    path, draw = run.folder / "points.jsonl", random.Random(0)
    content, rows = path.read_bytes(), run.rows()
    for _ in range(600):
        at = draw.randrange(len(content))
        flipped = bytearray(content)
        flipped[at] ^= 1 << draw.randrange(8)
        path.write_bytes(flipped)
        try:
            assert journal.load_rows.__wrapped__(path, (0, 0)) in (rows, rows[:-3])
        except BionerError as error:
            assert "points.jsonl, line" in str(error)


def test_lines_without_a_checksum_are_read(run):
    """Earlier versions wrote none."""
    store_results(run, run.study.jobs[:2])
    path, rows = run.folder / "points.jsonl", run.rows()
    records = [json.loads(line) for line in path.read_text().splitlines()]
    assert all(len(record.pop("crc")) == 8 for record in records)
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    assert journal.load_rows.__wrapped__(path, (0, 0)) == rows
