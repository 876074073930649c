"""The order of jobs on several slots: groups stay together, long jobs start early, nothing is lost."""

from dataclasses import replace

import pytest
from fake_runner import CORPORA, build_corpus, build_study
from hypothesis import given
from hypothesis import strategies as st

from bioner_core.study.executors.schedule import Schedule


def open_schedule(jobs, n_slots, corpora=CORPORA):
    return Schedule(jobs, corpora=corpora, n_slots=n_slots)


def take_all(schedule, n_slots):
    """Let the slots take a job each in turn; return the jobs of each slot."""
    jobs = [[] for _ in range(n_slots)]
    while len(schedule):
        before = len(schedule)
        for slot in range(n_slots):
            jobs[slot] += schedule.take(slot)
        assert len(schedule) < before, "no slot takes what is left"
    return jobs


def test_a_single_slot_trains_in_the_order_of_the_plan():
    jobs = build_study(seeds=(0, 1)).jobs
    assert take_all(open_schedule(jobs, 1), 1) == [list(jobs)]


def test_jobs_of_a_source_stay_on_a_slot_as_long_as_others_have_work():
    jobs = build_study(seeds=(0, 1, 2)).jobs
    schedule = open_schedule(jobs, 2)
    slots = {}
    while any(not job.sources for job in schedule.list_jobs()):
        for slot in range(2):
            for job in schedule.take(slot):
                if job.sources:
                    slots.setdefault(job.seed, set()).add(slot)
    assert slots
    assert all(len(used) == 1 for used in slots.values())


def test_a_slot_without_work_shares_a_source_that_another_began():
    """Fine-tuned weights are on disk, so the second slot need not pretrain again."""
    jobs = [job for job in build_study(seeds=[0]).jobs if job.sources]
    schedule = open_schedule(jobs, 2)
    assert all(schedule.take(slot) for slot in range(2))


def test_a_small_model_is_not_pretrained_twice_for_little():
    jobs = [replace(job, method="probe") for job in build_study(seeds=[0]).jobs if job.sources]
    schedule = open_schedule(jobs, 2, {**CORPORA, "source": build_corpus("source", n=6000)})
    assert schedule.take(0)
    assert not schedule.take(1)
    schedule.leave_out(0)
    assert schedule.take(1)


@pytest.mark.parametrize("n_slots", [2, 3])
def test_the_longest_job_starts_before_the_end(n_slots):
    jobs = build_study(sizes="10,20,30,full", seeds=[0], sources=()).jobs
    assert open_schedule(jobs, n_slots).take(0)[0].is_full


def test_a_job_that_was_given_back_goes_to_another_slot():
    jobs = build_study(seeds=[0], sources=(), sizes="20").jobs
    schedule = open_schedule(jobs, 2)
    schedule.put_back(schedule.take(0), slot=0)
    assert schedule.take(0) == []
    assert schedule.take(1) == list(jobs)
    schedule.put_back(jobs, slot=0)
    assert schedule.take(0, is_alone=True) == list(jobs)


@given(st.data())
def test_no_job_is_lost_or_given_twice(data):
    jobs = list(build_study(seeds=(0, 1)).jobs)
    n_slots = data.draw(st.integers(1, 4))
    schedule = open_schedule(jobs, n_slots)
    taken = []
    while len(schedule):
        slot = data.draw(st.integers(0, n_slots - 1))
        batch = schedule.take(slot, n=data.draw(st.integers(1, 5)))
        if batch and n_slots > 1 and data.draw(st.booleans()):
            schedule.put_back(batch[:1], slot=slot)
            batch = batch[1:]
        taken += batch
        if not batch and n_slots == 1:
            break
    assert sorted(job.id for job in taken) == sorted(job.id for job in jobs)
