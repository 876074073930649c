"""A Ray cluster of several nodes on this machine: equal points, lost nodes, tokens, cancelled runs."""

import os
import time
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path

import psutil
import pytest
from fake_runner import (
    CORPORA,
    build_result,
    build_study,
    die_at_size_20,
    raise_at_size_20,
    refuse_all_jobs,
    run_fake_training,
    train_slowly,
    wait_silently,
)
from small_probe import plan_small_probe

from bioner_core.cli.runs import load_torch_and_train
from bioner_core.errors import BionerError
from bioner_core.study import encoder_copies
from bioner_core.study.executors import ray_actor, ray_cluster, ray_nodes
from bioner_core.study.executors.backend import Backend
from bioner_core.study.executors.connection import inspect_backend
from bioner_core.study.executors.local import run_locally
from bioner_core.study.executors.ray_cluster import run_on_ray
from bioner_core.study.jobs import JobFailure, JobProgress, JobResult
from bioner_core.study.store import RunStore
from bioner_core.study.worker import train_pending_jobs

pytestmark = pytest.mark.long
ROOT = Path(__file__).resolve().parents[2]
STORE_BYTES = 100 << 20  # of objects on each node: Ray's least is 75 MB


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """Start a protected cluster: a head without cores, nodes of one and two, each with its own cache."""
    if not find_spec("ray"):  # an import would fix Ray's token mode before it is set
        pytest.skip("needs the extra [ray]")
    folder = tmp_path_factory.mktemp("ray")
    (folder / "token").write_text("a" * 64)
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("OMP_NUM_THREADS", raising=False)
        patch.setenv("RAY_AUTH_MODE", "token")
        patch.setenv("RAY_AUTH_TOKEN_PATH", str(folder / "token"))
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        patch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT), str(ROOT / "tests/study")]))
        import ray
        from ray.cluster_utils import Cluster

        head = {"num_cpus": 0, "include_dashboard": False, "object_store_memory": STORE_BYTES}
        cluster = Cluster(initialize_head=True, head_node_args=head)
        cluster.folder = folder
        add_node(cluster, "one")
        add_node(cluster, "two", num_cpus=2)
        patch.setenv("RAY_ADDRESS", cluster.address)
        ray.init(address=cluster.address, logging_level="ERROR", log_to_driver=False)
        try:
            yield cluster
        finally:
            ray.shutdown()
            cluster.shutdown()


def add_node(cluster, name, **options):
    options = {"num_cpus": 1, "object_store_memory": STORE_BYTES, **options}
    node = cluster.add_node(env_vars={"BIONER_CACHE": str(cluster.folder / name)}, **options)
    cluster.wait_for_nodes()
    return node


def train(jobs, runner, **options):
    outcomes = run_on_ray(jobs, corpora=CORPORA, runner=runner, cache=Path("unused"), **options)
    with closing(outcomes):
        return list(outcomes)


def collect_results(outcomes):
    return {o.job.id: (o.points, o.counts.counts.tolist()) for o in outcomes if isinstance(o, JobResult)}


def list_expected(jobs):
    return collect_results(map(build_result, jobs))


def test_all_jobs_are_trained_once_with_the_points_of_this_machine(cluster):
    jobs = build_study().jobs
    outcomes = train(jobs, run_fake_training)
    assert collect_results(outcomes) == list_expected(jobs)
    results = [outcome for outcome in outcomes if not isinstance(outcome, JobProgress)]
    assert len(results) == len(jobs)
    assert all(result.host and result.device for result in results)


def test_the_points_in_the_store_say_on_which_node_they_were_made(cluster, tmp_path):
    run = RunStore(tmp_path / "runs").create(build_study(sizes="10,full", seeds=(0,)), CORPORA)
    outcomes = train_pending_jobs(run, executor=run_on_ray, runner=run_fake_training, cache=Path("unused"))
    with closing(outcomes):
        for _ in outcomes:
            pass
    assert run.pending() == ()
    assert {row.host for row in run.rows()} == {os.uname().nodename}


def test_more_jobs_may_be_added_while_others_are_trained(cluster):
    jobs = list(build_study().jobs)
    left, under_way = list(jobs), []

    def next_jobs(others):
        under_way.append(len(others))
        return [left.pop()] if left else ()

    outcomes = train([], run_fake_training, next_jobs=next_jobs)
    assert collect_results(outcomes) == list_expected(jobs)
    assert max(under_way) > 0


def test_a_job_whose_process_dies_is_given_back_once_then_fails(cluster):
    jobs = build_study().jobs
    outcomes = train(jobs, die_at_size_20)
    doomed = {job.id for job in jobs if job.n_sentences == 20}
    failures = [outcome for outcome in outcomes if isinstance(outcome, JobFailure)]
    assert {failure.job.id for failure in failures} == doomed
    assert {failure.reason for failure in failures} == {ray_cluster.LOST}
    assert collect_results(outcomes).keys() == {job.id for job in jobs} - doomed


def test_a_fault_of_the_program_fails_one_job_and_a_refusal_fails_it_with_its_reason(cluster):
    jobs = build_study(sizes="20,full", seeds=(0,)).jobs
    failures = [o.reason for o in train(jobs, raise_at_size_20) if isinstance(o, JobFailure)]
    assert failures == ["KeyError, a fault in the program; worker.log has the details"] * 2
    refused = [o.reason for o in train(jobs, refuse_all_jobs) if isinstance(o, JobFailure)]
    assert set(refused) <= {"encoder fake: cannot be loaded."}


