"""Studies that run on a Ray cluster as its jobs, sent with the commands of docs/deployment.md (Jobs API)."""

import json
import re
import secrets
import shlex
import shutil
import subprocess
import time
from dataclasses import replace
from importlib.util import find_spec
from types import SimpleNamespace

import pytest
from fake_runner import CORPORA
from ray_head import ROOT, build_environment, find_ports, run_command, run_program, wait_until_healthy
from small_probe import plan_small_probe

from bioner_core.corpus.library import Library
from bioner_core.study.store import RunStore

pytestmark = pytest.mark.long
END_SECONDS = 240.0  # of a job; the machine has other work
REFUSED = "AuthenticationError: Authentication failed: Forbidden: Invalid authentication token"


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """Start a head with a dashboard, protected by a token; return what the documented commands need."""
    if not find_spec("ray") or not find_spec("aiohttp_cors"):
        pytest.skip("needs the extra [ray-jobs]")
    environment = build_environment(tmp_path_factory.mktemp("jobs"))
    gcs, dashboard, *agent = find_ports(6)
    names = ("dashboard-agent-listen", "dashboard-agent-grpc", "metrics-export", "runtime-env-agent")
    ports = [f"--{name}-port={port}" for name, port in zip(names, agent, strict=True)]
    command = [
        *("ray", "start", "--head", "--block", "--num-cpus=2", "--disable-usage-stats"),
        *(f"--port={gcs}", "--dashboard-host=127.0.0.1", f"--dashboard-port={dashboard}", *ports),
        *("--object-store-memory=100000000", f"--temp-dir={tmp_path_factory.mktemp('r')}"),
    ]
    address = f"http://127.0.0.1:{dashboard}"
    head = subprocess.Popen(command, env=environment, start_new_session=True)
    try:
        wait_until_healthy(["ray", "job", "list", "--address", address], environment, head)
        yield SimpleNamespace(environment=environment, address=address)
    finally:
        head.terminate()
        head.wait(60)


@pytest.fixture
def jobs(cluster, tmp_path):
    return DocumentedJobs(cluster, tmp_path)


class DocumentedJobs:
    """The commands of the documentation, with this test's address and a folder in place of /shared."""

    def __init__(self, cluster, folder):
        text = (ROOT / "docs/deployment.md").read_text(encoding="utf-8")
        block = re.search(r"```\n(export RAY_API_SERVER_ADDRESS=.*?)```", text, re.DOTALL)[1]
        block = block.replace("/shared", str(folder)).replace("http://127.0.0.1:8265", cluster.address)
        export, self.resume, self.curve, self.logs, self.stop = block.replace("\\\n", "").splitlines()
        self.folder, self.prefix = folder, secrets.token_hex(4)  # a job's id serves once
        self.env = {**cluster.environment, "RAY_API_SERVER_ADDRESS": export.split("=")[1]}
        self.store = RunStore(folder / "runs")

    def run(self, command, name, **options):
        """Run a command for the job of a name."""
        words = shlex.split(command.replace("notes-1", f"{self.prefix}-{name}"))
        return run_command(*words, **{"env": self.env, **options})

    def read_status(self, name):
        """Return the last word that Ray has on a job: PENDING, RUNNING, stopped, failed or succeeded."""
        done = self.run("ray job status notes-1", name)
        return re.findall("PENDING|RUNNING|stopped|failed|succeeded", done.stdout + done.stderr)[0]

    def wait_for_end(self, name):
        """Return how a job ended, and its log."""
        end = time.monotonic() + END_SECONDS
        while (status := self.read_status(name)) in ("RUNNING", "PENDING"):
            assert time.monotonic() < end, self.run(self.logs.replace(" --follow", ""), name).stdout
            time.sleep(1)
        return status, self.run(self.logs, name).stdout


def collect_f1(run):
    return {(point.source, point.n_sentences, point.seed, point.entity): point.f1 for point in run.points()}


def read_points(run):
    return (run.folder / "points.jsonl").read_text(encoding="utf-8").splitlines()


