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
from fair_runner import (
    CORPORA,
    choosy,
    deadly,
    done,
    dying_at_once,
    fair,
    faulty,
    forgetful,
    refusing,
    silent_after_one,
    slow_to_end,
    study,
    stuttering,
)
from fair_runner import silent as say_nothing

from bioner_core.corpus.library import Library
from bioner_core.errors import BionerError
from bioner_core.processes import born
from bioner_core.study import jobs as jobs_module
from bioner_core.study import worker
from bioner_core.study.archive import export_run, import_run
from bioner_core.study.executors.local import local
from bioner_core.study.jobs import Done, Failed, Progress
from bioner_core.study.provenance import host
from bioner_core.study.run_state import Live
from bioner_core.study.store import RunStore
from bioner_core.study.worker import start_detached, work
from bioner_core.study.workload import passes

FAIR_WORKER = Path(__file__).with_name("fair_worker.py")
CACHE = Path("unused")


@pytest.fixture
def run(tmp_path):
    return RunStore(tmp_path / "runs").create(study(), CORPORA)


def at_once(jobs, *, corpora, runner, cache):
    """Call the runner in this process: a fair executor for whatever is not about processes."""
    yield from runner(jobs, corpora=corpora, device="cpu", cache=cache)


def worked(run, *, runner=fair, executor=at_once, **options):
    with closing(work(run, executor=executor, runner=runner, cache=CACHE, **options)) as outcomes:
        return list(outcomes)


def test_a_run_that_came_without_text_takes_the_same_corpora_from_the_library(run, tmp_path):
    export_run(run, tmp_path / "run.zip")
    there = RunStore(tmp_path / "theirs")
    import_run(there, tmp_path / "run.zip")
    twin = there.open(run.name)
    assert "Add the same corpus to the library under this name" in refusal(worked, twin)
    others = [replace(corpus, sentences=corpus.sentences[1:]) for corpus in CORPORA.values()]
    for corpus in others:
        Library().add(corpus)
    assert "is not here" in refusal(worked, twin)  # of the same name, yet another corpus
    for corpus in CORPORA.values():
        Library().add(corpus, replace=True)
    worked(twin)
    assert (twin.pending(), twin.corpora()) == ((), CORPORA)


def refusal(call, *arguments, **options):
    with pytest.raises(BionerError) as refused:
        call(*arguments, **options)
    return str(refused.value)


def expected(run):
    return [point for job in run.study.jobs for point in done(job).points]


def until(claim, seconds=20):
    end = time.monotonic() + seconds
    while not claim():
        assert time.monotonic() < end, "not in time"
        time.sleep(0.02)


def test_the_worker_keeps_what_a_helper_process_finds(run):
    outcomes = worked(run, executor=local)
    assert list(run.points()) == expected(run)
    assert {type(outcome) for outcome in outcomes} == {Progress, Done}
    assert (run.state().word, run.state().live) == ("done", None)
    assert sorted(path.stem for path in (run.folder / "counts").iterdir()) == sorted(run.study.job_ids)
    assert not (run.folder / "progress.json").exists()
    assert [session["what"] for session in run.study.sessions] == ["planned", "worked on"]


def test_a_finished_run_resumes_without_starting_anything(run):
    worked(run)
    before = {path: path.read_bytes() for path in run.folder.glob("*.json*")}
    assert worked(run, executor=None) == []
    assert {path: path.read_bytes() for path in run.folder.glob("*.json*")} == before


def test_resuming_runs_only_what_is_missing(run):
    for job in run.study.jobs[:5]:
        run.append(done(job))
    asked = []

    def noting(jobs, **options):
        asked.extend(jobs)
        yield from fair(jobs, **options)

    worked(run, runner=noting)
    assert tuple(asked) == run.study.jobs[5:]
    assert sorted(map(str, run.points())) == sorted(map(str, expected(run)))


def test_failed_jobs_keep_their_reason_and_run_again_only_when_asked(run):
    worked(run, runner=choosy)
    assert run.state().word == "failed"
    assert {(f.job.n_sentences, f.reason) for f in run.failures()} == {(20, "too large")}
    assert worked(run) == []
    again = [o.job.n_sentences for o in worked(run, retry=True) if isinstance(o, Done)]
    assert again == [20, 20, 20, 20]
    assert run.state().word == "done"


