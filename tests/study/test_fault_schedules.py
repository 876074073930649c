"""Schedules of faults: every point once, as in an undisturbed run, at last after a resume."""

import sys

import pytest
from faults import FAULTS, run_schedule
from planted_bugs import BUGS, count_schedules

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="folders cannot be synced, open files not renamed"
)
QUICK_BUGS = ("skip_fsync", "ignore_fence", "forget_folder")
MOST = 1000  # schedules that a bug may need


@pytest.mark.parametrize("seed", range(30))
def test_a_schedule_of_faults_ends_with_every_point_once(seed):
    outcome = run_schedule(seed)
    assert not outcome.problem, str(outcome)


def test_a_schedule_replays_by_its_number():
    first, second = run_schedule(19), run_schedule(19)
    assert first.events
    assert [line.split(":")[0] for line in first.events] == [line.split(":")[0] for line in second.events]


@pytest.mark.parametrize("name", QUICK_BUGS)
def test_a_planted_bug_is_caught_by_the_first_schedules(name):
    assert count_schedules(BUGS[name], 30)


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_a_thousand_schedules_end_with_every_point_once():
    struck, broken = set(), []
    for seed in range(1000):
        outcome = run_schedule(seed)
        struck |= {
            (outcome.backend, fault)
            for fault in FAULTS
            for line in outcome.events
            if f" s  {fault} at " in line
        }
        broken += [str(outcome)] if outcome.problem else []
    assert not broken, "\n".join(broken)
    for fault in FAULTS.keys() - {"cut"}:  # only Ray has a connection that can be cut
        assert {backend for backend, other in struck if other == fault} == {"local", "ray", "slurm"}, fault
    assert ("ray", "cut") in struck


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("name", BUGS)
def test_each_planted_bug_is_caught(name):
    n_schedules = count_schedules(BUGS[name], MOST)
    assert n_schedules
    print(f"{name}: {n_schedules} of {MOST} schedules", file=sys.stderr)
