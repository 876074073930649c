"""The machine's queue: turns by study, priorities, pauses; killed and frozen workers block nobody."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from fake_runner import CORPORA, build_study

from bioner_core.answers.wording.progress import describe_progress, format_status
from bioner_core.cli import main
from bioner_core.errors import BionerError
from bioner_core.study.executors import queue
from bioner_core.study.executors.queue import Member
from bioner_core.study.executors.slots import Slot
from bioner_core.study.store import RunStore

FAKE_WORKER = Path(__file__).with_name("fake_worker.py")
ONE = Slot(device="cpu")
TWO = Slot(device="cpu", units=("cpu.0", "cpu.1"))


@pytest.fixture
def join(tmp_path, monkeypatch):
    monkeypatch.setattr(queue, "POLL_SECONDS", 0)
    monkeypatch.setattr(queue, "MIN_HOLD_SECONDS", 0)
    members = []

    def open_member(name, priority="normal"):
        members.append(Member(name, read_priority=lambda: priority, folder=tmp_path / "queue"))
        return members[-1]

    yield open_member
    for member in members:
        member.close()


def test_a_unit_is_never_held_twice(join):
    a, b = join("a"), join("b")
    first, second = a.take(TWO), b.take(TWO)
    assert {*first.locks} | {*second.locks} == {"cpu.0", "cpu.1"}
    assert a.take(TWO) is None
    assert b.take(TWO) is None
    b.give_back(second)
    b.stop_waiting()
    assert {*a.take(TWO).locks} == {*second.locks}


def test_a_wide_slot_takes_the_units_that_are_free(join):
    a, b = join("a"), join("b")
    wide = Slot(device="cpu", n_threads=3, units=("cpu.0", "cpu.1", "cpu.2"), n_units=3)
    one = a.take(ONE)
    assert {*b.take(wide).locks} == {"cpu.1", "cpu.2"}
    assert {*one.locks} == {"cpu.0"}


def test_studies_take_turns(join):
    a, b = join("a"), join("b")
    order = []
    turns = {a: a.take(ONE), b: b.take(ONE)}
    for _ in range(6):
        [(holder, turn)] = [(member, turn) for member, turn in turns.items() if turn]
        order.append(holder)
        assert holder.is_over(turn)
        holder.give_back(turn)
        turns[holder] = holder.take(ONE)
        assert turns[holder] is None, "the other one is first in line"
        other = b if holder is a else a
        turns[other] = other.take(ONE)
    assert order == [a, b] * 3


def test_who_holds_fewer_units_comes_first(join):
    a, b = join("a"), join("b")
    first, second = a.take(TWO), a.take(TWO)
    assert b.take(TWO) is None
    assert a.is_over(first)
    a.give_back(first)
    assert a.take(TWO) is None
    turn = b.take(TWO)
    assert turn
    assert not a.is_over(second)  # each holds one, and the others of both wait
    assert not b.is_over(turn)


def test_a_new_study_waits_behind_those_that_wait_longer(join):
    a, b, c = join("a"), join("b"), join("c")
    turn = a.take(ONE)
    assert (c.take(ONE), b.take(ONE)) == (None, None)
    a.give_back(turn)
    assert c.take(ONE) is None
    assert (b.place, c.place) == (1, 2)
    assert b.take(ONE)


@pytest.mark.parametrize(("waiting", "is_over"), [("high", True), ("normal", True), ("low", False)])
def test_priorities_come_before_turns(join, waiting, is_over):
    a, b = join("a"), join("b", waiting)
    turn = a.take(ONE)
    assert b.take(ONE) is None
    assert a.is_over(turn) == is_over


def test_an_equal_study_waits_a_while_and_an_urgent_one_does_not(join, monkeypatch):
    monkeypatch.setattr(queue, "MIN_HOLD_SECONDS", 1000)
    a, b = join("a"), join("b")
    turn = a.take(ONE)
    assert b.take(ONE) is None
    assert not a.is_over(turn)
    assert join("c", "high").take(ONE) is None
    assert a.is_over(turn)


def test_other_devices_do_not_wait(join):
    a, b, c = join("a"), join("b"), join("c")
    assert a.take(ONE)
    assert b.take(ONE) is None
    assert c.take(Slot(device="cuda:0", units=("cuda-0.0",)))


def test_a_frozen_worker_loses_its_place(join, tmp_path):
    a, b = join("a"), join("b")
    turn = a.take(ONE)
    assert b.take(ONE) is None
    [frozen] = [path for path in (tmp_path / "queue" / "claims").glob("*.json") if '"b"' in path.read_text()]
    os.utime(frozen, (time.time() - 60,) * 2)
    assert not a.is_over(turn)
    a.give_back(turn)
    assert a.take(ONE)


def test_damaged_files_of_the_queue_are_ignored(join, tmp_path):
    a = join("a")
    (tmp_path / "queue" / "ticket").write_text("x")
    for name, text in (("1", "{"), ("2", "{}"), ("3", "[1]"), ("4", "")):
        (tmp_path / "queue" / "claims" / f"{name}.json").write_text(text)
    assert a.take(ONE)
    assert [path.stem for path in (tmp_path / "queue" / "claims").glob("*.json")] == [a._id]


def test_a_queue_that_cannot_be_made_says_what_to_do(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("BIONER_QUEUE", str(tmp_path / "file"))
    with pytest.raises(BionerError, match=r"cannot be written .* Set BIONER_QUEUE to another folder"):
        Member("a")


# Real workers


@pytest.fixture
def start(tmp_path, monkeypatch):
    """Return a function that starts a worker on a new run, and ends it with the test."""
    monkeypatch.setenv("FAKE_LOG", str(tmp_path / "log"))
    monkeypatch.setenv("BIONER_DEVICES", "cpu*1")
    workers = []

    def start_worker(name, runner="log_jobs", *, sizes="2:24:2", priority="normal"):
        run = RunStore().create(build_study(name, sizes=sizes, seeds=[0], sources=()), CORPORA)
        run.set_priority(priority)
        command = [sys.executable, str(FAKE_WORKER), name, runner]
        workers.append(subprocess.Popen(command, stdout=subprocess.DEVNULL))
        return run, workers[-1]

    yield start_worker
    for worker in workers:
        worker.kill()
        worker.wait()


def read_log():
    path = Path(os.environ["FAKE_LOG"])
    lines = path.read_text().splitlines() if path.exists() else []
    return [tuple(line.split()[:2]) for line in lines]


def list_beginnings():
    return [run for what, run in read_log() if what == "begin"]


def count_at_once():
    """Return the largest number of jobs that were trained at a moment, all studies together."""
    n = most = 0
    for what, _ in read_log():
        n += 1 if what == "begin" else -1
        most = max(most, n)
    return most


def wait_until(claim, seconds=40):
    end = time.monotonic() + seconds
    while not claim():
        assert time.monotonic() < end, "not in time"
        time.sleep(0.02)


def go():
    Path(os.environ["FAKE_LOG"] + ".go").touch()


def test_two_studies_share_two_slots_fairly_and_use_none_twice(start, monkeypatch):
    monkeypatch.setenv("BIONER_DEVICES", "cpu*2")
    monkeypatch.setenv("FAKE_RUNS", "2")
    first, _ = start("first")
    wait_until(lambda: len(list_beginnings()) == 2)
    second, _ = start("second")
    wait_until(lambda: second.state().status == "waiting")
    go()
    wait_until(lambda: {first.state().status, second.state().status} == {"done"})
    order = list_beginnings()
    shared = order[order.index("second") : len(order) - order[::-1].index("first")]
    assert abs(shared.count("first") - shared.count("second")) <= 3, shared
    assert shared.count("first") > 5
    assert count_at_once() == 2
    assert (len(first.finished_job_ids()), len(second.finished_job_ids())) == (12, 12)


def test_a_killed_worker_frees_its_slot_for_the_one_that_waits_longest(start, capsys):
    first, worker = start("first", "wait_silently")
    wait_until(lambda: first.state().status == "live")
    second, _ = start("second", sizes="10,20")
    wait_until(lambda: second.state().status == "waiting")
    third, cancelled = start("third")
    wait_until(lambda: third.state().status == "waiting")
    assert format_status(second.state()) == "waiting, 1st in line"
    assert describe_progress(third.state()) == (
        "0 of 12 models trained. Other runs use this machine: 2nd in line."
    )
    assert main(["runs", "list"]) == 0
    assert "waiting, 1st in line" in capsys.readouterr().out
    third.cancel()
    cancelled.wait(20)
    assert third.state().status == "cancelled"
    go()
    worker.kill()
    wait_until(lambda: second.state().status == "done")


def test_a_paused_run_lets_others_train_and_goes_on_where_it_was(start, capsys):
    first, _ = start("first")
    wait_until(lambda: first.state().status == "live" and list_beginnings())
    assert main(["runs", "pause", "first"]) == 0
    said = "first: paused; models in training end first; go on: bioner runs continue first\n"
    assert capsys.readouterr().out == said
    go()
    wait_until(lambda: [job.phase for job in first.state().worker.running] == ["paused"])
    assert first.state().status == "paused"
    n_done = first.state().n_done
    second, _ = start("second", sizes="10,20,full")
    wait_until(lambda: second.state().status == "done")
    assert first.state().n_done == n_done < 12
    assert describe_progress(first.state()) == (
        f"Paused after {n_done} of 12 models. Models in training end first; Continue goes on."
    )
    assert main(["runs", "continue", "first"]) == 0
    wait_until(lambda: first.state().status == "done")
    assert main(["runs", "pause", "first"]) == 1
    assert capsys.readouterr().err.endswith(
        "run first: no worker is running. Start one with: bioner runs resume first\n"
    )


def test_an_urgent_run_goes_first_and_a_low_one_last(start):
    start("normal", sizes="2:10:2")
    wait_until(list_beginnings)
    low, _ = start("low", sizes="10,20", priority="low")
    wait_until(lambda: low.state().status == "waiting")
    urgent, _ = start("urgent", sizes="10,20,30,full", priority="high")
    wait_until(lambda: urgent.state().status == "waiting" and low.state().place == 2)
    go()
    wait_until(lambda: low.state().status == "done")
    assert list_beginnings() == ["normal"] + ["urgent"] * 4 + ["normal"] * 4 + ["low"] * 2


def test_the_priority_is_kept_with_the_run(capsys):
    run = RunStore().create(build_study("study"), CORPORA)
    assert run.priority == "normal"
    assert main(["runs", "priority", "study", "high"]) == 0
    assert capsys.readouterr().out == "study: priority high, from its next model on\n"
    assert run.priority == "high"
    (run.folder / "priority").write_text("first of all")
    assert run.priority == "normal"


def test_a_queue_that_a_stopped_worker_holds_is_named(tmp_path, monkeypatch):
    folder = tmp_path / "queue"
    monkeypatch.setattr(queue, "LOCK_SECONDS", 0.1)
    member = Member("frozen", folder=folder)
    with member._decide(), pytest.raises(BionerError) as refused:
        Member("other", folder=folder)
    member.close()
    assert str(refused.value) == (
        f"{folder}: a worker that was stopped holds it. Continue or end it, then resume."
    )
