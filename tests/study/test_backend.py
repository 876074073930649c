"""Where models are trained: the text of --backend, what a run remembers, what a node's process does."""

import builtins
import os
from dataclasses import replace

import pytest
from fake_runner import (
    CORPORA,
    build_result,
    build_study,
    raise_at_size_20,
    refuse_all_jobs,
    run_fake_training,
)

from bioner_core.cli import build_parser
from bioner_core.cli.backend import read_backend_options
from bioner_core.errors import BionerError
from bioner_core.study.encoder_choice import ModelChoice, compute_folder_digest
from bioner_core.study.encoder_copies import (
    EncoderCopy,
    is_encoder_here,
    list_encoder_files,
    locate_encoder_copy,
    read_parts,
)
from bioner_core.study.executors import ray_nodes
from bioner_core.study.executors.backend import (
    Backend,
    open_executor,
    parse_backend,
    read_backend,
    remember_backend,
)
from bioner_core.study.executors.connection import inspect_backend
from bioner_core.study.executors.helper import BatchEnd
from bioner_core.study.executors.local import run_locally
from bioner_core.study.executors.ray_cluster import run_on_ray
from bioner_core.study.executors.ray_nodes import RayNode, connect_to_ray, list_ray_slots
from bioner_core.study.executors.trainer import NodeReport, NodeTrainer
from bioner_core.study.jobs import JobProgress, JobResult
from bioner_core.study.run_export import export_run
from bioner_core.study.run_import import import_run
from bioner_core.study.store import RunStore


@pytest.fixture(autouse=True)
def keep_number_of_threads(monkeypatch):
    """Restore what a trainer sets for its process."""
    monkeypatch.setenv("OMP_NUM_THREADS", "1")


@pytest.fixture
def run(tmp_path):
    return RunStore(tmp_path / "runs").create(build_study(), CORPORA)


def read_options(*words):
    return read_backend_options(build_parser().parse_args(["curve", "target", *words]))


@pytest.mark.parametrize(
    "text",
    [
        "local",
        "ray",
        "ray?insecure",
        "ray://head:10001",
        "ray://[::1]:10001?insecure",
        "slurm",
        "slurm?partition=gpu,time=04:00:00",
    ],
)
def test_a_place_is_written_as_it_is_read(text):
    assert str(parse_backend(text)) == text


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("gpu", "backend 'gpu': is none. Allowed are local, ray, ray://HOST:PORT or slurm."),
        ("", "backend '': is none. Allowed are local, ray, ray://HOST:PORT or slurm."),
        (
            "ray://head",
            "backend 'ray://head': the address of a Ray cluster is ray://HOST:PORT, as in ray://head:10001.",
        ),
        (
            "ray://head:one",
            "backend 'ray://head:one': the address of a Ray cluster is ray://HOST:PORT, as in ray://head:10001.",
        ),
        (
            "local?insecure",
            "backend 'local?insecure': local has no option 'insecure'. "
            "Allowed are local, ray, ray://HOST:PORT or slurm.",
        ),
        (
            "slurm?partition gpu",
            "Slurm option 'partition gpu': write NAME=VALUE, joined by commas, as in "
            "partition=gpu,time=04:00:00.",
        ),
        (
            "slurm?wrap=$(id)",
            "Slurm option 'wrap=$(id)': write NAME=VALUE, joined by commas, as in "
            "partition=gpu,time=04:00:00.",
        ),
    ],
)
def test_a_place_that_is_none_is_refused(text, message):
    with pytest.raises(BionerError) as refused:
        parse_backend(text)
    assert str(refused.value) == message


def test_options_of_the_command_line_belong_to_a_place():
    assert read_options() is None
    assert read_options("--backend", "ray", "--insecure") == Backend(kind="ray", is_insecure=True)
    slurm = read_options("--backend", "slurm", "--slurm", "partition=gpu,cpus-per-task=4")
    assert slurm.options == {"partition": "gpu", "cpus_per_task": "4"}
    for words, reason in (
        (["--insecure"], "need --backend"),
        (["--backend", "local", "--insecure"], "--insecure goes with --backend ray"),
        (["--backend", "ray", "--slurm", "time=1"], "--slurm goes with --backend slurm"),
    ):
        with pytest.raises(BionerError, match=reason):
            read_options(*words)


