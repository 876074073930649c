"""Schedules of faults over store and executors; a schedule is its seed.

python -m tests.study.faults 17            # replay schedule 17: its faults, step by step
python -m tests.study.faults 0 1000        # schedules 0 to 999: a line for each that breaks
python -m tests.study.faults bugs 200      # the planted bugs, and the first schedules that catch them
"""

import atexit
import functools
import json
import re
import shutil
import sys
import tempfile
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [path for path in (str(ROOT), str(Path(__file__).parent)) if path not in sys.path]

from fake_runner import CORPORA, build_result, build_study  # noqa: E402
from simulated_backends import INSTALLERS, train_at_once  # noqa: E402
from simulation import World  # noqa: E402

from bioner_core.errors import BionerError  # noqa: E402
from bioner_core.study import lease, lock, run_lock, worker  # noqa: E402
from bioner_core.study.executors import queue  # noqa: E402
from bioner_core.study.executors.queue import Member  # noqa: E402
from bioner_core.study.executors.slots import Slot  # noqa: E402
from bioner_core.study.jobs import JobFailure, JobResult  # noqa: E402
from bioner_core.study.run import Run  # noqa: E402
from bioner_core.study.store import RunStore  # noqa: E402

DISK = frozenset(["open", "append", "write", "fsync", "rename", "truncate", "unlink", "utime"])
FAULTS = {  # the operations that each can strike
    "full": DISK,
    "read-only": DISK,
    "away": DISK,
    "torn": {"write"},
    "short": {"write"},
    "rot": {"open", "fsync"},
    "kill": DISK | {"message"},
    "power cut": DISK | {"message"},
    "freeze": DISK | {"message"},
    "lost lease": {"append"},
    "clock": DISK | {"message"},
    "second worker": DISK | {"message"},
    "kill helper": {"message"},
    "duplicate": {"message"},
    "failing job": {"message"},
    "full device": {"message"},
    "cut": {"message"},
}
MAX_FAULTS, MAX_GAP = 6, 70  # of a schedule; operations between two of them
MAX_WORKERS = 60  # one after the other


@dataclass
class Outcome:
    """What became of a schedule; ``problem`` is empty where all is well."""

    seed: int
    backend: str = ""
    lock: str = ""
    events: list = field(default_factory=list)
    n_workers: int = 0
    problem: str = ""

    def __str__(self):
        lines = [
            f"schedule {self.seed}: {self.backend}, {self.lock} lock, {self.n_workers} workers",
            *self.events,
        ]
        return "\n  ".join([*lines, f"BROKEN: {self.problem}" if self.problem else "every point once"])


