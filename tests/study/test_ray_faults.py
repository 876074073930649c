"""Schedules of faults on a real Ray cluster that trains real probes: the points are those of this machine."""

import errno
import os
import random
import signal
from contextlib import closing

import pytest
from fake_runner import CORPORA
from small_probe import plan_small_probe
from test_ray_cluster import add_node, cluster, list_scores, list_trainers  # noqa: F401  # a fixture among them

from bioner_core.cli.runs import load_torch_and_train
from bioner_core.errors import BionerError
from bioner_core.study import journal
from bioner_core.study.executors import ray_cluster
from bioner_core.study.executors.local import run_locally
from bioner_core.study.executors.ray_cluster import run_on_ray
from bioner_core.study.jobs import JobResult
from bioner_core.study.store import RunStore
from bioner_core.study.worker import train_pending_jobs

pytestmark = [pytest.mark.long, pytest.mark.timeout(3600)]
FAULTS = ("kill actor", "remove node", "kill driver", "full disk", "duplicate")
MAX_WORKERS = 12  # one after the other


@pytest.fixture(scope="module")
def study():
    return plan_small_probe("study", sizes="10,20,full")


@pytest.fixture(scope="module")
def undisturbed(study, tmp_path_factory):
    cache = tmp_path_factory.mktemp("cache")
    outcomes = run_locally(study.jobs, corpora=CORPORA, runner=load_torch_and_train, cache=cache)
    return list_scores(outcomes)


@pytest.mark.parametrize("seed", range(20))
def test_a_schedule_of_faults_ends_with_the_points_of_this_machine(
    cluster,  # noqa: F811
    study,
    undisturbed,
    seed,
    tmp_path,
    monkeypatch,
):
    draw = random.Random(seed)
    faults = [draw.choice(FAULTS) for _ in range(draw.randint(1, 3))]
    nodes = [add_node(cluster, f"schedule {seed}")] if "remove node" in faults else []
    run = RunStore(tmp_path / "runs").create(study, CORPORA)
    reasons = []
    for _ in range(MAX_WORKERS):
        try:
            outcomes = train_pending_jobs(
                run, executor=run_on_ray, runner=load_torch_and_train, cache=tmp_path, retry=not run.pending()
            )
            with closing(outcomes):
                follow(outcomes, faults, draw, cluster, nodes, monkeypatch)
        except BionerError as error:
            reasons.append(str(error))
        if run.state().status == "done":
            break
    for node in nodes:
        cluster.remove_node(node)
    assert all("the disk is full" in reason for reason in reasons), reasons
    assert list_scores(read_results(run)) == undisturbed


def follow(outcomes, faults, draw, cluster, nodes, monkeypatch):  # noqa: F811
    """Read outcomes, and let a fault strike at some of them."""
    strikes_at = draw.randint(2, 12)
    for n, _ in enumerate(outcomes):
        if not faults or n < strikes_at:
            continue
        strikes_at += draw.randint(1, 12)
        fault = faults.pop()
        if fault == "kill driver":
            return
        if fault == "kill actor" and (pids := sorted(list_trainers())):
            os.kill(draw.choice(pids), signal.SIGKILL)
        elif fault == "remove node" and nodes:
            cluster.remove_node(nodes.pop(), allow_graceful=False)
        elif fault == "full disk":
            monkeypatch.setattr(journal, "append_lines", raise_full(monkeypatch, journal.append_lines))
        elif fault == "duplicate":
            real = ray_cluster._Cluster._receive_message
            monkeypatch.setattr(ray_cluster._Cluster, "_receive_message", deliver_twice(real))


def raise_full(monkeypatch, real):
    def raise_once(path, lines):
        monkeypatch.setattr(journal, "append_lines", real)
        raise OSError(errno.ENOSPC, "No space left on device")

    return raise_once


def deliver_twice(real):
    def receive(self, actor, message):
        yield from real(self, actor, message)
        yield from real(self, actor, message)

    return receive


def read_results(run):
    rows = {job.id: [row.point for row in run.rows() if row.job == job.id] for job in run.study.jobs}
    assert sum(map(len, rows.values())) == len(run.points())
    return [
        JobResult(job=job, points=tuple(rows[job.id]), counts=run.counts(job.id)) for job in run.study.jobs
    ]
