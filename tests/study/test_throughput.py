"""Sentence passes per second and memory of each device, from what jobs report."""

import pytest
from fake_runner import build_result, build_study

from bioner_core.study import throughput, time_left
from bioner_core.study.jobs import JobProgress
from bioner_core.study.run_state import DeviceProgress
from bioner_core.study.throughput import Throughput
from bioner_core.study.time_left import TimeLeftEstimator
from bioner_core.study.workload import count_pretraining_passes, count_training_passes

STUDY = build_study()


@pytest.fixture
def clock(monkeypatch):
    """Replace the clock; its only item is the time in seconds."""
    now = [1000.0]
    for module in (throughput, time_left):
        monkeypatch.setattr(module.time, "monotonic", lambda: now[0])
    return now


def test_each_device_has_the_speed_of_the_last_minute(clock):
    meter = Throughput()
    for second in range(100):
        clock[0] += 1
        meter.note("a", "training", 10.0 * second, device="cuda:0")
        meter.note("b", "training", 5.0 * second if second > 80 else 0.0, device="cuda:1")
    assert meter.measure("cuda:0") == pytest.approx(10, rel=0.03)
    assert meter.measure("cuda:1") == pytest.approx(5 * 99 / 60, rel=0.03)
    clock[0] += 61
    assert meter.measure("cuda:0") is None


def test_a_job_that_begins_anew_elsewhere_reads_nothing_backwards(clock):
    meter = Throughput()
    for passes, device in ((0, "one"), (50, "one"), (0, "two"), (30, "two")):
        clock[0] += 5
        meter.note("a", "training", passes, device=device)
    assert meter.measure("one") == pytest.approx(50 / 15)
    assert meter.measure("two") == pytest.approx(30 / 5)


def test_progress_says_what_each_device_does(clock):
    estimator = TimeLeftEstimator(STUDY.jobs, STUDY.train_sizes)
    none = [job for job in STUDY.jobs if job.source == "none"]
    [sourced] = [job for job in STUDY.jobs if job.source != "none" and not job.n_sentences and not job.seed]
    for done in (0, 5, 10):
        for job, phase, host in (
            (none[0], "training", ""),
            (none[1], "starting", ""),
            (sourced, "pretraining on source", "node2"),
        ):
            estimator.observe(
                JobProgress(
                    job=job, phase=phase, done=done, total=10, host=host, device="cuda:0", memory=1 << 30
                )
            )
        clock[0] += 5
    pretraining = count_pretraining_passes([sourced], STUDY.train_sizes)["source", 0]
    here, there = estimator.measure_progress().devices
    speed = count_training_passes(none[0]) / 15
    assert here == DeviceProgress(
        name="cuda:0", n_running=2, memory=2 << 30, passes_per_second=pytest.approx(speed)
    )
    assert (there.name, there.passes_per_second) == ("node2 cuda:0", pytest.approx(pretraining / 15))


def test_models_that_report_only_their_result_count_for_the_device_that_trains(clock):
    estimator = TimeLeftEstimator(STUDY.jobs, STUDY.train_sizes)
    first, second, third = [job for job in STUDY.jobs if job.source == "none"][:3]
    estimator.observe(JobProgress(job=first, phase="training", done=0, total=10, device="cpu"))
    clock[0] += 10
    estimator.observe(build_result(second))
    estimator.observe(JobProgress(job=third, phase="training", done=0, total=10, device="cpu"))
    [device] = estimator.measure_progress().devices
    assert device.passes_per_second == pytest.approx(count_training_passes(second) / 10)