def test_cancelling_ends_the_training_on_the_nodes(cluster):
    outcomes = run_on_ray(build_study().jobs, corpora=CORPORA, runner=wait_silently, cache=Path("unused"))
    phases = [next(outcomes).phase for _ in range(4)]
    assert set(phases) <= {"starting", "waiting for the cluster"}
    pids = list_trainers()
    assert pids
    outcomes.close()
    wait_until(lambda: not pids & list_trainers())


def list_trainers():
    """Return the ids of the processes of actors of this program on all nodes."""
    lines = {process.pid: process.info["cmdline"] for process in psutil.process_iter(["cmdline"])}
    return {pid for pid, line in lines.items() if "NodeTrainer" in " ".join(line or ())}


def wait_until(claim, seconds=30):
    end = time.monotonic() + seconds
    while not claim():
        assert time.monotonic() < end, "not in time"
        time.sleep(0.1)


def test_jobs_of_a_node_that_is_removed_are_trained_on_another_one(cluster):
    doomed = add_node(cluster, "doomed", num_cpus=2)
    jobs = build_study(sizes="10,20,30,40,50,full", seeds=(0, 1, 2)).jobs
    outcomes, seen = run_on_ray(jobs, corpora=CORPORA, runner=train_slowly, cache=Path("unused")), []
    with closing(outcomes):
        for outcome in outcomes:
            seen.append(outcome)
            begun = list_begun(cluster, "doomed") - {o.job.id for o in seen if isinstance(o, JobResult)}
            if doomed and begun:
                cluster.remove_node(doomed, allow_graceful=False)
                doomed, lost = None, begun
    again = list_begun(cluster, "one") | list_begun(cluster, "two")
    assert lost & again  # else the node had no job, or nobody trained what it lost
    assert collect_results(seen) == list_expected(jobs)
    assert len([o for o in seen if not isinstance(o, JobProgress)]) == len(jobs)


def list_begun(cluster, name):
    return {path.stem for path in (cluster.folder / name).glob("*.*") if len(path.stem) == 16}


def test_an_encoder_is_sent_once_to_each_node_that_lacks_it(cluster, monkeypatch, tmp_path):
    contents = {"config.json": b"{}", "model.safetensors": bytes(range(256)) * 9}
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    monkeypatch.setattr(encoder_copies, "PART_BYTES", 1000)
    monkeypatch.setattr(ray_actor, "list_encoder_files", lambda model: sorted(tmp_path.iterdir()))
    outcomes = train(build_study(sizes="10,20,30,40,50,full", seeds=(0, 1, 2)).jobs, train_slowly)
    sent = [o.done for o in outcomes if isinstance(o, JobProgress) and o.phase.startswith("sending")]
    assert sent == [2, 1002, 2002, 2306] * 2
    for node in ("one", "two"):
        folder = cluster.folder / node / "encoders"
        assert [path.name for path in folder.iterdir()] == ["fake-1"]
        assert {path.name: path.read_bytes() for path in (folder / "fake-1").iterdir()} == contents


def test_a_probe_has_the_same_points_as_on_this_machine(cluster, tmp_path):
    study = plan_small_probe()
    options = {"corpora": CORPORA, "runner": load_torch_and_train}
    here = list(run_locally(study.jobs, cache=tmp_path, **options))
    there = list(run_on_ray(study.jobs, cache=tmp_path / "unused", **options))
    assert not [o for o in (*here, *there) if isinstance(o, JobFailure)]
    assert len(collect_results(here)) == len(study.jobs)
    assert list_scores(there) == list_scores(here)


def list_scores(outcomes):
    results = sorted((o for o in outcomes if isinstance(o, JobResult)), key=lambda o: o.job.id)
    return [(r.job.id, r.counts.counts.tolist(), [p.f1 for p in r.points]) for r in results]


def test_the_test_of_a_cluster_names_its_nodes_and_what_they_lack(cluster):
    rows = inspect_backend(Backend(kind="ray"))
    assert sorted(row["cores"] for row in rows) == [0, 1, 2]
    assert [row["trains"] for row in rows if row["cores"]] == [True, True]
    assert {row["note"] for row in rows} == {"nothing is missing", "it has no core for training"}


def test_a_node_without_a_token_is_refused(cluster, monkeypatch):
    monkeypatch.setattr(ray_nodes, "PROTECTED", ("k8s",))  # as if the nodes had no token
    jobs = build_study(sizes="full", seeds=(0,)).jobs
    with pytest.raises(BionerError, match="takes commands from anybody who reaches it") as refused:
        train(jobs, run_fake_training)
    assert "add --insecure" in str(refused.value)
    assert len(collect_results(train(jobs, run_fake_training, is_insecure=True))) == len(jobs)


def test_a_node_with_another_version_of_the_program_does_not_train(cluster, monkeypatch):
    monkeypatch.setattr(ray_nodes, "__version__", "0.0.1")
    with pytest.raises(BionerError, match=r"it has bioner-budget .*, this machine 0\.0\.1"):
        train(build_study().jobs, run_fake_training)
