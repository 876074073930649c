"""Workers killed at random moments lose no point and store none twice."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from fake_runner import CORPORA, build_result, build_study, run_fake_training, store_results
from worker_kills import Kill, ResumedRun, kill_repeatedly

from bioner_core.study.store import RunStore
from bioner_core.study.worker import train_pending_jobs

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture
def create_run(tmp_path, monkeypatch):
    monkeypatch.setenv("BIONER_RUNS", str(tmp_path / "runs"))
    monkeypatch.setenv("BIONER_DEVICES", "cpu*1")
    store = RunStore()
    return lambda name: store.create(build_study(name, sizes="2:60:2,full"), CORPORA)  # 122 jobs


def check_kills(rows, n_kills):
    kills = [row for row in rows if isinstance(row, Kill)]
    assert len(kills) == n_kills
    assert [(k.n_lost, k.is_free, k.n_orphans) for k in kills] == [(0, True, 0)] * n_kills
    resumed = [row for row in rows if isinstance(row, ResumedRun)]
    assert resumed
    for run in resumed:
        assert run == ResumedRun(run=run.run, n_points=366, n_missing=0, n_other=0, n_doubled=0)


def test_killed_workers_neither_lose_nor_double_points(create_run):
    check_kills(list(kill_repeatedly(create_run, n_kills=5, seed=1)), 5)


@pytest.mark.long
def test_forty_killed_workers_neither_lose_nor_double_points(create_run):
    rows = list(kill_repeatedly(create_run, n_kills=40, seed=2))
    check_kills(rows, 40)
    kills = [row for row in rows if isinstance(row, Kill)]
    assert any(kill.n_done > kill.n_before for kill in kills), "no kill struck while jobs were finishing"


DYING_WORKER = """
import os, signal, sys
sys.path[:0] = {path!r}
import fake_runner
from pathlib import Path
from bioner_core.study import journal, run_writer
from bioner_core.study.store import RunStore
from bioner_core.study.worker import train_pending_jobs

def run_in_process(jobs, *, corpora, runner, cache):
    yield from runner(jobs, corpora=corpora, device="cpu", cache=cache)

def die():
    os.kill(os.getpid(), signal.SIGKILL)

append_lines = journal.append_lines
def die_before_append(path, lines):
    die()
def die_amid_append(path, lines):
    with open(path, "ab", buffering=0) as file:
        file.write(lines.encode()[: len(lines) * 2 // 3])
    die()
def die_after_append(path, lines):
    append_lines(path, lines)
    die()
def die_amid_replacement(path, content):
    handle = open(path.parent / ".study.json.part", "w")
    handle.write(content[:100])
    handle.flush()
    die()
{patch}
run = RunStore().open("study")
options = {{"executor": run_in_process, "runner": fake_runner.run_fake_training, "cache": Path("unused")}}
for _ in train_pending_jobs(run, **options):
    pass
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no signals")
@pytest.mark.parametrize(
    ("moment", "n_done"),
    [
        ("journal.append_lines = die_before_append", 3),  # counts are written, points are not
        ("journal.append_lines = die_amid_append", 3),  # one point of three, and a part of the next
        ("journal.append_lines = die_after_append", 4),
        ("run_writer.write_atomically = die_amid_replacement", 3),  # of study.json
    ],
)
def test_a_worker_killed_at_the_worst_moments_loses_nothing(tmp_path, monkeypatch, moment, n_done):
    monkeypatch.setenv("BIONER_RUNS", str(tmp_path / "runs"))
    run = RunStore().create(build_study(), CORPORA)
    store_results(run, run.study.jobs[:3])
    script = DYING_WORKER.format(path=[str(ROOT), str(ROOT / "tests/study")], patch=moment)
    killed = subprocess.run([sys.executable, "-c", script], timeout=60)
    assert killed.returncode == -signal.SIGKILL
    assert run.state().n_done == n_done
    assert not run.is_locked()

    def run_in_process(jobs, *, corpora, runner, cache):
        yield from runner(jobs, corpora=corpora, device="cpu", cache=cache)

    list(train_pending_jobs(run, executor=run_in_process, runner=run_fake_training, cache=tmp_path))
    assert list(run.points()) == [point for job in run.study.jobs for point in build_result(job).points]
    for job in run.study.jobs:
        run.counts(job.id)
