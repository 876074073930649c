"""Workers: results, failures, cancelling, helper processes, detached processes."""

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from fake_runner import (
    CORPORA,
    build_result,
    build_study,
    die_at_once,
    die_at_size_20,
    die_on_device_0,
    end_slowly,
    fail_at_size_20,
    fail_of_device_0,
    raise_at_size_20,
    refuse_all_jobs,
    report_jobs_twice,
    run_fake_training,
    skip_size_60,
    store_results,
    wait_at_second_job,
    wait_silently,
)

from bioner_core.cli import build_parser
from bioner_core.cli.runs import resume_run
from bioner_core.corpus.library import Library
from bioner_core.errors import BionerError
from bioner_core.processes import read_start_time
from bioner_core.study import jobs as jobs_module
from bioner_core.study import worker
from bioner_core.study.executors.local import run_locally
from bioner_core.study.executors.slots import Slot
from bioner_core.study.jobs import JobFailure, JobProgress, JobResult
from bioner_core.study.provenance import read_hostname
from bioner_core.study.run_export import export_run
from bioner_core.study.run_import import import_run
from bioner_core.study.run_state import WorkerProgress, save_progress
from bioner_core.study.run_writer import RunWriter
from bioner_core.study.store import RunStore
from bioner_core.study.worker import start_detached, train_pending_jobs
from bioner_core.study.workload import compute_total_workload, count_training_passes

FAKE_WORKER = Path(__file__).with_name("fake_worker.py")
CACHE = Path("unused")
CPU = Slot(device="cpu")
TWO_GPUS = [Slot(device=f"cuda:{number}", units=(f"cuda-{number}.0",)) for number in range(2)]


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.setenv("BIONER_DEVICES", "cpu*1")
    return RunStore(tmp_path / "runs").create(build_study(), CORPORA)


def run_in_process(jobs, *, corpora, runner, cache):
    """Call the runner in this process: an executor for tests that need no processes."""
    yield from runner(jobs, corpora=corpora, device="cpu", cache=cache)


def train_run(run, *, runner=run_fake_training, executor=run_in_process, **options):
    with closing(
        train_pending_jobs(run, executor=executor, runner=runner, cache=CACHE, **options)
    ) as outcomes:
        return list(outcomes)


def test_a_run_imported_without_text_uses_the_same_corpora_of_the_library(run, tmp_path):
    export_run(run, tmp_path / "run.zip")
    other_store = RunStore(tmp_path / "theirs")
    import_run(other_store, tmp_path / "run.zip")
    twin = other_store.open(run.name)
    assert "Add the same corpus to the library under this name" in catch_error(train_run, twin)
    others = [replace(corpus, sentences=corpus.sentences[1:]) for corpus in CORPORA.values()]
    for corpus in others:
        Library().add(corpus)
    assert "copy of corpus target is missing" in catch_error(
        train_run, twin
    )  # the library has another corpus of the same name
    for corpus in CORPORA.values():
        Library().add(corpus, replace=True)
    train_run(twin)
    assert (twin.pending(), twin.corpora()) == ((), CORPORA)


def catch_error(call, *arguments, **options):
    with pytest.raises(BionerError) as refused:
        call(*arguments, **options)
    return str(refused.value)


def list_expected_points(run):
    return [point for job in run.study.jobs for point in build_result(job).points]


def wait_until(claim, seconds=20):
    end = time.monotonic() + seconds
    while not claim():
        assert time.monotonic() < end, "not in time"
        time.sleep(0.02)


def test_the_worker_stores_the_results_of_a_helper_process(run):
    outcomes = train_run(run, executor=run_locally)
    assert list(run.points()) == list_expected_points(run)
    assert {type(outcome) for outcome in outcomes} == {JobProgress, JobResult}
    assert (run.state().status, run.state().worker) == ("done", None)
    assert sorted(path.stem for path in (run.folder / "counts").iterdir()) == sorted(run.study.job_ids)
    assert not (run.folder / "progress.json").exists()
    assert [session["what"] for session in run.study.sessions] == ["planned", "worked on"]


