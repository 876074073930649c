import signal
import subprocess
import sys
from pathlib import Path

import pytest
from fair_runner import CORPORA, done, fair, study
from killing import Kill, Outcome, series

from bioner_core.study.store import RunStore
from bioner_core.study.worker import work

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture
def make(tmp_path, monkeypatch):
    monkeypatch.setenv("BIONER_RUNS", str(tmp_path / "runs"))
    monkeypatch.setenv("BIONER_DEVICES", "cpu")
    store = RunStore()
    return lambda name: store.create(study(name, sizes="2:60:2,full"), CORPORA)  # 122 jobs


def check(found, n_kills):
    kills = [kill for kill in found if isinstance(kill, Kill)]
    assert len(kills) == n_kills
    assert [(k.n_lost, k.is_free, k.n_orphans) for k in kills] == [(0, True, 0)] * n_kills
    outcomes = [outcome for outcome in found if isinstance(outcome, Outcome)]
    assert outcomes
    for outcome in outcomes:
        assert outcome == Outcome(run=outcome.run, n_points=366, n_missing=0, n_other=0, n_doubled=0)


def test_killed_workers_lose_nothing_and_double_nothing(make):
    check(list(series(make, n_kills=5, seed=1)), 5)


@pytest.mark.long
def test_forty_killed_workers_lose_nothing_and_double_nothing(make):
    found = list(series(make, n_kills=40, seed=2))
    check(found, 40)
    kills = [kill for kill in found if isinstance(kill, Kill)]
    assert any(kill.n_done > kill.n_before for kill in kills), "no kill struck while jobs were finishing"


DYING = """
import os, signal, sys
sys.path[:0] = {path!r}
import fair_runner
from pathlib import Path
from bioner_core.study import journal, run as run_module
from bioner_core.study.store import RunStore
from bioner_core.study.worker import work

def executor(jobs, *, corpora, runner, cache):
    yield from runner(jobs, corpora=corpora, device="cpu", cache=cache)

def die():
    os.kill(os.getpid(), signal.SIGKILL)

append, write = journal.append, os.write
def before(path, lines):
    die()
def half(path, lines):
    with open(path, "ab", buffering=0) as file:
        file.write(lines.encode()[: len(lines) * 2 // 3])
    die()
def after(path, lines):
    append(path, lines)
    die()
def plan(path, content):
    handle = open(path.parent / ".study.json.part", "w")
    handle.write(content[:100])
    handle.flush()
    die()
{patch}
for _ in work(RunStore().open("study"), executor=executor, runner=fair_runner.fair, cache=Path("unused")):
    pass
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no signals")
@pytest.mark.parametrize(
    ("moment", "n_done"),
    [
        ("journal.append = before", 3),  # counts are written, points are not
        ("journal.append = half", 3),  # one point of three, and a part of the next
        ("journal.append = after", 4),
        ("run_module.write_whole = plan", 3),  # amid the replacement of study.json
    ],
)
def test_a_worker_killed_at_the_worst_moments_loses_nothing(tmp_path, monkeypatch, moment, n_done):
    monkeypatch.setenv("BIONER_RUNS", str(tmp_path / "runs"))
    run = RunStore().create(study(), CORPORA)
    for job in run.study.jobs[:3]:
        run.append(done(job))
    script = DYING.format(path=[str(ROOT), str(ROOT / "tests/study")], patch=moment)
    killed = subprocess.run([sys.executable, "-c", script], timeout=60)
    assert killed.returncode == -signal.SIGKILL
    assert run.state().n_done == n_done
    assert not run.is_locked()

    def at_once(jobs, *, corpora, runner, cache):
        yield from runner(jobs, corpora=corpora, device="cpu", cache=cache)

    list(work(run, executor=at_once, runner=fair, cache=tmp_path))
    assert list(run.points()) == [point for job in run.study.jobs for point in done(job).points]
    for job in run.study.jobs:
        run.counts(job.id)
