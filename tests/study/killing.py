"""Kill workers at random moments and compare what is left, once resumed, with an undisturbed run."""

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
FAIR_WORKER = Path(__file__).with_name("fair_worker.py")


@dataclass(frozen=True, kw_only=True)
class Kill:
    """What one SIGKILL did."""

    run: str
    after: float  # seconds from the worker's start
    n_before: int  # jobs done when the worker was started
    n_done: int  # jobs done after the kill
    n_counts: int  # files of counts: one more than jobs done where the kill struck between the two
    n_torn: int  # bytes of an interrupted append, cut at the next start
    n_lost: int  # jobs that were done before and no longer are
    is_free: bool  # the lock was free at once
    n_orphans: int  # helper processes that outlived the worker for long


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """A run that was killed again and again, then finished, beside the undisturbed one."""

    run: str
    n_points: int
    n_missing: int  # points of the undisturbed run that it lacks
    n_other: int  # points that the undisturbed run has not
    n_doubled: int


def command(run: Run) -> list[str]:
    """Return what starts a worker with the fair runner."""
    return [sys.executable, str(FAIR_WORKER), run.name]


def series(
    make: Callable[[str], Run],
    *,
    n_kills: int,
    seed: int,
    command: Callable[[Run], Sequence[str]] = command,
    rounded: int | None = None,
) -> Iterator[Kill | Outcome]:
    """Yield kills, and an outcome for each run that they hit, until ``n_kills`` workers were killed.

    :param make: makes a run of the same study under a name.
    :param command: starts a worker on a run.
    :param rounded: digits to which scores are compared; None compares exactly.
    """
    draw = random.Random(seed)
    quiet = make("undisturbed")
    start, whole = _times(quiet, command(quiet))
    wanted = _points(quiet, rounded)
    n_hit = n_runs = 0
    while n_hit < n_kills:
        n_runs += 1
        run = make(f"killed {n_runs}")
        while n_hit < n_kills:
            # One in four strikes at any moment from the start of the process, the others amid the work.
            is_early = draw.random() < 0.25
            kill = _kill(run, command(run), draw.uniform(0, start if is_early else whole / 3), is_early)
            if kill is None:
                break  # it was done before its moment came
            n_hit += 1
            yield kill
        subprocess.run(command(run), check=True, stdout=subprocess.DEVNULL)
        found = _points(run, rounded)
        yield Outcome(
            run=run.name,
            n_points=found.total(),
            n_missing=(wanted - found).total(),
            n_other=len(found.keys() - wanted.keys()),
            n_doubled=found.total() - len(found),
        )


def _times(run: Run, command: Sequence[str]) -> tuple[float, float]:
    """Work undisturbed; return the seconds to the first point, and from there to the end."""
    began = time.monotonic()
    worker = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    while worker.poll() is None and not (run.folder / "points.jsonl").exists():
        time.sleep(0.005)
    first = time.monotonic()
    assert worker.wait() == 0
    return first - began, time.monotonic() - first


def _kill(run: Run, command: Sequence[str], after: float, is_early: bool) -> Kill | None:
    """Start a worker and kill it ``after`` seconds, from its start or from its first new point."""
    path = run.folder / "points.jsonl"
    before, size = run.done(), path.stat().st_size if path.exists() else 0
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
    orphans = [helper for helper in helpers if not _ends(helper, killed + ORPHAN_SECONDS)]
    done = run.done()
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


def _ends(process: psutil.Process, until: float) -> bool:
    """Wait for a process to end; one that nobody has asked for its exit status has ended, too."""
    while process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
        if time.monotonic() > until:
            return False
        time.sleep(0.005)
    return True


def _points(run: Run, rounded: int | None) -> "Counter[CurvePoint]":
    """Count a run's points, leaving out how long they took."""

    def comparable(point: CurvePoint) -> CurvePoint:
        scores = {name: getattr(point, name) for name in ("precision", "recall", "f1")}
        if rounded is not None:
            scores = {k: v if v is None else round(v, rounded) for k, v in scores.items()}
        return replace(point, seconds=None, **scores)

    return Counter(map(comparable, run.points()))