def test_cancelling_stops_at_the_next_outcome_and_the_run_resumes(run):
    with closing(work(run, executor=at_once, runner=fair, cache=CACHE)) as outcomes:
        while not isinstance(next(outcomes), Done):
            pass
        assert run.state().word == "live"
        run.cancel()
        assert run.state().word == "stopping"
        assert len(list(outcomes)) == 0
    assert (run.state().word, run.state().n_done) == ("cancelled", 1)
    worked(run)
    assert list(run.points()) == expected(run)
    assert not run.is_cancelled


def test_a_worker_that_is_busy_for_minutes_is_cancelled_within_seconds(run):
    timer = threading.Timer(1.0, run.cancel)
    timer.start()
    began = time.monotonic()
    outcomes = worked(run, runner=say_nothing, executor=local)
    assert time.monotonic() - began < 10
    assert {(type(o), o.phase) for o in outcomes} == {(Progress, "starting")}
    assert run.state().word == "cancelled"


def test_a_cancel_after_the_start_is_not_taken_for_an_old_one(run, monkeypatch):
    monkeypatch.setenv(worker.DETACHED, "1")
    run.cancel()
    assert len(worked(run)) == 1
    assert run.state().word == "cancelled"


def test_two_workers_never_share_a_run(run):
    with closing(work(run, executor=at_once, runner=fair, cache=CACHE)) as outcomes:
        next(outcomes)
        assert refusal(worked, run) == (
            f"run study: is being worked on by process {os.getpid()} on {run.state().live.host}. "
            "Wait until it is done, or cancel it first."
        )
        list(outcomes)
    assert list(run.points()) == expected(run)


def test_a_worker_in_another_process_is_seen_and_kept_out(run):
    other = start_worker(run, "silent")
    try:
        until(lambda: run.state().is_live and run.state().live.pid)
        assert run.state().live.pid == other.pid
        assert f"by process {other.pid} on " in refusal(worked, run)
    finally:
        other.kill()
        other.wait()
    assert not run.state().is_live


def test_a_run_planned_for_another_scoring_is_refused(run, monkeypatch):
    monkeypatch.setattr(worker, "SCORING_VERSION", 2)
    assert refusal(worked, run) == (
        "run study: was planned for scoring version 1, this program scores by version 2, so that points "
        "could not be compared. Make a new run."
    )
    assert jobs_module.SCORING_VERSION == 1


def test_a_run_without_its_text_is_refused(run):
    (run.folder / "corpora" / "source.jsonl").unlink()
    assert refusal(worked, run).startswith("run study: its copy of corpus source is not here")
    assert not run.is_locked()


def test_a_full_disk_stops_the_worker_and_loses_nothing(run, monkeypatch):
    def full(run, done):
        raise BionerError("points.jsonl: cannot be written (the disk is full).")

    outcomes = work(run, executor=at_once, runner=fair, cache=CACHE)
    while not isinstance(next(outcomes), Done):
        pass
    with monkeypatch.context() as patch:
        patch.setattr(type(run), "append", full)
        assert refusal(list, outcomes) == "points.jsonl: cannot be written (the disk is full)."
    assert run.state().n_done == 1
    assert not run.is_locked()
    worked(run)
    assert list(run.points()) == expected(run)


@pytest.mark.skipif(sys.platform == "win32", reason="no limits on files")
def test_a_disk_that_fills_amid_a_line_stops_the_worker_and_loses_nothing(run):
    script = (
        "import resource, runpy, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (12_000, 12_000));"
        f"sys.argv = {[str(FAIR_WORKER), 'study']!r}; runpy.run_path(sys.argv[0], run_name='__main__')"
    )
    environment = {**os.environ, "BIONER_RUNS": str(run.folder.parent), "BIONER_DEVICES": "cpu"}
    stopped = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, timeout=60
    )
    path = run.folder / "points.jsonl"
    assert f"{path}: cannot be written (File too large). Check the disk, then go on" in stopped.stderr
    assert 0 < path.stat().st_size <= 12_000
    assert path.read_bytes().endswith(b"\n")
    assert 0 < run.state().n_done < 16
    worked(run)
    assert list(run.points()) == expected(run)