@functools.cache
def create_template():
    """Return the runs folder with the study that all schedules train."""
    folder = Path(tempfile.mkdtemp(prefix="faults-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    study = build_study(sizes="10,20,full", seeds=(0,))
    RunStore(folder / "runs").create(study, CORPORA)
    return folder / "runs"


def run_schedule(seed, *, bug=None):
    """Return the outcome of a schedule.

    :param bug: a function that plants a bug, called with a ``pytest.MonkeyPatch``.
    """
    template = create_template()
    with tempfile.TemporaryDirectory(prefix="faults-") as folder, pytest.MonkeyPatch.context() as patch:
        shutil.copytree(template, Path(folder) / "runs")
        schedule = Schedule(seed, Path(folder), patch)
        try:
            if bug:
                bug(patch)
            schedule.run_to_end()
        except (AssertionError, BionerError) as error:
            schedule.outcome.problem = str(error) or "an assertion failed"
        finally:
            schedule.world.end()
        return schedule.outcome


class Schedule:
    """A study, its faults, and those who watch over it."""

    def __init__(self, seed, folder, patch):
        self.world = World(seed, folder)
        self.random = self.world.random
        self.outcome = Outcome(seed)
        self.outcome.backend = self.random.choice(sorted(INSTALLERS))
        self.outcome.lock = self.random.choice(["lease", "system"])
        self.run = Run(folder / "runs" / "study")
        self.stored = set()  # ids of the jobs that a worker reported as stored
        self.damaged = None  # the id of the job of which a digit was changed
        self.has_lost_power = False
        self.noticed = 0.0
        self.lasting, self.lasts_until = None, 0.0
        self.faults = []
        self.n_operations = 0
        for _ in range(self.random.randint(1, MAX_FAULTS)):
            fault = self.random.choice(sorted(FAULTS))
            if self.outcome.lock == "lease" and self.random.random() < 0.1:
                fault = "lost lease"  # it can strike at few operations, so it comes more often
            self.faults.append((fault, self.random.randint(1, MAX_GAP)))
        self.due_at = self.faults[0][1]
        self._prepare(folder, patch)

    def _prepare(self, folder, patch):
        for name, value in {"RUNS": "runs", "QUEUE": "queue", "CORPORA": "corpora", "CACHE": "cache"}.items():
            patch.setenv(f"BIONER_{name}", str(folder / value))
        patch.setenv("BIONER_DEVICES", "cpu*1")
        patch.setenv("BIONER_LOCK", "lease" if self.outcome.lock == "lease" else "")
        patch.setattr(lock, "WAIT_SECONDS", 0.0)
        patch.setattr(queue, "LOCK_SECONDS", 0.0)  # filelock waits by a clock that is not simulated
        patch.setattr(lease, "SIGN_SECONDS", 1e6)  # the world gives the signs of life of those who live
        patch.setattr(lease, "read_hostname", self._name_host)
        patch.setattr(run_lock.lease, "keep_alive", self._keep_alive(lease.keep_alive))
        self.build_executor = INSTALLERS[self.outcome.backend](self.world, patch)
        self.world.install(patch)
        self.world.find_fault = self.find_fault

    def _name_host(self):
        actor = self.world.current_actor()
        return actor.name if actor else "watch"

    def _keep_alive(self, real):
        def keep_alive(held):
            if actor := self.world.current_actor():
                actor.leases.append(held)
            return real(held)

        return keep_alive

    def find_fault(self, kind, actor, path):
        """Return the fault that strikes an operation, as the schedule says."""
        self.n_operations += 1
        if self.world.now < self.lasts_until and kind in DISK:
            return self.lasting
        if not self.faults or self.n_operations < self.due_at or kind not in FAULTS[self.faults[0][0]]:
            return None
        fault = self.faults.pop(0)[0]
        self.due_at = self.n_operations + (self.faults[0][1] if self.faults else 0)
        self.note(f"{fault} at {kind} {Path(path).name} of {actor.name}")
        return self._strike(fault, actor)

    def _strike(self, fault, actor):
        if fault in ("full", "read-only", "away"):
            self.lasting, self.lasts_until = fault, self.world.now + self.random.choice([0.001, 1.0, 20.0])
        elif fault == "kill":
            self.world.kill(actor)
        elif fault == "power cut":
            self.has_lost_power = True
            for living in self.world.list_living():
                living.is_killed = True
            actor.check()
        elif fault == "freeze":
            actor.freeze(self.random.choice([2.0, 90.0, 400.0]))
        elif fault == "lost lease":
            actor.freeze(400.0)  # between its check and its write
        elif fault == "clock":
            self.world.skew += self.random.choice([-7200.0, -90.0, 90.0, 7200.0])
        elif fault == "second worker":
            self.start_worker()
        elif fault == "rot":
            self.damage_a_digit()
        return fault

    def note(self, text):
        self.outcome.events.append(f"{self.world.now - 1.7e9:9.3f} s  {text}")

    def damage_a_digit(self):
        """Change a digit of a stored point, once: its job must be trained again."""
        path = self.run.folder / "points.jsonl"
        lines = path.read_text().splitlines(keepends=True) if path.exists() else []
        numbers = [number for number, line in enumerate(lines) if line.startswith('{"job"')]
        if not numbers or self.damaged:
            return
        number = self.random.choice(numbers)
        line = lines[number]
        place = self.random.choice([match.start() for match in re.finditer(r"\d", line)])
        self.damaged = json.loads(line)["job"] if line.endswith("}\n") else "cut"
        lines[number] = line[:place] + str((int(line[place]) + 1) % 10) + line[place + 1 :]
        path.write_text("".join(lines))

    def start_worker(self):
        self.outcome.n_workers += 1
        assert self.outcome.n_workers < MAX_WORKERS, "the study is never done"
        name = f"worker {self.outcome.n_workers}"
        self.note(f"{name} starts")
        retry = not self.run.state().problem and not self.run.pending()
        self.world.spawn(name, functools.partial(self._work, retry=retry))

    def _work(self, *, retry):
        executor = self.build_executor(self.run)
        outcomes = worker.train_pending_jobs(
            self.run, executor=executor, runner=train_at_once, cache=Path("unused"), retry=retry
        )
        with closing(outcomes):
            for outcome in outcomes:
                if isinstance(outcome, JobResult) and len(self.world.list_living("worker")) == 1:
                    self.stored.add(outcome.job.id)
                elif isinstance(outcome, JobFailure):
                    assert outcome.reason, "a failure without a reason"
        assert not self.run.pending(), "a worker ended with jobs that neither finished nor failed"

    def run_to_end(self):
        """Let workers start, die and start again, until the faults are over and the study is done."""
        reported = set()
        while True:
            for actor in self.world.actors:
                if actor.is_done and actor not in reported:
                    reported.add(actor)
                    self.check_end(actor)
            if self.has_lost_power and not self.world.list_living():
                self.world.disk.cut_power()
                self.has_lost_power = False
            living = self.world.list_living("worker")
            frozen = [actor for actor in living if actor.frozen_until - self.world.now > 80]
            if not living:
                self.check_stored()
                if self.run.state().status == "done":
                    break
                self.world.advance(self.random.choice([1.0, 20.0, 100.0]))  # until the user resumes it
                self.start_worker()
            elif len(frozen) == len(living) == 1 and frozen[0].frozen_until != self.noticed:
                self.noticed = frozen[0].frozen_until  # the user sees that nothing goes on
                self.world.advance(self.random.choice([1.0, 70.0]))
                self.start_worker()
            self.world.turn()
        self.check_points()
        self.check_queue()

    def check_end(self, actor):
        """Check that an actor ended for a reason that a user can read."""
        error = actor.error
        self.note(f"{actor.name} ends: {error or ('killed' if actor.is_killed else 'done')}")
        if isinstance(error, AssertionError):
            raise error
        if actor.name.startswith("task") and isinstance(error, OSError):
            return  # Slurm keeps its log; the job is given back
        assert error is None or isinstance(error, BionerError), (
            f"{actor.name}: {type(error).__name__}: {error}"
        )
        damage = re.search(r"points.jsonl, line (\d+): it (does not fit|is not)", str(error or ""))
        if damage:
            assert self.damaged, f"damage without a cause: {error}"
            self.delete_line(int(damage[1]))

    def delete_line(self, number):
        """Do what the message about a damaged line says."""
        self.stored.discard(self.damaged)
        path = self.run.folder / "points.jsonl"
        lines = path.read_text().splitlines(keepends=True)
        path.write_text("".join(lines[: number - 1] + lines[number:]))

    def check_stored(self):
        """Check that each result that was reported is stored."""
        if not self.run.state().problem:
            lost = self.stored - self.run.finished_job_ids()
            assert not lost, f"{len(lost)} results were reported and are lost"

    def check_points(self):
        """Compare points and counts with those of an undisturbed run."""
        expected = sorted((p for job in self.run.study.jobs for p in build_result(job).points), key=str)
        assert sorted(self.run.points(), key=str) == expected, "points differ from the undisturbed run"
        for job in self.run.study.jobs:
            counts = self.run.counts(job.id).counts
            assert (counts == build_result(job).counts.counts).all(), "counts differ"

    def check_queue(self):
        """Check that the machine's slots are free."""
        slot = Slot(device="cpu", units=("cpu.0", "cpu.1"), n_units=2)
        with closing(Member("watch")) as member:
            turn = member.take(slot)
            assert turn and len(turn.locks) == 2, "a slot of the queue is not free"


def main(arguments):
    if arguments[0] == "bugs":
        from planted_bugs import BUGS, count_schedules

        for name, bug in BUGS.items():
            print(f"{name}: caught by schedule {count_schedules(bug, int(arguments[1]))}", flush=True)
        return
    if len(arguments) == 1:
        print(run_schedule(int(arguments[0])))
        return
    outcomes = map(run_schedule, range(*map(int, arguments)))
    broken = [outcome for outcome in outcomes if outcome.problem]
    print(*broken, f"{len(broken)} schedules broke", sep="\n")


if __name__ == "__main__":
    main(sys.argv[1:])
