"""Kill workers at random moments, resume them, and compare the points with an undisturbed run."""

import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import psutil

from bioner_core.curves.points import CurvePoint
from bioner_core.study.run import Run

ORPHAN_SECONDS = 5.0  # for helpers to end after their worker
FAKE_WORKER = Path(__file__).with_name("fake_worker.py")


@dataclass(frozen=True, kw_only=True)
class Kill:
    """The effect of one SIGKILL."""

    run: str
    after: float  # seconds from the worker's start
    n_before: int  # jobs done when the worker was started
    n_done: int  # jobs done after the kill
    n_counts: int  # files of counts: one more than jobs done if the kill came between counts and points
    n_torn: int  # bytes of an interrupted append, removed at the next start
    n_lost: int  # jobs that were done before and no longer are
    is_free: bool  # the lock was free at once
    n_orphans: int  # helper processes that outlived the worker for long


@dataclass(frozen=True, kw_only=True)
class ResumedRun:
    """A run that was killed again and again, then finished, beside the undisturbed one."""

    run: str
    n_points: int
    n_missing: int  # points of the undisturbed run that it lacks
    n_other: int  # points that the undisturbed run has not
    n_doubled: int


def build_command(run: Run) -> list[str]:
    """Return the command that starts a worker with the fake runner."""
    return [sys.executable, str(FAKE_WORKER), run.name]


def kill_repeatedly(
    create_run: Callable[[str], Run],
    *,
    n_kills: int,
    seed: int,
    command: Callable[[Run], Sequence[str]] = build_command,
    n_digits: int | None = None,
) -> Iterator[Kill | ResumedRun]:
    """Yield a row for each kill and for each finished run, until ``n_kills`` workers were killed.

    :param create_run: creates a run of the same study under a name.
    :param command: returns the command that starts a worker on a run.
    :param n_digits: digits to which scores are compared; None compares exactly.
    """
    draw = random.Random(seed)
    reference = create_run("undisturbed")
    start, whole = _measure_undisturbed(reference, command(reference))
    expected = _count_points(reference, n_digits)
    n_hit = n_runs = 0
    while n_hit < n_kills:
        n_runs += 1
        run = create_run(f"killed {n_runs}")
        while n_hit < n_kills:
            # One in four strikes at any moment from the start of the process, the others during training.
            is_early = draw.random() < 0.25
            kill = _kill_worker(
                run, command(run), draw.uniform(0, start if is_early else whole / 3), is_early
            )
            if kill is None:
                break  # the worker finished before the kill
            n_hit += 1
            yield kill
        subprocess.run(command(run), check=True, stdout=subprocess.DEVNULL)
        observed = _count_points(run, n_digits)
        yield ResumedRun(
            run=run.name,
            n_points=observed.total(),
            n_missing=(expected - observed).total(),
            n_other=len(observed.keys() - expected.keys()),
            n_doubled=observed.total() - len(observed),
        )


def _measure_undisturbed(run: Run, command: Sequence[str]) -> tuple[float, float]:
    """Run a worker to its end; return the seconds to the first point, and from there to the end."""
    began = time.monotonic()
    worker = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    while worker.poll() is None and not (run.folder / "points.jsonl").exists():
        time.sleep(0.005)
    first = time.monotonic()
    assert worker.wait() == 0
    return first - began, time.monotonic() - first


def _kill_worker(run: Run, command: Sequence[str], after: float, is_early: bool) -> Kill | None:
    """Start a worker and kill it ``after`` seconds, from its start or from its first new point."""
    path = run.folder / "points.jsonl"
    before, size = run.finished_job_ids(), path.stat().st_size if path.exists() else 0
    worker = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    began = time.monotonic()
    while not is_early and worker.poll() is None:
        if path.exists() and path.stat().st_size > size:
            break
        time.sleep(0.002)
    try:
        worker.wait(after)
        return None
    except subprocess.TimeoutExpired:
        helpers = psutil.Process(worker.pid).children(recursive=True)
        worker.kill()
        killed = time.monotonic()
        worker.wait()
    is_free = not run.is_locked()
    orphans = [helper for helper in helpers if not _wait_for_end(helper, killed + ORPHAN_SECONDS)]
    done = run.finished_job_ids()
    text = path.read_bytes() if path.exists() else b""
    return Kill(
        run=run.name,
        after=killed - began,
        n_before=len(before),
        n_done=len(done),
        n_counts=len(list((run.folder / "counts").glob("*.npz"))),
        n_torn=len(text) - text.rfind(b"\n") - 1,
        n_lost=len(before - done),
        is_free=is_free,
        n_orphans=len(orphans),
    )


def _wait_for_end(process: psutil.Process, deadline: float) -> bool:
    """Wait for a process to end; a zombie counts as ended. Return False after the time limit."""
    while process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.005)
    return True


def _count_points(run: Run, n_digits: int | None) -> "Counter[CurvePoint]":
    """Count a run's points, without their training time."""

    def make_comparable(point: CurvePoint) -> CurvePoint:
        scores = {name: getattr(point, name) for name in ("precision", "recall", "f1")}
        if n_digits is not None:
            scores = {k: v if v is None else round(v, n_digits) for k, v in scores.items()}
        return replace(point, seconds=None, **scores)

    return Counter(map(make_comparable, run.points()))
