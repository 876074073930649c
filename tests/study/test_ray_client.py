"""A cluster as compose.yaml starts it, used from outside by Ray Client (ray://HOST:PORT)."""

import json
import shlex
import signal
import subprocess
import time
from importlib.util import find_spec
from types import SimpleNamespace

import psutil
import pytest
import yaml
from fake_runner import CORPORA
from ray_head import PROGRAM, ROOT, build_environment, find_ports, run_program, wait_until_healthy
from small_probe import plan_small_probe

from bioner_core.study.encoder_choice import choose_model
from bioner_core.study.plan import plan_study
from bioner_core.study.presets import PACKAGED
from bioner_core.study.store import RunStore

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    """Return the variables of all processes: a token, and folders of their own."""
    if not find_spec("ray"):
        pytest.skip("needs the extra [ray]")
    return build_environment(tmp_path_factory.mktemp("client"))


@pytest.fixture(scope="module")
def cluster(environment, tmp_path_factory):
    """Start head and node with the commands of compose.yaml; yield the node and where clients connect."""
    services = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))["services"]
    gcs, client = find_ports(2)
    names = {"6379": str(gcs), "10001": str(client), "ray-head": "127.0.0.1", "500000000": "100000000"}
    commands = []
    for name in ("ray-head", "ray-worker"):
        command = services[name]["command"]
        for old, new in names.items():
            command = command.replace(old, new)
        commands.append(shlex.split(command))
    commands[0] += ["--temp-dir", str(tmp_path_factory.mktemp("r")), "--dashboard-port", "0"]
    commands[1] += ["--num-cpus", "2"]
    health = [
        word.replace("ray-head:6379", f"127.0.0.1:{gcs}")
        for word in services["ray-head"]["healthcheck"]["test"][1:]
    ]
    processes = []
    try:
        for command in commands:
            processes.append(subprocess.Popen(command, env=environment, start_new_session=True))
            wait_until_healthy(health, environment, processes[-1])
        yield SimpleNamespace(address=f"ray://127.0.0.1:{client}", node=psutil.Process(processes[-1].pid))
    finally:
        for process in reversed(processes):
            process.terminate()
            process.wait(60)


@pytest.fixture
def address(cluster):
    return cluster.address


def wait_for_node(address, environment):
    """Return the rows of the test of the connection, once both nodes are there."""
    for _ in range(10):
        done = run_program("backend", address, "--format", "json", env=environment, codes=(0, 1))
        rows = json.loads(done.stdout or "[]")  # a busy machine starts no server for a client in time
        if len(rows) == 2:
            return rows
    raise AssertionError(f"the node did not join: {done.stderr}")


def test_a_run_is_trained_from_outside_with_the_points_of_this_machine(address, environment, tmp_path):
    rows = wait_for_node(address, environment)
    assert sorted((row["cores"], row["trains"]) for row in rows) == [(0, False), (2, True)]
    points = {}
    for place in ("local", address):
        study = plan_small_probe()
        folder = tmp_path / place.replace(":", "").replace("/", "")
        run = RunStore(folder).create(study, CORPORA)
        env = {**environment, "BIONER_RUNS": str(folder)}
        for _ in range(3):  # a busy cluster may let a client wait for too long
            done = run_program("runs", "resume", "probe", "--backend", place, env=env, codes=(0, 1))
            if not done.returncode:
                break
        assert not run.pending() and not run.failures(), done.stderr
        points[place] = {(point.source, point.n_sentences, point.entity): point.f1 for point in run.points()}
    assert points["local"] == points[address]


def list_trainers(cluster):
    """Return the processes on the node that train."""
    children = cluster.node.children(recursive=True)
    return [child for child in children if "NodeTrainer" in " ".join(child.cmdline())]


def test_ctrl_c_in_a_client_ends_the_training_on_the_nodes(cluster, address, environment, tmp_path):
    wait_for_node(address, environment)
    study = plan_study(
        name="long",
        targets=[CORPORA["target"]],
        corpora=CORPORA,
        model=choose_model(PACKAGED),
        preset="probe",
        sizes="10,20,30,40,50,full",
        seeds=range(20),
    )
    run = RunStore(tmp_path).create(study, CORPORA)
    env = {**environment, "BIONER_RUNS": str(tmp_path)}
    command = [*PROGRAM, "runs", "resume", "long", "--backend", address]
    with subprocess.Popen(command, env=env, stderr=subprocess.PIPE, text=True) as client:
        end = time.monotonic() + 180
        while not run.finished_job_ids():
            assert client.poll() is None and time.monotonic() < end
            time.sleep(0.5)
        assert list_trainers(cluster)
        client.send_signal(signal.SIGINT)
        assert client.wait(60) == 130
        assert client.stderr.read().splitlines()[-1] == "stopped; continue with: bioner runs resume long"
    assert run.pending()
    while list_trainers(cluster):
        assert time.monotonic() < end + 60, "they train on"
        time.sleep(0.5)


@pytest.mark.parametrize("token", ["another token", ""])
def test_without_the_token_of_the_cluster_nobody_gets_in(address, environment, tmp_path, token):
    (tmp_path / "token").write_text("d" * 64 if token else "")
    env = {**environment, "RAY_AUTH_TOKEN_PATH": str(tmp_path / "token")}
    options = [] if token else ["--insecure"]
    refused = run_program("backend", address, *options, env=env, codes=(1,))
    assert refused.stdout == ""
    assert f"backend {address}: it does not answer." in refused.stderr
    assert "that the token is the cluster's" in refused.stderr