def test_a_planned_run_that_is_sent_as_a_job_has_the_points_of_this_machine(jobs, tmp_path):
    here = RunStore(tmp_path / "here").create(plan_small_probe("notes quick"), CORPORA)
    run_program("runs", "resume", here.name, env={**jobs.env, "BIONER_RUNS": str(tmp_path / "here")})
    run = jobs.store.create(plan_small_probe("notes quick"), CORPORA)
    jobs.run(jobs.resume, "equal")
    status, log = jobs.wait_for_end("equal")
    assert status == "succeeded", log
    assert "notes quick: all 4 models are done" in log
    assert collect_f1(run) == collect_f1(here)


def test_a_curve_that_is_sent_as_a_job_takes_its_corpus_from_the_shared_library(jobs):
    library = Library(jobs.folder / "corpora")
    library.add(replace(CORPORA["target"], name="notes"))
    options = ["--sizes", "20,full", "--seeds", "0"]
    jobs.run(f"{jobs.curve} {shlex.join(options)}", "curve")
    status, log = jobs.wait_for_end("curve")
    assert status == "succeeded", log
    [run] = [run for run in jobs.store.runs() if not run.is_shipped]
    here = {"BIONER_RUNS": str(jobs.folder / "here"), "BIONER_CORPORA": str(jobs.folder / "corpora")}
    words = shlex.split(jobs.curve.partition("bioner ")[2].replace("--backend ray", ""))
    run_program(*words, *options, env={**jobs.env, **here})
    assert collect_f1(run) == collect_f1(RunStore(jobs.folder / "here").open(run.name)) != {}


def test_a_stopped_job_that_is_sent_again_trains_only_what_is_missing(jobs):
    study = plan_small_probe("notes quick", sizes="10:55:5,full", sources=(), min_steps=1000)
    run = jobs.store.create(study, CORPORA)
    n_jobs = len(run.study.jobs)
    jobs.run(jobs.resume, "first")
    end = time.monotonic() + END_SECONDS
    while not run.finished_job_ids():
        assert time.monotonic() < end
        time.sleep(0.2)
    assert run.state().is_live, "another process sees that it is trained"
    jobs.run(jobs.stop, "first")
    assert jobs.wait_for_end("first")[0] == "stopped"
    first, n_done = read_points(run), len(run.finished_job_ids())
    assert 0 < n_done < n_jobs and not run.state().is_live
    jobs.run(jobs.resume, "second")
    status, log = jobs.wait_for_end("second")
    assert status == "succeeded", log
    assert f"notes quick: {n_done} of {n_jobs} models trained" in log
    trained = re.findall(r"^\[(\d+)/", log, re.MULTILINE)
    assert trained == [str(n) for n in range(n_done + 1, n_jobs + 1)]
    rows = read_points(run)
    assert rows[: len(first)] == first
    assert len({json.loads(row)["job"] for row in rows}) == n_jobs and not run.pending()


def test_a_missing_corpus_is_named_in_the_log_of_the_job(jobs):
    run = jobs.store.create(plan_small_probe("notes quick"), CORPORA)
    shutil.rmtree(run.folder / "corpora")
    for name, command, reason in (
        ("curve", jobs.curve, "bioner: notes: no such file or folder, nor corpus of the library"),
        ("resume", jobs.resume, "bioner: run notes quick: its copy of corpus "),
    ):
        jobs.run(command, name)
        status, log = jobs.wait_for_end(name)
        assert status == "failed" and reason in log and "Traceback" not in log
    assert not run.points()


def test_without_the_token_of_the_cluster_nobody_sends_a_job(jobs, tmp_path):
    run = jobs.store.create(plan_small_probe("notes quick"), CORPORA)
    (tmp_path / "token").write_text("d" * 64)
    env = {**jobs.env, "RAY_AUTH_TOKEN_PATH": str(tmp_path / "token")}
    assert REFUSED in jobs.run(jobs.resume, "wrong", env=env, codes=(1,)).stderr
    open_env = {name: value for name, value in env.items() if not name.startswith("RAY_AUTH_")}
    refused = jobs.run(jobs.resume, "none", env={**open_env, "HOME": str(tmp_path)}, codes=(1,))
    assert "Unauthorized: Missing authentication token" in refused.stderr
    listed = jobs.run("ray job list", "any").stdout
    assert f"{jobs.prefix}-" not in listed and not run.state().is_live and not run.points()
