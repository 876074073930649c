"""The speed of slots of late, and the time left that follows from it for models side by side."""

import pytest
from fake_runner import build_result, build_study

from bioner_core.study import time_left
from bioner_core.study.jobs import JobProgress
from bioner_core.study.pace import Pace
from bioner_core.study.slot_speed import GAP_SECONDS, SlotSpeed
from bioner_core.study.time_left import TimeLeftEstimator
from bioner_core.study.workload import count_training_passes


def measure_at_the_end(speed, n_busy, *, seconds=120):
    """Return what is measured of slots with a speed and a number at each second."""
    meter, done = SlotSpeed(), 0.0
    for second in range(1, seconds + 1):
        meter.note(second, n_busy(second))
        done += speed(second) * n_busy(second)
        measured = meter.measure(done)
    return measured


def test_a_slot_has_the_speed_of_the_last_third():
    unit, n_slots = measure_at_the_end(lambda second: 10 if second <= 80 else 5, lambda second: 2)
    assert (unit, n_slots) == (pytest.approx(1 / 5, rel=0.05), 2)


def test_a_slot_that_idles_at_the_end_does_not_make_the_other_slower():
    unit, n_slots = measure_at_the_end(lambda second: 10, lambda second: 2 if second <= 60 else 1)
    assert (unit, n_slots) == (pytest.approx(1 / 10, rel=0.05), 1)


def test_a_moment_between_two_models_is_no_idle_slot():
    unit, n_slots = measure_at_the_end(
        lambda second: 10, lambda second: 1 if second % (2 * GAP_SECONDS) == 0 else 2
    )
    assert (unit, n_slots) == (pytest.approx(1 / 10, rel=0.1), 2)


def test_nothing_is_measured_before_the_first_unit():
    meter = SlotSpeed()
    assert meter.measure(0.0) is None
    meter.note(30.0, 1)
    assert meter.measure(0.0) is None
    assert meter.measure(60.0) == (pytest.approx(0.5), 1)


def test_what_is_lost_with_a_process_leaves_the_speed_of_the_whole_training():
    meter = SlotSpeed()
    for seconds, done in ((30, 300.0), (60, 600.0), (90, 500.0)):
        meter.note(seconds, 1)
        measured = meter.measure(done)
    assert measured == (pytest.approx(90 / 500), 1)


STUDY = build_study(sizes="full", seeds=(0, 1, 2), sources=())


@pytest.fixture
def clock(monkeypatch):
    """Replace the clock; its only item is the time in seconds."""
    now = [1000.0]
    monkeypatch.setattr(time_left.time, "monotonic", lambda: now[0])
    return now


def train_two_of_three(clock, seconds, **options):
    """Return an estimator that has seen half of two models, trained side by side."""
    estimator = TimeLeftEstimator(STUDY.jobs, STUDY.train_sizes, **options)
    for step in range(101):
        for job in STUDY.jobs[:2]:
            estimator.observe(JobProgress(job=job, phase="training", done=step, total=200))
        clock[0] += seconds / 100
    return estimator


def test_the_third_of_three_equal_models_waits_for_a_slot(clock):
    estimator = train_two_of_three(clock, 50)
    passes, workload = count_training_passes(STUDY.jobs[0]), estimator.workloads[STUDY.jobs[0].id]
    unit = 50 / (passes / 2)  # of a slot
    expected = unit * (workload - passes / 2 + workload)
    assert estimator.measure_progress().seconds_left == pytest.approx(expected, rel=0.05)


@pytest.mark.parametrize("factor", [0.1, 10])
def test_the_speed_of_this_run_soon_counts_alone(clock, factor):
    without = train_two_of_three(clock, 50).measure_progress().seconds_left
    pace = Pace(seconds_per_unit=factor * 50 / count_training_passes(STUDY.jobs[0]))
    assert train_two_of_three(clock, 50, pace=pace).measure_progress().seconds_left == pytest.approx(without)


def test_models_that_report_their_result_alone_are_measured_too(clock):
    estimator = TimeLeftEstimator(STUDY.jobs, STUDY.train_sizes)
    estimator.observe(JobProgress(job=STUDY.jobs[0], phase="training", done=0, total=200))
    for job in STUDY.jobs[:2]:
        clock[0] += 20
        estimator.observe(build_result(job))
    assert estimator.measure_progress().seconds_left == pytest.approx(20)