def test_a_run_remembers_its_place_and_older_runs_are_local(run):
    assert open_executor(run).func is run_locally
    remember_backend(run, Backend(kind="ray", address="ray://head:10001", is_insecure=True))
    again = RunStore(run.folder.parent).open(run.name)
    executor = open_executor(again)
    assert executor.func is run_on_ray
    assert executor.keywords == {"address": "ray://head:10001", "is_insecure": True, "run": again}
    assert again.study.job_ids == build_study().job_ids
    remember_backend(run, Backend())
    assert read_backend(run) == Backend()


def test_a_place_is_not_changed_while_the_run_is_trained(run):
    with run.lock(), pytest.raises(BionerError, match="is being worked on"):
        remember_backend(run, Backend(kind="ray"))


def test_an_exported_run_does_not_name_the_cluster(run, tmp_path):
    remember_backend(run, Backend(kind="ray", address="ray://head:10001"))
    export_run(run, tmp_path / "run.zip")
    assert b"head:10001" not in (tmp_path / "run.zip").read_bytes()
    other = RunStore(tmp_path / "other")
    import_run(other, tmp_path / "run.zip")
    assert read_backend(other.open(run.name)) == Backend()


def test_this_machine_can_be_tested():
    (row,) = inspect_backend(Backend())
    assert (row["trains"], row["node"], row["note"]) == (True, os.uname().nodename, "nothing is missing")


def test_ray_without_a_token_is_refused(monkeypatch, tmp_path):
    monkeypatch.setenv("RAY_AUTH_TOKEN_PATH", str(tmp_path / "token"))
    monkeypatch.delenv("RAY_AUTH_TOKEN", raising=False)
    with pytest.raises(BionerError) as refused, connect_to_ray("", is_insecure=False):
        pass
    assert str(refused.value) == (
        f"backend ray: there is no token in {tmp_path / 'token'}. Make one with `ray get-auth-token "
        "--generate`, copy it to every node, and start the nodes with RAY_AUTH_MODE=token. In a network "
        "that nobody else reaches, --insecure goes on without one."
    )


def test_ray_that_is_not_installed_is_named_with_its_command(monkeypatch, tmp_path):
    (tmp_path / "token").write_text("a" * 64)
    monkeypatch.setenv("RAY_AUTH_TOKEN_PATH", str(tmp_path / "token"))
    monkeypatch.setenv("RAY_AUTH_MODE", "disabled")  # restored after the test
    find = builtins.__import__

    def refuse_ray(name, *others, **options):
        if name == "ray":
            raise ImportError(name)
        return find(name, *others, **options)

    monkeypatch.setattr(builtins, "__import__", refuse_ray)
    with pytest.raises(BionerError) as refused, connect_to_ray("", is_insecure=False):
        pass
    assert str(refused.value) == (
        'backend ray: the package ray is not installed. Install it: pip install "bioner-budget[ray]"'
    )
    assert os.environ["RAY_AUTH_MODE"] == "token"


@pytest.mark.parametrize(
    ("address", "message", "reason"),
    [
        (
            "ray://head:10001",
            "Failed to connect",
            "ray://head:10001: it does not answer. Check host and port",
        ),
        ("", "Could not find any running Ray instance", "ray: no node of a cluster runs on this machine."),
        ("", "InvalidAuthToken: missing or incorrect", "ray: it refuses the token. Copy the token"),
    ],
)
def test_a_refusal_says_what_to_do(address, message, reason):
    assert f"backend {reason}" in ray_nodes._explain_refusal(address, ConnectionError(message))


def build_node(*, n_cpus=4, gpus=(), free_memory=64 << 30, **fields):
    report = NodeReport(
        host="node",
        versions={},
        gpu_bytes=gpus,
        free_memory=free_memory,
        free_disk=1 << 40,
        auth_mode="token",
    )
    return RayNode(id="1", host="node", n_cpus=n_cpus, n_gpus=len(gpus), report=report, **fields)