def test_resuming_a_finished_run_changes_nothing(run):
    train_run(run)
    before = {path: path.read_bytes() for path in run.folder.glob("*.json*")}
    assert train_run(run, executor=None) == []
    assert {path: path.read_bytes() for path in run.folder.glob("*.json*")} == before


def test_resuming_runs_only_missing_jobs(run):
    store_results(run, run.study.jobs[:5])
    trained = []

    def record_jobs(jobs, **options):
        trained.extend(jobs)
        yield from run_fake_training(jobs, **options)

    train_run(run, runner=record_jobs)
    assert tuple(trained) == run.study.jobs[5:]
    assert sorted(map(str, run.points())) == sorted(map(str, list_expected_points(run)))


def test_failed_jobs_keep_their_reason_and_run_again_only_with_retry(run):
    train_run(run, runner=fail_at_size_20)
    assert run.state().status == "failed"
    assert {(f.job.n_sentences, f.reason) for f in run.failures()} == {(20, "too large")}
    assert train_run(run) == []
    again = [o.job.n_sentences for o in train_run(run, retry=True) if isinstance(o, JobResult)]
    assert again == [20, 20, 20, 20]
    assert run.state().status == "done"


def test_cancelling_stops_at_the_next_outcome_and_the_run_resumes(run):
    with closing(
        train_pending_jobs(run, executor=run_in_process, runner=run_fake_training, cache=CACHE)
    ) as outcomes:
        while not isinstance(next(outcomes), JobResult):
            pass
        assert run.state().status == "live"
        run.cancel()
        assert run.state().status == "stopping"
        assert len(list(outcomes)) == 0
    assert (run.state().status, run.state().n_done) == ("cancelled", 1)
    train_run(run)
    assert list(run.points()) == list_expected_points(run)
    assert not run.is_cancelled


def test_a_worker_in_a_long_step_is_cancelled_within_seconds(run):
    timer = threading.Timer(1.0, run.cancel)
    timer.start()
    began = time.monotonic()
    outcomes = train_run(run, runner=wait_silently, executor=run_locally)
    assert time.monotonic() - began < 10
    assert {(type(o), o.phase) for o in outcomes} == {(JobProgress, "starting")}
    assert run.state().status == "cancelled"


def test_a_detached_worker_obeys_a_cancel_made_after_its_start(run, monkeypatch):
    monkeypatch.setenv(worker.DETACHED, "1")
    run.cancel()
    assert len(train_run(run)) == 1
    assert run.state().status == "cancelled"


def test_two_workers_never_share_a_run(run):
    with closing(
        train_pending_jobs(run, executor=run_in_process, runner=run_fake_training, cache=CACHE)
    ) as outcomes:
        next(outcomes)
        assert catch_error(train_run, run) == (
            f"run study: is being worked on by process {os.getpid()} on {run.state().worker.host}. "
            "Wait until it is done, or cancel it first."
        )
        list(outcomes)
    assert list(run.points()) == list_expected_points(run)


def test_a_worker_of_another_process_locks_the_run(run):
    other = start_worker(run, "wait_silently")
    try:
        wait_until(lambda: run.state().is_live and run.state().worker.pid)
        assert run.state().worker.pid == other.pid
        assert f"by process {other.pid} on " in catch_error(train_run, run)
    finally:
        other.kill()
        other.wait()
    assert not run.state().is_live


def test_a_run_planned_for_another_scoring_is_refused(run, monkeypatch):
    monkeypatch.setattr(worker, "SCORING_VERSION", 2)
    assert catch_error(train_run, run) == (
        "run study: was planned for scoring version 1, this program scores by version 2, so that points "
        "could not be compared. Start a new run."
    )
    assert jobs_module.SCORING_VERSION == 1


def test_a_run_without_its_text_is_refused(run):
    (run.folder / "corpora" / "source.jsonl").unlink()
    assert catch_error(train_run, run).startswith("run study: its copy of corpus source is missing")
    assert not run.is_locked()