def test_time_left_comes_from_the_sentences_read_so_far(run, monkeypatch):
    from bioner_core.study import time_left as meter_module

    clock = [1000.0]
    monkeypatch.setattr(meter_module.time, "monotonic", lambda: clock[0])

    def left_after(seconds, *outcomes):
        clock[0] += seconds
        for outcome in outcomes:
            meter.note(outcome)
        return meter.live().seconds_left

    def progress(job, phase, share=0):
        return Progress(job=job, phase=phase, done=share, total=10)

    jobs = run.study.jobs
    meter = meter_module.Meter(jobs, run.study.train_sizes)
    half = jobs[: len(jobs) // 2]  # one seed of two: half of all sentences
    assert left_after(50, progress(jobs[0], "starting")) is None
    assert left_after(50, progress(jobs[0], "reading features")) is None  # from here it counts
    begun = passes(jobs[0]) / 2
    left = (meter.total - begun) / begun
    assert left_after(10, progress(jobs[0], "training", 5)) == pytest.approx(10 * left)
    assert left_after(90, *map(done, half)) == pytest.approx(100)
    next_job = jobs[len(half)]
    read = meter.done + passes(next_job) / 2
    assert left_after(1, progress(next_job, "training", 5)) == pytest.approx(
        101 / read * (meter.total - read)
    )
    assert [r.job for r in meter.live().running] == [next_job]
    assert left_after(1, *(Failed(job=job, reason="r") for job in jobs[len(half) :])) == 0
    assert meter.live().running == ()


def test_what_runs_beside_a_finished_model_is_read_too(run, monkeypatch):
    """Two devices: one model is done, the pretraining of the other is half through."""
    from bioner_core.study import time_left as meter_module

    clock = [1000.0]
    monkeypatch.setattr(meter_module.time, "monotonic", lambda: clock[0])
    alone = run.study.jobs[0]
    sourced = replace(run.study.jobs[1], source=alone.target)
    meter = meter_module.Meter([alone, sourced], run.study.train_sizes)
    meter.note(Progress(job=alone, phase="training", done=0, total=10))
    clock[0] += 100
    meter.note(done(alone))
    meter.note(Progress(job=sourced, phase=f"pretraining on {alone.target}", done=5, total=10))
    half = meter.sources[sourced.source, sourced.seed] / 2
    read = meter.done + half
    left = 100 / read * (meter.total - read)
    assert meter.live().seconds_left == pytest.approx(left)
    meter.note(Progress(job=sourced, phase="starting", done=0, total=1))  # a helper's last word, said again
    assert meter.live().seconds_left == pytest.approx(left)


def test_a_source_that_several_models_pretrain_on_is_read_once(run, monkeypatch):
    from bioner_core.study import time_left as meter_module

    clock = [1000.0]
    monkeypatch.setattr(meter_module.time, "monotonic", lambda: clock[0])
    jobs = [replace(job, source=job.target, seed=0) for job in run.study.jobs[:3]]
    meter = meter_module.Meter(jobs, run.study.train_sizes)
    for job in jobs:
        meter.note(Progress(job=job, phase="training", done=10, total=10))
    clock[0] += 100
    [source] = meter.sources.values()
    read = source + sum(map(passes, jobs))
    assert meter.live().seconds_left == pytest.approx(100 / read * (meter.total - read))


# Helper processes


def tried(runner, jobs, **options):
    return list(local(jobs, corpora=CORPORA, runner=runner, cache=CACHE, **options))


def reasons(outcomes):
    return {o.job.n_sentences: o.reason for o in outcomes if isinstance(o, Failed)}


@pytest.mark.skipif(sys.platform == "win32", reason="no signals")
def test_a_job_whose_helper_is_killed_fails_and_the_others_go_on():
    jobs = study(seeds=[0], sources=()).jobs
    outcomes = tried(deadly, jobs, device_names=["cpu"])
    assert reasons(outcomes) == {
        20: "its process was killed, most often for want of memory. Close other programs, then retry"
    }
    assert [o.job for o in outcomes if isinstance(o, Done)] == [j for j in jobs if j.n_sentences != 20]


def test_a_fault_fails_its_job_without_text_of_the_corpus_and_the_others_go_on(capfd):
    jobs = study(seeds=[0], sources=()).jobs
    outcomes = tried(faulty, jobs, device_names=["cpu"])
    assert reasons(outcomes) == {20: "KeyError, a fault in the program; worker.log has the details"}
    assert len([o for o in outcomes if isinstance(o, Done)]) == len(jobs) - 1
    assert "word17 of a patient" in capfd.readouterr().err


def test_what_holds_for_all_jobs_fails_all_at_once():
    jobs = study(seeds=[0], sources=()).jobs
    outcomes = tried(refusing, jobs, device_names=["cpu"])
    assert reasons(outcomes) == dict.fromkeys((20, 40, 60), "encoder fair: cannot be loaded.")


def test_a_job_told_of_twice_counts_once():
    jobs = study(seeds=[0], sources=()).jobs
    outcomes = tried(stuttering, jobs, device_names=["cpu"])
    assert [o.job for o in outcomes if isinstance(o, Done)] == list(jobs)


def test_a_job_that_is_done_is_at_work_no_more_while_its_helper_ends():
    jobs = study(seeds=[0], sources=(), sizes="10,20").jobs
    outcomes = tried(slow_to_end, jobs, device_names=["cpu"])
    assert [type(o) for o in outcomes if o.job == jobs[-1]][-1] is Done


def test_silence_after_a_job_is_filled_so_that_the_run_can_be_cancelled(run):
    outcomes = work(run, executor=local, runner=silent_after_one, cache=CACHE)
    while not isinstance(next(outcomes), Done):
        pass
    filled = next(outcomes)
    assert (filled.job, filled.phase) == (run.study.jobs[1], "starting")
    run.cancel()
    assert list(outcomes) == []
    assert run.state().word == "cancelled"


@pytest.mark.skipif(sys.platform == "win32", reason="no signals")
def test_a_helper_that_never_gets_to_work_is_not_tried_for_every_job():
    jobs = study().jobs
    began = time.monotonic()
    outcomes = tried(dying_at_once, jobs, device_names=["cpu"])
    assert [o.job for o in outcomes if isinstance(o, Failed)] == list(jobs)
    assert time.monotonic() - began < 15


def test_a_job_without_a_word_fails():
    jobs = study(seeds=[0], sources=()).jobs
    assert reasons(tried(forgetful, jobs, device_names=["cpu"])) == {
        60: "its training ended without a result. This is a fault in the program"
    }


def test_devices_work_side_by_side_and_jobs_of_a_source_stay_together():
    jobs = study(seeds=(0, 1, 2)).jobs
    outcomes = tried(fair, jobs, device_names=["cuda:0", "cuda:1"])
    finished = [o.job for o in outcomes if isinstance(o, Done)]
    assert sorted(job.id for job in finished) == sorted(job.id for job in jobs)
    for source in ("none", "source"):
        for seed in range(3):
            own = [job for job in jobs if (job.source, job.seed) == (source, seed)]
            assert [job for job in finished if job in own] == own


def test_no_jobs_start_no_process():
    assert tried(fair, [], device_names=["cpu"]) == []


def test_closing_ends_the_helpers():
    outcomes = local(study().jobs, corpora=CORPORA, runner=say_nothing, cache=CACHE, device_names=["cpu"])
    assert next(outcomes).phase == "starting"
    (helper,) = multiprocessing.active_children()
    outcomes.close()
    assert not helper.is_alive()


def start_worker(run, runner="fair"):
    environment = {**os.environ, "BIONER_RUNS": str(run.folder.parent), "BIONER_DEVICES": "cpu"}
    command = [sys.executable, str(FAIR_WORKER), run.name, runner]
    return subprocess.Popen(command, env=environment, preexec_fn=heed_ctrl_c)


def heed_ctrl_c():
    """Take back that a shell which runs the tests in the background has its processes ignore Ctrl-C."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def alive(process):
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE


def test_helpers_end_with_a_killed_worker_and_the_lock_is_free_at_once(run):
    worker_process = start_worker(run, "silent")
    until(lambda: len(psutil.Process(worker_process.pid).children()) > 0 and run.state().is_live)
    time.sleep(0.5)  # the helper is in the middle of its long sleep
    helpers = psutil.Process(worker_process.pid).children(recursive=True)
    worker_process.kill()
    worker_process.wait()
    assert not run.is_locked()
    until(lambda: not any(map(alive, helpers)), 30)


@pytest.mark.skipif(sys.platform == "win32", reason="no signals")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_and_a_polite_end_leave_a_run_that_resumes(run, number):
    process = start_worker(run, "silent_after_one")
    until(lambda: run.state().n_done == 1)
    helpers = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(number)
    process.wait(60)
    until(lambda: not any(map(alive, helpers)), 30)
    assert (run.state().word, run.state().n_done) == ("stopped", 1)
    worked(run)
    assert list(run.points()) == expected(run)


# Detached


@pytest.fixture
def fair_command(monkeypatch):
    monkeypatch.setattr(worker, "COMMAND", (sys.executable, str(FAIR_WORKER)))
    monkeypatch.setenv("BIONER_DEVICES", "cpu")


def test_the_detached_worker_is_the_resume_command():
    assert (sys.executable, "-m", "bioner_core", "runs", "resume") == worker.COMMAND


def test_a_detached_worker_outlives_its_starter_and_writes_a_log(run, fair_command, tmp_path):
    run.cancel()
    pid = start_detached("study", store=RunStore(tmp_path / "runs"))
    if sys.platform != "win32":
        assert os.getsid(pid) == pid != os.getsid(0)
    until(lambda: run.state().word == "done")
    assert list(run.points()) == expected(run)
    until(lambda: run.log_tail(1) == ("done",))
    log = run.log_tail()
    assert log[0].endswith(f"started: {FAIR_WORKER} study")
    assert log[1] == f"working as {pid}"
    until(lambda: not psutil.pid_exists(pid))  # no zombie stays


def test_a_run_that_is_worked_on_is_not_started_again(run, fair_command, tmp_path):
    with run.lock():
        store = RunStore(tmp_path / "runs")
        assert refusal(start_detached, "study", store=store) == "run study: is being worked on already."


def test_retry_is_handed_on(run, monkeypatch, tmp_path):
    given = []

    def detach(command, own, log):
        os.close(log)
        given.append((command, own))
        return 1

    monkeypatch.setattr(worker, "detach", detach)
    start_detached("study", retry=True, store=RunStore(tmp_path / "runs"))
    (command, own) = given[0]
    assert command[-2:] == ["study", "--retry"]
    assert own == {"BIONER_RUNS": str(tmp_path / "runs")}


def test_a_worker_that_was_started_and_has_not_yet_the_lock_is_starting(run, monkeypatch, tmp_path):
    monkeypatch.setattr(worker, "COMMAND", (sys.executable, "-c", "import time; time.sleep(60)"))
    store = RunStore(tmp_path / "runs")
    pid = start_detached("study", store=store)
    state = run.state()
    assert (state.word, state.is_live, state.is_starting, state.live.pid) == ("starting", True, True, pid)
    assert refusal(start_detached, "study", store=store) == "run study: is being worked on already."
    psutil.Process(pid).kill()
    until(lambda: run.state().word == "stopped")


def test_a_worker_does_not_take_itself_for_another(run):
    run.tell(Live(pid=os.getpid(), born=born(os.getpid()), host=host()))
    assert run.state().word == "stopped"


def test_another_process_under_the_number_of_a_dead_worker_is_none(run):
    other = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    run.tell(Live(pid=other.pid, born=born(other.pid) - 60, host=host()))
    assert run.state().word == "stopped"
    run.tell(Live(pid=other.pid, born=born(other.pid), host="elsewhere"))
    assert run.state().word == "stopped"
    run.tell(Live(pid=other.pid, born=born(other.pid), host=host()))
    assert run.state().word == "starting"
    other.communicate(b"\n", timeout=30)
    assert run.state().word == "stopped"