def test_slots_are_cores_as_far_as_memory_allows_and_shares_of_a_gpu():
    jobs = build_study().jobs
    assert [slot.device for slot in list_ray_slots([build_node()], jobs)] == ["cpu"] * 4
    assert len(list_ray_slots([build_node(free_memory=1 << 20)], jobs)) == 1
    slots = list_ray_slots([build_node(gpus=(80 << 30, 17 << 30))], jobs)
    assert [(slot.device, slot.n_gpus) for slot in slots] == [("cuda:0", 0.5)] * 4
    assert list_ray_slots([build_node(n_cpus=0), build_node(problem="too old")], jobs) == []


def collect_all(trainer):
    messages = []
    while not messages or not isinstance(messages[-1], BatchEnd):
        messages += trainer.collect(5.0)
    return messages


def test_a_trainer_reports_results_with_its_place_and_then_the_end():
    jobs = build_study().jobs[:3]
    trainer = NodeTrainer(run_fake_training, device="cpu")
    trainer.open_corpora(CORPORA)
    trainer.train(jobs)
    messages = collect_all(trainer)
    results = [message for message in messages if isinstance(message, JobResult)]
    assert [r.points for r in results] == [build_result(job).points for job in jobs]
    assert {(r.host, bool(r.device)) for r in results} == {(os.uname().nodename, True)}
    assert messages[-1] == BatchEnd()


def test_a_trainer_answers_in_silence_with_the_latest_progress_alone():
    job = build_study().jobs[0]
    trainer = NodeTrainer(run_fake_training, device="cpu")
    assert trainer.collect(0.01) == []
    for done in range(3):
        trainer._outcomes.put(JobProgress(job=job, phase="training", done=done, total=3))
    assert [message.done for message in trainer.collect(0.05)] == [2]


def test_a_trainer_reports_why_it_cannot_go_on(capfd):
    jobs = build_study(sizes="20,full", seeds=(0,)).jobs
    for runner, is_final in ((raise_at_size_20, False), (refuse_all_jobs, True)):
        trainer = NodeTrainer(runner, device="cpu")
        trainer.train(jobs)
        end = collect_all(trainer)[-1]
        assert (bool(end.reason), end.is_final) == (True, is_final)
    assert "KeyError: " not in "".join(capfd.readouterr())  # the message quotes a patient


@pytest.fixture
def encoder(tmp_path):
    """Return an encoder of this machine, whose files are no real ones."""
    folder = tmp_path / "encoder"
    folder.mkdir()
    contents = {"config.json": b"{}", "model.safetensors": b"weights" * 99, "pytorch_model.bin": b"old"}
    for name, content in (contents | {"README.md": b"text"}).items():
        (folder / name).write_bytes(content)
    return ModelChoice(name=str(folder), revision=compute_folder_digest(folder))


def test_an_encoder_that_was_sent_is_complete_or_not_there(encoder, tmp_path, monkeypatch):
    files = list_encoder_files(encoder)
    assert [path.name for path in files] == ["config.json", "model.safetensors"]
    elsewhere = replace(encoder, name="/elsewhere/encoder")
    cache = tmp_path / "cache"
    assert not is_encoder_here(elsewhere, cache)
    copy = EncoderCopy(elsewhere, cache)
    monkeypatch.setattr("bioner_core.study.encoder_copies.PART_BYTES", 100)
    for path in files:
        for part in read_parts(path):
            copy.append(path.name, part)
    assert not is_encoder_here(elsewhere, cache)
    with pytest.raises(BionerError, match="was damaged on its way"):
        copy.finish({"config.json": "other"})
    assert list((cache / "encoders").iterdir()) == []


def test_a_file_outside_the_copy_is_refused(encoder, tmp_path):
    with pytest.raises(BionerError, match="is no file name"):
        EncoderCopy(encoder, tmp_path).append("../config.json", b"")
    assert locate_encoder_copy(encoder, tmp_path).parent.name == "encoders"