def test_a_full_disk_stops_the_worker_and_loses_nothing(run, monkeypatch):
    def fail(writer, result):
        raise BionerError("points.jsonl: cannot be written (the disk is full).")

    outcomes = train_pending_jobs(run, executor=run_in_process, runner=run_fake_training, cache=CACHE)
    while not isinstance(next(outcomes), JobResult):
        pass
    with monkeypatch.context() as patch:
        patch.setattr(RunWriter, "append_result", fail)
        assert catch_error(list, outcomes) == "points.jsonl: cannot be written (the disk is full)."
    assert run.state().n_done == 1
    assert not run.is_locked()
    train_run(run)
    assert list(run.points()) == list_expected_points(run)


@pytest.mark.skipif(sys.platform == "win32", reason="no limits on files")
def test_a_disk_that_fills_within_a_line_stops_the_worker_and_loses_nothing(run):
    script = (
        "import resource, runpy, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (12_000, 12_000));"
        f"sys.argv = {[str(FAKE_WORKER), 'study']!r}; runpy.run_path(sys.argv[0], run_name='__main__')"
    )
    environment = {**os.environ, "BIONER_RUNS": str(run.folder.parent), "BIONER_DEVICES": "cpu*1"}
    stopped = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, timeout=60
    )
    path = run.folder / "points.jsonl"
    assert f"{path}: cannot be written (File too large). Check the disk, then resume" in stopped.stderr
    assert 0 < path.stat().st_size <= 12_000
    assert path.read_bytes().endswith(b"\n")
    assert 0 < run.state().n_done < 16
    train_run(run)
    assert list(run.points()) == list_expected_points(run)


def test_time_left_comes_from_the_sentences_read_so_far(run, monkeypatch):
    from bioner_core.study import time_left

    clock = [1000.0]
    monkeypatch.setattr(time_left.time, "monotonic", lambda: clock[0])

    def left_after(seconds, *outcomes):
        clock[0] += seconds
        for outcome in outcomes:
            estimator.observe(outcome)
        return estimator.measure_progress().seconds_left

    def progress(job, phase, share=0):
        return JobProgress(job=job, phase=phase, done=share, total=10)

    jobs = run.study.jobs
    estimator = time_left.TimeLeftEstimator(jobs, run.study.train_sizes)
    half = jobs[: len(jobs) // 2]  # one seed of two: half of all sentences
    assert left_after(50, progress(jobs[0], "starting")) is None
    assert left_after(50, progress(jobs[0], "reading features")) is None  # from here it counts
    begun = count_training_passes(jobs[0]) / 2
    total = compute_total_workload(jobs, run.study.train_sizes)
    left = (total - begun) / begun
    assert left_after(10, progress(jobs[0], "training", 5)) == pytest.approx(10 * left)
    # Of late alone: the first 10 s count no longer.
    recent = 90 / (total / 2 - begun)
    assert left_after(90, *map(build_result, half)) == pytest.approx(recent * total / 2)
    next_job = jobs[len(half)]
    read = estimator.finished + count_training_passes(next_job) / 2
    assert left_after(1, progress(next_job, "training", 5)) == pytest.approx(
        91 / (read - begun) * (total - read)
    )
    assert [r.job for r in estimator.measure_progress().running] == [next_job]
    assert left_after(1, *(JobFailure(job=job, reason="r") for job in jobs[len(half) :])) == 0
    assert estimator.measure_progress().running == ()


def test_time_left_counts_unfinished_pretraining(run, monkeypatch):
    """Two devices: one model is trained, the other is halfway through its pretraining."""
    from bioner_core.study import time_left

    clock = [1000.0]
    monkeypatch.setattr(time_left.time, "monotonic", lambda: clock[0])
    alone = run.study.jobs[0]
    sourced = replace(run.study.jobs[1], source=alone.target)
    estimator = time_left.TimeLeftEstimator([alone, sourced], run.study.train_sizes)
    estimator.observe(JobProgress(job=alone, phase="training", done=0, total=10))
    clock[0] += 100
    estimator.observe(build_result(alone))
    estimator.observe(JobProgress(job=sourced, phase=f"pretraining on {alone.target}", done=5, total=10))
    half = estimator.pretraining[sourced.source, sourced.seed] / 2
    read = estimator.finished + half
    total = compute_total_workload([alone, sourced], run.study.train_sizes)
    left = 100 / read * (total - read)
    assert estimator.measure_progress().seconds_left == pytest.approx(left)
    estimator.observe(
        JobProgress(job=sourced, phase="starting", done=0, total=1)
    )  # a repeated progress report
    assert estimator.measure_progress().seconds_left == pytest.approx(left)


def test_time_left_counts_the_pretraining_of_several_models_once(run, monkeypatch):
    from bioner_core.study import time_left

    clock = [1000.0]
    monkeypatch.setattr(time_left.time, "monotonic", lambda: clock[0])
    jobs = [replace(job, source=job.target, seed=0) for job in run.study.jobs[:3]]
    estimator = time_left.TimeLeftEstimator(jobs, run.study.train_sizes)
    for job in jobs:
        estimator.observe(JobProgress(job=job, phase="training", done=10, total=10))
    clock[0] += 100
    [source] = estimator.pretraining.values()
    read = source + sum(map(count_training_passes, jobs))
    total = compute_total_workload(jobs, run.study.train_sizes)
    assert estimator.measure_progress().seconds_left == pytest.approx(100 / read * (total - read))


# Helper processes


def run_helpers(runner, jobs, **options):
    return list(run_locally(jobs, corpora=CORPORA, runner=runner, cache=CACHE, **options))


def list_failure_reasons(outcomes):
    return {o.job.n_sentences: o.reason for o in outcomes if isinstance(o, JobFailure)}


@pytest.mark.skipif(sys.platform == "win32", reason="no signals")
def test_a_job_whose_helper_is_killed_fails_and_the_others_go_on():
    jobs = build_study(seeds=[0], sources=()).jobs
    outcomes = run_helpers(die_at_size_20, jobs, slots=[CPU])
    assert list_failure_reasons(outcomes) == {
        20: "its process was killed, most often for want of memory. Close other programs, then retry"
    }
    assert [o.job for o in outcomes if isinstance(o, JobResult)] == [j for j in jobs if j.n_sentences != 20]


def test_a_fault_fails_its_job_without_text_of_the_corpus_and_the_others_go_on(capfd):
    jobs = build_study(seeds=[0], sources=()).jobs
    outcomes = run_helpers(raise_at_size_20, jobs, slots=[CPU])
    assert list_failure_reasons(outcomes) == {
        20: "KeyError, a fault in the program; worker.log has the details"
    }
    assert len([o for o in outcomes if isinstance(o, JobResult)]) == len(jobs) - 1
    assert "word17 of a patient" in capfd.readouterr().err


def test_an_error_that_affects_all_jobs_fails_all_of_them():
    jobs = build_study(seeds=[0], sources=()).jobs
    outcomes = run_helpers(refuse_all_jobs, jobs, slots=[CPU])
    assert list_failure_reasons(outcomes) == dict.fromkeys((20, 40, 60), "encoder fake: cannot be loaded.")


def test_a_job_reported_twice_counts_once():
    jobs = build_study(seeds=[0], sources=()).jobs
    outcomes = run_helpers(report_jobs_twice, jobs, slots=[CPU])
    assert [o.job for o in outcomes if isinstance(o, JobResult)] == list(jobs)


def test_no_progress_of_a_finished_job_is_reported_while_its_helper_ends():
    jobs = build_study(seeds=[0], sources=(), sizes="10,20").jobs
    outcomes = run_helpers(end_slowly, jobs, slots=[CPU])
    assert [type(o) for o in outcomes if o.job == jobs[-1]][-1] is JobResult


def test_progress_is_repeated_in_silence_so_that_the_run_can_be_cancelled(run):
    outcomes = train_pending_jobs(run, executor=run_locally, runner=wait_at_second_job, cache=CACHE)
    while not isinstance(next(outcomes), JobResult):
        pass
    filled = next(outcomes)
    assert (filled.job, filled.phase) == (run.study.jobs[1], "starting")
    run.cancel()
    assert list(outcomes) == []
    assert run.state().status == "cancelled"


@pytest.mark.skipif(sys.platform == "win32", reason="no signals")
def test_a_helper_that_dies_before_its_first_job_fails_all_jobs_at_once():
    jobs = build_study().jobs
    began = time.monotonic()
    outcomes = run_helpers(die_at_once, jobs, slots=[CPU])
    assert [o.job for o in outcomes if isinstance(o, JobFailure)] == list(jobs)
    assert time.monotonic() - began < 15


def test_a_job_without_a_result_fails():
    jobs = build_study(seeds=[0], sources=()).jobs
    assert list_failure_reasons(run_helpers(skip_size_60, jobs, slots=[CPU])) == {
        60: "its training ended without a result. This is a fault in the program"
    }


def test_devices_train_in_parallel():
    jobs = build_study(seeds=(0, 1, 2)).jobs
    outcomes = run_helpers(run_fake_training, jobs, slots=TWO_GPUS)
    finished = [o.job for o in outcomes if isinstance(o, JobResult)]
    assert sorted(job.id for job in finished) == sorted(job.id for job in jobs)


@pytest.mark.parametrize("runner", [fail_of_device_0, die_on_device_0])
def test_a_full_or_lost_device_gives_its_jobs_to_the_others(runner, capfd):
    jobs = build_study(seeds=(0, 1)).jobs
    outcomes = run_helpers(runner, jobs, slots=TWO_GPUS)
    assert sorted(o.job.id for o in outcomes if isinstance(o, JobResult)) == sorted(job.id for job in jobs)
    assert not list_failure_reasons(outcomes)


def test_a_job_that_two_devices_cannot_train_fails_with_the_reason():
    slots = [Slot(device="cuda:0", units=(f"cuda-0.{number}",)) for number in range(2)]
    outcomes = run_helpers(fail_of_device_0, build_study(seeds=[0], sources=()).jobs, slots=slots)
    assert list_failure_reasons(outcomes) == dict.fromkeys((10, 20, 40, 60), "out of memory")


@pytest.mark.skipif(sys.platform == "win32", reason="no signals")
def test_a_job_that_kills_two_helpers_fails_and_the_others_go_on(capfd):
    jobs = build_study(seeds=[0], sources=()).jobs
    outcomes = run_helpers(die_at_size_20, jobs, slots=[CPU, CPU])
    assert list_failure_reasons(outcomes).keys() == {20}
    assert {o.job.n_sentences for o in outcomes if isinstance(o, JobResult)} == {10, 40, 60}
    assert "cpu: one process less, 1 process left: its process was killed" in capfd.readouterr().err


def test_no_jobs_start_no_process():
    assert run_helpers(run_fake_training, [], slots=[CPU]) == []


def test_closing_ends_the_helpers():
    outcomes = run_locally(
        build_study().jobs, corpora=CORPORA, runner=wait_silently, cache=CACHE, slots=[CPU]
    )
    assert next(outcomes).phase == "starting"
    (helper,) = multiprocessing.active_children()
    outcomes.close()
    assert not helper.is_alive()


def start_worker(run, runner):
    environment = {**os.environ, "BIONER_RUNS": str(run.folder.parent), "BIONER_DEVICES": "cpu*1"}
    command = [sys.executable, str(FAKE_WORKER), run.name, runner]
    return subprocess.Popen(command, env=environment, preexec_fn=restore_ctrl_c)


def restore_ctrl_c():
    """Obey Ctrl-C again: a shell that runs the tests in the background makes its processes ignore it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def is_running(process):
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE


def test_helpers_end_with_a_killed_worker_and_the_lock_is_free_at_once(run):
    worker_process = start_worker(run, "wait_silently")
    wait_until(lambda: len(psutil.Process(worker_process.pid).children()) > 0 and run.state().is_live)
    time.sleep(0.5)  # the helper is in the middle of its long sleep
    helpers = psutil.Process(worker_process.pid).children(recursive=True)
    worker_process.kill()
    worker_process.wait()
    assert not run.is_locked()
    wait_until(lambda: not any(map(is_running, helpers)), 30)


@pytest.mark.skipif(sys.platform == "win32", reason="no signals")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_run_resumes_after_sigint_and_sigterm(run, number):
    process = start_worker(run, "wait_at_second_job")
    wait_until(lambda: run.state().n_done == 1)
    helpers = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(number)
    process.wait(60)
    wait_until(lambda: not any(map(is_running, helpers)), 30)
    assert (run.state().status, run.state().n_done) == ("stopped", 1)
    train_run(run)
    assert list(run.points()) == list_expected_points(run)


# Detached


@pytest.fixture
def fake_worker_command(monkeypatch):
    monkeypatch.setattr(worker, "COMMAND", (sys.executable, str(FAKE_WORKER)))
    monkeypatch.setenv("BIONER_DEVICES", "cpu*1")


def test_the_detached_worker_runs_the_resume_command():
    interpreter, *module, group, action = worker.COMMAND
    assert (interpreter, module) == (sys.executable, ["-m", "bioner_core"])
    args = build_parser().parse_args([group, action, "study", "--retry"])
    assert (args.call, args.run, args.retry) == (resume_run, "study", True)


def test_a_detached_worker_outlives_its_starter_and_writes_a_log(run, fake_worker_command, tmp_path):
    run.cancel()
    pid = start_detached("study", store=RunStore(tmp_path / "runs"))
    if sys.platform != "win32":
        assert os.getsid(pid) == pid != os.getsid(0)
    wait_until(lambda: run.state().status == "done")
    assert list(run.points()) == list_expected_points(run)
    wait_until(lambda: run.log_tail(1) == ("done",))
    log = run.log_tail()
    assert log[0].endswith(f"started: {FAKE_WORKER} study")
    assert log[1] == f"working as {pid}"
    wait_until(lambda: not psutil.pid_exists(pid))  # no zombie stays


def test_a_locked_run_is_not_started_again(run, fake_worker_command, tmp_path):
    with run.lock():
        store = RunStore(tmp_path / "runs")
        assert (
            catch_error(start_detached, "study", store=store)
            == "run study: another process is already training it."
        )


def test_retry_is_passed_to_the_detached_worker(run, monkeypatch, tmp_path):
    started = []

    def start_nothing(command, environment, log):
        os.close(log)
        started.append((command, environment))
        return 1

    monkeypatch.setattr(worker, "start_detached_process", start_nothing)
    start_detached("study", retry=True, store=RunStore(tmp_path / "runs"))
    [(command, environment)] = started
    assert command[-2:] == ["study", "--retry"]
    assert environment["BIONER_RUNS"] == str(tmp_path / "runs")


def test_a_worker_is_starting_until_it_holds_the_lock(run, monkeypatch, tmp_path):
    monkeypatch.setattr(worker, "COMMAND", (sys.executable, "-c", "import time; time.sleep(60)"))
    store = RunStore(tmp_path / "runs")
    pid = start_detached("study", store=store)
    state = run.state()
    assert (state.status, state.is_live, state.is_starting, state.worker.pid) == ("starting", True, True, pid)
    assert (
        catch_error(start_detached, "study", store=store)
        == "run study: another process is already training it."
    )
    psutil.Process(pid).kill()
    wait_until(lambda: run.state().status == "stopped")


def save_starting_worker(run, pid, *, born, host):
    save_progress(run.folder / "progress.json", WorkerProgress(pid=pid, born=born, host=host))


def test_a_process_never_counts_as_its_starting_worker(run):
    save_progress(
        run.folder / "progress.json",
        WorkerProgress(pid=os.getpid(), born=read_start_time(os.getpid()), host=read_hostname()),
    )
    assert run.state().status == "stopped"


def test_a_process_with_the_reused_id_of_a_dead_worker_does_not_count(run):
    other = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    save_progress(
        run.folder / "progress.json",
        WorkerProgress(pid=other.pid, born=read_start_time(other.pid) - 60, host=read_hostname()),
    )
    assert run.state().status == "stopped"
    save_progress(
        run.folder / "progress.json",
        WorkerProgress(pid=other.pid, born=read_start_time(other.pid), host="elsewhere"),
    )
    assert run.state().status == "stopped"
    save_progress(
        run.folder / "progress.json",
        WorkerProgress(pid=other.pid, born=read_start_time(other.pid), host=read_hostname()),
    )
    assert run.state().status == "starting"
    other.communicate(b"\n", timeout=30)
    assert run.state().status == "stopped"
